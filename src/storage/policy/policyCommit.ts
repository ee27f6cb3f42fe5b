import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { CarriedOut } from "../../domain/policy/fourEyes.ts";
import type { NewRevision } from "../../domain/policy/store.ts";
import { NOUNS, type Noun, type RowChange } from "../../domain/policy/types.ts";
import { policyRevisionAct } from "../../domain/record/acts.ts";
import { type Column, columnList, quoted, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { inTransaction } from "../database/transaction.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { policyTables, ROW_KEY, revisionColumns, storedColumns, UNTIL } from "./policyTables.ts";

const MAX_CHUNK = 500;

/** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
export type RequireAuthor = (run: RunSql, callerId: string) => Promise<void>;

interface Commit {
  readonly run: RunSql;
  readonly retry: boolean;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  readonly requireAuthor: RequireAuthor;
  readonly closeProposal: CloseProposal;
  readonly revision: NewRevision;
  readonly carriedOut: CarriedOut | undefined;
  /** Of `changesHash`. */
  readonly changesSha256: string;
}

const conflict = (revision: number, head: number): ScopewardenError =>
  new ScopewardenError("CONFLICT", `Revision ${revision} can't follow revision ${head}: the policy has changed.`);

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** `(?, ?), (?, ?)`: the parameters of so many rows. */
const tuples = (rows: number, columns: number): string =>
  Array.from({ length: rows }, () => `(${Array.from({ length: columns }, () => "?").join(", ")})`).join(", ");

/** Part by part, the values made with each: other work runs while the database is at one. */
async function insert<Row>(
  { run, dialect }: Commit,
  into: { readonly table: string; readonly columns: readonly Column[] },
  rows: readonly Row[],
  valuesOf: (row: Row) => readonly unknown[],
): Promise<void> {
  const { table, columns } = into;
  const most = Math.min(MAX_CHUNK, Math.floor(dialect.maxParameters / columns.length));
  for (const part of chunks(rows, most)) {
    const sql = `INSERT INTO ${quoted(table)} (${columnList(columns)}) VALUES ${tuples(part.length, columns.length)}`;
    await run(withParameters(dialect, sql), part.flatMap(valuesOf));
  }
}

async function endRows(commit: Commit, noun: Noun, keys: readonly string[]): Promise<void> {
  const { run, dialect, revision } = commit;
  for (const part of chunks(keys, MAX_CHUNK)) {
    const sql = `UPDATE ${quoted(policyTables[noun].name)} SET ${quoted(UNTIL.name)} = ?
      WHERE ${quoted(UNTIL.name)} IS NULL AND ${quoted(ROW_KEY.name)} IN (${part.map(() => "?").join(", ")})`;
    const { affected } = await run(withParameters(dialect, sql), [revision.revision, ...part]);
    if (affected !== part.length) {
      throw new ScopewardenError("CONFLICT", `Revision ${revision.revision} ends a ${noun} that is not there.`);
    }
  }
}

function valuesOf(noun: Noun, change: RowChange, since: number): readonly unknown[] {
  const row = { ...change.after, rowKey: change.key, since, until: null } as Readonly<Record<string, unknown>>;
  return storedColumns[noun].map((c) => toDatabase(row[c.property], c));
}

/** Whether the revision in the database is this very one. */
async function isThere({ run, dialect, revision }: Commit, stored: readonly unknown[]): Promise<boolean> {
  const sql = `SELECT ${columnList(revisionColumns)} FROM policy_revision WHERE "revision" = ?`;
  const { rows } = await run(withParameters(dialect, sql), [revision.revision]);
  return revisionColumns.every((c, i) => String(rows[0]?.[c.name]) === String(stored[i]));
}

/**
 * Writes one revision, and puts it on record. Run again after an outcome that nobody knows, it finds its own revision and is content.
 * @throws ScopewardenError CONFLICT when another revision has taken the place, or the proposal is not approved, UNAUTHENTICATED when the author's key is no
 * longer in force.
 */
export async function commitRevision(commit: Commit): Promise<void> {
  const { run, dialect, revision, retry, changesSha256 } = commit;
  const { changes, ...made } = revision;
  const changeCount = changes.length;
  const row: Readonly<Record<string, unknown>> = { ...made, changeCount, changesSha256 };
  const stored = revisionColumns.map((c) => row[c.property]);
  const text = `Revision ${revision.revision} is there already: the policy has changed.`;
  await inTransaction({ run, dialect, conflict: text }, async () => {
    const { rows } = await run('SELECT MAX("revision") AS head FROM policy_revision');
    const head = Number(rows[0]?.head ?? 0);
    if (retry && head === revision.revision && (await isThere(commit, stored))) return;
    if (head !== revision.revision - 1) throw conflict(revision.revision, head);
    await commit.requireAuthor(run, made.author);
    for (const [i, c] of revisionColumns.entries()) if (c.type === "text") toDatabase(stored[i], c);
    await insert(commit, { table: "policy_revision", columns: revisionColumns }, [stored], (values) => values);
    for (const noun of NOUNS) {
      const own = changes.filter((change) => change.noun === noun);
      await endRows(
        commit,
        noun,
        own.filter((change) => change.before !== null).map((change) => change.key),
      );
      const begun = own.filter((change) => change.after !== null);
      const into = { table: policyTables[noun].name, columns: storedColumns[noun] };
      await insert(commit, into, begun, (change) => valuesOf(noun, change, revision.revision));
    }
    if (commit.carriedOut !== undefined) await commit.closeProposal(run, commit.carriedOut, revision.revision);
    await commit.putOnRecord(run, policyRevisionAct({ ...made, changes: changeCount, changesSha256 }));
    await dialect.notify(run, "policy", String(revision.revision));
  });
}
