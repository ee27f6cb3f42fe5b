import type { Act } from "../../domain/record/acts.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer } from "../database/writer.ts";
import type { PutOnRecord } from "./acts.ts";

/** A step that somebody takes, under the id of its act; `work` answers with the act, and those of what it brings with it. */
interface Step {
  readonly author: string;
  readonly actId: string;
  readonly work: (run: RunSql) => Promise<Act | readonly Act[]>;
}

/** What writes steps: each one transaction with its acts on record, which may be run again without harm. */
export interface StepDeps {
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  /** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
  readonly requireCaller: (run: RunSql, callerId: string) => Promise<void>;
}

export function createStepWriter({ dialect, putOnRecord, requireCaller, writer }: StepDeps) {
  const isRecorded = withParameters(dialect, 'SELECT 1 FROM journal WHERE "id" = ?');
  return ({ actId, author, work }: Step): Promise<void> =>
    writer.write(({ run, retry }) =>
      inTransaction({ run, dialect, conflict: "Somebody else was first. Nothing was changed." }, async () => {
        // Run again after an outcome that nobody knows, a step finds its act and is content.
        if (retry && (await run(isRecorded, [actId])).rows.length > 0) return;
        await requireCaller(run, author);
        const made = await work(run);
        for (const act of "kind" in made ? [made] : made) await putOnRecord(run, act);
      }),
    );
}
