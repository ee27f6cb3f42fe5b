import { byText } from "../../kernel/sortedInParts.ts";
import type { FlipKind, ReplayCount } from "./types.ts";

/** Keys of one list: of clients or rules there may be very many. */
const MAX_KEYS = 1000;

export const COUNTER_OF = {
  NEWLY_ALLOWED: "denyToAllow",
  NEWLY_DENIED: "allowToDeny",
  NARROWED: "narrowed",
  OTHER_OBLIGATIONS: "otherObligations",
  WIDENED: "widened",
} as const satisfies Record<FlipKind, Exclude<keyof ReplayCount, "key">>;

type Counts = { -readonly [Member in keyof ReplayCount]: ReplayCount[Member] };

const newCounts = (key: string): Counts => ({
  key,
  allowToDeny: 0,
  denyToAllow: 0,
  narrowed: 0,
  widened: 0,
  otherObligations: 0,
});

const sum = (counts: ReplayCount): number =>
  Object.values(COUNTER_OF).reduce((total, counter) => total + counts[counter], 0);

/** Counts flips by a key, for at most so many keys. */
export class FlipCounts {
  readonly #counts = new Map<string, Counts>();
  /** Whether every key had room. */
  complete = true;

  add(kind: FlipKind, keys: readonly string[]): void {
    for (const key of keys) {
      let counts = this.#counts.get(key);
      if (counts === undefined) {
        if (this.#counts.size === MAX_KEYS) {
          this.complete = false;
          continue;
        }
        counts = newCounts(key);
        this.#counts.set(key, counts);
      }
      counts[COUNTER_OF[kind]]++;
    }
  }

  /** The most flips first. */
  list(): readonly ReplayCount[] {
    return [...this.#counts.values()].sort((a, b) => sum(b) - sum(a) || byText(a.key, b.key));
  }
}
