import { setTimeout as delay } from "node:timers/promises";
import type { RawRow } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { Writer, WriterJob } from "../database/writer.ts";
import { takeBackPart } from "./revisionRows.ts";

/** Between two looks at a change that another instance is writing. */
const LOOK_EVERY_MS = 20;

/** Where the writing of a revision in parts is: who writes it, and which step was the last. */
export interface Step {
  readonly writing: string;
  readonly revision: number;
  readonly step: number;
}

interface On {
  readonly writer: Pick<Writer, "write">;
  readonly dialect: Dialect;
  /** On a connection that reads. */
  readonly read: (sql: string) => Promise<readonly RawRow[]>;
  readonly newId: () => string;
  /** Milliseconds without a step after which whoever was writing is taken to be gone. */
  readonly goneAfterMs: number;
}

type Use = Parameters<WriterJob<unknown>>[0];

/**
 * Takes the one row of `policy_unfinished` from one step to the next, in the transaction of that step; null: nobody writes in
 * parts. Whoever commits a revision moves it, so on both databases revisions are written one at a time, and a writer that was taken
 * for gone learns it before it writes more. `done`: an attempt whose outcome was not known has moved it already.
 */
export async function moveTo(
  { run, retry }: Use,
  dialect: Dialect,
  [from, to]: readonly [Step | null, Step | null],
): Promise<"moved" | "done" | "lost"> {
  const sql = withParameters(
    dialect,
    `UPDATE policy_unfinished SET "writing" = ?, "revision" = ?, "step" = ?
      WHERE "writing" IS NOT DISTINCT FROM ? AND "step" IS NOT DISTINCT FROM ?`,
  );
  const next = [to?.writing ?? null, to?.revision ?? null, to?.step ?? null];
  const moved = async (at: Step | null): Promise<boolean> =>
    (await run(sql, [...next, at?.writing ?? null, at?.step ?? null])).affected > 0;
  if (await moved(from)) return "moved";
  return retry && to !== null && (await moved(to)) ? "done" : "lost";
}

export const following = (step: Step): Step => ({ ...step, step: step.step + 1 });

async function look({ read }: Pick<On, "read">): Promise<Step | null> {
  const [row] = await read('SELECT "writing", "revision", "step" FROM policy_unfinished WHERE "writing" IS NOT NULL');
  return row === undefined
    ? null
    : { writing: String(row.writing), revision: Number(row.revision), step: Number(row.step) };
}

/** Takes back, in parts, what was written of a revision, unless its writer has gone on meanwhile. */
async function takeBack({ writer, dialect, newId }: On, left: Step): Promise<void> {
  const conflict = "A row of the policy is there twice.";
  const id = newId();
  let at = left;
  for (let more = true; more; ) {
    const next = { ...following(at), writing: id };
    more = await writer.write((use) =>
      inTransaction({ ...use, dialect, conflict }, async () => {
        if ((await moveTo(use, dialect, [at, next])) === "lost") return false;
        if (await takeBackPart({ ...use, dialect }, left.revision)) return true;
        await moveTo(use, dialect, [next, null]);
        return false;
      }),
    );
    at = next;
  }
}

/** Takes back what this writer has written, where its revision has not come to be. */
export async function takeBackOwn(on: On, writing: string): Promise<void> {
  const at = await look(on);
  if (at?.writing === writing) await takeBack(on, at);
}

/** Ends when nobody writes in parts: waits for whoever gets on, and takes back what was left by one who does not. */
export async function untilNobodyWrites(on: On): Promise<void> {
  let seen: Step | null = null;
  let since = 0;
  for (let at = await look(on); at !== null; at = await look(on)) {
    if (at.writing !== seen?.writing || at.step !== seen.step) since = performance.now();
    else if (performance.now() - since >= on.goneAfterMs) await takeBack(on, at);
    seen = at;
    await delay(LOOK_EVERY_MS);
  }
}
