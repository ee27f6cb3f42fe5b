import type { RecordedAct } from "../../domain/record/acts.ts";
import type { StoredAct } from "../../domain/record/tree/leafEntry.ts";
import type { ChangeRows, RunSql, SelectRows } from "../database/connection.ts";
import type { Dialect } from "../database/dialect.ts";
import type { Writer } from "../database/writer.ts";

/**
 * What takes each act on record once, in the order of the journal, behind the answer. To add one: a file with it, and a row in
 * consumers.ts. What it writes is committed together with its position, so that it goes on where it was, whatever dies when.
 */
export interface Consumer {
  /** Under this its position is kept. */
  readonly name: string;
  /** Whether it takes nothing of what was on record before it first followed; absent: it takes all. */
  readonly beginsAtEnd?: true;
  /** Whether it stops at an act that it can't take; absent: that one is set aside, and it goes on. */
  readonly takesAll?: true;
  /** What of a batch needs no transaction: decisions that are committed meanwhile do not wait for it. */
  read?(batch: ReadBatch): Promise<unknown>;
  /** Writes what follows from a batch, by what `read` has answered. */
  write(batch: Batch, read: unknown): Promise<void>;
  /** Does what makes the next batch possible after an error of `write`, of which nothing was committed; false: it was of another kind. */
  mend?(error: unknown, on: { readonly writer: Pick<Writer, "tryOnce">; readonly dialect: Dialect }): Promise<boolean>;
  /** Is told that a batch was not committed: what it remembers of it is not to be relied on. */
  undone?(): void;
}

/** An act of a batch. Who asks what it says has it parsed, once for all who take the batch. */
export interface BatchAct {
  readonly kind: RecordedAct["kind"];
  readonly position: number;
  readonly stored: StoredAct;
  /** @throws SyntaxError where its texts are no record */
  readonly recorded: () => RecordedAct;
}

/** The acts after a position up to and with another. All are there, in their order; positions may have gaps. */
export interface ReadBatch {
  readonly after: number;
  readonly until: number;
  readonly acts: readonly BatchAct[];
  readonly select: SelectRows;
  readonly dialect: Dialect;
}

/** The same in its transaction. */
export interface Batch extends ReadBatch {
  readonly run: RunSql;
  readonly change: ChangeRows;
  /** Says that acts were put on record: they are on disk before anything else is done. */
  actsOnRecord(): void;
}

/** For what asks by `run` and only reads. */
export const readingOnly = ({ dialect, select }: ReadBatch): { readonly run: RunSql; readonly dialect: Dialect } => ({
  dialect,
  run: async (sql, parameters = []) => ({ rows: await select(sql, parameters), affected: 0 }),
});
