import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ConfigError, clientConfig } from "../config.ts";
import { addAuthorize, authorize } from "./authorizeCommand.ts";
import { addCheckBundle, checkBundle } from "./checkBundleCommand.ts";
import { addDemo, demo } from "./demoCommand.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { addLint, lint } from "./lintCommand.ts";
import { addRecover, recover } from "./recoverCommand.ts";
import { addRecoverKey, recoverKey } from "./recoverKeyCommand.ts";
import { addSeed, seed } from "./seedCommand.ts";
import { addServe, serveUntilStopped } from "./serveCommand.ts";
import { type Io, plain, printLines, styled } from "./terminal.ts";
import { addVerifyDatabase, verifyDatabase } from "./verifyDatabaseCommand.ts";

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return String((JSON.parse(text) as { readonly version?: unknown }).version);
}

const HELP = `
Examples:
  $ scopewarden demo                       # the quickest way to see it work
  $ scopewarden authorize --help           # each command has its own help and examples

docs/command-line.md has all of it.`;

/** Runs one command line. Null: the command is running on, until a signal. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode | null> {
  let code: ExitCode | null = EXIT.ok;
  const program = new Command("scopewarden")
    .description("Decides which OAuth client may do what with which health data, and says why.")
    .version(version(), "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.split("\n").map(plain).join("\n")),
    })
    .showHelpAfterError("Add --help to see what there is.")
    .addHelpText("after", HELP);
  addServe(program).action(async () => {
    await serveUntilStopped();
    code = null;
  });
  addDemo(program).action(async (options) => {
    await demo(options, io);
    code = null;
  });
  addSeed(program).action(async (dir, options) => {
    code = await seed(dir, options, io);
  });
  addRecoverKey(program).action(async (options) => {
    code = await recoverKey(options, io);
  });
  addAuthorize(program).action(async (options) => {
    code = await authorize(options, { config: clientConfig(), io });
  });
  addCheckBundle(program).action(async (files, options) => {
    code = await checkBundle(files, options, { config: clientConfig(), io });
  });
  addLint(program).action(async (files, options) => {
    code = await lint(files, options, io);
  });
  addVerifyDatabase(program).action(async (options) => {
    code = await verifyDatabase(options, io);
  });
  addRecover(program).action(async (options) => {
    code = await recover(options, io);
  });
  try {
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
