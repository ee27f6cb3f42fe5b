import type { KeptRestriction } from "../../domain/decisions/restrictions/restriction.ts";
import { restrictionKind } from "../../domain/decisions/restrictions/restrictionKind.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { type Condition, createCaseSql } from "./caseSql.ts";
import { isOwnSubject } from "./ownSubject.ts";

const HOUR_MS = 3_600_000;

/** Why a restriction can't be imposed, and the one that stands in the way, if it is one. */
export interface Refusal {
  readonly because: "BLOCKED" | "CLOSED" | "IN_FORCE" | "SUSPENDED_BEFORE" | "TOO_MANY_IN_FORCE";
  readonly id?: string;
  /** Of BLOCKED: when that ends by itself. */
  readonly until?: number;
}

/** One because of an alert. */
type OfAlert = KeptRestriction & { readonly alertId: string };

const places = (values: readonly unknown[]): string => values.map(() => "?").join(", ");

/** What imposes restrictions in a transaction, whoever does: people, or the service by itself. */
export function createImposing(dialect: Dialect) {
  const sql = (statement: string): string => withParameters(dialect, statement);
  const cases = createCaseSql(dialect, restrictionKind);
  const OPEN_ALERT = sql(
    `SELECT "opened_at" FROM watch_story WHERE "id" = ? AND "opened_at" IS NOT NULL AND "closed_at" IS NULL`,
  );
  /** Two at once because of two alerts: the second finds the first. Reads and other cases do not wait. */
  const takeTurn =
    dialect.name === "postgres" ? "SELECT pg_advisory_xact_lock(hashtext('scopewarden:restriction'))" : null;

  /** Those of the same holder in the same way. */
  const same = ({ holder, response }: KeptRestriction): readonly Condition[] => [
    holder.kind === "CLIENT"
      ? ['"client_id" = ?', holder.id]
      : ['"subject_id" = ? AND "subject_type" = ?', holder.id, holder.type],
    ...cases.inBody("response", response),
  ];

  /**
   * Those whose alert shows the holder as this one does, by name or under a pseudonym: that another is of the same person would
   * tell whose the pseudonym is.
   */
  async function alike(run: RunSql, { alertId, holder }: OfAlert, found: readonly KeptRestriction[]) {
    const others = found.flatMap((other) => (other.alertId === alertId ? [] : (other.alertId ?? [])));
    if (holder.kind === "CLIENT" || others.length === 0) return found;
    const alerts = [...new Set([alertId, ...others])];
    const { rows } = await run(
      sql(`SELECT DISTINCT f."story_id" AS "story" FROM watch_finding AS f
        WHERE f."story_id" IN (${places(alerts)}) AND f."subject_id" = ? AND ${isOwnSubject(dialect)}`),
      [...alerts, holder.id],
    );
    const hiding = new Set(rows.map(({ story }) => String(story)));
    return found.filter((other) => hiding.has(other.alertId ?? "") === hiding.has(alertId));
  }

  const inForce = (now: number): Condition => [`NOT "is_over" AND "ends_at" > ?`, now];
  const BY_ALERT: Condition = ['"parent" IS NOT NULL'];

  /** What stands in the way of one because of an alert. */
  async function refusedByAlert(run: RunSql, restriction: OfAlert): Promise<Refusal | null> {
    const { alertId, imposedAt, response } = restriction;
    const [alert] = (await run(OPEN_ALERT, [alertId])).rows;
    if (alert === undefined) return { because: "CLOSED" };
    const now = await cases.rows(run, [...same(restriction), BY_ALERT, inForce(imposedAt)]);
    const [standing] = await alike(run, restriction, now);
    if (standing !== undefined) return { because: "IN_FORCE", id: standing.id };
    if (response !== "SUSPENSION") return null;
    const where = [...same(restriction), BY_ALERT, ['"opened_at" >= ?', Number(alert.opened_at)] as const];
    const [last] = await alike(run, restriction, await cases.rows(run, where, 'ORDER BY "opened_at" DESC'));
    return last === undefined ? null : { because: "SUSPENDED_BEFORE", id: last.id };
  }

  return {
    insert: cases.insert,
    lapse: cases.lapse,
    /** Before anything is imposed in a transaction: waits until nobody else imposes. */
    async begin(run: RunSql): Promise<void> {
      if (takeTurn !== null) await run(takeTurn, []);
    },

    /** Whether the service has imposed this kind by itself because of an alert before, whatever became of it. */
    async isOfRule(
      run: RunSql,
      { alertId, response }: Pick<KeptRestriction, "response"> & { readonly alertId: string },
    ): Promise<boolean> {
      const where = [['"parent" = ?', alertId] as const, ...cases.inBody("response", response)];
      return (await cases.rows(run, where)).some(({ rule }) => rule !== null);
    },

    /** How many of this kind the service has imposed by itself within an hour, by what an organization's entry says. */
    async inHour(
      run: RunSql,
      { organization, response, now }: { organization: string; response: string; now: number },
    ) {
      const where = [['"opened_at" > ?', now - HOUR_MS] as const, ...cases.inBody("response", response)];
      return (await cases.rows(run, where)).filter(({ rule }) => rule?.organization === organization).length;
    },

    /** Why it may not be imposed, as far as others may have been first; `most`: with so many in force it may not. */
    async refusal(run: RunSql, restriction: KeptRestriction, most: number): Promise<Refusal | null> {
      const { alertId, imposedAt } = restriction;
      if (alertId === null) {
        const where = [...same(restriction), ['"parent" IS NULL'] as const, inForce(imposedAt)];
        const [blocked] = await cases.rows(run, where);
        if (blocked !== undefined) return { because: "BLOCKED", until: blocked.endsAt };
      } else {
        const refused = await refusedByAlert(run, { ...restriction, alertId });
        if (refused !== null) return refused;
      }
      return (await cases.count(run, [inForce(imposedAt)])) >= most ? { because: "TOO_MANY_IN_FORCE" } : null;
    },
  };
}
