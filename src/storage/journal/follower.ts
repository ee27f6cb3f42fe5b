import type { Breathe } from "../../domain/kernel/ports.ts";
import type { ChangeRows, ConditionalWrites, RunSql, SelectRows } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import type { StepBounds } from "./stepSize.ts";

/**
 * What reads the journal behind the answer. To add one: a file with it, and a row in the list in followers.ts. It is
 * given every act once, in the order of the journal, by one instance at a time, and goes on where it was after a crash.
 */
export type Follower = PlanningFollower | AskingFollower;

interface AnyFollower {
  /** Under this its position is kept: a name that was released is not changed. */
  readonly name: string;
  /** Whether it takes nothing of what was on record before it first followed; absent: it takes all. */
  readonly beginsAtEnd?: true;
  /** Whether the journal may grow however far it is behind; absent: at `mostBehind` acts decisions wait for it. */
  readonly mayFallBehind?: true;
  /** Whether people wait for it with each question: it takes what is new sooner than others, so that they find little left to do. */
  readonly waitedFor?: true;
  /** Acts of one step; absent: as the step's time says. */
  readonly acts?: StepBounds;
  /**
   * Whose output it reads: it goes as far as that one has taken whole blocks of so many positions, in steps of so many, of which a block
   * is a multiple. Absent: it goes as far as the journal.
   */
  readonly behind?: { readonly follower: string; readonly block: number; readonly acts: number };
  /** What the acts of one step come to at most, in bytes, unless one does by itself; absent: they are not read as texts. */
  readonly bytes?: number;
  /** Is told that a step was not committed, or that nobody knows: what it remembers of it is not to be relied on. */
  undone?(): void;
}

/**
 * Knows all that a step writes before the step has its turn of the writer, which decisions wait for: where the database can, that turn is
 * one call of the driver.
 */
export interface PlanningFollower extends AnyFollower {
  /**
   * Reads the acts of a batch, all of them, beside the decisions, maybe in another process, and answers with what is to be written. That is
   * committed together with the new position, or not at all, and only if the follower is still where the batch began and each condition is
   * met; else it is planned once more. Should take a time in proportion to the batch: batches are sized by it.
   */
  plan(batch: ReadBatch): Promise<ConditionalWrites>;
}

/** Asks in its turn for what it writes by. */
export interface AskingFollower extends AnyFollower {
  /**
   * What of a step needs no turn of the writer: it only reads, as `plan` does. Answers with data alone, which another process can hand over.
   * Absent: all is done by `write`.
   */
  read?(batch: ReadBatch): Promise<unknown>;
  /** Takes the acts of a batch, all of them, by what `read` has answered. What it writes is committed as what a plan has. */
  write(batch: FollowerBatch, read: unknown): Promise<void>;
  /**
   * Whether a step that has read this may put acts on record: then its commit waits for the disk, as that of any act does. Absent: none
   * does.
   */
  putsOnRecord?(read: unknown): boolean;
}

/** The acts after a position up to and with another. All are there; positions may have gaps. */
export interface ReadBatch {
  readonly after: number;
  readonly until: number;
  readonly select: SelectRows;
  readonly dialect: Dialect;
  /** To be asked between any two small pieces of work. */
  readonly giveWay: Breathe;
}
export interface FollowerBatch extends ReadBatch {
  readonly run: RunSql;
  readonly change: ChangeRows;
}

/** For what asks by `run` and only reads. */
export const readingOnly = ({ dialect, select }: ReadBatch): { readonly run: RunSql; readonly dialect: Dialect } => ({
  dialect,
  run: async (sql, parameters = []) => ({ rows: await select(sql, parameters), affected: 0 }),
});
