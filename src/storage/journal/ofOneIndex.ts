import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow } from "../database/connection.ts";

/** So often an answer begins again when the index was made anew meanwhile. */
const ATTEMPTS = 5;
/** No month has the number of one that went, whether it left for an archive or the index was made anew. */
const FIRST_MONTH = 'SELECT MIN("id") AS "first" FROM search_month';

type Ask = (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
type Methods<Reader> = { readonly [Name in keyof Reader]: (...given: never[]) => Promise<unknown> };

/** Answers from what is derived from decisions, which `rebuild-index` may empty at any time. */
export interface OfOneIndex {
  /**
   * What was found, or failed, while that was emptied counts for nothing: `answer`, which waits for what it reads, is asked again.
   * @throws ScopewardenError JOURNAL_UNAVAILABLE where it is emptied again and again
   */
  again<Answer>(answer: () => Promise<Answer>): Promise<Answer>;
  /** The same of an answer that is handed on while it is read. @throws ScopewardenError JOURNAL_UNAVAILABLE where it was emptied meanwhile */
  once<Answer>(answer: () => Promise<Answer>): Promise<Answer>;
  /** A reader each of whose answers is asked again. */
  eachOf<Reader extends Methods<Reader>>(reader: Reader): Reader;
}

export function createOfOneIndex(ask: Ask): OfOneIndex {
  const first = async (): Promise<string> => String((await ask(FIRST_MONTH, []))[0]?.first ?? 0);

  async function attempt<Answer>(answer: () => Promise<Answer>, attempts: number): Promise<Answer> {
    let before = await first();
    for (let left = attempts; left > 0; left--) {
      const found = await answer().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      const after = await first();
      if (after === before) {
        if ("error" in found) throw found.error;
        return found.value;
      }
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
