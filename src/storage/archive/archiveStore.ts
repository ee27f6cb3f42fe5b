import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { type Act, archiveAct } from "../../domain/record/acts.ts";
import type { ArchiveAct } from "../../domain/record/archive/archiveAct.ts";
import type { Archive, ArchiveStore } from "../../domain/record/archive/store.ts";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { asUnavailable } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "../journal/acts.ts";
import { type NoteDamaged, withDamageNoted } from "../journal/ofOneIndex.ts";
import { leaveSearch } from "../journal/search/leaveSearch.ts";
import { DECISION_INDEX } from "../journal/search/searchIndex.ts";
import { ARCHIVE_COLUMNS, ARCHIVE_MARKS, archiveOf, archiveValues } from "./archiveRows.ts";
import { LEAVING_TABLES } from "./derivedTables.ts";

/** Between two steps, as many times as long as one took: other processes on the same file write meanwhile. */
const PAUSES = 2;
const SHORTEST_PAUSE_MS = 2;
/** Positions of one step, for which decisions wait some milliseconds. */
const STEP = 256;
const CONFLICT = "Another month was archived meanwhile.";

/** Keeps which months are in files, and takes their acts out of the database. */
export function createArchiveStore(deps: {
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly writer: Writer;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  /** Ends when all followers that are at work here have what is on record. */
  readonly untilFollowed: () => Promise<void>;
  readonly noteDamaged: NoteDamaged;
}): ArchiveStore {
  const noted = withDamageNoted(deps.noteDamaged);
  const { dialect, putOnRecord, read, writer } = deps;
  const sql = (text: string): string => withParameters(dialect, text);
  const reading = (text: string, parameters: readonly unknown[] = []): Promise<readonly RawRow[]> =>
    read(sql(text), parameters).catch((error) =>
      Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The archives can't be read.", error)),
    );
  const unwritten = (error: unknown): Promise<never> =>
    Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal could not be written.", error));
  const newest = `SELECT ${ARCHIVE_COLUMNS} FROM journal_archive ORDER BY "until_position" DESC LIMIT 1`;
  const insert = sql(`INSERT INTO journal_archive (${ARCHIVE_COLUMNS}) VALUES (${ARCHIVE_MARKS})`);
  const removals = [
    ...LEAVING_TABLES.map(
      ({ position, table }) => `DELETE FROM "${table}" WHERE "${position}" > ? AND "${position}" <= ?`,
    ),
    `DELETE FROM journal WHERE "seq" > ? AND "seq" <= ? AND "kind" <> 'CHECKPOINT_KEY'`,
  ].map(sql);
  const move = sql('UPDATE journal_archive SET "removed_to" = ? WHERE "until_position" = ? AND "removed_to" = ?');
  // Nobody makes the index anew meanwhile.
  const indexing = `SELECT "position" FROM journal_follower WHERE "name" = '${DECISION_INDEX}' FOR SHARE`;
  // SQLite has one writer, and knows no such lock.
  const held = dialect.name === "postgres" ? " FOR UPDATE" : "";
  const progressOf = sql(`SELECT "removed_to" FROM journal_archive WHERE "until_position" = ?${held}`);

  async function addOnce(run: Parameters<PutOnRecord>[0], act: Act, archive: Archive): Promise<void> {
    // Other acts wait from here on, so that no other archive comes between.
    await putOnRecord(run, act);
    const [before] = (await run(newest)).rows.map(archiveOf);
    if (before !== undefined && before.until >= archive.from) throw new ScopewardenError("CONFLICT", CONFLICT);
    if (before !== undefined && before.removedTo < before.until)
      throw new ScopewardenError("CONFLICT", `The acts of ${before.month} have not all left the database yet.`);
    await run(insert, archiveValues(archive));
  }

  return {
    archives: async () =>
      (await reading(`SELECT ${ARCHIVE_COLUMNS} FROM journal_archive ORDER BY "until_position"`)).map(archiveOf),
    followers: async () =>
      (await reading(`SELECT "name" FROM journal_follower ORDER BY "name"`)).map(({ name }) => String(name)),
    async followersBefore(position) {
      await deps
        .untilFollowed()
        .catch((error) =>
          Promise.reject(
            asUnavailable("JOURNAL_UNAVAILABLE", "What follows the journal can't be brought up to date.", error),
          ),
        );
      const behind = `SELECT "name" FROM journal_follower WHERE "position" < ? ORDER BY "name"`;
      return (await reading(behind, [position])).map(({ name }) => String(name));
    },
    async add(record: ArchiveAct, directoryRevision) {
      const act = archiveAct(record);
      const { at, file, first, from, month, sha256, size, until } = record;
      const archive: Archive = {
        ...{ at, file, first, from, month, sha256, size, until },
        ...{ actId: act.id, directoryRevision, removedTo: from - 1 },
      };
      await writer
        .write(async ({ run, retry }) => {
          try {
            await inTransaction({ run, dialect, conflict: CONFLICT }, () => addOnce(run, act, archive));
          } catch (error) {
            // What an attempt without a known outcome had written.
            const own = async () => (await run(newest)).rows.map(archiveOf)[0];
            const isOwn = retry && error instanceof ScopewardenError && (await own())?.sha256 === sha256;
            if (!isOwn) throw error;
          }
        })
        .catch(unwritten);
      return archive;
    },
    async remove({ until, removedTo }, progress) {
      for (let done = removedTo; done < until; ) {
        const since = performance.now();
        const to = Math.min(until, done + STEP);
        const step = () =>
          writer.write(({ run }) =>
            inTransaction({ run, dialect, conflict: CONFLICT }, async () => {
              if (dialect.name === "postgres") await run(indexing);
              const [row] = (await run(progressOf, [until])).rows;
              const now = Number(row?.removed_to ?? until);
              // Another instance of the command has gone on, or an attempt was committed of which nobody knew.
              if (now !== done) return now;
              await leaveSearch({ run, dialect }, { after: done, until: to, leaving: until });
              for (const removal of removals) await run(removal, [done, to]);
              await run(move, [to, until, done]);
              return to;
            }),
          );
        const next = await noted(step).catch(unwritten);
        const ms = performance.now() - since;
        done = next;
        progress(done);
        if (done < until) await delay(Math.max(SHORTEST_PAUSE_MS, PAUSES * ms));
      }
    },
  };
}
