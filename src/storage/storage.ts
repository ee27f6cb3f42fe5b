import type { DataSource } from "typeorm";
import type { StoredActReader } from "../domain/audit/export/store.ts";
import type { SinkStore } from "../domain/audit/sink/store.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import type { Account } from "../domain/directory/accounts.ts";
import type { Stores } from "../domain/domain.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Hints } from "../domain/kernel/hints.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Breathe, Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import type { Detector, DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";
import type { Outbox } from "../domain/monitoring/webhooks/delivery.ts";
import { type Act, recoveryAct } from "../domain/record/acts.ts";
import type { ArchiveStore } from "../domain/record/archive/store.ts";
import type { RecoveryAct } from "../domain/record/recovery.ts";
import { BRIEF_PATIENCE_MS, createGiveWay } from "../process/giveWay.ts";
import { newId } from "../process/ids.ts";
import { newSalt } from "../process/salts.ts";
import { createArchiveStore } from "./archive/archiveStore.ts";
import { createApiKeyStore } from "./callers/apiKeyStore.ts";
import { apiKeyEntity } from "./callers/apiKeyTable.ts";
import { createRequireCaller } from "./callers/requireCaller.ts";
import { createAccessRequestStore, createGiveAccess } from "./cases/accessRequestStore.ts";
import { createBreakGlassStore } from "./cases/breakGlassStore.ts";
import { readSignedIn } from "./cases/caseSql.ts";
import { createConsentRequestStore } from "./cases/consentRequestStore.ts";
import { createInquiryStore } from "./cases/inquiryStore.ts";
import { createSuspensionStore, createTokenRevocationStore } from "./cases/placedStore.ts";
import { createCloseProposal, createProposalStore } from "./cases/proposalStore.ts";
import { createRestrictionStore } from "./cases/restrictionStore.ts";
import { createReviewStore } from "./cases/reviewStore.ts";
import { createSampleStore } from "./cases/sampleStore.ts";
import { CHECK_IN_CHILD } from "./checkInChild.ts";
import { createConsentStore } from "./consent/consentStore.ts";
import { answerWithin, LOOKUP_MS } from "./database/answerWithin.ts";
import type { RawRow, RunSql, StorageLog } from "./database/connection.ts";
import { closeQuietly, openConnection, statementCounter } from "./database/dataSource.ts";
import type { Dialect } from "./database/dialect.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { asUnavailable, OperatorError, scrubbed } from "./database/faults.ts";
import { type DatabaseFile, openDatabaseFile } from "./database/file/databaseFile.ts";
import { notWritable } from "./database/file/notWritable.ts";
import { startHeartbeat } from "./database/heartbeat.ts";
import { probe } from "./database/probe.ts";
import { endWhenSilent, startPulse } from "./database/pulse.ts";
import { openReadConnections } from "./database/readConnections.ts";
import { retryWhileBusy } from "./database/retryWhileBusy.ts";
import { makeSchema } from "./database/schema.ts";
import { inTransaction } from "./database/transaction.ts";
import { openWriter, type Writer } from "./database/writer.ts";
import { readContents } from "./databaseContents.ts";
import { createDirectoryStore } from "./directory/directoryStore.ts";
import { directoryEntity, directoryRevision } from "./directory/directoryTables.ts";
import { consumersOf } from "./follow/consumers.ts";
import {
  addConsumer,
  createStanding,
  createUntilTaken,
  type FollowApart,
  type FollowerStatus,
  type Followers,
} from "./follow/followers.ts";
import type { FollowLoopOptions } from "./follow/followLoop.ts";
import { openFollower } from "./follow/openFollower.ts";
import { createJobStore } from "./jobs/jobStore.ts";
import { createPutOnRecord, type PutOnRecord } from "./journal/acts.ts";
import { createAsOf, oldestDecision } from "./journal/asOf.ts";
import type { Consumer } from "./journal/consumer.ts";
import { createDecisionCounter } from "./journal/decisionCounts.ts";
import { decisionIndex, journalSpan } from "./journal/decisionIndex.ts";
import { createDecisionReader } from "./journal/decisionReader.ts";
import { createUsageReader } from "./journal/decisionUse.ts";
import { createJournal, type JournalStatus } from "./journal/journal.ts";
import { createOfOneIndex } from "./journal/ofOneIndex.ts";
import { createPatientAccessReader } from "./journal/patientAccesses.ts";
import { rebuildIndex } from "./journal/rebuildIndex.ts";
import { createSearchIndex } from "./journal/search/searchIndex.ts";
import { createStoredActReader } from "./journal/storedActs.ts";
import { WEBHOOK_OUTBOX } from "./journal/webhookOutbox.ts";
import { createAlertStore } from "./monitoring/alertStore.ts";
import { createBlindSpotStore } from "./monitoring/blindSpotStore.ts";
import { createDetectorFailures } from "./monitoring/detectorFailures.ts";
import { createDetectorStore } from "./monitoring/detectorStore.ts";
import { createWatchedAccessStore } from "./monitoring/watchedAccessStore.ts";
import { createWatchedHistory } from "./monitoring/watchedHistory.ts";
import { EMPTY_WATCHED, WATCHING } from "./monitoring/watching.ts";
import { createPolicyReader } from "./policy/policyReader.ts";
import { createPolicyStore } from "./policy/policyStore.ts";
import { policyEntities, revisionEntity } from "./policy/policyTables.ts";
import { createRecordStore, type StoredRecord } from "./record/recordStore.ts";
import { recordTree } from "./record/recordTree.ts";
import { treeProblem } from "./record/treeProblem.ts";
import { createRetentionStore } from "./retention/retentionStore.ts";
import { createEvidenceReader } from "./reviews/evidenceReader.ts";
import { sharedSecret } from "./secrets.ts";
import { createSinkStore } from "./sink/sinkStore.ts";
import { createDeliveryStore } from "./webhooks/deliveryStore.ts";
import { createOutbox } from "./webhooks/outbox.ts";
import type { ReminderTimes } from "./webhooks/reminders.ts";

/** The stores of the domain, and what the process that opens them needs beside. */
export interface Storage extends Stores {
  readonly journal: Journal<DecisionRecord> & JournalStatus;
  readonly record: StoredRecord;
  /** Accounts of issuers with which people took part in a case. */
  signedIn(): Promise<readonly Account[]>;
  readonly archives: ArchiveStore;
  /** Decisions at which a detector threw since the start, by detector. */
  readonly detectorFailures: () => ReadonlyMap<DetectorCode, number>;
  /** What is to be sent; null: nobody is told of anything. */
  readonly outbox: Outbox | null;
  /** Where sinks keep how far they are, and what they read; neither lookups nor lists wait for it. */
  readonly sinks: SinkStore;
  readonly sinkActs: StoredActReader;
  /** Makes the index, the counts and the explanations of decisions again from the journal. Rejects with JOURNAL_UNAVAILABLE. */
  readonly rebuildIndex: () => Promise<void>;
  /** A random value that the instances of the database share, by its name. Rejects with JOURNAL_UNAVAILABLE. */
  readonly sharedSecret: (name: string, make?: () => string) => Promise<string>;
  /** The path of the file that the database is; null where it is a server's. */
  readonly file: string | null;
  /** Ends when it is the turn of what can wait: between its parts decisions go first. */
  readonly giveWay: Breathe;
  /** The same for what is short as a whole: it waits a few milliseconds a part, where decisions never cease. */
  readonly giveWayBriefly: Breathe;
  /** What other instances commit; null where the database can't tell. Stopped by whoever listens. */
  readonly hints: Hints | null;
  /** Ends when all that follows has what was on record when this was called. Rejects with JOURNAL_UNAVAILABLE. */
  readonly untilFollowed: () => Promise<void>;
  /** How far each follower of the journal is. */
  followers(): readonly FollowerStatus[];
  /** SQL statements run so far. */
  statements(): number;
  /** Takes no more writes, finishes those it has taken, and closes every connection. */
  close(): Promise<void>;
}

interface Acceptance {
  readonly author: string;
  readonly reason: string;
  /** Whether it is a backup that was just put in its place: that is on record too where nothing is known to be missing. */
  readonly restored?: boolean;
}

export interface StorageOptions {
  /** `sqlite:<path>`, whose folder is made if need be, or `postgres://...`. */
  readonly url: string;
  readonly clock: Clock;
  readonly log?: StorageLog;
  /** Records that may wait to be written; default 10,000. */
  readonly maxQueued?: number;
  /** For a command: beside a service that may be running on the same file. Default: a file is one process's alone. */
  readonly beside?: boolean;
  /** Who accepts what is missing, and why: it is put on record. Default: such a database is not opened. */
  readonly accept?: Acceptance;
  /** Who is told of what happens gets it from `source`, a URI reference; absent or null: nobody is told of anything. */
  readonly notifying?: (ReminderTimes & { readonly source: string }) | null;
  /** Where an address is; absent: nowhere. */
  readonly placeOf?: (ipAddress: string) => NetworkPlace | null;
  /** What looks at each decision that is on record; absent: `DETECTORS`. */
  readonly detectors?: readonly Detector[];
  /** Follows the journal in another process, with all detectors; absent: it is followed in this one. */
  readonly followApart?: FollowApart;
  /** For tests: milliseconds between two questions whether a server can still write; and for the check at the start. */
  readonly heartbeatMs?: number;
  readonly checkWithinMs?: number;
  readonly maxQueuedBytes?: number;
  /** For tests: how long a revision that another instance writes in parts is waited for while it does not get on. */
  readonly goneAfterMs?: number;
  /** How the journal is followed, and by what; for tests. */
  readonly following?: FollowLoopOptions & {
    /** In the place of all that there are. */
    readonly consumers?: readonly (readonly Consumer[])[];
    /** How long what needs the index waits for it; absent: two seconds. */
    readonly indexWaitMs?: number;
    /** The clock by which a search ends a page. */
    readonly searchClock?: MonotonicClock;
  };
}

/**
 * Opens the database, makes its schema where it is empty, and proves that what it commits is durable.
 * @throws Error in words for the operator when the address, a setting or the database is not as it must be.
 */
export async function openStorage({ url, ...options }: StorageOptions): Promise<Storage> {
  return openStorageOn({ dialect: dialectOf(url), ...options });
}

/** As `openStorage`, on a database that is described by its dialect. */
export async function openStorageOn({
  dialect,
  clock,
  log = () => {},
  maxQueued = 10_000,
  beside = false,
  accept,
  heartbeatMs = 1_000,
  checkWithinMs,
  maxQueuedBytes = 32 * 1024 * 1024,
  goneAfterMs = 5_000,
  notifying = null,
  placeOf,
  detectors,
  followApart,
  following: { consumers: given, indexWaitMs, searchClock = () => performance.now(), ...options } = {},
}: Omit<StorageOptions, "url"> & { readonly dialect: Dialect }): Promise<Storage> {
  const counter = statementCounter();

  let file: DatabaseFile | null = null;

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

  const requireSound = (): void => file?.requireSound();
  const opened: (() => Promise<void> | undefined | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
    opened.length = 0;
  };
  const entities = [...Object.values(policyEntities), revisionEntity, directoryEntity, directoryRevision, apiKeyEntity];
  const readConnections = async () => {
    const source = await retryWhileBusy(() => openReadConnections({ dialect, counter, entities }));
    opened.push(() => closeQuietly(source));
    return source;
  };
  try {
    if (dialect.file !== null) {
      const accepted = accept !== undefined;
      const checks = { readContents, checkModule: CHECK_IN_CHILD, checkWithinMs };
      file = await openDatabaseFile({ path: dialect.file, beside, accepted, log, ...checks });
      opened.push(file.release);
    }
    await dialect.prepare();
    await retryWhileBusy(() => makeSchema({ dialect, counter }));
    const [lookups, lists] = [await readConnections(), await readConnections()];
    if (dialect.file === null && !beside) await requireTree({ lookups, dialect });
    const prepared = dialect.preparingReads(lookups);
    opened.push(prepared.release);
    // Neither lookups nor lists wait for what sinks read, nor they for those.
    const sinkSource = await readConnections();
    const writer = await retryWhileBusy(() => openWriter({ open: openWriterConnection, requireSound, log }));
    opened.push(() => file?.stopWatching());
    opened.push(() => writer.close());
    const putOnRecord = createPutOnRecord({ dialect, newSalt });
    if (accept !== undefined) await recordAccepted({ file, writer, dialect, putOnRecord, clock, accept });
    await file?.watch(() => {
      // The writer finds out for itself, and says so.
      if (writer.ready) void writer.tryOnce(async () => {}).catch(() => undefined);
    });
    if (dialect.file === null) {
      opened.push(startHeartbeat({ writer, dialect, everyMs: heartbeatMs }));
      const pulse = startPulse({ ask: () => lookups.query("SELECT 1"), everyMs: heartbeatMs });
      opened.push(pulse.stop);
      endWhenSilent(lists, pulse);
    }
    const read = (sql: string, parameters: readonly unknown[]) =>
      answerWithin(LOOKUP_MS, () => lookups.query<RawRow[]>(sql, [...parameters]));
    const failures = createDetectorFailures(log);
    const source = notifying?.source ?? null;
    const consumers = given ?? consumersOf({ clock, detectors, dialect, failed: failures.note, placeOf, source });
    // What begins at the journal's end begins before this service appends to it.
    for (const consumer of consumers.flat()) await addConsumer({ writer, dialect }, consumer);
    const names = consumers.flat().map(({ name }) => name);
    const followHere = async (): Promise<Followers> => {
      const loop = await openFollower({ consumers, dialect, log, options });
      const standing = createStanding();
      return { status: () => standing(loop.states()), close: loop.close };
    };
    const followers = followApart?.({ names, log, failed: failures.note }) ?? (await followHere());
    opened.push(followers.close);
    const untilTaken = createUntilTaken({ read, dialect, answerWaitsMs: indexWaitMs });
    /** One that is not at work, as in tests of others, is not waited for. */
    const until =
      (name: string, what: string) =>
      async (waits?: "answer" | "work"): Promise<void> => {
        if (names.includes(name)) await untilTaken(name, what, waits);
      };
    const untilFollowed = async (): Promise<void> => {
      for (const name of names) await untilTaken(name, "What follows the record", "work");
    };
    const indexed = until(decisionIndex.name, "The index of decisions");
    const untilWatched = until(WATCHING, "What watches accesses");
    const untilGrown = until(recordTree.name, "The tree of the record");
    // A lookup: what is counted for metrics must not wait for lists.
    const whole = createOfOneIndex((sql, parameters) =>
      read(sql, parameters).catch((error: unknown) =>
        Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      ),
    );
    const asOf = createAsOf({ read, dialect, clock });
    const watched = whole.eachOf(
      createWatchedAccessStore({ lookups, lists, dialect, asOf: asOf({ name: WATCHING }), untilWatched }),
    );
    const busy = (): boolean => journal.queued > 0;
    const giveWay = createGiveWay({ busy });
    const giveWayBriefly = createGiveWay({ busy, patienceMs: BRIEF_PATIENCE_MS });
    const searching = (breathe: Breathe) =>
      createSearchIndex({ lists, dialect, giveWay: breathe, untilIndexed: indexed });
    const usageWhen = (ready: () => Promise<void>) =>
      whole.eachOf(
        createUsageReader({
          ...{ source: lists, dialect, asOf: asOf(decisionIndex), ready, giveWay: giveWayBriefly },
          index: searching(giveWayBriefly),
        }),
      );
    const patientAccesses = createPatientAccessReader({ index: searching(giveWay), giveWay });
    const decisions = createDecisionReader({
      lookups,
      lists,
      dialect,
      untilIndexed: () => indexed(),
      giveWay: giveWayBriefly,
      now: searchClock,
    });
    const findByRequestId: typeof decisions.findByRequestId = async (callerId, requestId) => {
      const found = await answerWithin(LOOKUP_MS, () => decisions.findByRequestId(callerId, requestId)).catch(
        (error: unknown) => Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error)),
      );
      // It is answered without a commit, and from a file that must still be there.
      if (found !== null) requireReadable(requireSound);
      return found;
    };
    const journal = createJournal({
      writer,
      dialect,
      newSalt,
      maxQueued,
      maxQueuedBytes,
      findByRequestId,
    });
    opened.push(() => journal.drain());
    const requireCaller = createRequireCaller({ dialect, clock });
    const samples = createSampleStore({
      source: lookups,
      lists,
      writer,
      dialect,
      putOnRecord,
      requireCaller,
      untilWatched,
    });
    const closeProposal = createCloseProposal({ dialect, putOnRecord });
    const changes = { writer, dialect, putOnRecord, closeProposal };
    return {
      // Not with the lists: a new policy must not wait for those who browse.
      policy: createPolicyStore({
        source: lookups,
        ...changes,
        giveAccess: createGiveAccess({ dialect, putOnRecord }),
        requireAuthor: requireCaller,
        newId,
        goneAfterMs,
      }),
      reader: createPolicyReader({ source: lists, giveWay }),
      directory: createDirectoryStore({ source: lookups, lists, ...changes, requireAuthor: requireCaller }),
      consents: createConsentStore({
        source: lookups,
        reads: prepared,
        lists,
        writer,
        dialect,
        putOnRecord,
        requireCaller,
      }),
      journal,
      decisions,
      watched,
      rebuildIndex: () =>
        rebuildIndex({
          writer,
          dialect,
          untilMade: () => indexed("work"),
          more: { empty: EMPTY_WATCHED, untilMade: () => untilWatched("work") },
        }),
      counter: whole.eachOf(
        createDecisionCounter({
          rows: (sql, parameters) => lists.query(sql, [...parameters]),
          dialect,
          asOf: asOf(decisionIndex),
        }),
      ),
      storedActs: createStoredActReader({ lists, dialect, giveWay }),
      patientAccesses: {
        ...whole.eachOf(patientAccesses),
        alike: (...given) => whole.once(() => patientAccesses.alike(...given)),
      },
      usage: usageWhen(async () => undefined),
      usageOnRecord: usageWhen(indexed),
      oldestDecision: () => oldestDecision(read),
      recordAct: (act) => onRecord({ writer, dialect, putOnRecord }, act),
      file: dialect.file,
      sharedSecret: (name, make = newSalt) =>
        sharedSecret({ writer, dialect, newSecret: make }, name).catch((error) =>
          Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The database could not be written.", error)),
        ),
      giveWay,
      giveWayBriefly,
      apiKeys: createApiKeyStore({ source: lookups, lists, ...changes, clock, requireCaller }),
      proposals: createProposalStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      accessRequests: createAccessRequestStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      consentRequests: createConsentRequestStore({
        source: lookups,
        lists,
        writer,
        dialect,
        putOnRecord,
        requireCaller,
      }),
      breakGlasses: createBreakGlassStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      jobs: createJobStore({ read, writer, dialect }),
      deliveries: createDeliveryStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      reviews: createReviewStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      evidence: whole.eachOf(createEvidenceReader({ source: lists, dialect, untilIndexed: indexed, giveWay })),
      alerts: createAlertStore({
        ...{ source: lookups, lists, ...changes, requireCaller, untilWatched },
        asOf: asOf({ name: WATCHING }),
      }),
      inquiries: createInquiryStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      restrictions: createRestrictionStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      samples: { ...samples, unexplained: (...given) => whole.again(() => samples.unexplained(...given)) },
      blindSpots: whole.eachOf(
        createBlindSpotStore({
          lists,
          dialect,
          asOf: { counted: asOf(decisionIndex), watched: asOf({ name: WATCHING }) },
        }),
      ),
      retention: createRetentionStore({
        source: lookups,
        lists,
        writer,
        dialect,
        putOnRecord,
        requireCaller,
      }),
      suspensions: createSuspensionStore({ source: lookups, lists, writer, dialect, putOnRecord, requireCaller }),
      signedIn: () => readSignedIn(lists),
      tokenRevocations: createTokenRevocationStore({
        source: lookups,
        lists,
        writer,
        dialect,
        putOnRecord,
        requireCaller,
      }),
      record: createRecordStore({ read, writer, dialect, untilGrown }),
      archives: createArchiveStore({
        read,
        writer,
        dialect,
        putOnRecord,
        untilFollowed,
      }),
      detectorFailures: () => failures.counts,
      detectors: createDetectorStore({ source: lookups, lists, ...changes, requireCaller }),
      watchedHistory: createWatchedHistory({ lists, dialect, giveWay }),
      outbox:
        notifying === null
          ? null
          : createOutbox({
              untilCollected: until(WEBHOOK_OUTBOX, "The outbox of webhooks"),
              ...notifying,
              times: notifying,
              writer,
              dialect,
              read,
            }),
      sinks: createSinkStore({ read, writer, dialect }),
      sinkActs: createStoredActReader({ lists: sinkSource, dialect, giveWay }),
      journalSpan: () => whole.again(() => journalSpan({ read, untilIndexed: indexed })),
      untilFollowed,
      followers: followers.status,
      hints: dialect.hints(log),
      statements: () => counter.count,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw scrubbed(dialect.file === null ? error : notWritable(error, dialect.file));
  }
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
      `the database is not as it was left:\n  ${problem}\nChange nothing, run \`scopewarden verify\`, and put a backup in its place.`,
    );
}

/** @throws ScopewardenError JOURNAL_UNAVAILABLE when the file is not what it was. */
function requireReadable(requireSound: () => void): void {
  try {
    requireSound();
  } catch (error) {
    throw asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error);
  }
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
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly clock: Clock;
  readonly accept: Acceptance;
}): Promise<void> {
  const { writer, dialect, putOnRecord, clock, accept } = deps;
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
    await onRecord({ writer, dialect, putOnRecord }, act);
  }
}
