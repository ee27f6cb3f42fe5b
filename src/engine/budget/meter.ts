/**
 * The most steps of one evaluation of a condition. A constant, not a setting: what a decision comes to depends on it.
 * A step is worth some 20 ns; docs/rules.md says what counts how much.
 */
export const MOST_STEPS = 20_000;

/** Characters that count as one step. */
export const CHARACTERS_A_STEP = 8;

const lengthSteps = (text: { readonly length: number }): number => 1 + Math.floor(text.length / CHARACTERS_A_STEP);

/** How much there is of a value, in steps, but no more than `limit` and what is found beyond it at once. */
export function weightOf(value: unknown, limit: number): number {
  if (typeof value === "string" || value instanceof Uint8Array) return lengthSteps(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return 1;
  let weight = 1;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (weight > limit) break;
      weight += typeof item === "string" ? lengthSteps(item) : weightOf(item, limit - weight);
    }
    return weight;
  }
  for (const [name, member] of Object.entries(value)) {
    if (weight > limit) break;
    weight += lengthSteps(name) + weightOf(member, limit - weight);
  }
  return weight;
}

/** How many elements a loop has; of a text how many steps it counts. */
function countOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === "string" || value instanceof Uint8Array) return lengthSteps(value);
  return typeof value === "object" && value !== null ? Object.keys(value).length : 1;
}

/** Something as small as can be of the same kind. */
function emptied(value: unknown): unknown {
  if (typeof value === "string") return "";
  if (Array.isArray(value)) return [];
  if (value instanceof Uint8Array) return new Uint8Array();
  if (value instanceof Date || typeof value !== "object" || value === null) return value;
  return Object.getPrototypeOf(value) === Object.prototype ? {} : value;
}

/**
 * Counts the steps of one evaluation, before they are taken. Once it is exhausted the evaluation has failed, whatever
 * its answer will be; what is measured from then on is replaced by what is empty, so that the rest takes no time.
 */
export class Meter {
  #left = 0;

  /** Begins an evaluation that may take so many steps. */
  start(steps: number): void {
    this.#left = steps;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }

  /** Takes steps. @returns whether there were as many. */
  charge(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  /** Before something looks at all of a value, so many times. */
  weigh(value: unknown, times = 1): unknown {
    const left = Math.max(0, this.#left);
    return this.charge(weightOf(value, left) * times) ? value : emptied(value);
  }

  /** Before a loop over a value, each round of which takes so many steps. */
  each(value: unknown, steps: number): unknown {
    return this.charge(countOf(value) * steps) ? value : emptied(value);
  }

  /** Before a text is read as a duration, which takes the cube of its length. */
  cube(value: unknown): unknown {
    return this.charge(CHARACTERS_A_STEP * weightOf(value, this.#left) ** 3) ? value : emptied(value);
  }

  /** Before a value is looked for among others: an object is looked at anew for each. */
  within(value: unknown, others: unknown): boolean {
    const left = Math.max(0, this.#left);
    const each = typeof value === "object" && value !== null ? weightOf(value, left) : 1;
    return this.charge(weightOf(others, left) + each * countOf(others));
  }

  /** Before a text is looked for in another. */
  search(text: unknown, wanted: unknown): boolean {
    const left = Math.max(0, this.#left);
    return this.charge(weightOf(text, left) * weightOf(wanted, left));
  }
}
