import type { RawRow } from "./connection.ts";
import type { Dialect } from "./dialect.ts";

/** Acts between two copies: the log then has some tens of megabytes at most. */
const EVERY_ACTS = 500;
const ACTS_OF_STEP = 10;

/** Keeps a log of commits short, beside those who commit. */
export interface LogCopying {
  /** Is told how far the journal goes. */
  appended(position: number): void;
  /** Is told of a step of what follows, which writes about as much as so many acts. */
  stepped(): void;
  /** Ends when no copy is under way; none begins any more. */
  close(): Promise<void>;
}

/**
 * Copies what a database's log of commits has into its file. A commit that does so keeps the next one waiting for tens of milliseconds;
 * beside the commits most of it keeps nobody. Only what came meanwhile is copied in a turn of the writer: then the log is at its end,
 * and begins anew. What fails is left to the next time, and to the commits.
 */
export function copyLog(deps: {
  readonly checkpoints: NonNullable<Dialect["checkpoints"]>;
  /** On a connection of its own, as it takes long. */
  readonly query: (sql: string) => Promise<readonly RawRow[]>;
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** For tests. */
  readonly everyActs?: number;
}): LogCopying {
  const { checkpoints, everyActs = EVERY_ACTS, inTurn, query } = deps;
  let end: number | null = null;
  /** Acts since the last copy, or what comes to as much. */
  let acts = 0;
  let closed = false;
  let copying: Promise<void> | null = null;

  async function copy(): Promise<void> {
    acts = 0;
    await query(checkpoints.copy);
    if (!closed) await inTurn(() => query(checkpoints.copy));
  }

  function wrote(more: number): void {
    acts += more;
    if (closed || copying !== null || acts < everyActs) return;
    copying = copy()
      .catch(() => undefined)
      .finally(() => {
        copying = null;
      });
  }

  return {
    appended(position) {
      wrote(Math.max(0, position - (end ?? position)));
      end = Math.max(end ?? position, position);
    },
    stepped: () => wrote(ACTS_OF_STEP),
    async close() {
      closed = true;
      await copying;
    },
  };
}
