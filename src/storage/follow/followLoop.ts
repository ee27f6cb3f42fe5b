import { setTimeout as delay } from "node:timers/promises";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { SelectRows, StorageLog } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { codeOf, describe, scrubbed } from "../database/faults.ts";
import { inTransaction, inTransactionUnlessLocked } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import { readForBatch } from "../journal/acts.ts";
import type { Batch, BatchAct, Consumer, ReadBatch } from "../journal/consumer.ts";
import { journalSql } from "../journal/journalSql.ts";

/** Acts of one transaction, which holds a file's lock for 3 ms, one in a hundred for 12 (2026-12-01). With 64 it is left behind at half the load. */
const ACTS = 256;
/** How long another instance leaves the work to one that has taken nothing. */
const LEASE_MS = 2_000;
/** Between two looks at the journal where little waits; twice as long each time that there is nothing, up to so long. */
const LOOK_EVERY_MS = 25;
const LONGEST_LOOK_MS = 200;
/**
 * While the oldest act that waits is younger, and much waits, it pauses many times as long as its transactions took: a burst is answered
 * first. Then only so long that whoever decides gets the file. Less than answers wait for it.
 */
const PATIENT_MS = 1_500;
const PATIENCE = 9;
const SHORTEST_PAUSE_MS = 2;
/** Batches in one transaction then: an act takes a fifth less of the processor, and with eight no less (2026-12-03). */
const BATCHES_WHEN_LATE = 4;
/** Acts between two copies of a file's log of commits, which then has some tens of megabytes at most. */
const COPY_EVERY_ACTS = 500;
/** For how long it goes on with what waits when it is closed. */
const CLOSING_MS = 1_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;
/** Acts that one consumer may set aside: with more it is the consumer that is wrong. */
const MOST_SET_ASIDE = 1_000;

/** How a consumer is, as far as whoever follows knows. */
export interface ConsumerState {
  readonly name: string;
  /** Up to where it has taken what is on record. */
  readonly position: number;
  /** Positions between it and the journal's end; they may have gaps. */
  readonly lag: number;
  /** Failed batches since the start. */
  readonly failures: number;
}

export interface FollowLoop {
  states(): readonly ConsumerState[];
  /** For how long the transaction that is open has been; 0: none is. */
  transactionMs(): number;
  /** Ends when the batch that is under way is over and, for a second at most, while more waits; lets go of the leases. */
  close(): Promise<void>;
}

/** How it follows; for tests. */
export interface FollowLoopOptions {
  readonly acts?: number;
  readonly leaseMs?: number;
  readonly lookEveryMs?: number;
  readonly patientMs?: number;
}

interface Member {
  readonly consumer: Consumer;
  position: number;
  /** The other instance whose lease holds; null: this one may take it. */
  takenBy: string | null;
  failures: number;
  /** Acts of its next batch at most, until the one that it can't take is found. */
  most: number;
  failing: { readonly retryMs: number; readonly until: number } | null;
}

/** What was read of the journal after a position. */
interface ActsRead {
  readonly after: number;
  readonly most: number;
  readonly acts: readonly BatchAct[];
}

/** Of whom an error is, and whether the acts are to blame and not the database. */
class BatchError extends Error {
  constructor(
    readonly member: Member,
    readonly reason: unknown,
    readonly isOfData: boolean,
  ) {
    super("a batch was not taken");
  }
}

/** SQLite's codes, and PostgreSQL's classes, of what a statement was given: data exceptions, constraints and limits. */
const OF_DATA = /^(SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)|2[23]...|54...)$/;

/**
 * One loop behind the journal: for each consumer it reads the acts after its position, and commits what it makes of them together with the
 * new position, a few acts a transaction. Those that stand together share a transaction. A row of `journal_follower` has position and lease:
 * instances spare each other the work by the lease; that each act is taken once rests on the position, which is read again in the transaction.
 */
export async function startFollowLoop({
  consumers,
  dialect,
  instance,
  log,
  now = Date.now,
  options: { acts = ACTS, leaseMs = LEASE_MS, lookEveryMs = LOOK_EVERY_MS, patientMs = PATIENT_MS } = {},
  select,
  writer,
}: {
  /** In their order; each array is of those that share a transaction where they can. */
  readonly consumers: readonly (readonly Consumer[])[];
  readonly dialect: Dialect;
  /** What tells this instance from the others. */
  readonly instance: string;
  readonly log: StorageLog;
  readonly now?: () => number;
  readonly options?: FollowLoopOptions;
  /** On a connection that only reads. */
  readonly select: SelectRows;
  /** Of a connection that nothing else uses. */
  readonly writer: Pick<Writer, "tryOnce">;
}): Promise<FollowLoop> {
  const { lockUnlessLocked, now: clock } = journalSql(dialect);
  const sql = (text: string): string => withParameters(dialect, text);
  // A lease that ends later than one taken now would is of a time when the database's clock was ahead.
  const taken = `COALESCE("holder" <> ? AND "lease_until" > ${clock} AND "lease_until" <= ${clock} + ${leaseMs}, FALSE) AS "taken"`;
  const LOOK = sql(
    `SELECT "name", "position", "holder", ${taken}, (SELECT MAX("seq") FROM journal) AS "end" FROM journal_follower`,
  );
  const CLAIM = sql(`SELECT "position", ${taken} FROM journal_follower WHERE "name" = ? ${lockUnlessLocked}`);
  const MOVE = sql(
    `UPDATE journal_follower SET "position" = ?, "holder" = ?, "lease_until" = ${clock} + ? WHERE "name" = ?`,
  );
  const TAKE_OVER = sql(
    `UPDATE journal_follower SET "holder" = ?, "lease_until" = ${clock} + ? WHERE "name" = ? AND "holder" = ?`,
  );
  const RELEASE = sql('UPDATE journal_follower SET "holder" = NULL WHERE "holder" = ?');
  const SET_ASIDE = sql(
    `INSERT INTO act_set_aside ("consumer", "position", "error", "at") VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const ASIDE = sql('SELECT COUNT(*) AS "n" FROM act_set_aside WHERE "consumer" = ?');

  const memberOf = (consumer: Consumer): Member => ({
    consumer,
    position: 0,
    takenBy: "",
    failures: 0,
    most: Number.POSITIVE_INFINITY,
    failing: null,
  });
  const groups: readonly (readonly Member[])[] = consumers.map((group) => group.map(memberOf));
  const all = groups.flat();
  let end = 0;
  let copiedTo = 0;
  /** Where the journal ended at the newest looks, and where it ended `patientMs` ago: what stands before that has waited too long. */
  const ends: { readonly end: number; readonly at: number }[] = [];
  let lateEnd = 0;
  /** Of this round: who stands at the same place reads it no second time. */
  let lastRead: ActsRead | null = null;
  let transactionSince: number | null = null;
  const transactionMs = (): number => (transactionSince === null ? 0 : performance.now() - transactionSince);
  /** For how long transactions of this round were open. */
  let writingMs = 0;
  let mustCopy = false;
  let isHolding = false;
  const closing = new AbortController();
  const closed = (): boolean => closing.signal.aborted;

  const lagOf = ({ position }: Member): number => Math.max(0, end - position);
  const mayTake = (member: Member): boolean =>
    member.takenBy === null &&
    lagOf(member) > 0 &&
    (member.failing === null || performance.now() >= member.failing.until);
  const hasWaited = ({ position }: Member): boolean => position < lateEnd;
  const isLate = (): boolean => all.some((member) => mayTake(member) && hasWaited(member));
  const sizeOf = ({ most }: Member): number => Math.min(most, isLate() ? acts * BATCHES_WHEN_LATE : acts);

  async function look(): Promise<void> {
    lastRead = null;
    const rows = new Map((await select(LOOK, [instance])).map((row) => [String(row.name), row]));
    for (const member of all) {
      const row = rows.get(member.consumer.name);
      member.takenBy = row === undefined ? "" : row.taken ? String(row.holder) : null;
      if (row === undefined) continue;
      member.position = Number(row.position);
      end = Number(row.end ?? 0);
    }
    const at = performance.now();
    ends.push({ end, at });
    for (let first = ends[0]; first !== undefined && at - first.at >= patientMs; first = ends[0]) {
      lateEnd = first.end;
      ends.shift();
    }
  }

  /** One process is no bound of several: who has nothing to take takes over what has waited too long of an instance that takes more beside it. */
  async function takeOver(): Promise<void> {
    if (all.some(({ takenBy }) => takenBy === null)) return;
    const holds = (holder: string | null) => (group: readonly Member[]) =>
      group.some(({ takenBy }) => takenBy === holder);
    const group = groups.findLast(
      (each) => each.some(hasWaited) && each.every(({ takenBy }) => groups.filter(holds(takenBy)).length > 1),
    );
    if (group === undefined) return;
    isHolding = true;
    // What fails, as who has it is at work in it, is left to the next look.
    for (const { consumer, takenBy } of group)
      await writer
        .tryOnce(({ change }) => change(TAKE_OVER, [instance, leaseMs, consumer.name, takenBy]))
        .catch(() => undefined);
  }

  async function actsAfter(after: number, most: number): Promise<ActsRead> {
    if (lastRead?.after === after && lastRead.most === most) return lastRead;
    lastRead = { after, most, acts: await readForBatch({ select, dialect }, { after, most }) };
    return lastRead;
  }

  /** What a consumer throws is of the acts, unless it is the database's and not of what that was given. */
  function guarded(member: Member, batch: Batch) {
    const ofDatabase = new WeakSet<object>();
    const noting =
      <Given extends readonly unknown[], Answer>(ask: (...given: Given) => Promise<Answer>) =>
      (...given: Given): Promise<Answer> =>
        ask(...given).catch((error: unknown) => {
          if (typeof error === "object" && error !== null) ofDatabase.add(error);
          throw error;
        });
    const { change, run, select: reads } = batch;
    const own: Batch = { ...batch, change: noting(change), run: noting(run), select: noting(reads) };
    return async <Answer>(work: (batch: Batch) => Promise<Answer>): Promise<Answer> => {
      try {
        return await work(own);
      } catch (error) {
        const isDatabases = typeof error === "object" && error !== null && ofDatabase.has(error);
        const isOfData = isDatabases ? OF_DATA.test(codeOf(error) ?? "") : codeOf(error) === null;
        const failed = new BatchError(member, error, isOfData);
        // The connection is clean after it, so that the transaction is rolled back and no more.
        throw isDatabases && !isOfData ? Object.assign(failed, { code: codeOf(error) }) : failed;
      }
    };
  }

  /** Takes a batch for those who stand at the same place. False: another instance has gone on meanwhile, or another process keeps the file. */
  async function take(members: readonly Member[], batch: Omit<ReadBatch, "select" | "dialect">): Promise<boolean> {
    const never = (): Promise<never> => Promise.reject(new Error("nothing is written before its transaction"));
    const { after, until } = batch;
    const reading: Batch = { ...batch, select, dialect, run: never, change: never, actsOnRecord() {} };
    const reads: unknown[] = [];
    for (const member of members)
      reads.push(await guarded(member, reading)((batch) => member.consumer.read?.(batch) ?? Promise.resolve(null)));
    let failed: BatchError | null = null;
    const isTaken = await writer
      .tryOnce(({ change, run, select: inside }) =>
        // Who waits for a file's lock keeps nobody waiting, and that it was not to be had is no failure.
        inTransactionUnlessLocked(
          { run, dialect, conflict: "A consumer wrote a row that was there already." },
          async () => {
            transactionSince = performance.now();
            for (const { consumer } of members) {
              const [row] = await inside(CLAIM, [instance, consumer.name]);
              if (row === undefined || row.taken || Number(row.position) !== after) return false;
            }
            const actsOnRecord = (): void => {
              mustCopy = true;
            };
            const writing: Batch = { ...batch, select: inside, dialect, run, change, actsOnRecord };
            for (const [i, member] of members.entries())
              try {
                await guarded(member, writing)((batch) => member.consumer.write(batch, reads[i]));
              } catch (error) {
                failed = error as BatchError;
                // An error of the acts leaves the connection as it was; of any other nobody knows.
                throw failed.isOfData ? new ScopewardenError("INTERNAL", failed.message) : failed.reason;
              }
            for (const { consumer } of members) await change(MOVE, [until, instance, leaseMs, consumer.name]);
            return true;
          },
        ),
      )
      .catch((error: unknown) => {
        throw failed ?? error;
      })
      .finally(() => {
        writingMs += transactionMs();
        transactionSince = null;
      });
    if (isTaken !== true) return false;
    isHolding = true;
    for (const member of members) {
      member.position = until;
      member.most *= 2;
      if (member.failing !== null)
        log({ level: "info", message: "A consumer of the journal goes on again.", detail: member.consumer.name });
      member.failing = null;
    }
    return true;
  }

  /** An act that a consumer can't take: it is named and counted, and the others are taken. */
  async function setAside(member: Member, position: number, reason: unknown): Promise<void> {
    const { name } = member.consumer;
    await writer.tryOnce(({ change, run, select: inside }) =>
      inTransaction({ run, dialect, conflict: "An act was set aside already." }, async () => {
        const [row] = await inside(CLAIM, [instance, name]);
        if (row === undefined || row.taken || Number(row.position) >= position) return;
        await change(SET_ASIDE, [name, position, describe(scrubbed(reason)), now()]);
        await change(MOVE, [position, instance, leaseMs, name]);
      }),
    );
    member.position = position;
    member.most = Number.POSITIVE_INFINITY;
    log({
      level: "error",
      message: "A consumer of the journal can't take an act, which is set aside.",
      detail: `${name}: the act at ${position}: ${describe(scrubbed(reason))}`,
    });
  }

  function fail(member: Member, reason: unknown): void {
    const { failing } = member;
    const retryMs = failing === null ? FIRST_RETRY_MS : Math.min(failing.retryMs * 2, LONGEST_RETRY_MS);
    member.failing = { retryMs, until: performance.now() + retryMs };
    if (failing !== null) return;
    const error = reason instanceof ScopewardenError && reason.cause !== undefined ? reason.cause : reason;
    const detail = `${member.consumer.name}: ${describe(error)}`;
    log({ level: "error", message: "A consumer of the journal can't go on.", detail });
  }

  async function handle(members: readonly Member[], acts: readonly BatchAct[], error: unknown): Promise<void> {
    for (const { consumer } of members) consumer.undone?.();
    const { isOfData, member, reason } =
      error instanceof BatchError ? error : { isOfData: false, member: null, reason: error };
    if (member === null) {
      for (const each of members) {
        each.failures++;
        fail(each, reason);
      }
      return;
    }
    member.failures++;
    if (await member.consumer.mend?.(reason, { writer, dialect })) return;
    if (!isOfData || member.consumer.takesAll) return fail(member, reason);
    // Halved until it is known which act it can't take; the others go on without it.
    if (acts.length > 1) {
      member.most = Math.floor(acts.length / 2);
      return;
    }
    const [aside] = await select(ASIDE, [member.consumer.name]);
    if (Number(aside?.n) >= MOST_SET_ASIDE) return fail(member, reason);
    const [act] = acts;
    if (act !== undefined) await setAside(member, act.position, reason);
  }

  /** One batch for those of a group that stand together; true: one was taken. */
  async function stepOf(group: readonly Member[]): Promise<boolean> {
    const first = group.filter(mayTake).sort((a, b) => a.position - b.position)[0];
    if (first === undefined) return false;
    const after = first.position;
    const size = sizeOf(first);
    const together = group.filter((each) => mayTake(each) && each.position === after && sizeOf(each) === size);
    const read = await actsAfter(after, size);
    const until = read.acts.at(-1)?.position;
    if (until === undefined) return false;
    try {
      return await take(together, { after, until, acts: read.acts });
    } catch (error) {
      await handle(together, read.acts, error);
      return false;
    }
  }

  /** Copies a file's log of commits into the file, beside those who commit. What fails is left to the next time. */
  async function copyLog(isIdle: boolean): Promise<void> {
    if (dialect.copyLog === null) return;
    if (!mustCopy && end - copiedTo < (isIdle ? 1 : COPY_EVERY_ACTS)) return;
    const { copyLog: statement } = dialect;
    await writer.tryOnce(({ run }) => run(statement)).catch(() => undefined);
    mustCopy = false;
    copiedTo = end;
  }

  async function follow(): Promise<void> {
    let idleMs = lookEveryMs;
    while (!closed()) {
      writingMs = 0;
      let isBehind = false;
      let took = false;
      try {
        await look();
        await takeOver();
        for (const group of groups) if (await stepOf(group)) took = true;
        isBehind = all.some((member) => mayTake(member) && lagOf(member) >= acts);
        await copyLog(!took);
      } catch (error) {
        for (const member of all) {
          member.failures++;
          fail(member, error);
        }
      }
      idleMs = took ? lookEveryMs : Math.min(idleMs * 2, LONGEST_LOOK_MS);
      const patience = isLate() ? 0 : Math.min(LONGEST_LOOK_MS, writingMs * PATIENCE);
      const pause = isBehind ? Math.max(SHORTEST_PAUSE_MS, patience) : idleMs;
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
    // What can be done in a moment, so that a command leaves a record that proves itself; the rest is left to the next one.
    const until = performance.now() + CLOSING_MS;
    try {
      for (let took = true; took && performance.now() < until; ) {
        await look();
        took = false;
        for (const group of groups) if (await stepOf(group)) took = true;
      }
    } catch {
      // The next one goes on from there.
    }
    // Where this fails the leases run out.
    if (isHolding) await writer.tryOnce(({ run }) => run(RELEASE, [instance])).catch(() => undefined);
  }

  await look();
  const following = follow();
  return {
    states: () =>
      all.map((member) => ({
        name: member.consumer.name,
        position: member.position,
        lag: lagOf(member),
        failures: member.failures,
      })),
    transactionMs,
    async close() {
      closing.abort();
      await following;
    },
  };
}
