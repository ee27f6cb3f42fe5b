/** Lets other work run before it resolves. */
export type Breathe = () => Promise<void>;

/** Names sorted or merged without a break, so that decisions wait for no more than that. */
const PART = 2_000;

function* merged(a: readonly string[], b: readonly string[]): Generator<string> {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (y === undefined || (x !== undefined && x <= y)) {
      i++;
      if (x === y) j++;
      if (x !== undefined) yield x;
    } else {
      j++;
      yield y;
    }
  }
}

async function merge(a: readonly string[], b: readonly string[], breathe: Breathe): Promise<readonly string[]> {
  const all: string[] = [];
  for (const name of merged(a, b)) {
    all.push(name);
    if (all.length % PART === 0) await breathe();
  }
  return all;
}

/**
 * Names by code units, each once: a merge sort that lets other work run between its parts, as sorting a hundred thousand
 * at once would keep every decision waiting.
 */
export async function sortedInParts(names: Iterable<string>, breathe: Breathe): Promise<readonly string[]> {
  let runs: (readonly string[])[] = [];
  let part: string[] = [];
  for (const name of names) {
    part.push(name);
    if (part.length < PART) continue;
    runs.push([...new Set(part)].sort());
    part = [];
    await breathe();
  }
  runs.push([...new Set(part)].sort());
  while (runs.length > 1) {
    const next: (readonly string[])[] = [];
    for (let i = 0; i < runs.length; i += 2) next.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], breathe));
    runs = next;
  }
  return runs[0] ?? [];
}
