import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { ChangeAtOnce, ConditionalWrites, RawRow, RunSql, SelectRows } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { codeOf, isUniqueViolation, scrubbed } from "../database/faults.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { Follower, FollowerBatch } from "./follower.ts";
import { inPieces } from "./inPieces.ts";
import { journalSql } from "./journalSql.ts";
import { stepEnd } from "./stepEnd.ts";

/** Where a follower and the journal are; how far another instance waits for it; and whether another instance has the work. */
export interface FollowerPlace {
  readonly position: number;
  readonly end: number;
  readonly wanted: number;
  readonly taken: boolean;
}

export const placeIn = (row: RawRow): FollowerPlace => ({
  position: Number(row.position),
  end: Number(row.end ?? 0),
  wanted: Number(row.wanted),
  taken: Boolean(row.taken),
});

/** Which instance asks, of which follower, and how long others leave the work to it. */
interface Holder {
  readonly name: string;
  readonly instance: string;
  readonly leaseMs: number;
}

/** The acts of a step that has been read. */
export interface ReadStep {
  readonly after: number;
  readonly until: number;
  /** Whether it is as long as it is because its acts are large. */
  readonly cut: boolean;
  /** Of a follower that plans: what it writes. */
  readonly plan?: ConditionalWrites;
  /** Of another: what its `read` has answered. */
  readonly read?: unknown;
}

/** How a step went. */
interface TakenStep {
  /** Where the follower is now, as far as that was looked up; null: another instance is at it. */
  readonly place: Partial<FollowerPlace> | null;
  /** Positions that it took; 0: there was nothing, or another instance has the work. */
  readonly rows: number;
  readonly cut: boolean;
  /** Of its transaction. */
  readonly ms: number;
  /** Whether another instance has gone on since the step was read: it was thrown away. */
  readonly outdated: boolean;
}

/** Writes the steps of followers: all data that crosses it may be handed from process to process. */
export interface StepTaker {
  /** One transaction. `step` null: what the follower has not read, or planned, is read in it, at most so many positions. */
  take(holder: Holder, step: ReadStep | null, most: number): Promise<TakenStep>;
  /** Says how far this instance waits for a follower that another one has. */
  want(name: string, position: number): Promise<void>;
  release(name: string, instance: string): Promise<void>;
}

/** What steps are written with. */
export interface FollowerWriter extends Pick<Writer, "tryOnce"> {
  /** Whether its commits don't wait for the disk where nobody says that they shall; absent: they wait. */
  readonly unflushed?: true;
}

/**
 * A row of `journal_follower` has the position, and the lease: which instance does the work, until when. An instance takes
 * the lease with a step, renews it with each, and lets go of it where the journal ends; one that is gone, or has no time,
 * loses it. Whoever waits meanwhile says in the row how far, and the holder then goes on, time or not. The lease spares
 * instances each other's work. That each act is taken once does not rest on it: a step locks the row, begins at the
 * position that stands there, and commits what it wrote together with the next one. A lease that ends later than one taken
 * now would is of a time when the database's clock was ahead, and holds no longer.
 */
export function followerSql(dialect: Dialect, leaseMs: number, behind: Follower["behind"]) {
  const { now, lockUnlessLocked } = journalSql(dialect);
  const end =
    behind === undefined
      ? 'SELECT MAX("seq") FROM journal'
      : `SELECT b."position" - b."position" % ${behind.block} FROM journal_follower AS b WHERE b."name" = '${behind.follower}'`;
  const taken = `COALESCE("holder" <> ? AND "lease_until" > ${now} AND "lease_until" <= ${now} + ${leaseMs}, FALSE)`;
  const look = `SELECT "position", "wanted", ${taken} AS "taken", (${end}) AS "end" FROM journal_follower WHERE "name" = ?`;
  const free = `(SELECT "name" FROM journal_follower WHERE "name" = ? ${lockUnlessLocked})`;
  const sql = (text: string): string => withParameters(dialect, text);
  return {
    look: sql(look),
    claim: sql(`${look} ${lockUnlessLocked}`),
    /** A condition: the follower is at a position, is nobody else's, and may go to another. */
    isAt: `EXISTS (SELECT 1 FROM journal_follower WHERE NOT ${taken} AND "name" = ? AND "position" = ? AND (${end}) >= ?)`,
    /** The same as `move`, and lets go of the lease where there is no more to do than that. */
    moveAndHold:
      sql(`UPDATE journal_follower SET "position" = ?, "holder" = CASE WHEN (${end}) > ? THEN ? END, "lease_until" = ${now} + ?
      WHERE "name" = ?`),
    move: sql(`UPDATE journal_follower SET "position" = ?, "holder" = ?, "lease_until" = ${now} + ? WHERE "name" = ?`),
    // Where the row is locked a step is under way: it need not be waited for.
    want: sql(`UPDATE journal_follower SET "wanted" = ? WHERE "wanted" < ? AND "name" = ${free}`),
    release: sql('UPDATE journal_follower SET "holder" = NULL WHERE "name" = ? AND "holder" = ?'),
  };
}

/** Gives a follower its row, where it has none yet. */
export async function addFollower(
  { dialect, writer }: { readonly dialect: Dialect; readonly writer: Pick<Writer, "write"> },
  { beginsAtEnd, name }: Follower,
): Promise<void> {
  const all = 'INSERT INTO journal_follower ("name") VALUES (?) ON CONFLICT DO NOTHING';
  const fromEnd = `INSERT INTO journal_follower ("name", "position")
    SELECT ?, COALESCE(MAX("seq"), 0) FROM journal WHERE TRUE ON CONFLICT DO NOTHING`;
  await writer.write(({ run }) => run(withParameters(dialect, beginsAtEnd ? fromEnd : all), [name]));
}

/** Where a step ends that begins after a position, and at another at the latest: its acts may be large. */
export async function stepUntil(
  { bytes }: Pick<Follower, "bytes">,
  { after, latest }: { readonly after: number; readonly latest: number },
  database: { readonly select: SelectRows; readonly dialect: Dialect },
): Promise<Pick<ReadStep, "until" | "cut">> {
  const until = bytes === undefined ? latest : await stepEnd(database, { after, until: latest, bytes });
  return { until, cut: until < latest };
}

/** An error of its own leaves the connection as it was; one of the database's does not, and goes to the writer. */
export const followerError = (name: string, error: unknown): unknown =>
  codeOf(error) === null ? new ScopewardenError("INTERNAL", `${name} failed.`, { cause: scrubbed(error) }) : error;

/** Writes what a follower has planned for the acts of a batch. False: a condition of it is not met. */
export async function writePlan(
  { change, dialect, select }: Pick<FollowerBatch, "change" | "dialect" | "select">,
  { conditions, statements }: ConditionalWrites,
): Promise<boolean> {
  if (conditions.length > 0) {
    const all = conditions.map(([condition]) => `COALESCE((${condition}), FALSE)`).join(" AND ");
    const parameters = conditions.flatMap(([, values]) => values);
    const [row] = await select(withParameters(dialect, `SELECT ${all} AS "met"`), parameters);
    if (!row?.met) return false;
  }
  for (const [sql, parameters] of statements) await change(sql, parameters);
  return true;
}

export function createStepTaker({
  dialect,
  list,
  writer,
}: {
  readonly list: readonly Follower[];
  readonly writer: FollowerWriter;
  readonly dialect: Dialect;
}): StepTaker {
  const called = (name: string): Follower => {
    const found = list.find((follower) => follower.name === name);
    if (found === undefined) throw new ScopewardenError("INTERNAL", `There is no follower ${name}.`);
    return found;
  };
  /** Of what is not read yet nobody knows. */
  const mayPutOnRecord = (follower: Follower, step: ReadStep | null): boolean => {
    if ("plan" in follower) return false;
    return step === null ? follower.putsOnRecord !== undefined : (follower.putsOnRecord?.(step.read) ?? false);
  };
  const { release, want } = followerSql(dialect, 0, undefined);
  const conflictOf = (name: string): string => `${name} wrote a row that was there already.`;

  /** Takes a step that was planned, by one call of the driver; null: what stands in its way is to be looked up. */
  async function takeAtOnce(
    changeAtOnce: ChangeAtOnce,
    { behind, name }: Follower,
    { instance, leaseMs }: Holder,
    { after, cut, plan, until }: ReadStep & { readonly plan: ConditionalWrites },
  ): Promise<TakenStep | null> {
    const { isAt, moveAndHold } = followerSql(dialect, leaseMs, behind);
    const since = performance.now();
    const taken = await changeAtOnce({
      conditions: [[isAt, [instance, name, after, until]], ...plan.conditions],
      statements: [...plan.statements, [moveAndHold, [until, until, instance, leaseMs, name]]],
    }).catch((error: unknown) => {
      // Of any other nobody knows what has become of the step.
      throw isUniqueViolation(error) ? new ScopewardenError("CONFLICT", conflictOf(name)) : error;
    });
    const ms = performance.now() - since;
    return taken ? { place: { position: until, taken: false }, rows: until - after, cut, outdated: false, ms } : null;
  }

  /** Takes a step in a transaction, a statement after the other. */
  async function takeByStatements(
    use: Parameters<Parameters<FollowerWriter["tryOnce"]>[0]>[0],
    follower: Follower,
    { instance, leaseMs, name }: Holder,
    { inside, most, step }: { readonly step: ReadStep | null; readonly most: number; readonly inside: string | null },
  ): Promise<TakenStep> {
    const { change, run, select } = use;
    const sql = followerSql(dialect, leaseMs, follower.behind);
    const prepared: RunSql = (statement, parameters = []) => change(statement, parameters);
    let since = 0;
    const taken = await inTransaction(
      { run: prepared, dialect, conflict: conflictOf(name) },
      async (): Promise<Omit<TakenStep, "ms">> => {
        if (inside !== null) await prepared(inside);
        since = performance.now();
        const [row] = await select(sql.claim, [instance, name]);
        const place = row === undefined ? null : placeIn(row);
        const nothing = { rows: 0, cut: false, outdated: false };
        if (place === null) return { ...nothing, place };
        const { end, position } = place;
        if (place.taken || position >= end) return { ...nothing, place };
        if (step !== null && (step.after !== position || step.until > end))
          return { ...nothing, place, outdated: true };
        const database = { dialect, select };
        const { cut, until } =
          step ?? (await stepUntil(follower, { after: position, latest: Math.min(end, position + most) }, database));
        const batch = { run, change, select, dialect, after: position, until, giveWay: inPieces() };
        try {
          if (!("plan" in follower))
            await follower.write(batch, step === null ? await follower.read?.(batch) : step.read);
          else {
            // What a plan rests on may change each time before it has its turn: in that it is made once more.
            const isWritten = step?.plan !== undefined && (await writePlan(batch, step.plan));
            if (!isWritten && !(await writePlan(batch, await follower.plan(batch))))
              return { ...nothing, place, outdated: true };
          }
        } catch (error) {
          throw followerError(name, error);
        }
        await change(sql.move, [until, until === end ? null : instance, leaseMs, name]);
        return { place: { ...place, position: until }, rows: until - position, cut, outdated: false };
      },
    );
    return { ...taken, ms: performance.now() - since };
  }

  return {
    take: (holder, step, most) =>
      writer.tryOnce(async (use) => {
        const { changeAtOnce, run } = use;
        const follower = called(holder.name);
        const waits = mayPutOnRecord(follower, step);
        const { flush, inside, leave } = dialect.unflushed;
        const isAsSet = waits !== (writer.unflushed ?? false);
        const [before, after] = isAsSet ? [null, null] : waits ? [flush, leave] : [leave, flush];
        if (before !== null) await run(before);
        let taken: TakenStep | null = null;
        try {
          if (changeAtOnce !== null && step?.plan !== undefined)
            taken = await takeAtOnce(changeAtOnce, follower, holder, { ...step, plan: step.plan });
          taken ??= await takeByStatements(use, follower, holder, { step, most, inside: waits ? null : inside });
        } catch (error) {
          // After any other error the connection is not used again, and a transaction may be open.
          if (after !== null && error instanceof ScopewardenError) await run(after);
          throw error;
        }
        // Where this fails the connection is not used again: what it commits next must be durable.
        if (after !== null) await run(after);
        return taken;
      }),
    want: (name, position) => writer.tryOnce(async ({ run }) => void (await run(want, [position, position, name]))),
    release: (name, instance) => writer.tryOnce(async ({ run }) => void (await run(release, [name, instance]))),
  };
}
