import { open } from "node:fs/promises";
import { dialectOf } from "../database/dialectOf.ts";
import { codeOf, OperatorError } from "../database/faults.ts";
import { type BackedUp, type OnProgress, requireDigest, unfinishedOf } from "./backupFile.ts";
import { backUpPostgres } from "./postgresBackup.ts";
import { restorePostgres } from "./postgresRestore.ts";
import { backUpSqlite, restoreSqlite } from "./sqliteBackup.ts";

const SQLITE_BEGINS = "SQLite format 3\0";
const GZIP_BEGINS = Buffer.from([0x1f, 0x8b]);

/** Which kind of database a backup is of, by how it begins; null: it is no backup. @throws OperatorError where it can't be read */
async function kindOf(path: string): Promise<BackedUp["database"] | null> {
  const unreadable = (error: unknown): Promise<never> => {
    const code = codeOf(error);
    const text = code === "ENOENT" ? `there is no backup ${path}` : `the backup ${path} can't be read: ${code}`;
    return Promise.reject(new OperatorError(text));
  };
  const file = await open(path, "r").catch(unreadable);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0).catch(unreadable);
    if (buffer.toString("latin1", 0, bytesRead) === SQLITE_BEGINS) return "sqlite";
    return buffer.subarray(0, 2).equals(GZIP_BEGINS) ? "postgres" : null;
  } finally {
    await file.close();
  }
}

/**
 * Writes all that a database holds, as of one moment, to a new file of mode 600; beside a service that is running. It is checked
 * before it gets its name. `unfinished`: files that others under this name have left, or are writing.
 * @throws OperatorError when the file is there already, the database is not there, or what was written is not sound
 */
export async function backUp(
  url: string,
  output: string,
  progress: OnProgress,
): Promise<BackedUp & { readonly unfinished: readonly string[] }> {
  const dialect = dialectOf(url);
  const written = await (dialect.file === null
    ? backUpPostgres({ dialect, output, progress })
    : backUpSqlite({ path: dialect.file, output, progress }));
  return { ...written, unfinished: await unfinishedOf(output) };
}

/**
 * Puts a backup in an empty place, if its file has the digest that was kept, or stands beside it. It does not open the service's storage: whoever does so next puts on record who restored it.
 * @throws OperatorError when the place is not empty, or the backup is of another kind, not whole, or has another schema
 */
export async function restore(
  url: string,
  { backup, sha256: kept = null }: { readonly backup: string; readonly sha256?: string | null },
  progress: OnProgress,
): Promise<BackedUp> {
  const dialect = dialectOf(url);
  const wanted = dialect.file === null ? "postgres" : "sqlite";
  const kind = await kindOf(backup);
  if (kind === null) throw new OperatorError(`${backup} is no backup of Scopewarden`);
  if (kind !== wanted)
    throw new OperatorError(
      `${backup} is a backup of ${kind === "sqlite" ? "a SQLite file" : "a PostgreSQL database"}, and DATABASE_URL names ${
        wanted === "sqlite" ? "a SQLite file" : "a PostgreSQL database"
      }`,
    );
  const sha256 = await requireDigest(backup, kept);
  return dialect.file === null
    ? restorePostgres({ dialect, backup, sha256, progress })
    : restoreSqlite({ path: dialect.file, backup, sha256, progress });
}
