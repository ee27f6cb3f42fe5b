import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { RawRow } from "../database/connection.ts";
import { MonthDamaged } from "./search/monthDamage.ts";
import { STATE_OF_MONTHS } from "./search/searchMonths.ts";

/** So often an answer begins again when the index was made anew meanwhile. */
const ATTEMPTS = 5;

/** Notes that a month of the index is damaged, so that it is made again. Never rejects. */
export type NoteDamaged = (damaged: Pick<MonthDamaged, "finding" | "month">) => Promise<void>;

/** Does what touches the index in its transaction; where that finds a month damaged, once more when this is noted. */
export const withDamageNoted =
  (noteDamaged: NoteDamaged) =>
  async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MonthDamaged)) throw error;
      await noteDamaged(error);
      return work();
    }
  };

type Ask = (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
type Methods<Reader> = { readonly [Name in keyof Reader]: (...given: never[]) => Promise<unknown> };

/** Answers from what is derived from decisions, which `db rebuild-index` may empty at any time. */
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

export function createOfOneIndex(ask: Ask, damaged: NoteDamaged): OfOneIndex {
  // No month has the number of one that went, whether it left for an archive or the index was made anew.
  const first = async (): Promise<string> => JSON.stringify((await ask(STATE_OF_MONTHS, []))[0]);

  async function attempt<Answer>(answer: () => Promise<Answer>, attempts: number): Promise<Answer> {
    let before = await first();
    for (let left = attempts; left > 0; left--) {
      const found = await answer().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
      if ("error" in found && found.error instanceof MonthDamaged) await damaged(found.error);
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
