import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { CarriedStep } from "../../domain/policy/fourEyes.ts";
import type { NewRevision } from "../../domain/policy/store.ts";
import { policyRevisionAct } from "../../domain/record/acts.ts";
import { columnList, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { withParameters } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { WriterJob } from "../database/writer.ts";
import type { CloseProposal, GiveAccess, PutOnRecord } from "../journal/acts.ts";
import { type ChangesDigest, changesDigest, historyDigest } from "./changesHash.ts";
import { revisionColumns } from "./policyTables.ts";
import { type Part, partsOf, writePart } from "./revisionRows.ts";
import { following, moveTo, type Step, takeBackOwn, untilNobodyWrites } from "./unfinished.ts";

export type CommitDeps = Parameters<typeof untilNobodyWrites>[0] & {
  readonly putOnRecord: PutOnRecord;
  readonly closeProposal: CloseProposal;
  readonly giveAccess: GiveAccess;
  /** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
  readonly requireAuthor: (run: RunSql, callerId: string) => Promise<void>;
};
type Commit = CommitDeps & {
  readonly revision: NewRevision;
  readonly digest: ChangesDigest;
  /** The proposal or access request that the revision carries out. */
  readonly carriedOut: CarriedStep | undefined;
};
type Use = Parameters<WriterJob<unknown>>[0];

const conflict = (revision: number, head: number): ScopewardenError =>
  new ScopewardenError("CONFLICT", `Revision ${revision} can't follow revision ${head}: the policy has changed.`);

/** A revision as its row. */
function storedRevision({ revision: { changes, ...made }, digest }: Commit): readonly unknown[] {
  const row: Readonly<Record<string, unknown>> = { ...made, changeCount: changes.length, changesSha256: digest.sha256 };
  return revisionColumns.map((c) => toDatabase(row[c.property], c));
}

/** Whether the revision in the database is this very one. */
async function isThere({ dialect, revision }: Commit, run: RunSql, stored: readonly unknown[]): Promise<boolean> {
  const sql = `SELECT ${columnList(revisionColumns)} FROM policy_revision WHERE "revision" = ?`;
  const { rows } = await run(withParameters(dialect, sql), [revision.revision]);
  return revisionColumns.every((c, i) => String(rows[0]?.[c.name]) === String(stored[i]));
}

/** Throws CONFLICT unless the revision is the next one, UNAUTHENTICATED when its author may no longer change anything. */
async function requireNext({ revision: { revision, author }, requireAuthor }: Commit, run: RunSql): Promise<void> {
  const { rows } = await run('SELECT MAX("revision") AS head FROM policy_revision');
  const head = Number(rows[0]?.head ?? 0);
  if (head !== revision - 1) throw conflict(revision, head);
  await requireAuthor(run, author);
}

const inOne = <T>({ dialect, revision }: Commit, use: Use, work: () => Promise<T>): Promise<T> => {
  const text = `Revision ${revision.revision} is there already: the policy has changed.`;
  return inTransaction({ run: use.run, dialect, conflict: text }, work);
};

/** The step that the revision takes: both are there, or neither is. */
function takeStep({ closeProposal, giveAccess, revision }: Commit, run: RunSql, step: CarriedStep): Promise<void> {
  return "proposalId" in step ? closeProposal(run, step, revision.revision) : giveAccess(run, step, revision.revision);
}

/** The transaction by which the revision comes to be, with those of its rows that are not written yet. */
function finish(commit: Commit, use: Use, left: { readonly at: Step | null; readonly parts: readonly Part[] }) {
  const { dialect, digest, revision } = commit;
  const { run, retry } = use;
  const { changes, ...made } = revision;
  const stored = storedRevision(commit);
  return inOne(commit, use, async () => {
    if (retry && (await isThere(commit, run, stored))) return "moved";
    const moved = await moveTo(use, dialect, [left.at, null]);
    if (moved === "lost") return moved;
    await requireNext(commit, run);
    const row = `INSERT INTO policy_revision (${columnList(revisionColumns)}) VALUES (${stored.map(() => "?").join(", ")})`;
    await run(withParameters(dialect, row), stored);
    for (const part of left.parts) await writePart({ run, dialect }, part, revision.revision);
    if (commit.carriedOut !== undefined) await takeStep(commit, run, commit.carriedOut);
    const { rows: kept } = await run('SELECT "changes_sha256" FROM policy_revision ORDER BY "revision"');
    const historySha256 = historyDigest(kept.map((each) => each.changes_sha256));
    const { rows, sha256: changesSha256 } = digest;
    const digests = { changesSha256, historySha256, ...(rows && { rows }) };
    await commit.putOnRecord(run, policyRevisionAct({ ...made, changes: changes.length, ...digests }));
    await dialect.notify(run, "policy", String(revision.revision));
    return moved;
  });
}

/** Whether the revision may be written in parts from here on; refuses what would be refused in the end. */
function begin(commit: Commit, use: Use, at: Step) {
  storedRevision(commit);
  return inOne(commit, use, async () => {
    const moved = await moveTo(use, commit.dialect, [null, at]);
    if (moved !== "lost") await requireNext(commit, use.run);
    return moved;
  });
}

async function writeInParts(commit: Commit, parts: readonly Part[], first: Step): Promise<void> {
  const { writer, dialect, revision } = commit;
  const text = `Revision ${revision.revision} was given up: it did not get on.`;
  const requireTurn = (moved: Awaited<ReturnType<typeof moveTo>>): void => {
    if (moved === "lost") throw new ScopewardenError("CONFLICT", text);
  };
  let at = first;
  for (const part of parts) {
    const next = following(at);
    await writer.write((use) =>
      inOne(commit, use, async () => {
        const moved = await moveTo(use, dialect, [at, next]);
        requireTurn(moved);
        if (moved === "moved") await writePart({ run: use.run, dialect }, part, revision.revision);
      }),
    );
    at = next;
  }
  requireTurn(await writer.write((use) => finish(commit, use, { at, parts: [] })));
}

/**
 * Writes one revision, and puts it on record: whole or not at all. A large one is written in parts beforehand, and decisions
 * between them: rows that begin or end with a revision that is not there change nothing at any that is. What is left when this
 * fails or ends, the next commit takes back. Run again after an outcome that nobody knows, a step finds that it was taken.
 * @throws ScopewardenError CONFLICT when another revision has taken the place, or the step that it carries out can't be taken,
 * UNAUTHENTICATED when the author's key is no longer in force.
 */
export async function commitRevision(deps: CommitDeps, revision: NewRevision, carriedOut?: CarriedStep): Promise<void> {
  const commit: Commit = { ...deps, revision, carriedOut, digest: await changesDigest(revision.changes) };
  const parts = partsOf(revision.changes);
  const first: Step = { writing: deps.newId(), revision: revision.revision, step: 0 };
  const whole = parts.length <= 1;
  const start = (use: Use) => (whole ? finish(commit, use, { at: null, parts }) : begin(commit, use, first));
  try {
    while ((await deps.writer.write(start)) === "lost") await untilNobodyWrites(deps);
    if (!whole) await writeInParts(commit, parts, first);
  } catch (error) {
    if (!whole) await takeBackOwn(deps, first.writing).catch(() => undefined);
    throw error;
  }
}
