import { Command, CommanderError } from "commander";
import { ConfigError, clientConfig, configuredFhirVersion } from "../config.ts";
import { packageVersion } from "../process/packageVersion.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { type Io, plain, printLines, styled } from "./terminal.ts";

const VERSION = ["-V", "--version"];

const HELP = `
Examples:
  $ scopewarden demo                       # the quickest way to see it work
  $ scopewarden authorize --help           # each command has its own help and examples

docs/command-line.md has all of it.`;

/** Adds a command to the program. `ended` is told how it ended; null: it is running on, until a signal. */
type Add = (program: Command, io: Io, ended: (code: ExitCode | null) => void) => Promise<void>;

/** In the order of the help. What a command needs is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, Add>> = {
  async serve(program, _io, ended) {
    const { addServe, serveUntilStopped } = await import("./serveCommand.ts");
    addServe(program).action(async () => {
      await serveUntilStopped();
      ended(null);
    });
  },
  async demo(program, io, ended) {
    const { addDemo, demo } = await import("./demoCommand.ts");
    addDemo(program).action(async (options) => {
      await demo(options, io);
      ended(null);
    });
  },
  async seed(program, io, ended) {
    const { addSeed, seed } = await import("./seedCommand.ts");
    addSeed(program).action(async (dir, options) => ended(await seed(dir, options, io)));
  },
  async policy(program, io, ended) {
    const { addPolicy } = await import("./policy/policyCommand.ts");
    addPolicy(program, io, ended);
  },
  async directory(program, io, ended) {
    const { addDirectoryLoad, directoryLoad } = await import("./directoryCommand.ts");
    addDirectoryLoad(program).action(async (file, options) => ended(await directoryLoad(file, options, io)));
  },
  async key(program, io, ended) {
    const { addKey } = await import("./keyCommand.ts");
    addKey(program, io, ended);
  },
  async token(program, io, ended) {
    const { addToken } = await import("./tokenCommand.ts");
    addToken(program, io, ended);
  },
  async "recover-key"(program, io, ended) {
    const { addRecoverKey, recoverKey } = await import("./recoverKeyCommand.ts");
    addRecoverKey(program).action(async (options) => ended(await recoverKey(options, io)));
  },
  async status(program, io, ended) {
    const { addStatus, status } = await import("./statusCommand.ts");
    addStatus(program).action(async () => ended(await status(io)));
  },
  async authorize(program, io, ended) {
    const { addAuthorize, authorize } = await import("./authorizeCommand.ts");
    addAuthorize(program).action(async (options) => ended(await authorize(options, { config: clientConfig(), io })));
  },
  async "check-bundle"(program, io, ended) {
    const { addCheckBundle, checkBundle } = await import("./checkBundleCommand.ts");
    addCheckBundle(program).action(async (files, options) =>
      ended(await checkBundle(files, options, { config: clientConfig(), io })),
    );
  },
  async block(program, io, ended) {
    const { addBlock, block } = await import("./blockCommand.ts");
    addBlock(program).action(async (what, id, options) =>
      ended(await block({ what, id, options }, { config: clientConfig(), io })),
    );
  },
  async unblock(program, io, ended) {
    const { addUnblock, unblock } = await import("./blockCommand.ts");
    addUnblock(program).action(async (what, id, options) =>
      ended(await unblock({ what, id, options }, { config: clientConfig(), io })),
    );
  },
  async disclosures(program, io, ended) {
    const { addDisclosures, disclosures } = await import("./disclosuresCommand.ts");
    addDisclosures(program).action(async (options) =>
      ended(await disclosures(options, { config: clientConfig(), io })),
    );
  },
  async export(program, io, ended) {
    const { addExport, exportRecord } = await import("./exportCommand.ts");
    addExport(program).action(async (options) => ended(await exportRecord(options, { config: clientConfig(), io })));
  },
  async lint(program, io, ended) {
    const { addLint, lint } = await import("./lintCommand.ts");
    addLint(program).action(async (files, options) => {
      ended(await lint(files, options, { fhirVersion: configuredFhirVersion(), io }));
    });
  },
  async checkpoint(program, io, ended) {
    const { addCheckpoint, takeCheckpoint } = await import("./checkpointCommand.ts");
    addCheckpoint(program).action(async (options) =>
      ended(await takeCheckpoint(options, { config: clientConfig(), io })),
    );
  },
  async verify(program, io, ended) {
    const { addVerify, verify } = await import("./verifyCommand.ts");
    addVerify(program).action(async (options) => ended(await verify(options, io)));
  },
  async "verify-proof"(program, io, ended) {
    const { addVerifyProof, verifyProof } = await import("./verifyProofCommand.ts");
    addVerifyProof(program).action(async (file, options) => ended(await verifyProof(file, options, io)));
  },
  async "rotate-checkpoint-key"(program, io, ended) {
    const { addRotateCheckpointKey, rotateCheckpointKey } = await import("./rotateCheckpointKeyCommand.ts");
    addRotateCheckpointKey(program).action(async (options) => ended(await rotateCheckpointKey(options, io)));
  },
  async "verify-database"(program, io, ended) {
    const { addVerifyDatabase, verifyDatabase } = await import("./verifyDatabaseCommand.ts");
    addVerifyDatabase(program).action(async (options) => ended(await verifyDatabase(options, io)));
  },
  async "rebuild-index"(program, io, ended) {
    const { addRebuildIndex, rebuildIndex } = await import("./rebuildIndexCommand.ts");
    addRebuildIndex(program).action(async () => ended(await rebuildIndex(io)));
  },
  async retain(program, io, ended) {
    const { addRetain, retain } = await import("./retainCommand.ts");
    addRetain(program).action(async (options) => ended(await retain(options, io)));
  },
  async archive(program, io, ended) {
    const { addArchive, archive } = await import("./archiveCommand.ts");
    addArchive(program).action(async (options) => ended(await archive(options, io)));
  },
  async "open-archive"(program, io, ended) {
    const { addOpenArchive, openArchive } = await import("./openArchiveCommand.ts");
    addOpenArchive(program).action(async (files, options) => {
      await openArchive(files, options, io);
      ended(null);
    });
  },
  async backup(program, io, ended) {
    const { addBackup, backup } = await import("./backupCommand.ts");
    addBackup(program).action(async (options) => ended(await backup(options, io)));
  },
  async restore(program, io, ended) {
    const { addRestore, restore } = await import("./backupCommand.ts");
    addRestore(program).action(async (file, options) => ended(await restore(file, options, io)));
  },
  async recover(program, io, ended) {
    const { addRecover, recover } = await import("./recoverCommand.ts");
    addRecover(program).action(async (options) => ended(await recover(options, io)));
  },
};

/** The commands that this command line can mean: one by its name, none for the version, else all. */
function commandsFor([first = ""]: readonly string[]): readonly Add[] {
  const named = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (named !== undefined) return [named];
  return VERSION.includes(first) ? [] : Object.values(COMMANDS);
}

/** Runs one command line. Null: the command is running on, until a signal. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode | null> {
  let code: ExitCode | null = EXIT.ok;
  const program = new Command("scopewarden")
    .description("Decides which OAuth client may do what with which health data, and says why.")
    .version(packageVersion(), VERSION.join(", "), "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.split("\n").map(plain).join("\n")),
    })
    .showHelpAfterError("Add --help to see what there is.")
    .addHelpText("after", HELP);
  try {
    for (const add of commandsFor(args))
      await add(program, io, (ended) => {
        code = ended;
      });
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return failed(error, io);
  }
}

function failed(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (error instanceof CliError) {
    const [first = "", ...rest] = error.lines;
    printLines(io.stderr, [[styled("red", first)], ...rest]);
    return error.exitCode;
  }
  if (error instanceof ConfigError) {
    printLines(io.stderr, ["The configuration is not valid:", ...error.problems.map((problem) => `  ${problem}`)]);
    return EXIT.badInput;
  }
  // Not foreseen. No decision came of it, which is what the exit code says.
  printLines(io.stderr, [
    "Something went wrong.",
    ...(error instanceof Error ? (error.stack ?? error.message) : String(error)).split("\n"),
  ]);
  return EXIT.unavailable;
}
