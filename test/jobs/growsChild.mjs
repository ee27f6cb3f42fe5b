/** Takes more and more memory. */
export function backtestApart() {
  for (const kept = []; ; ) kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i, text: `${i} ${kept.length}` })));
}
export const readFiles = () => ({ policy: [], cases: [] });
