import type { KeptRestriction } from "../../domain/decisions/restrictions/restriction.ts";
import { columnList } from "../database/columns.ts";
import type { RawRow, RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { isOwnSubject } from "../monitoring/ownSubject.ts";
import { restrictionColumns, restrictionValues } from "./restrictionTables.ts";

export const IN_FORCE = `NOT "is_over" AND "ends_at" > ?`;
const HOUR_MS = 3_600_000;

/** Why a restriction can't be imposed, and the one that stands in the way, if it is one. */
export interface Refusal {
  readonly because: "BLOCKED" | "CLOSED" | "IN_FORCE" | "SUSPENDED_BEFORE" | "TOO_MANY_IN_FORCE";
  readonly id?: unknown;
  /** Of BLOCKED: when that ends by itself. */
  readonly until?: number;
}

/** One because of an alert. */
type OfAlert = KeptRestriction & { readonly alertId: string };

const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

/** What imposes restrictions in a transaction, whoever does: people, or the service by itself. */
export function createImposing(dialect: Dialect) {
  const sql = (statement: string): string => withParameters(dialect, statement);
  const SAME = `"holder_id" = ? AND "holder_kind" = ? AND "holder_type" = ? AND "response" = ?`;
  const OPEN_ALERT = sql(
    `SELECT "opened_at" FROM watch_story WHERE "id" = ? AND "opened_at" IS NOT NULL AND "closed_at" IS NULL`,
  );
  const LAPSE = sql(`UPDATE restriction SET "is_over" = TRUE WHERE NOT "is_over" AND "ends_at" <= ?`);
  /** Two at once because of two alerts: the second finds the first. Reads do not wait. */
  const takeTurn = dialect.name === "postgres" ? "LOCK TABLE restriction IN SHARE ROW EXCLUSIVE MODE" : null;
  const STANDING = sql(
    `SELECT "id", "alert_id" FROM restriction WHERE ${SAME} AND "alert_id" IS NOT NULL AND ${IN_FORCE}`,
  );
  /** Apart from those of alerts: a refusal would tell who is suspended because of one. */
  const BLOCKED = sql(`SELECT "ends_at" FROM restriction WHERE ${SAME} AND "alert_id" IS NULL AND ${IN_FORCE}`);
  const LAST = sql(
    `SELECT "id", "alert_id" FROM restriction WHERE ${SAME} AND "alert_id" IS NOT NULL AND "imposed_at" >= ? ORDER BY "imposed_at" DESC`,
  );
  const COUNT = sql(`SELECT COUNT(*) AS "n" FROM restriction WHERE ${IN_FORCE}`);
  const OF_RULE = `"rule_organization" IS NOT NULL AND "response" = ?`;
  const OF_ALERT = sql(`SELECT 1 FROM restriction WHERE ${OF_RULE} AND "alert_id" = ?`);
  const IN_HOUR = sql(
    `SELECT COUNT(*) AS "n" FROM restriction WHERE ${OF_RULE} AND "rule_organization" = ? AND "imposed_at" > ?`,
  );
  const INSERT = sql(
    `INSERT INTO restriction (${columnList(restrictionColumns)}, "is_over") VALUES (${places(restrictionColumns)}, FALSE)`,
  );

  /**
   * Those whose alert shows the holder as this one does, by name or under a pseudonym: that another is of the same person would
   * tell whose the pseudonym is.
   */
  async function alike(run: RunSql, { alertId, holder }: OfAlert, rows: readonly RawRow[]) {
    const others = rows.filter(({ alert_id }) => alert_id !== alertId).map(({ alert_id }) => String(alert_id));
    if (holder.kind === "CLIENT" || others.length === 0) return rows;
    const alerts = [...new Set([alertId, ...others])];
    const found = await run(
      sql(`SELECT DISTINCT f."story_id" AS "story" FROM watch_finding AS f
        WHERE f."story_id" IN (${places(alerts)}) AND f."subject_id" = ? AND ${isOwnSubject(dialect)}`),
      [...alerts, holder.id],
    );
    const hiding = new Set(found.rows.map(({ story }) => String(story)));
    return rows.filter(({ alert_id }) => hiding.has(String(alert_id)) === hiding.has(alertId));
  }

  /** What stands in the way of one because of an alert. */
  async function refusedByAlert(run: RunSql, restriction: OfAlert, same: readonly unknown[]): Promise<Refusal | null> {
    const { alertId, imposedAt, response } = restriction;
    const [alert] = (await run(OPEN_ALERT, [alertId])).rows;
    if (alert === undefined) return { because: "CLOSED" };
    const [standing] = await alike(run, restriction, (await run(STANDING, [...same, imposedAt])).rows);
    if (standing !== undefined) return { because: "IN_FORCE", id: standing.id };
    if (response !== "SUSPENSION") return null;
    const since = (await run(LAST, [...same, Number(alert.opened_at)])).rows;
    const [last] = await alike(run, restriction, since);
    return last === undefined ? null : { because: "SUSPENDED_BEFORE", id: last.id };
  }

  return {
    /** Before anything is imposed in a transaction: waits until nobody else imposes. */
    async begin(run: RunSql, now: number): Promise<void> {
      if (takeTurn !== null) await run(takeTurn, []);
      await run(LAPSE, [now]);
    },

    /** Whether the service has imposed this kind by itself because of an alert before, whatever became of it. */
    async isOfRule(
      run: RunSql,
      { alertId, response }: Pick<KeptRestriction, "alertId" | "response">,
    ): Promise<boolean> {
      return (await run(OF_ALERT, [response, alertId])).rows.length > 0;
    },

    /** How many of this kind the service has imposed by itself within an hour, by what an organization's entry says. */
    async inHour(
      run: RunSql,
      { organization, response, now }: { organization: string; response: string; now: number },
    ) {
      return Number((await run(IN_HOUR, [response, organization, now - HOUR_MS])).rows[0]?.n);
    },

    /** Imposes it, if it may be, as far as others may have been first; `most`: with so many in force it may not. */
    async impose(run: RunSql, restriction: KeptRestriction, most: number): Promise<Refusal | null> {
      const { alertId, holder, imposedAt, response } = restriction;
      const same = [holder.id, holder.kind, holder.kind === "CLIENT" ? "client" : holder.type, response];
      if (alertId === null) {
        const [blocked] = (await run(BLOCKED, [...same, imposedAt])).rows;
        if (blocked !== undefined) return { because: "BLOCKED", until: Number(blocked.ends_at) };
      } else {
        const refused = await refusedByAlert(run, { ...restriction, alertId }, same);
        if (refused !== null) return refused;
      }
      const [count] = (await run(COUNT, [imposedAt])).rows;
      if (Number(count?.n) >= most) return { because: "TOO_MANY_IN_FORCE" };
      await run(INSERT, restrictionValues(restriction));
      return null;
    },
  };
}
