import type { PositionRun } from "../erasureAct.ts";
import type { StoredAct } from "../tree/leafEntry.ts";

const isRun = (run: unknown): run is PositionRun =>
  Array.isArray(run) && run.length === 2 && run.every(Number.isSafeInteger);

/** Positions, by runs of them. */
class Runs {
  #runs: PositionRun[] = [];

  add(runs: readonly PositionRun[]): void {
    for (const run of runs) this.#runs.push(run);
  }
  /** Once all are added: runs side by side become one, so that there are few. */
  finish(): void {
    const merged: [number, number][] = [];
    for (const [first, last] of this.#runs.sort(([a], [b]) => a - b)) {
      const before = merged.at(-1);
      if (before !== undefined && before[1] >= first - 1) before[1] = Math.max(before[1], last);
      else merged.push([first, last]);
    }
    this.#runs = merged;
  }
  has(position: number): boolean {
    let [low, high] = [0, this.#runs.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#runs[middle] as PositionRun;
      if (position < first) high = middle - 1;
      else if (position > last) low = middle + 1;
      else return true;
    }
    return false;
  }
}

/** Which acts are erased by the acts of erasure, as these say: each of those is verified itself, where it stands. */
export class Erasures {
  readonly #all = new Runs();
  readonly #signed = new Runs();
  readonly #isLater: boolean;
  /** Up to this position acts are signed, as far as that is known. */
  readonly #signedTo: number;
  /** Where the last act of erasure stands. */
  last = Number.NEGATIVE_INFINITY;

  /** `isLater`: those that are not there may say of any. */
  constructor({ isLater, signedTo }: { readonly isLater: boolean; readonly signedTo: number }) {
    this.#isLater = isLater;
    this.#signedTo = signedTo;
  }
  add({ kind, position, record }: StoredAct): void {
    if (kind !== "ERASURE") return;
    try {
      const { positions } = JSON.parse(record) as { readonly positions?: unknown };
      if (!Array.isArray(positions) || !positions.every(isRun)) return;
      this.last = Math.max(this.last, position);
      for (const runs of position <= this.#signedTo ? [this.#all, this.#signed] : [this.#all]) runs.add(positions);
    } catch {
      // It is told as changed where it stands.
    }
  }
  finish(): void {
    this.#all.finish();
    this.#signed.finish();
  }
  /** Whether an act says that the one at a position was erased, and one that is signed. */
  of(position: number): "SIGNED" | "UNSIGNED" | null {
    if (this.#isLater || this.#signed.has(position)) return "SIGNED";
    return this.#all.has(position) ? "UNSIGNED" : null;
  }
}
