import type { DataSource } from "typeorm";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Clock } from "../domain/kernel/ports.ts";
import { type Act, recoveryAct } from "../domain/record/acts.ts";
import type { RecoveryAct } from "../domain/record/recovery.ts";
import { newId } from "../process/ids.ts";
import { newSalt } from "../process/salts.ts";
import { apiKeyEntity } from "./callers/apiKeyTable.ts";
import { CHECK_IN_CHILD } from "./check/checkInChild.ts";
import { readContents } from "./check/databaseContents.ts";
import { answerWithin, LOOKUP_MS } from "./database/answerWithin.ts";
import type { RawRow, RunSql, StorageLog } from "./database/connection.ts";
import { closeQuietly, openConnection, type StatementCounter, statementCounter } from "./database/dataSource.ts";
import { BY_THE_CLOCK, type Dialect, type PreparedReads } from "./database/dialect.ts";
import { asUnavailable, OperatorError } from "./database/faults.ts";
import { type DatabaseFile, openDatabaseFile } from "./database/file/databaseFile.ts";
import type { IndexDamaged } from "./database/file/findings.ts";
import { startHeartbeat } from "./database/heartbeat.ts";
import { probe } from "./database/probe.ts";
import { endWhenSilent, startPulse } from "./database/pulse.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { makeSchema } from "./database/schema.ts";
import { inTransaction } from "./database/transaction.ts";
import { createWaitForServer, type WaitForServer } from "./database/waitForServer.ts";
import { openWriter, type Writer } from "./database/writer.ts";
import { directoryEntity, directoryRevision } from "./directory/directoryTables.ts";
import { createPutOnRecord, type PutOnRecord } from "./journal/acts.ts";
import type { NoteDamaged } from "./journal/ofOneIndex.ts";
import { damageText, noteDamage } from "./journal/search/monthDamage.ts";
import { monthOfTable } from "./journal/search/monthTables.ts";
import { policyEntities, revisionEntity } from "./policy/policyTables.ts";
import { treeProblem } from "./record/treeProblem.ts";

/** Who goes on with a database at which something was found, and why. */
export interface Acceptance {
  readonly author: string;
  readonly reason: string;
  /** Whether it is a backup that was just put in its place: that is on record too where nothing is known to be missing. */
  readonly restored?: boolean;
}

/** A database that is checked, has its schema, and makes durable what it commits. */
export interface OpenDatabase {
  readonly counter: StatementCounter;
  /** Who looks something up waits for nobody who browses. */
  readonly lookups: DataSource;
  readonly lists: DataSource;
  /** What sinks read: neither lookups nor lists wait for it, nor it for those. */
  readonly sinkReads: DataSource;
  readonly prepared: PreparedReads;
  /** The same for lists. */
  readonly listReads: PreparedReads;
  readonly writer: Writer;
  /** A lookup. Rejects with AnswerTooLate after two seconds. */
  readonly read: (sql: string, parameters: readonly unknown[]) => Promise<readonly RawRow[]>;
  readonly putOnRecord: PutOnRecord;
  /** Puts on record what nothing else is written with. Rejects with JOURNAL_UNAVAILABLE. */
  readonly recordAct: (act: Act) => Promise<void>;
  /** Notes that a month of the search index is damaged, so that it is made again. */
  readonly noteDamaged: NoteDamaged;
  /** @throws ScopewardenError JOURNAL_UNAVAILABLE when the file is not what it was */
  readonly requireReadable: () => void;
}

const ENTITIES = [
  ...Object.values(policyEntities),
  ...[revisionEntity, directoryEntity, directoryRevision, apiKeyEntity],
];

/** Opens it. What is to be closed, in the other order, is added to `opened` as it is opened, also where the rest fails. */
export async function openDatabase(
  deps: {
    readonly dialect: Dialect;
    readonly clock: Clock;
    readonly log: StorageLog;
    readonly beside: boolean;
    readonly accept: Acceptance | undefined;
    readonly heartbeatMs: number;
    readonly checkWithinMs: number | undefined;
    readonly checkEveryMs: number | undefined;
  },
  opened: (() => Promise<void> | undefined | void)[],
): Promise<OpenDatabase> {
  const { accept, beside, checkEveryMs, checkWithinMs, clock, dialect, heartbeatMs, log } = deps;
  const counter = statementCounter();
  let file: DatabaseFile | null = null;
  const requireSound = (): void => file?.requireSound();

  async function openWriterConnection() {
    await file?.recheck();
    const connection = await openConnection({ dialect, purpose: "write", counter });
    try {
      await dialect.requireDurable(connection.run);
      await probe({ dialect, run: connection.run, clock });
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
  // A command answers at once where there is no server.
  const waitForServer: WaitForServer = dialect.file === null && !beside ? createWaitForServer(log) : (open) => open();
  const opening: WaitForServer = (open) => waitForServer(() => retryWhileBusy(open));
  const readConnections = async () => {
    const source = await opening(() => openReadConnections({ dialect, counter, entities: ENTITIES }));
    opened.push(() => closeQuietly(source));
    return source;
  };

  if (dialect.file !== null) {
    const accepted = accept !== undefined;
    const checks = { readContents, checkModule: CHECK_IN_CHILD, checkEveryMs, checkWithinMs };
    file = await openDatabaseFile({ path: dialect.file, beside, accepted, log, ...checks });
    opened.push(file.release);
  }
  await dialect.prepare();
  await opening(() => makeSchema({ dialect, counter }));
  const [lookups, lists] = [await readConnections(), await readConnections()];
  if (dialect.file === null && !beside) await requireTree({ lookups, dialect });
  const prepared = dialect.preparingReads(lookups);
  const listReads = dialect.preparingReads(lists);
  opened.push(prepared.release, listReads.release);
  const sinkReads = await readConnections();
  const writer = await opening(() => openWriter({ open: openWriterConnection, requireSound, log }));
  opened.push(() => file?.stopWatching());
  opened.push(() => writer.close());
  const putOnRecord = createPutOnRecord({ dialect, newSalt });
  const noteDamaged: NoteDamaged = async ({ finding, month }) => {
    const note = () => writer.write(({ run }) => noteDamage({ run, dialect }, { finding, month }));
    const isNew = await note().catch(() => false);
    if (isNew) log({ level: "error", message: damageText({ id: month, month: null }), detail: finding });
  };
  const noteFound = async (findings: readonly IndexDamaged[]): Promise<void> => {
    for (const { detail, table } of findings) await noteDamaged({ month: monthOfTable(table) ?? 0, finding: detail });
  };
  const recordAct = (act: Act) => onRecord({ writer, dialect, putOnRecord }, act);
  if (accept !== undefined) await recordAccepted({ file, writer, clock, accept, recordAct });
  await noteFound(file?.indexDamage ?? []);
  await file?.watch({
    fault() {
      // The writer finds out for itself, and says so.
      if (writer.ready) void writer.tryOnce(async () => {}).catch(() => undefined);
    },
    indexDamage: (findings) => void noteFound(findings),
  });
  opened.push(startHeartbeat({ writer, dialect, everyMs: heartbeatMs }));
  if (dialect.file === null) {
    const pulse = startPulse({ ask: () => lookups.query(`SELECT 1 ${BY_THE_CLOCK}`), everyMs: heartbeatMs });
    opened.push(pulse.stop);
    endWhenSilent(lists, pulse);
  }
  return {
    ...{ counter, lookups, lists, sinkReads, prepared, listReads, writer, putOnRecord, recordAct, noteDamaged },
    read: (sql, parameters) => answerWithin(LOOKUP_MS, () => lookups.query<RawRow[]>(sql, [...parameters])),
    requireReadable() {
      try {
        requireSound();
      } catch (error) {
        throw asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error);
      }
    },
  };
}

/** A server's database has no check of its file. @throws OperatorError where the newest acts are not those of the tree. */
async function requireTree({
  lookups,
  dialect,
}: {
  readonly lookups: DataSource;
  readonly dialect: Dialect;
}): Promise<void> {
  const run: RunSql = async (sql, parameters = []) => ({
    rows: await lookups.query(sql, [...parameters]),
    affected: 0,
  });
  const problem = await treeProblem({ run, dialect });
  if (problem !== null)
    throw new OperatorError(
      `the database is not as it was left:\n  ${problem}\nChange nothing, run \`scopewarden record verify\`, and put a backup in its place.`,
    );
}

async function onRecord(
  {
    writer,
    dialect,
    putOnRecord,
  }: { readonly writer: Writer; readonly dialect: Dialect; readonly putOnRecord: PutOnRecord },
  act: Act,
): Promise<void> {
  const conflict = "This was put on record already.";
  await writer
    .write(async ({ run, retry }) => {
      try {
        await inTransaction({ run, dialect, conflict }, () => putOnRecord(run, act));
      } catch (error) {
        // What an attempt without a known outcome had written.
        if (!(retry && error instanceof ScopewardenError && error.code === "CONFLICT")) throw error;
      }
    })
    .catch((error) => Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal could not be written.", error)));
}

/** Puts on record who goes on with a database at which something was found. */
async function recordAccepted(deps: {
  readonly file: DatabaseFile | null;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly accept: Acceptance;
  readonly recordAct: OpenDatabase["recordAct"];
}): Promise<void> {
  const { writer, clock, accept, recordAct } = deps;
  const { author, reason, restored = false } = accept;
  const found = deps.file?.found ?? [];
  const findings: Pick<RecoveryAct, "finding" | "expectedPosition" | "foundPosition">[] = found.map((finding) => ({
    finding: finding.kind,
    expectedPosition: "expected" in finding ? finding.expected : null,
    foundPosition: finding.found,
  }));
  if (restored && findings.length === 0) {
    const { rows } = await writer.write(({ run }) => run('SELECT COALESCE(MAX("seq"), 0) AS last FROM journal'));
    findings.push({ finding: "RESTORED", expectedPosition: null, foundPosition: Number(rows[0]?.last) });
  }
  for (const finding of findings) {
    const act = recoveryAct(newId(), { author, reason, at: clock(), ...finding });
    await recordAct(act);
  }
}
