import type { Clock } from "../../domain/kernel/ports.ts";
import type { Act } from "../../domain/record/acts.ts";
import { actTime } from "../../domain/record/actTime.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";

type Read = (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;

/**
 * The time up to which a consumer has taken all that was on record by then, in milliseconds since 1970: now, or that of the first act
 * which it has not taken, or had to set aside.
 */
export type AsOf = () => Promise<number>;

export const createAsOf =
  (deps: { readonly read: Read; readonly dialect: Dialect; readonly clock: Clock }) =>
  ({ name }: { readonly name: string }): AsOf => {
    const sql = withParameters(
      deps.dialect,
      `SELECT "kind", "record" FROM journal
        WHERE "seq" = COALESCE((SELECT MIN("position") FROM act_set_aside WHERE "consumer" = ?),
          (SELECT MIN("seq") FROM journal WHERE "seq" > (SELECT "position" FROM journal_follower WHERE "name" = ?)))`,
    );
    return async () => {
      const now = deps.clock();
      const [next] = await deps.read(sql, [name, name]);
      if (next === undefined) return now;
      return Math.min(now, actTime({ kind: String(next.kind) as Act["kind"], record: String(next.record) }));
    };
  };

/** When the oldest decision was made that the journal has, in milliseconds since 1970; null: it has none. Rejects with JOURNAL_UNAVAILABLE. */
export async function oldestDecision(read: Read): Promise<number | null> {
  const sql = `SELECT "record" FROM journal WHERE "kind" = 'DECISION' ORDER BY "seq" LIMIT 1`;
  const [row] = await read(sql, []).catch((error: unknown) =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
  );
  return row === undefined ? null : actTime({ kind: "DECISION", record: String(row.record) });
}
