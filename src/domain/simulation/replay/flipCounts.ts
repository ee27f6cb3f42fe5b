import { byText } from "../../kernel/sortedInParts.ts";
import { fewest, Patients } from "../fewPatients.ts";
import type { FlipKind, ReplayCount } from "./types.ts";

/** Keys of one list: of clients or rules there may be very many. */
const MAX_KEYS = 1000;

export const COUNTER_OF = {
  NEWLY_ALLOWED: "denyToAllow",
  NEWLY_DENIED: "allowToDeny",
  NARROWED: "narrowed",
  OTHER_OBLIGATIONS: "otherObligations",
  WIDENED: "widened",
} as const satisfies Record<FlipKind, Exclude<keyof ReplayCount, "fewest" | "key">>;

type Counter = (typeof COUNTER_OF)[FlipKind];
type Counts = Record<Counter, number> & { readonly patients: Map<Counter, Patients> };

const newCounts = (): Counts => ({
  patients: new Map(),
  allowToDeny: 0,
  denyToAllow: 0,
  narrowed: 0,
  widened: 0,
  otherObligations: 0,
});

const sum = (counts: Counts): number =>
  Object.values(COUNTER_OF).reduce((total, counter) => total + counts[counter], 0);

/** Counts flips by a key, for at most so many keys. */
export class FlipCounts {
  readonly #counts = new Map<string, Counts>();
  /** Whether every key had room. */
  complete = true;

  add(kind: FlipKind, keys: readonly string[], patients: readonly string[], by: string): void {
    for (const key of keys) {
      let counts = this.#counts.get(key);
      if (counts === undefined) {
        if (this.#counts.size === MAX_KEYS) {
          this.complete = false;
          continue;
        }
        counts = newCounts();
        this.#counts.set(key, counts);
      }
      const counter = COUNTER_OF[kind];
      counts[counter]++;
      const concerned = counts.patients.get(counter) ?? new Patients();
      counts.patients.set(counter, concerned);
      concerned.add(patients, by);
    }
  }

  /** The most flips first. */
  list(): readonly ReplayCount[] {
    return [...this.#counts]
      .sort(([a, one], [b, other]) => sum(other) - sum(one) || byText(a, b))
      .map(([key, { patients, ...counts }]) => ({
        key,
        ...counts,
        fewest: fewest([...patients.values()].map(({ size }) => size)),
      }));
  }
}
