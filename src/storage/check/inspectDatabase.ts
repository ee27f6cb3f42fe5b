import { existsSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname } from "node:path";
import { dialectOf } from "../database/dialectOf.ts";
import { checkFile } from "../database/file/checkFile.ts";
import { resolved } from "../database/file/databaseFile.ts";
import { findingText, isAcceptable, isOfIndex } from "../database/file/findings.ts";
import { readContents } from "./databaseContents.ts";

/** What a database's file looks like, to somebody who is to decide what to do. */
export interface Inspection {
  readonly path: string;
  /** In sentences; none: it is as it was left. */
  readonly findings: readonly string[];
  /** Whether somebody may answer for all of it, and the service may go on. */
  readonly acceptable: boolean;
  /** Whether the search index is damaged, and what more was found does not hinder its making anew: `scopewarden db rebuild-index` heals it. */
  readonly rebuildable: boolean;
  /** The last position of the journal; 0: it is empty. */
  readonly end: number;
  /** How far the journal was known to go; null where that is not known. */
  readonly reached: number | null;
}

/**
 * Looks at every page of the file and at its mark, and changes nothing; beside a running service, too. Null where the
 * database is no file, `absent` where there is none and was none.
 */
export async function inspectDatabase(url: string): Promise<Inspection | "absent" | null> {
  const dialect = dialectOf(url);
  if (dialect.file === null) return null;
  if (!existsSync(dirname(dialect.file))) return "absent";
  const path = await resolved(dialect.file);
  const { findings, end, mark } = await checkFile({ path, readContents });
  if (!existsSync(path) && mark === null) return "absent";
  const others = findings.filter((finding) => !isOfIndex(finding));
  return {
    path,
    findings: findings.map((finding) => findingText(finding, path)),
    acceptable: others.every(isAcceptable) && (others.length > 0 || findings.length === 0),
    rebuildable: findings.some(isOfIndex) && others.every(isAcceptable),
    end,
    reached: mark === null || mark === "unreadable" ? null : mark.position,
  };
}

/** Copies the write-ahead log before it is written on; answers with the copy's name, or null where there is no log. */
export async function setLogAside(path: string, at: number): Promise<string | null> {
  const log = `${path}-wal`;
  if (!existsSync(log)) return null;
  const copy = `${log}.aside-${at}`;
  await copyFile(log, copy);
  return copy;
}
