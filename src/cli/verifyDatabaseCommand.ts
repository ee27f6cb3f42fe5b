import type { Command } from "commander";
import { loadConfig } from "../config.ts";
import type { Inspection } from "../storage/check/inspectDatabase.ts";
import { badUsage, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { type Io, printJson, printLines } from "./terminal.ts";

export interface VerifyDatabaseOptions {
  readonly json?: boolean;
}

const HELP = `
Looks at every page of the SQLite file of DATABASE_URL, at the newest acts of the journal, and at whether the journal goes
as far as it did. It changes nothing, and may run beside the service; while it runs the write-ahead log can only grow, so
check a large database on a copy.

Exit codes: 0 it is sound, 1 something is wrong, 2 the options or the configuration are not valid, 3 it can't be read.

Examples:
  $ scopewarden db check
  $ DATABASE_URL=sqlite:/backup/scopewarden.db scopewarden db check --json`;

export function addVerifyDatabase(program: Command): Command {
  return program
    .command("check")
    .description("Checks the whole SQLite file, and that nothing is missing at the journal's end.")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

/** @throws CliError where there is no such file. */
export async function inspect(url: string): Promise<Inspection> {
  const { inspectDatabase } = await import("../storage/check/inspectDatabase.ts");
  const inspection = await inspectDatabase(url).catch((error: unknown) => {
    throw unavailable("The database can't be read.", error instanceof Error ? error.message : String(error));
  });
  if (inspection === null)
    throw badUsage(
      "DATABASE_URL names a PostgreSQL server, which looks after its own files: see pg_checksums and pg_amcheck.",
    );
  if (inspection === "absent") throw unavailable("There is no database where DATABASE_URL says.");
  return inspection;
}

export const reachedText = ({ end, reached }: Inspection): string =>
  reached === null
    ? `The journal ends at position ${end}; nothing says how far it was.`
    : `The journal ends at position ${end}, and was known to reach ${reached}.`;

export async function verifyDatabase(options: VerifyDatabaseOptions, io: Io): Promise<ExitCode> {
  const inspection = await inspect(loadConfig().databaseUrl);
  const { path, findings } = inspection;
  if (options.json === true) printJson(io.stdout, inspection);
  else
    printLines(
      io.stdout,
      findings.length === 0
        ? [`${path} is sound: every page was looked at.`, reachedText(inspection)]
        : [...findings, "scopewarden db recover says what can be done."],
    );
  return findings.length === 0 ? EXIT.ok : EXIT.refused;
}
