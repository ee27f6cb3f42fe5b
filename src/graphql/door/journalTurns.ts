import type { Caller } from "../../domain/callers/types.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";

/** Whose turn it is, caller by caller. */
export interface JournalTurns {
  /** Works when all that the caller asked for before is done. @throws ScopewardenError LIMIT_EXCEEDED when too many wait */
  take<T>(caller: Pick<Caller, "id">, work: () => Promise<T>): Promise<T>;
}

/** One at a time for each caller, in the order in which they came, at most so many of them waiting or at work. */
export function createJournalTurns(most: number): JournalTurns {
  const lines = new Map<string, { count: number; tail: Promise<unknown> }>();
  return {
    async take({ id }, work) {
      const line = lines.get(id) ?? { count: 0, tail: Promise.resolve() };
      if (line.count >= most)
        throw new ScopewardenError(
          "LIMIT_EXCEEDED",
          `This caller has ${line.count} questions about the journal waiting; at most ${most} may wait. Ask again when they are answered.`,
        );
      line.count++;
      lines.set(id, line);
      const turn = line.tail.then(work);
      line.tail = turn.catch(() => undefined);
      try {
        return await turn;
      } finally {
        line.count--;
        if (line.count === 0) lines.delete(id);
      }
    },
  };
}
