/** Edits that turn one word into the other: insert, delete, replace a letter, or swap two neighbours. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}

/** Longer than every name we know: comparing it would only cost time. */
const LONGEST_COMPARED = 64;

/**
 * The known name that the author probably meant, or null if none is near. Letter case is ignored; of
 * several equally near names the first in the given order wins, so that the message is stable.
 */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > LONGEST_COMPARED) return null;
  const wanted = name.toLowerCase();
  const reach = Math.max(1, Math.min(4, Math.floor(wanted.length / 3)));
  let best: string | null = null;
  let bestDistance = reach + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
