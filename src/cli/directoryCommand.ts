import type { Command } from "commander";
import { machineCaller } from "../domain/callers/callerName.ts";
import { sizeOfFile } from "./entityFile.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { checkEntityFile, loadEntityFile } from "./loadDirectory.ts";
import { nameNotes } from "./nameNotes.ts";
import { openBeside } from "./openBeside.ts";
import { startProgress } from "./progress.ts";
import { count, type Io, printJson, printLines } from "./terminal.ts";
import { whoRuns } from "./whoRuns.ts";

export interface DirectoryOptions {
  readonly type?: string;
  readonly prune?: string;
  readonly reason?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

const HELP = `
NDJSON has one entity a line: {"type": "user", "id": "tess", "properties": {"unit": "ward-3"}}.
CSV names its columns in the first row: id, type (unless --type is given) and properties. labels[] is a list with | between,
vip:json any JSON, every other a text; an empty cell is no property.

The file is read twice: first all of it is checked, and a mistake changes nothing; then it is loaded in parts. What is
there already, and as it was, is left alone, so that a load that was interrupted can be done again. docs/directory.md has
the names with a meaning. A running service on the same database sees each part within a second or so.

Exit codes: 0 done, or nothing to do; 2 the file, options or configuration are not valid; 3 the database can't be used.

Examples:
  $ scopewarden directory load people.ndjson --reason "From HR, of Monday"
  $ scopewarden directory load staff.csv --type user --prune user`;

export function addDirectoryLoad(program: Command): Command {
  return program
    .command("load")
    .description("Loads what is known of subjects and resources from a file into the database of DATABASE_URL.")
    .argument("<file>", ".ndjson, .jsonl or .csv")
    .option("--type <type>", "the type of all rows of a CSV file without a column for it")
    .option("--prune <type>", "remove entities of this type that the file has not")
    .option("--reason <text>", "why; it is kept on record")
    .option("--check", "check the file, and load nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", HELP);
}

async function load(file: string, options: DirectoryOptions, io: Io) {
  const { type, prune, reason = `The file ${file}` } = options;
  const opened = await openBeside(io, { absent: "MADE" });
  const progress = await startProgress(await sizeOfFile(file), "bytes", io.stderr);
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    progress.update(done);
  };
  try {
    const { directory } = opened.domain;
    return await loadEntityFile(
      { file, type, onBytes },
      { directory, author: machineCaller(whoRuns()), reason, prune },
    );
  } finally {
    progress.stop();
    await opened.close();
  }
}

export async function directoryLoad(file: string, options: DirectoryOptions, io: Io): Promise<ExitCode> {
  await sizeOfFile(file);
  for (const resourceType of new Set([options.type, options.prune]))
    printLines(io.stderr, await nameNotes({ resourceType }));
  const rows = await checkEntityFile({ file, type: options.type });
  if (options.check === true) {
    printLines(io.stdout, [`${file} is valid: ${count(rows, "row")}.`]);
    return EXIT.ok;
  }
  const loaded = await load(file, options, io);
  const { read, put, removed, revision } = loaded;
  if (options.json === true) printJson(io.stdout, loaded);
  else if (revision === null)
    printLines(io.stdout, [`Nothing to change: the directory has all of it (${count(read, "row")}).`]);
  else {
    const gone = removed === 0 ? "" : `, ${removed} removed`;
    printLines(io.stdout, [
      `${count(read, "row")} read: ${put} new or changed${gone}; the directory is now at revision ${revision}.`,
    ]);
  }
  return EXIT.ok;
}
