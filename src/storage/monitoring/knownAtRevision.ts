import { Memo } from "../../domain/kernel/memo.ts";

/**
 * What stands at one revision, by key, and so never changes: asked for once. Of another revision all is forgotten. So much is
 * remembered beside what is asked for together.
 */
export class KnownAtRevision<Value> {
  readonly #most: number;
  #revision: number | null = null;
  #known: Memo<Value>;

  constructor(most: number) {
    this.#most = most;
    this.#known = new Memo(most);
  }

  /** The values of these keys from a revision up to another; `ask` answers for those that are not known. */
  async of(
    keys: ReadonlySet<string>,
    { from, to }: { readonly from: number; readonly to: number },
    ask: (missing: readonly string[]) => Promise<(key: string) => Value>,
  ): Promise<(key: string) => Value | undefined> {
    if (from !== to || this.#revision !== to) this.#known = new Memo(this.#most);
    this.#revision = from === to ? to : null;
    const values = new Map<string, Value>();
    const missing: string[] = [];
    for (const key of keys) {
      const known = this.#known.get(key);
      if (known === undefined) missing.push(key);
      else values.set(key, known);
    }
    if (missing.length > 0) {
      const answer = await ask(missing);
      for (const key of missing) {
        const value = answer(key);
        values.set(key, value);
        this.#known.set(key, value);
      }
    }
    return (key) => values.get(key);
  }
}
