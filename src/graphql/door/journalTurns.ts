import type { Caller } from "../../domain/callers/types.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";

/** Whose turn it is, by caller and kind of question. */
export interface JournalTurns {
  /** Works when all of this kind that the caller asked for before is done. @throws ScopewardenError LIMIT_EXCEEDED when too many of the caller wait */
  take<T>(of: { readonly caller: Pick<Caller, "id">; readonly kind: string }, work: () => Promise<T>): Promise<T>;
}

/**
 * One of a kind at a time for each caller, in the order in which they came; at most so many of a caller waiting or at work, of all kinds
 * together. What is short never waits for what takes long.
 */
export function createJournalTurns(most: number): JournalTurns {
  const callers = new Map<string, { count: number; readonly tails: Map<string, Promise<unknown>> }>();
  return {
    async take({ caller: { id }, kind }, work) {
      const own = callers.get(id) ?? { count: 0, tails: new Map<string, Promise<unknown>>() };
      if (own.count >= most)
        throw new ScopewardenError(
          "LIMIT_EXCEEDED",
          `This caller has ${own.count} questions about the journal waiting; at most ${most} may wait. Ask again when they are answered.`,
        );
      own.count++;
      callers.set(id, own);
      const turn = (own.tails.get(kind) ?? Promise.resolve()).then(work);
      own.tails.set(
        kind,
        turn.catch(() => undefined),
      );
      try {
        return await turn;
      } finally {
        own.count--;
        if (own.count === 0) callers.delete(id);
      }
    },
  };
}
