import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import { badUsage, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { startProgress } from "./progress.ts";
import { type Io, printJson, printLines } from "./terminal.ts";

export interface BackupOptions {
  readonly output?: string;
  readonly json?: boolean;
}
export interface RestoreOptions {
  readonly author?: string;
  readonly reason?: string;
  readonly sha256?: string;
}

const BACKUP_HELP = `
Writes all that the database of DATABASE_URL holds, as of one moment, to a new file; also beside a service that is running. Of a
SQLite database the file is one too, of PostgreSQL a compressed text. It is read again before it gets its name. Its digest stands
beside it (.sha256); keep that elsewhere as well, since who can change the one can change the other. The backup holds health data, and the keys' digests:
only its owner can read it, and so should it stay where it is kept.

Exit codes: 0 it is written, 2 the options or the configuration are not valid, 3 it could not be written.

Example:
  $ scopewarden db backup --output /backup/scopewarden-$(date +%F).backup`;

const RESTORE_HELP = `
Puts a backup in the place that DATABASE_URL names, where there must be nothing: no file, or a PostgreSQL database without tables.
The backup is checked first, and the service starts with it. Who restored it, and why, is on record; so is how much is missing, where
the high-water mark of the lost SQLite file is still beside it.

Exit codes: 0 it is there, 2 the options or the configuration are not valid, 3 it could not be restored, and nothing was changed.

Example:
  $ scopewarden db restore /backup/scopewarden-2026-03-01.backup --author "Paula Admin" --reason "Disk replaced"`;

export function addBackup(program: Command): Command {
  return program
    .command("backup")
    .description("Writes the whole database to a file, beside the running service.")
    .requiredOption("--output <file>", "where to write it; must not be there")
    .option("--json", "print the result as JSON")
    .addHelpText("after", BACKUP_HELP);
}

export function addRestore(program: Command): Command {
  return program
    .command("restore")
    .description("Puts a backup in an empty place.")
    .argument("<backup>", "a file that scopewarden db backup wrote")
    .requiredOption("--author <name>", "who answers for it; it is kept on record")
    .requiredOption("--reason <text>", "why; it is kept on record")
    .option(
      "--sha256 <digest>",
      "the digest that the backup had, kept elsewhere (default: that of the .sha256 file beside it)",
    )
    .addHelpText("after", RESTORE_HELP);
}

const lines = (error: unknown): readonly string[] =>
  (error instanceof Error ? error.message : String(error)).split("\n");

/** Runs `work` with a bar that it moves. */
async function withProgress<T>(
  io: Io,
  work: (progress: (done: number, total: number) => void) => Promise<T>,
): Promise<T> {
  const bar = await startProgress(100, "percent", io.stderr);
  try {
    return await work((done, total) => bar.update(total === 0 ? 0 : Math.floor((done * 100) / total)));
  } finally {
    bar.stop();
  }
}

const endText = (end: number): string => (end === 0 ? "no act" : `every act up to position ${end}`);

export async function backup(options: BackupOptions, io: Io): Promise<ExitCode> {
  const { output = "" } = options;
  if (output === "") throw badUsage("--output must name a file.");
  const folder = dirname(output);
  if ((await stat(folder).catch(() => null))?.isDirectory() !== true)
    throw badUsage(`--output must name a new file in a folder that is there, and ${folder} is none.`);
  const { databaseUrl } = loadConfig();
  const { backUp } = await import("../storage/backup/backup.ts");
  const written = await withProgress(io, (progress) => backUp(databaseUrl, output, progress)).catch((error) => {
    throw unavailable("There is no backup.", ...lines(error));
  });
  if (options.json === true) printJson(io.stdout, { ...written, file: output });
  else
    printLines(io.stdout, [
      `${output} holds ${endText(written.end)}, in ${written.bytes} bytes, and was read again.`,
      `SHA-256: ${written.sha256}`,
    ]);
  if (written.unfinished.length > 0)
    printLines(io.stderr, [
      "Backups of this name that were broken off have left files with health data. Delete them, unless one is under way:",
      ...written.unfinished,
    ]);
  return EXIT.ok;
}

export async function restore(file: string, options: RestoreOptions, io: Io): Promise<ExitCode> {
  const { author = "", reason = "" } = options;
  for (const [option, value] of Object.entries({ author, reason }))
    if (value.trim() === "" || value.length > 500)
      throw badUsage(`--${option} must have 1 to 500 characters: it is kept on record.`);
  const { sha256 = null } = options;
  if (sha256 !== null && !/^[0-9a-f]{64}$/i.test(sha256)) throw badUsage("--sha256 must have 64 hexadecimal digits.");
  const { databaseUrl: url } = loadConfig();
  const [backups, { openStorage }] = await Promise.all([
    import("../storage/backup/backup.ts"),
    import("../storage/storage.ts"),
  ]);
  const { end } = await withProgress(io, (progress) => backups.restore(url, { backup: file, sha256 }, progress)).catch(
    (error) => {
      throw unavailable("Nothing was restored.", ...lines(error));
    },
  );
  const accept = { author: author.trim(), reason: reason.trim(), restored: true };
  const storage = await openStorage({ url, clock: Date.now, accept }).catch((error: unknown) => {
    throw unavailable(
      "The backup is in its place, and can't be opened. Nothing is on record of it yet.",
      ...lines(error),
    );
  });
  await storage.close();
  printLines(io.stdout, [
    `The database is there, with ${endText(end)}, and it is on record that ${accept.author} restored it.`,
    "Decisions that were made after the backup are missing from it. The service starts again.",
  ]);
  return EXIT.ok;
}
