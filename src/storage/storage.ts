import type { StoredActReader } from "../domain/audit/export/store.ts";
import type { SinkStore } from "../domain/audit/sink/store.ts";
import { machineCaller } from "../domain/callers/callerName.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import type { Account } from "../domain/directory/accounts.ts";
import type { Stores } from "../domain/domain.ts";
import type { Hints } from "../domain/kernel/hints.ts";
import type { Journal } from "../domain/kernel/journal.ts";
import type { Breathe, Clock, MonotonicClock } from "../domain/kernel/ports.ts";
import type { Detector, DetectorCode } from "../domain/monitoring/detectors/detector.ts";
import type { NetworkPlace } from "../domain/monitoring/watchedDecision.ts";
import type { Outbox } from "../domain/monitoring/webhooks/delivery.ts";
import type { ArchiveStore } from "../domain/record/archive/store.ts";
import { BRIEF_PATIENCE_MS, createGiveWay } from "../process/giveWay.ts";
import { newId } from "../process/ids.ts";
import { newSalt } from "../process/salts.ts";
import { createArchiveStore } from "./archive/archiveStore.ts";
import { createApiKeyStore } from "./callers/apiKeyStore.ts";
import { createHasActed } from "./callers/hasActed.ts";
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
import { createConsentStore } from "./consent/consentStore.ts";
import { answerWithin, LOOKUP_MS } from "./database/answerWithin.ts";
import type { StorageLog } from "./database/connection.ts";
import type { Dialect } from "./database/dialect.ts";
import { dialectOf } from "./database/dialectOf.ts";
import { asUnavailable, scrubbed } from "./database/faults.ts";
import { notWritable } from "./database/file/notWritable.ts";
import { HEARTBEAT_MS } from "./database/heartbeat.ts";
import { createDirectoryStore } from "./directory/directoryStore.ts";
import { consumersOf } from "./follow/consumers.ts";
import type { FollowApart, FollowerStatus } from "./follow/followers.ts";
import type { FollowLoopOptions } from "./follow/followLoop.ts";
import { startFollowers } from "./follow/openFollower.ts";
import { createJobStore } from "./jobs/jobStore.ts";
import { createActList } from "./journal/actList.ts";
import { createAsOf, oldestDecision } from "./journal/asOf.ts";
import type { Consumer } from "./journal/consumer.ts";
import { createDecisionCounter } from "./journal/decisionCounts.ts";
import { decisionIndex, journalSpan } from "./journal/decisionIndex.ts";
import { createDecisionReader } from "./journal/decisionReader.ts";
import { createUsageReader } from "./journal/decisionUse.ts";
import { createIndexRebuildStore } from "./journal/indexRebuilds.ts";
import { createJournal, type JournalStatus } from "./journal/journal.ts";
import { createOfOneIndex } from "./journal/ofOneIndex.ts";
import { createPatientAccessReader } from "./journal/patientAccesses.ts";
import { rebuildIndex } from "./journal/rebuildIndex.ts";
import type { DamagedMonth } from "./journal/search/monthDamage.ts";
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
import { type Acceptance, openDatabase } from "./openDatabase.ts";
import { createPolicyReader } from "./policy/policyReader.ts";
import { createPolicyStore } from "./policy/policyStore.ts";
import { createRecordStore, type StoredRecord } from "./record/recordStore.ts";
import { recordTree } from "./record/recordTree.ts";
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
  /** Makes the index, the counts and the explanations of decisions again from the journal, and puts on record who had that done (a caller id). Rejects with JOURNAL_UNAVAILABLE. */
  readonly rebuildIndex: (by?: string) => Promise<void>;
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
  /** Months of the search index that are damaged: answers that need them wait until they are made again. */
  damagedIndex(): readonly DamagedMonth[];
  /** SQL statements run so far. */
  statements(): number;
  /** Takes no more writes, finishes those it has taken, and closes every connection. */
  close(): Promise<void>;
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
  /** For tests: milliseconds between two questions whether a server can still write; for the check at the start; and between two checks of the whole file. */
  readonly heartbeatMs?: number;
  readonly checkWithinMs?: number;
  readonly checkEveryMs?: number;
  readonly maxQueuedBytes?: number;
  /** For tests: how long a revision that another instance writes in parts is waited for while it does not get on. */
  readonly goneAfterMs?: number;
  /** How the journal is followed, and by what; for tests. */
  readonly following?: FollowLoopOptions & {
    /** In the place of all that there are. */
    readonly consumers?: readonly (readonly Consumer[])[];
    /** How long an answer that needs the index waits for it; absent: two seconds. */
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
  heartbeatMs = HEARTBEAT_MS,
  checkWithinMs,
  checkEveryMs,
  maxQueuedBytes = 32 * 1024 * 1024,
  goneAfterMs = 5_000,
  notifying = null,
  placeOf,
  detectors,
  followApart,
  following: { consumers: given, indexWaitMs, searchClock = () => performance.now(), ...options } = {},
}: Omit<StorageOptions, "url"> & { readonly dialect: Dialect }): Promise<Storage> {
  const opened: (() => Promise<void> | undefined | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of opened.reverse()) await close();
    opened.length = 0;
  };
  try {
    const database = await openDatabase(
      { dialect, clock, log, beside, accept, heartbeatMs, checkWithinMs, checkEveryMs },
      opened,
    );
    const {
      counter,
      listReads,
      lists,
      lookups,
      noteDamaged,
      prepared,
      putOnRecord,
      read,
      recordAct,
      requireReadable,
      writer,
    } = database;

    const failures = createDetectorFailures(log);
    const source = notifying?.source ?? null;
    const consumers = given ?? consumersOf({ clock, detectors, dialect, failed: failures.note, placeOf, source });
    const { until, untilFollowed, ...followers } = await startFollowers({
      ...{ apart: followApart, clock, consumers, dialect, failed: failures.note, log, options, read, writer },
      answerWaitsMs: indexWaitMs,
    });
    opened.push(followers.close);
    const indexed = until(decisionIndex.name, "The index of decisions");
    const untilWatched = until(WATCHING, "What watches accesses");
    const untilGrown = until(recordTree.name, "The tree of the record");

    const unreadable = (error: unknown): Promise<never> =>
      Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The journal can't be read.", error));
    const busy = (): boolean => journal.queued > 0;
    const giveWay = createGiveWay({ busy });
    const giveWayBriefly = createGiveWay({ busy, patienceMs: BRIEF_PATIENCE_MS });
    // A lookup: what is counted for metrics must not wait for lists.
    const whole = createOfOneIndex((sql, parameters) => read(sql, parameters).catch(unreadable), noteDamaged);
    const asOf = createAsOf({ read, dialect, clock });
    const [counted, watchedTo] = [asOf(decisionIndex), asOf({ name: WATCHING })];
    const requireCaller = createRequireCaller({ dialect, clock });

    /** What most rooms ask for, under the names by which they do. */
    const shared = {
      ...{
        source: lookups,
        reads: prepared,
        listReads,
        lists,
        read,
        writer,
        dialect,
        clock,
        putOnRecord,
        requireCaller,
        giveWay,
        untilWatched,
      },
      noteDamaged,
      requireAuthor: requireCaller,
      closeProposal: createCloseProposal({ dialect, putOnRecord }),
    };
    const searching = (breathe: Breathe) =>
      createSearchIndex({ ...shared, giveWay: breathe, untilIndexed: () => indexed() });
    const usageWhen = (ready: () => Promise<void>) => {
      const index = searching(giveWayBriefly);
      const reader = createUsageReader({
        ...shared,
        ...{ source: lists, asOf: counted, ready, giveWay: giveWayBriefly, index },
      });
      return whole.eachOf(reader);
    };
    const decisions = createDecisionReader({
      ...{
        reads: prepared,
        lists,
        listReads,
        dialect,
        giveWay: giveWayBriefly,
        now: searchClock,
        damaged: noteDamaged,
      },
      untilIndexed: () => indexed(),
    });
    const findByRequestId: typeof decisions.findByRequestId = async (callerId, requestId) => {
      const found = await answerWithin(LOOKUP_MS, () => decisions.findByRequestId(callerId, requestId)).catch(
        unreadable,
      );
      // It is answered without a commit, and from a file that must still be there.
      if (found !== null) requireReadable();
      return found;
    };
    const journal = createJournal({ writer, dialect, newSalt, maxQueued, maxQueuedBytes, findByRequestId });
    opened.push(() => journal.drain());
    const patientAccesses = createPatientAccessReader({ index: searching(giveWay), giveWay });
    const samples = createSampleStore(shared);

    return {
      // The policy, the directory, and who calls. Not with the lists: a new policy must not wait for those who browse.
      policy: createPolicyStore({
        ...shared,
        ...{ giveAccess: createGiveAccess({ dialect, putOnRecord }), newId, goneAfterMs },
      }),
      reader: createPolicyReader({ ...shared, source: lists }),
      directory: createDirectoryStore(shared),
      apiKeys: createApiKeyStore(shared),
      hasActed: createHasActed({ dialect, lists }),

      // What is on record.
      journal,
      recordAct,
      decisions,
      storedActs: createStoredActReader(shared),
      indexRebuilds: createIndexRebuildStore(shared),
      patientAccesses: {
        ...whole.eachOf(patientAccesses),
        alike: (...given) => whole.once(() => patientAccesses.alike(...given)),
      },
      counter: whole.eachOf(
        createDecisionCounter({
          ...{ dialect, asOf: counted },
          rows: (sql, parameters) => lists.query(sql, [...parameters]),
        }),
      ),
      usage: usageWhen(async () => undefined),
      usageOnRecord: usageWhen(indexed),
      questionsAsked: createActList("SIMULATION", { ...shared, source: lists }),
      accountingsGiven: createActList("ACCOUNTING_GIVEN", { ...shared, source: lists }),
      evidence: whole.eachOf(createEvidenceReader({ ...shared, source: lists, untilIndexed: indexed })),
      oldestDecision: () => oldestDecision(read),
      journalSpan: () => whole.again(() => journalSpan({ read, untilIndexed: () => indexed("work") })),
      record: createRecordStore({ ...shared, untilGrown }),
      archives: createArchiveStore({ ...shared, untilFollowed }),
      retention: createRetentionStore(shared),

      // Consents, and what waits for people.
      consents: createConsentStore(shared),
      proposals: createProposalStore(shared),
      accessRequests: createAccessRequestStore(shared),
      consentRequests: createConsentRequestStore(shared),
      breakGlasses: createBreakGlassStore(shared),
      reviews: createReviewStore(shared),
      inquiries: createInquiryStore(shared),
      restrictions: createRestrictionStore(shared),
      samples: { ...samples, unexplained: (...given) => whole.again(() => samples.unexplained(...given)) },
      suspensions: createSuspensionStore(shared),
      tokenRevocations: createTokenRevocationStore(shared),
      signedIn: () => readSignedIn(lists),

      // What is watched, and who is told.
      watched: whole.eachOf(createWatchedAccessStore({ ...shared, lookups, asOf: watchedTo })),
      alerts: createAlertStore({ ...shared, asOf: watchedTo }),
      blindSpots: whole.eachOf(createBlindSpotStore({ ...shared, asOf: { counted, watched: watchedTo } })),
      detectors: createDetectorStore(shared),
      detectorFailures: () => failures.counts,
      watchedHistory: createWatchedHistory(shared),
      deliveries: createDeliveryStore(shared),
      outbox:
        notifying &&
        createOutbox({
          ...{ writer, dialect, read, ...notifying, times: notifying },
          untilCollected: until(WEBHOOK_OUTBOX, "The outbox of webhooks"),
        }),
      sinks: createSinkStore(shared),
      sinkActs: createStoredActReader({ ...shared, lists: database.sinkReads }),

      // The process.
      jobs: createJobStore(shared),
      rebuildIndex: (by = machineCaller("unknown")) =>
        rebuildIndex({
          ...{ by, clock, dialect, newId, putOnRecord, writer, untilMade: () => indexed("work") },
          select: (sql, parameters) => lists.query(sql, [...parameters]),
          more: { empty: EMPTY_WATCHED, untilMade: () => untilWatched("work") },
        }),
      file: dialect.file,
      sharedSecret: (name, make = newSalt) =>
        sharedSecret({ writer, dialect, newSecret: make }, name).catch((error) =>
          Promise.reject(asUnavailable("JOURNAL_UNAVAILABLE", "The database could not be written.", error)),
        ),
      giveWay,
      giveWayBriefly,
      untilFollowed,
      followers: followers.status,
      damagedIndex: followers.damaged,
      hints: dialect.hints(log),
      statements: () => counter.count,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw scrubbed(dialect.file === null ? error : notWritable(error, dialect.file));
  }
}
