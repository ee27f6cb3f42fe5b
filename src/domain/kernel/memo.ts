/**
 * Remembers what was computed for a text, up to a number of texts: whoever asks must compute the same for the same
 * text, so that forgetting costs time and nothing else. The texts that were asked for lately stay.
 */
export class Memo<V> {
  readonly #half: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  get(text: string): V | undefined {
    const found = this.#young.get(text);
    if (found !== undefined) return found;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  set(text: string, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, value);
  }

  delete(text: string): void {
    this.#young.delete(text);
    this.#old.delete(text);
  }

  /** How many texts are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
