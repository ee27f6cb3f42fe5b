/** A source of numbers that a seed fixes: the same seed gives the same numbers on every machine. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, 0 <= n < below. */
  below(below: number): number;
  between(least: number, most: number): number;
  chance(share: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** `count` of them, each once, or all where there are fewer. */
  some<T>(from: readonly T[], count: number): T[];
  /** How many of what happens at `mean` on average. */
  poisson(mean: number): number;
  /** Another source, that depends on the seed and the name alone: what is drawn here moves nothing there. */
  fork(name: string): Random;
}

/** FNV-1a: spreads the names of sources. */
function hashed(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function createRandom(name: string): Random {
  // sfc32, of PractRand's author: fast, and long enough for all decisions of all seeds.
  let a = hashed(name);
  let b = hashed(`${name}/b`);
  let c = hashed(`${name}/c`);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();

  const below = (n: number): number => Math.floor(next() * n);
  function pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error("nothing to pick from");
    return from[below(from.length)] as T;
  }
  function some<T>(from: readonly T[], count: number): T[] {
    const left = [...from];
    const taken = Math.min(count, left.length);
    for (let i = 0; i < taken; i++) {
      const other = i + below(left.length - i);
      [left[i], left[other]] = [left[other] as T, left[i] as T];
    }
    return left.slice(0, taken);
  }
  function poisson(mean: number): number {
    const end = Math.exp(-mean);
    let count = -1;
    for (let product = 1; product > end; count++) product *= next();
    return Math.max(0, count);
  }
  return {
    next,
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (share) => next() < share,
    pick,
    some,
    poisson,
    fork: (inner) => createRandom(`${name}/${inner}`),
  };
}
