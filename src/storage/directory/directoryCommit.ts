import { createHash } from "node:crypto";
import type { EntityRef, Properties } from "../../domain/directory/entity.ts";
import type { DirectoryAct, DirectoryChange, DirectoryChanged } from "../../domain/directory/store.ts";
import { canonicalJson, type Json } from "../../domain/kernel/canonical.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import type { CarriedOut } from "../../domain/policy/fourEyes.ts";
import { directoryAct } from "../../domain/record/acts.ts";
import { columnList, quoted, toDatabase } from "../database/columns.ts";
import type { RunSql } from "../database/connection.ts";
import { type Dialect, withParameters } from "../database/dialect.ts";
import { byBytes, requireIndexable } from "../database/text.ts";
import { inTransaction } from "../database/transaction.ts";
import type { CloseProposal, PutOnRecord } from "../journal/acts.ts";
import { ENTITIES, REVISIONS, revisionColumns, storedColumns } from "./directoryTables.ts";

/** Rows of one statement. */
const PART = 250;

interface Commit {
  readonly run: RunSql;
  readonly retry: boolean;
  readonly dialect: Dialect;
  readonly putOnRecord: PutOnRecord;
  /** Throws UNAUTHENTICATED where the key behind a caller id is no longer in force. */
  readonly requireAuthor: (run: RunSql, callerId: string) => Promise<void>;
  readonly closeProposal: CloseProposal;
  readonly change: DirectoryChange;
  readonly carriedOut: CarriedOut | undefined;
}

/** An entity that differs from what is there; `after` false: it ended. */
export interface Change extends EntityRef {
  readonly after: Properties | null | false;
}
interface Difference extends Change {
  readonly isThere: boolean;
}

function* parts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += PART) yield items.slice(at, at + PART);
}

const repeated = (what: string, times: number): string => Array.from({ length: times }, () => what).join(", ");
const keyOf = ({ type, id }: EntityRef): string => JSON.stringify([type, id]);

/** The properties that are there now, as text, of those of the entities that are there. */
async function currentOf({ run, dialect }: Commit, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const part of parts(refs)) {
    const sql = `SELECT "type", "id", "properties" FROM ${quoted(ENTITIES)}
      WHERE "until" IS NULL AND ("type", "id") IN (VALUES ${repeated("(?, ?)", part.length)})`;
    const values = part.flatMap(({ type, id }) => [type, id]);
    const { rows } = await run(withParameters(dialect, sql), values);
    for (const row of rows) found.set(keyOf(row as unknown as EntityRef), row.properties);
  }
  return found;
}

/** What of a change differs from what is there, by type and id. */
async function differences(commit: Commit): Promise<readonly Difference[]> {
  const { put, remove } = commit.change;
  const current = await currentOf(commit, [...put, ...remove]);
  const found: Difference[] = [];
  for (const { type, id, properties } of put) {
    const isThere = current.has(keyOf({ type, id }));
    const text = properties === null ? null : canonicalJson(properties);
    if (!isThere || current.get(keyOf({ type, id })) !== text) found.push({ type, id, after: properties, isThere });
  }
  for (const { type, id } of remove)
    if (current.has(keyOf({ type, id }))) found.push({ type, id, after: false, isThere: true });
  return found.sort((a, b) => byBytes(a.type, b.type) || byBytes(a.id, b.id));
}

/** `DirectoryAct` says of what. */
export function changesSha256(changes: readonly Change[]): string {
  const hash = createHash("sha256").update("[");
  for (const [i, { type, id, after }] of changes.entries())
    hash.update(`${i > 0 ? "," : ""}${canonicalJson({ type, id, after } as Json)}`, "utf8");
  return hash.update("]").digest("hex");
}

async function writeRows({ run, dialect }: Commit, changes: readonly Difference[], revision: number): Promise<void> {
  for (const part of parts(changes.filter(({ isThere }) => isThere))) {
    const sql = `UPDATE ${quoted(ENTITIES)} SET "until" = ?
      WHERE "until" IS NULL AND ("type", "id") IN (VALUES ${repeated("(?, ?)", part.length)})`;
    await run(withParameters(dialect, sql), [revision, ...part.flatMap(({ type, id }) => [type, id])]);
  }
  const row = `(${repeated("?", storedColumns.length)})`;
  for (const part of parts(changes.filter(({ after }) => after !== false))) {
    const sql = `INSERT INTO ${quoted(ENTITIES)} (${columnList(storedColumns)}) VALUES ${repeated(row, part.length)}`;
    const values = part.flatMap(({ type, id, after }) => {
      // One index holds the two.
      requireIndexable(`${type}${id}`, "id");
      const stored: Readonly<Record<string, unknown>> = { type, id, since: revision, properties: after, until: null };
      return storedColumns.map((c) => toDatabase(stored[c.property], c));
    });
    await run(withParameters(dialect, sql), values);
  }
}

/** The newest revision, and, if it is that of this very change, what it came to. */
async function headOf({
  run,
  change,
}: Commit): Promise<{ readonly head: number; readonly own: DirectoryChanged | null }> {
  const { rows } = await run(
    `SELECT ${columnList(revisionColumns)} FROM ${quoted(REVISIONS)} ORDER BY "revision" DESC LIMIT 1`,
  );
  const [last] = rows;
  if (last === undefined) return { head: 0, own: null };
  const head = Number(last.revision);
  const same =
    last.author === change.author && last.reason === change.reason && Number(last.committed_at) === change.committedAt;
  return { head, own: same ? { revision: head, put: Number(last.put), removed: Number(last.removed) } : null };
}

/**
 * Writes what of a change differs from what is there, as the next revision, and puts it on record. Run again after an
 * outcome that nobody knows, it finds that nothing differs and answers with its own revision.
 * @throws ScopewardenError CONFLICT when another instance has taken the revision's place, UNAUTHENTICATED
 */
export async function commitDirectory(commit: Commit): Promise<DirectoryChanged> {
  const { run, dialect, change, retry } = commit;
  const text = "Somebody else changed the directory at the same time.";
  return inTransaction({ run, dialect, conflict: text }, async () => {
    await commit.requireAuthor(run, change.author);
    const { head, own } = await headOf(commit);
    const changes = await differences(commit);
    if (changes.length === 0 && retry && own !== null) return own;
    if (changes.length === 0 && change.always !== true) {
      // What was approved is so already.
      if (commit.carriedOut !== undefined) await commit.closeProposal(run, commit.carriedOut, head);
      return { revision: head, put: 0, removed: 0 };
    }
    if (change.expectedRevision !== undefined && change.expectedRevision !== head)
      throw new ScopewardenError("CONFLICT", text);
    const removed = changes.filter(({ after }) => after === false).length;
    const { author, reason, committedAt } = change;
    const act: DirectoryAct = {
      revision: head + 1,
      author,
      reason,
      committedAt,
      put: changes.length - removed,
      removed,
      changesSha256: changesSha256(changes),
    };
    const stored = act as unknown as Readonly<Record<string, unknown>>;
    await run(
      withParameters(
        dialect,
        `INSERT INTO ${quoted(REVISIONS)} (${columnList(revisionColumns)}) VALUES (${repeated("?", revisionColumns.length)})`,
      ),
      revisionColumns.map((c) => toDatabase(stored[c.property], c)),
    );
    await writeRows(commit, changes, act.revision);
    if (commit.carriedOut !== undefined) await commit.closeProposal(run, commit.carriedOut, act.revision);
    await commit.putOnRecord(run, directoryAct(act));
    await dialect.notify(run, "directory", String(act.revision));
    return { revision: act.revision, put: act.put, removed };
  });
}
