import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow } from "../database/connection.ts";

/** So often an answer begins again when the index was made anew meanwhile. */
const ATTEMPTS = 5;
const GENERATION = 'SELECT "generation" FROM decision_generation';

type Ask = (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
type Methods<Reader> = { readonly [Name in keyof Reader]: (...given: never[]) => Promise<unknown> };

/** Answers from what is derived from decisions, which `rebuild-index` may empty at any time. */
export interface OfOneIndex {
  /**
   * What was found while that was emptied counts for nothing: `answer`, which waits for what it reads, is asked again.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE where it is emptied again and again
   */
  again<Answer>(answer: () => Promise<Answer>): Promise<Answer>;
  /** The same of an answer that is handed on while it is read. @throws ScopewardenError JOURNAL_UNAVAILABLE where it was emptied meanwhile */
  once<Answer>(answer: () => Promise<Answer>): Promise<Answer>;
  /** A reader each of whose answers is asked again. */
  eachOf<Reader extends Methods<Reader>>(reader: Reader): Reader;
}

export function createOfOneIndex(ask: Ask): OfOneIndex {
  const generation = async (): Promise<string> => String((await ask(GENERATION, []))[0]?.generation);

  async function attempt<Answer>(answer: () => Promise<Answer>, attempts: number): Promise<Answer> {
    let before = await generation();
    for (let left = attempts; left > 0; left--) {
      const found = await answer();
      const after = await generation();
      if (after === before) return found;
      before = after;
    }
    throw new ScopewardenError("JOURNAL_UNAVAILABLE", "The journal's index was made anew meanwhile. Ask again.");
  }

  const again = <Answer>(answer: () => Promise<Answer>) => attempt(answer, ATTEMPTS);
  return {
    again,
    once: (answer) => attempt(answer, 1),
    eachOf<Reader extends Methods<Reader>>(reader: Reader) {
      const methods = Object.entries<(...given: never[]) => Promise<unknown>>(reader).map(
        ([name, method]) => [name, (...given: never[]) => again(() => method(...given))] as const,
      );
      return Object.fromEntries(methods) as unknown as Reader;
    },
  };
}
