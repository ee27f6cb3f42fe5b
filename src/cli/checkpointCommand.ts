import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { ClientConfig } from "../config.ts";
import { isObject } from "../domain/kernel/reader.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { badUsage, CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { writeOutput } from "./output.ts";
import { shellWord } from "./shellWord.ts";
import { count, type Io, printLines } from "./terminal.ts";

interface CheckpointOptions extends ConnectOptions {
  readonly output: string;
}

const HELP = `
Writes record.pub, the public keys of the record, a line each, and checkpoint-<size>.txt, the newest signed checkpoint. Keep both where nobody who can
change the database can change them: with them \`record verify\` and \`record verify-proof\` prove later, without the service, what was on record. Ask again as often
as you like: one checkpoint is one file. Where the folder has a record.pub with other keys, nothing is written. Needs a key with the role auditor.

Exit codes: 0 both files are there; 1 the checkpoint is signed by none of the keys, or the keys are not those of the folder; 2 the options, the key or
the folder are not valid; 3 the service can't answer, or has signed nothing yet.

Examples:
  $ scopewarden record checkpoint --output kept/
  $ scopewarden record verify --public-key kept/record.pub --checkpoint kept/checkpoint-1204.txt`;

export function addCheckpoint(program: Command): Command {
  return withConnection(
    program
      .command("checkpoint")
      .description("Takes away the newest signed checkpoint of the record and the public key, to prove by them later.")
      .requiredOption("--output <dir>", "a folder for both files; it is made where it is not there"),
  ).addHelpText("after", HELP);
}

const ASK = "{ checkpoint { note size origin } checkpointKeys { publicKey } }";
const PURPOSE = {
  needs: "Taking away a checkpoint needs a key with the role auditor.",
  failed: "The service could not answer.",
  instead: "Try again later.",
} as const;

/** Writes a file, unless it is there and says the same. */
async function keep(file: string, text: string, io: Io): Promise<"WRITTEN" | "THERE" | "OTHER"> {
  const there = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw badUsage(`The file ${file} can't be read.`);
  });
  if (there !== null) return there === text ? "THERE" : "OTHER";
  await writeOutput(text, file, io);
  return "WRITTEN";
}

export async function takeCheckpoint(
  { output, ...options }: CheckpointOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const client = await connect(options, deps);
  const { checkpoint, checkpointKeys } = await client.ask(ASK, {}, PURPOSE);
  if (checkpoint === null)
    throw unavailable(
      "No checkpoint is signed yet: one is signed every minute in which something was put on record.",
      "Ask again in a minute.",
    );
  const note = isObject(checkpoint) ? checkpoint.note : null;
  const keys = (Array.isArray(checkpointKeys) ? checkpointKeys : []).map((each) =>
    isObject(each) ? String(each.publicKey) : "",
  );
  if (typeof note !== "string" || keys.length === 0) throw unavailable("What the service answers is no checkpoint.");
  const [{ verifiedCheckpoint }, { noteVerifier }] = await Promise.all([
    import("../domain/record/tree/checkpoint.ts"),
    import("../process/noteKeys.ts"),
  ]);
  const head = verifiedCheckpoint(
    note,
    keys.flatMap((key) => noteVerifier(key) ?? []),
  );
  if (head === null)
    throw new CliError(
      EXIT.refused,
      "The checkpoint is signed by none of the keys that the service names: it proves nothing. Nothing was written.",
    );
  await mkdir(output, { recursive: true }).catch(() => {
    throw badUsage(`The folder ${output} can't be made.`);
  });
  const [keyFile, file] = [join(output, "record.pub"), join(output, `checkpoint-${head.size}.txt`)];
  if ((await keep(keyFile, keys.map((key) => `${key}\n`).join(""), deps.io)) === "OTHER")
    throw new CliError(
      EXIT.refused,
      `${keyFile} has other keys than the service names. Nothing was written.`,
      "If a key was rotated, an act on record says so (docs/audit.md): then name another folder. Else somebody shows you another record.",
    );
  if ((await keep(file, note, deps.io)) === "OTHER")
    throw new CliError(
      EXIT.refused,
      `${file} is another checkpoint over as many acts: the record was rewritten, or one of both files is not of this service.`,
      "Keep it, and verify the record with it: scopewarden record verify --help",
    );
  printLines(deps.io.stdout, [
    `The checkpoint in ${file} speaks for the first ${count(head.size, "act")} of ${head.origin}; the public key is in ${keyFile}.`,
    `Prove the record with them: scopewarden record verify --public-key ${shellWord(keyFile)} --checkpoint ${shellWord(file)}`,
  ]);
  return EXIT.ok;
}
