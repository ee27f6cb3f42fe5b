import { type StatsFs, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunSql } from "../connection.ts";
import { codeOf, describe, OperatorError } from "../faults.ts";
import type { Finding, IndexDamaged } from "./findings.ts";
import { type Mark, type MarkedAct, markOf, readMark } from "./highWaterMark.ts";
import { openRaw, type RawSqlite } from "./rawSqlite.ts";

const MONTH_TABLE = /^search_\d+$/;
const OPENED_BY_FTS5 = /^search_\d+(_token)?$/;

/** Those that grow without end; all others are looked at first, whatever the time: decisions are made from them. */
const GROWING = ["journal", "decision_index", "rollup"];
/** So do the tables of the months of the index, and those of which each of them is made. */
const isGrowing = (table: string): boolean => GROWING.includes(table) || /^search_\d/.test(table);
const PROBLEMS_TOLD = 5;

export interface FileCheck {
  readonly findings: readonly Finding[];
  /** Whether every page was looked at, or the time was over before. */
  readonly whole: boolean;
  /** Where the journal ends; 0: it is empty. */
  readonly end: number;
  readonly mark: Mark | "unreadable" | null;
}

/** Reads what is in the tables as the service would; says what is wrong with it, and whether the time sufficed. */
export type ReadContents = (
  run: RunSql,
  about: { readonly path: string; readonly end: number; readonly isLate: () => boolean },
) => Promise<{ readonly problem: string | null; readonly whole: boolean }>;

export interface CheckOptions {
  readonly path: string;
  /** How long to look at what grows without end; default: as long as it takes. */
  readonly withinMs?: number;
  readonly readContents?: ReadContents;
}

const damaged = (detail: string): Finding => ({ kind: "DAMAGED", detail });

/** Whether it says that the file is not what it was. A file that is busy, or may not or can't be read now, is not damaged. */
const isDamage = (error: unknown): boolean => /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error) ?? "");

/** A file that can't be read now. */
export class UnreadableFile extends OperatorError {
  override readonly name = "UnreadableFile";
  /** Whether that is for want of room beside it. */
  readonly isFull: boolean;

  constructor(message: string, isFull: boolean) {
    super(message);
    this.isFull = isFull;
  }
}

/** An error of the disk in words of what to look at: of a file that is sound nobody shall think that a backup must take its place. */
async function ofDisk(error: unknown, path: string): Promise<unknown> {
  if (!/^SQLITE_(IOERR|FULL)/.test(codeOf(error) ?? "")) return error;
  const { bavail = 1 } = await statfs(dirname(path)).catch(() => ({}) as Partial<StatsFs>);
  const isFull = bavail === 0;
  return new UnreadableFile(
    isFull
      ? `${path} can't be read now: its disk is full, and SQLite needs some room beside the file. Free some, and start again`
      : `${path} can't be read now: ${describe(error)}. Its disk may fail, or be out of reach: look at that first. Whether the file is damaged is not known`,
    isFull,
  );
}

/** What SQLite finds wrong with the pages of one table and its indexes, or of the whole file. */
export async function quickCheck(database: RawSqlite, table?: string): Promise<readonly Finding[]> {
  const scope = table === undefined ? PROBLEMS_TOLD : `"${table.replaceAll('"', '""')}"`;
  const rows = await database.all(`PRAGMA quick_check(${scope})`);
  const texts = rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== "ok");
  return texts.slice(0, PROBLEMS_TOLD).map((text) => damaged(text.replaceAll("\n", " ")));
}

/** What FTS5 finds wrong with what it keeps of the index, month by month; it can't even open some. */
async function checkMonths(database: RawSqlite, tables: readonly string[]): Promise<readonly IndexDamaged[]> {
  const findings: IndexDamaged[] = [];
  for (const table of tables.filter((name) => MONTH_TABLE.test(name))) {
    const found = await quickCheck(database, table).catch((error: unknown) => {
      if (!/^SQLITE_(CORRUPT|ERROR)/.test(codeOf(error) ?? "")) throw error;
      return [damaged(describe(error))];
    });
    const [first] = found;
    if (first?.kind === "DAMAGED") findings.push({ kind: "INDEX_DAMAGED", table, detail: first.detail });
  }
  return findings;
}

/** Everything, what SQLite says of pages before what FTS5 says of its tables. */
async function checkEverything(
  database: RawSqlite,
  tables: readonly string[],
): Promise<{ readonly findings: readonly Finding[]; readonly whole: boolean }> {
  const found = await quickCheck(database).catch((error: unknown) => {
    if (codeOf(error) === "SQLITE_ERROR") return null;
    throw error;
  });
  if (found?.length === 0) return { findings: [], whole: true };
  const ofMonths = await checkMonths(database, tables);
  if (found !== null) {
    const rest = found.filter(
      (each) => !ofMonths.some(({ detail }) => each.kind === "DAMAGED" && each.detail === detail),
    );
    return { findings: [...rest, ...ofMonths], whole: true };
  }
  if (ofMonths.length === 0) return { findings: [damaged("SQLite can't check it")], whole: true };
  // While one can't be opened SQLite checks no whole file: here each table by itself.
  const findings: Finding[] = [...ofMonths];
  for (const table of tables)
    if (isGrowing(table) && !OPENED_BY_FTS5.test(table)) findings.push(...(await quickCheck(database, table)));
  return { findings, whole: false };
}

/** The same, in so many milliseconds; where they are over first, nothing is said. */
async function checkWhole(
  database: RawSqlite,
  tables: readonly string[],
  withinMs: number | undefined,
): ReturnType<typeof checkEverything> {
  const late = { findings: [], whole: false };
  if (withinMs === undefined) return checkEverything(database, tables);
  if (withinMs <= 0) return late;
  const timer = setTimeout(() => database.interrupt(), withinMs);
  try {
    return await checkEverything(database, tables);
  } catch (error) {
    if (codeOf(error) === "SQLITE_INTERRUPT") return late;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** The newest act of the journal; null where it is empty. */
export async function lastAct(database: Pick<RawSqlite, "all">): Promise<MarkedAct | null> {
  const [row] = await database.all('SELECT "seq", "id" FROM journal ORDER BY "seq" DESC LIMIT 1');
  return row === undefined ? null : { position: Number(row.seq), id: String(row.id) };
}

/** The journal's end against the mark: what has been committed must be there. */
async function againstMark(database: RawSqlite | null, end: number, mark: FileCheck["mark"]): Promise<Finding[]> {
  if (mark === null) return [];
  if (mark === "unreadable") return [{ kind: "MARK_UNREADABLE", found: end }];
  const { position: expected } = mark;
  if (end < expected) return [{ kind: "ACTS_MISSING", expected, found: end }];
  if (expected === 0 || database === null) return [];
  const [row] = await database.all('SELECT "id" FROM journal WHERE "seq" = ?', [expected]);
  const same = row !== undefined && markOf({ position: expected, id: String(row.id) }).digest === mark.digest;
  return same ? [] : [{ kind: "ANOTHER_JOURNAL", expected, found: end }];
}

/**
 * Looks at a database's file as it is, without changing it or what stands beside it. The mark is read before the
 * journal, so that this can be done beside a service that goes on writing.
 */
export async function checkFile({ path, withinMs, readContents }: CheckOptions): Promise<FileCheck> {
  const since = performance.now();
  const mark = await readMark(`${path}.mark`);
  const file = statSync(path, { throwIfNoEntry: false });
  if (file === undefined || file.size === 0) {
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    const findings = await againstMark(null, 0, mark);
    if (log !== undefined && log.size > 0) findings.push(damaged("it is empty, and its write-ahead log is not"));
    return { findings, whole: true, end: 0, mark };
  }
  const findings: Finding[] = [];
  let whole = false;
  let end = 0;
  let database: RawSqlite | null = null;
  try {
    database = await openRaw(path, { mode: "read" });
    const opened = database;
    const tables = (await opened.all("SELECT name FROM sqlite_schema WHERE type = 'table'")).map(({ name }) =>
      String(name),
    );
    for (const table of tables) if (!isGrowing(table)) findings.push(...(await quickCheck(opened, table)));
    const last = tables.includes("journal") ? await lastAct(opened) : null;
    end = last?.position ?? 0;
    findings.push(...(await againstMark(opened, end, mark)));
    const left = (): number | undefined =>
      withinMs === undefined ? undefined : withinMs - (performance.now() - since);
    const isDamaged = (): boolean => findings.some(({ kind }) => kind === "DAMAGED");
    const run: RunSql = async (sql, parameters) => ({ rows: await opened.all(sql, parameters), affected: 0 });
    const isLate = (): boolean => (left() ?? 1) <= 0;
    const read = isDamaged() ? undefined : await readContents?.(run, { path, end, isLate });
    if (typeof read?.problem === "string") findings.push(damaged(read.problem));
    const rest = isDamaged() ? { findings: [], whole: true } : await checkWhole(opened, tables, left());
    whole = rest.whole && read?.whole !== false;
    findings.push(...rest.findings);
  } catch (error) {
    if (!isDamage(error)) throw await ofDisk(error, path);
    findings.push(damaged(describe(error)));
  } finally {
    await database?.close();
  }
  return { findings, whole, end, mark };
}
