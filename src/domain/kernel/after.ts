/** Of texts in order those after one, by code units; null: all. */
export function* after(texts: readonly string[], place: string | null): Generator<string> {
  let [low, high] = [0, texts.length];
  while (place !== null && low < high) {
    const middle = (low + high) >>> 1;
    if ((texts[middle] ?? "") <= place) low = middle + 1;
    else high = middle;
  }
  for (let i = low; i < texts.length; i++) yield texts[i] as string;
}
