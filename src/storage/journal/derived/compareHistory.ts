import { createHash } from "node:crypto";
import { wholeRecord } from "../../../domain/record/personal.ts";
import { type Column, fromRow, quoted } from "../../database/columns.ts";
import type { ReadThen } from "./atOneMoment.ts";

/** In what the revisions of the policy, or of the directory, and their rows differ from the acts on record. */
export interface HistoryDifference {
  readonly history: "policy" | "directory";
  /** Null: it is of no revision. */
  readonly revision: number | null;
  /** What differs; rows of the policy by noun and key. */
  readonly text: string;
}

export interface HistoryComparison {
  /** The first of them, in the order of the revisions. None: the rows are what is on record. */
  readonly differences: readonly HistoryDifference[];
  /** How many there are beyond. */
  readonly more: number;
  /** How many revisions were compared with no act: theirs is archived, or of a format without a digest, and no later one speaks for them. */
  readonly notCompared: number;
}

/** An act of a revision, as far as it is compared. */
interface RevisionAct {
  readonly [member: string]: unknown;
  readonly changesSha256?: string;
  readonly historySha256?: string;
}

/** What the rows say that a revision changed: the digest of it, and, where that is not the act's, what differs, in words. */
interface Changed {
  readonly sha256: string;
  differing(act: RevisionAct | null): readonly string[];
}

export interface History {
  readonly history: HistoryDifference["history"];
  readonly kind: "POLICY_REVISION" | "DIRECTORY";
  /** What the ids of its acts begin with. */
  readonly prefix: string;
  /** The revisions, with `revision` and `changesSha256`, and the members of the act that say the same. */
  readonly table: string;
  readonly columns: readonly Column[];
  readonly memberOf?: { readonly [property: string]: string };
  /** Null: the rows can't be read. */
  changed(revision: number): Promise<Changed | null>;
  /** Rows of no revision there is, of which the last is given, in words. */
  strays(last: number): Promise<readonly string[]>;
}

const AT_ONCE = 100;
const MOST = 20;

/** How many acts of a kind are in archives; of an archive whose act is gone nobody knows. */
async function archivedOf(read: ReadThen, kind: string): Promise<number> {
  const acts = await read(`SELECT j."record" FROM journal_archive AS a LEFT JOIN journal AS j ON j."id" = a."act_id"`);
  return acts.reduce((sum, { record }) => {
    if (record === null) return Number.POSITIVE_INFINITY;
    const { counts } = JSON.parse(String(record)) as { readonly counts: { readonly [kind: string]: number } };
    return sum + (counts[kind] ?? 0);
  }, 0);
}

/** The revision of the newest act of a kind; 0: there is none. */
async function newestOf(read: ReadThen, kind: string): Promise<number> {
  const [row] = await read(`SELECT "record" FROM journal WHERE "kind" = ? ORDER BY "seq" DESC LIMIT 1`, [kind]);
  return row === undefined ? 0 : Number((JSON.parse(String(row.record)) as RevisionAct).revision);
}

/**
 * Compares each revision with its act, and its rows with the digest in that. What an act says of all before it speaks for those whose acts are
 * archived. The record itself must be verified: acts are believed here.
 */
export async function compareHistory(read: ReadThen, of: History): Promise<HistoryComparison> {
  const { changed, columns, history, kind, memberOf = {}, prefix, strays, table } = of;
  const archived = await archivedOf(read, kind);
  const differences: HistoryDifference[] = [];
  let more = 0;
  const note = (revision: number | null, text: string): void => {
    if (differences.length < MOST) differences.push({ history, revision, text });
    else more++;
  };
  const revisions = `SELECT ${columns.map(({ name }) => `r.${quoted(name)}`).join(", ")}, j."record", j."personal", j."salt"
    FROM ${quoted(table)} AS r LEFT JOIN journal AS j ON j."id" = '${prefix}' || r."revision" AND j."kind" = '${kind}'
    WHERE r."revision" > ? ORDER BY r."revision" LIMIT ${AT_ONCE}`;
  /** Of what no act has spoken for yet. */
  let open = 0;
  let hasActs = false;
  /** Whether what acts say of all before them can't hold any more, as one of these is named. */
  let isBroken = false;
  const all = createHash("sha256");

  async function take(stored: Readonly<Record<string, unknown>>, act: RevisionAct | null): Promise<void> {
    const revision = Number(stored.revision);
    const isOnRecord = act !== null;
    if (!isOnRecord && (hasActs || revision > archived)) note(revision, "it is not on record");
    hasActs ||= isOnRecord;
    for (const { property } of columns) {
      const member = memberOf[property] ?? property;
      if (act?.[member] !== undefined && String(act[member]) !== String(stored[property]))
        note(revision, `its ${member} is not what was put on record`);
    }
    const wanted = act?.changesSha256 ?? String(stored.changesSha256);
    all.update(wanted);
    const found = await changed(revision);
    if (found === null) note(revision, "its rows can't be read");
    else if (found.sha256 !== wanted) for (const text of found.differing(act)) note(revision, text);
    if (act?.changesSha256 === undefined) open++;
    if (act?.historySha256 === undefined || isBroken) return;
    isBroken = all.copy().digest("hex") !== act.historySha256;
    if (isBroken) note(revision, "one before it, whose act is archived, is not what was put on record");
    else open = 0;
  }

  let last = 0;
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = await read(revisions, [after]);
    for (const { personal, record, salt, ...row } of rows) {
      const stored = fromRow(columns, row);
      after = Number(stored.revision);
      if (after < 1) note(after, "it is not on record");
      if (after < 1) continue;
      if (after > last + 1) {
        note(last + 1, after === last + 2 ? "it is missing" : `it and those up to ${after - 1} are missing`);
        isBroken = true;
      }
      last = after;
      const act =
        record === null ? null : (wholeRecord(String(record), String(personal), salt === null) as RevisionAct);
      await take(stored, act);
    }
    if (rows.length < AT_ONCE) break;
  }
  const newest = await newestOf(read, kind);
  if (newest > last)
    note(newest, newest === last + 1 ? "it is missing" : `it and those from ${last + 1} on are missing`);
  for (const text of await strays(last)) note(null, text);
  return { differences, more, notCompared: open };
}
