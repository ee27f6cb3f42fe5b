import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import type { Inspection } from "../storage/check/inspectDatabase.ts";
import { badUsage, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { type Io, printLines } from "./terminal.ts";
import { inspect, reachedText } from "./verifyDatabaseCommand.ts";

export interface RecoverOptions {
  readonly accept?: boolean;
  readonly author?: string;
  readonly reason?: string;
}

const HELP = `
For a service that refuses to start since its SQLite file is not as it was left. Without options it says what is wrong and
what can be done, and changes nothing. --accept goes on with what is there, and puts on record who answers for that:
decisions that callers were given are then missing from the record. Damage can't be accepted.

Exit codes: 0 nothing is wrong, or it was accepted; 1 something is wrong; 2 the options or the configuration are not valid;
3 the database can't be used, or is in use.

Examples:
  $ scopewarden db recover
  $ scopewarden db recover --accept --author "Paula Admin" --reason "Disk replaced, restored from the backup of 03:00"`;

export function addRecover(program: Command): Command {
  return program
    .command("recover")
    .description("Says what is missing from the database, and what can be done about it.")
    .option("--accept", "go on with what is there")
    .option("--author <name>", "who answers for it; it is kept on record")
    .option("--reason <text>", "why; it is kept on record")
    .addHelpText("after", HELP);
}

const DAMAGED = [
  "Pages of the file are damaged, so what it says can't be trusted. There are two ways:",
  "  1. Put a backup in its place (the file alone, without -wal and -shm), and run this command again.",
  '  2. Save what can be read with `sqlite3 <file> ".recover"`, and compare it with a backup.',
];

const MISSING = [
  "The file itself is sound. It may have lost its write-ahead log (-wal), or be an older copy. There are two ways:",
  "  1. Find what is missing: put back the -wal file, or a newer copy, and start the service. If all is there, it starts.",
  '  2. Go on without it: scopewarden db recover --accept --author "<your name>" --reason "<why>"',
  "     Decisions that callers were given are then missing from the record, and the record says who accepted that.",
];

const REBUILT = [
  "The pages of the file are sound; the search index alone is damaged, which is made from the journal. The service starts, decides, and makes",
  "it again by itself, once a day at most. To make it again at once, stop the service and run scopewarden db rebuild-index.",
];

/** What is wrong, and what can be done about it. */
export function recoveryText(inspection: Inspection): readonly string[] {
  const { path, findings, acceptable, rebuildable } = inspection;
  if (findings.length === 0) return [`Nothing is wrong with ${path}.`, reachedText(inspection)];
  const first = `Keep a copy of the folder of ${path} before you do anything.`;
  const others = rebuildable && !acceptable ? [] : acceptable ? MISSING : DAMAGED;
  return [...findings, "", ...others, ...(rebuildable ? REBUILT : []), "", first];
}

function explain(inspection: Inspection, io: Io): ExitCode {
  printLines(io.stdout, recoveryText(inspection));
  return inspection.findings.length === 0 ? EXIT.ok : EXIT.refused;
}

/** Who accepts, and why. @throws CliError where one of them is not given. */
function acceptance({ author = "", reason = "" }: RecoverOptions): {
  readonly author: string;
  readonly reason: string;
} {
  for (const [option, value] of Object.entries({ author, reason }))
    if (value.trim() === "" || value.length > 500)
      throw badUsage(`--accept needs --${option}, of 1 to 500 characters: it is kept on record.`);
  return { author: author.trim(), reason: reason.trim() };
}

export async function recover(options: RecoverOptions, io: Io): Promise<ExitCode> {
  const accept = options.accept === true ? acceptance(options) : null;
  if (accept === null && (options.author !== undefined || options.reason !== undefined))
    throw badUsage("--author and --reason belong to --accept.");
  const { databaseUrl: url } = loadConfig();
  const inspection = await inspect(url);
  const { path, findings, acceptable } = inspection;
  if (accept === null || findings.length === 0 || !acceptable) return explain(inspection, io);
  const [{ openStorage }, { setLogAside }] = await Promise.all([
    import("../storage/storage.ts"),
    import("../storage/check/inspectDatabase.ts"),
  ]);
  const aside = await setLogAside(path, Date.now());
  const storage = await openStorage({ url, clock: Date.now, accept }).catch((error: unknown) => {
    throw unavailable("Nothing was changed.", ...(error instanceof Error ? error.message : String(error)).split("\n"));
  });
  await storage.close();
  printLines(io.stdout, [
    ...findings,
    `${accept.author} has accepted this, and it is on record. The service starts again.`,
    ...(aside === null ? [] : [`What the write-ahead log held is in ${aside}; it is health data.`]),
  ]);
  return EXIT.ok;
}
