import { setTimeout as delay } from "node:timers/promises";
import type { RetentionStore } from "../../domain/audit/retention/store.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { type ActKind, ERASED_KINDS } from "../../domain/record/kinds.ts";
import type { StoredAct } from "../../domain/record/tree/leafEntry.ts";
import type { CaseDeps } from "../cases/caseStore.ts";
import { createLegalHoldStore } from "../cases/placedStore.ts";
import { answerWithin, LOOKUP_MS } from "../database/answerWithin.ts";
import type { RawRow } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { pageBudget } from "../database/select.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { ACT_COLUMNS, storedAct } from "../journal/acts.ts";
import { type NoteDamaged, withDamageNoted } from "../journal/ofOneIndex.ts";
import { cleanSearch, uncleanAfter } from "./cleanSearch.ts";
import { eraseActs, HOLDS_VERSION, TAKEN, versionOf } from "./eraseActs.ts";

/** How often, and after how long, the log is copied again where another copy was under way, or somebody read. */
const MOST_SCRUBS = 100;
const SCRUB_AGAIN_MS = 100;
const KINDS = ERASED_KINDS.map((kind) => `'${kind}'`).join(", ");

/** What the texts of one step may come to, in characters: they are parsed, hashed and written at once. */
const STEP_SIZE = 128 * 1024;

function withinStep(rows: readonly RawRow[]): readonly StoredAct[] {
  const hasRoom = pageBudget(STEP_SIZE);
  const full = rows.findIndex((row) => !hasRoom(row));
  return (full < 0 ? rows : rows.slice(0, full + 1)).map(storedAct);
}

/** Erases acts, and keeps legal holds. Each change is one transaction with its act on record. */
export function createRetentionStore(
  deps: CaseDeps & {
    readonly writer: Writer;
    readonly noteDamaged: NoteDamaged;
  },
): RetentionStore {
  const { dialect, lists, noteDamaged, putOnRecord, source, writer } = deps;
  const sql = (statement: string): string => withParameters(dialect, statement);
  const fail = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "What is to be erased can't be read or written.", error));
  const look = (statement: string, ...parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    answerWithin(LOOKUP_MS, () => source.query<RawRow[]>(sql(statement), [...parameters])).catch(fail);
  const list = (statement: string, ...parameters: readonly unknown[]): Promise<readonly RawRow[]> =>
    lists.query<RawRow[]>(sql(statement), [...parameters]).catch(fail);
  const leaves = ACT_COLUMNS.split(", ")
    .map((name) => `j.${name}`)
    .join(", ");

  const holds = createLegalHoldStore(deps);

  return {
    ...holds,
    async status() {
      const [row] = await look(
        `SELECT "position", "erased_acts", "erased_values", ${uncleanAfter(dialect)} AS "unclean" FROM retention`,
      );
      return {
        position: Number(row?.position ?? 0),
        acts: Number(row?.erased_acts ?? 0),
        values: Number(row?.erased_values ?? 0),
        uncleanAfter: row?.unclean == null ? null : Number(row.unclean),
      };
    },
    async clock() {
      const [row] = await look('SELECT "trusted_at" FROM retention');
      const [newest] = await look('SELECT "kind", "record" FROM journal ORDER BY "seq" DESC LIMIT 1');
      return {
        trustedAt: row?.trusted_at == null ? null : Number(row.trusted_at),
        newest: newest === undefined ? null : { kind: String(newest.kind) as ActKind, record: String(newest.record) },
      };
    },
    async trustClock(at) {
      await writer
        .tryOnce(({ run }) => run(sql('UPDATE retention SET "trusted_at" = ? WHERE "id" = 1'), [at]))
        .catch(fail);
    },
    async inForce() {
      // The version first: a hold that comes between is one more than it knows, and the step is not taken.
      const [version] = await look(HOLDS_VERSION);
      return { holds: await holds.standing(0), version: versionOf(version) };
    },
    async next(after, first) {
      const [taken] = await look(TAKEN);
      const end = Number(taken?.takers) < 2 ? 0 : Number(taken?.taken);
      const rows = await list(
        `SELECT ${ACT_COLUMNS} FROM journal WHERE "seq" > ? AND "seq" <= ? AND "kind" IN (${KINDS}) ORDER BY "seq" LIMIT ?`,
        ...[after, end, first],
      );
      const acts = withinStep(rows);
      const isEnd = acts.length === rows.length && rows.length < first;
      return { acts, isEnd, until: isEnd ? Math.max(after, end) : (acts.at(-1)?.position ?? after) };
    },
    async again(now, first) {
      const due = `SELECT ${leaves} FROM retention_passed AS p JOIN journal AS j ON j."seq" = p."position" WHERE`;
      const rows = await list(`${due} p."again_at" <= ? ORDER BY p."again_at", p."position" LIMIT ?`, now, first);
      if (rows.length > 0) return withinStep(rows);
      // What was kept by a hold that is lifted since, or by others as well.
      const lifted = await list(
        `${due} p."held" AND p."lifts" < (SELECT COUNT("decided_at") FROM case_file WHERE "kind" = 'LEGAL_HOLD') ORDER BY p."lifts", p."position" LIMIT ?`,
        first,
      );
      return withinStep(lifted);
    },
    async passed(after, first) {
      const rows = await list(
        `SELECT ${leaves} FROM retention_passed AS p JOIN journal AS j ON j."seq" = p."position" WHERE p."position" > ?
          ORDER BY p."position" LIMIT ?`,
        ...[after, first],
      );
      return withinStep(rows);
    },
    async take(work) {
      const conflict = "These were erased already.";
      try {
        const step = () =>
          writer.tryOnce(({ run }) =>
            inTransaction({ run, dialect, conflict }, async () => {
              if (!(await eraseActs({ run, dialect, putOnRecord }, work)))
                throw new ScopewardenError("CONFLICT", conflict);
            }),
          );
        await withDamageNoted(noteDamaged)(step);
        return true;
      } catch (error) {
        if (error instanceof ScopewardenError && error.code === "CONFLICT") return false;
        return fail(error);
      }
    },
    async scrub() {
      if (dialect.file === null) return cleanSearch(dialect).catch(fail);
      // The log itself is not cut: whoever watches the file takes that for a loss. It is written over as it is used again.
      // Another copy may be under way, which began before: then this one does nothing, and says so. And none passes who reads.
      let written: number | null = null;
      for (let tries = 0; tries < MOST_SCRUBS; tries++) {
        const { rows } = await writer.tryOnce(({ run }) => run("PRAGMA wal_checkpoint(PASSIVE)")).catch(fail);
        const [busy, log, copied] = [Number(rows[0]?.busy), Number(rows[0]?.log), Number(rows[0]?.checkpointed)];
        if (busy === 0) {
          written ??= log;
          // A log that is shorter than it was began anew, once all of it was copied.
          if (copied >= written || log < written) return;
        }
        await delay(SCRUB_AGAIN_MS);
      }
    },
  };
}
