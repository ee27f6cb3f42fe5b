import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.ts";
import { packageVersion } from "../process/packageVersion.ts";
import { type Add, COMMANDS, GROUPS, type Group } from "./commands.ts";
import { badUsage, CliError, EXIT, type ExitCode } from "./exit.ts";
import { type Io, plain, printLines, styled } from "./terminal.ts";

const VERSION = ["-V", "--version"];

const HELP = `
Each has its own --help, with examples; docs/command-line.md has all of it.`;

type Deps = Parameters<Add> extends [Command, ...infer Rest] ? Rest : never;

const own = <T>(of: Readonly<Record<string, T>>, name = ""): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** Names of commands that their group does not say. */
const CALLED_OTHERWISE: Readonly<Record<string, string>> = {
  authorize: "ask decision",
  "check-bundle": "ask bundle",
  "recover-key": "key recover",
  token: "key check-token",
  "verify-database": "db check",
};

/** The commands that somebody may mean who left out the group, or has an older name; empty where it stands as it is. */
function meant(name = ""): readonly string[] {
  if (own(COMMANDS, name) !== undefined || own(GROUPS, name) !== undefined) return [];
  const otherwise = own(CALLED_OTHERWISE, name);
  const found =
    otherwise === undefined
      ? Object.keys(GROUPS).flatMap((group) => (own(GROUPS[group]?.commands ?? {}, name) ? [`${group} ${name}`] : []))
      : [otherwise];
  return found.map((command) => `scopewarden ${command}`);
}

/** Adds what this command line can mean: one command by its name, one group, none for the version, else all. */
async function addMeant(program: Command, [first = "", second = ""]: readonly string[], ...deps: Deps): Promise<void> {
  const command = own(COMMANDS, first);
  const group = own(GROUPS, first);
  if (command !== undefined) return await command(program, ...deps);
  if (VERSION.includes(first)) return;
  if (group !== undefined) return await addGroup(program, [first, group], second, ...deps);
  for (const add of Object.values(COMMANDS)) await add(program, ...deps);
  for (const named of Object.entries(GROUPS)) await addGroup(program, named, "", ...deps);
}

async function addGroup(
  program: Command,
  [name, { about, commands }]: readonly [string, Group],
  asked: string,
  ...deps: Deps
): Promise<void> {
  const group = program
    .command(name)
    .summary(`${about}: ${Object.keys(commands).join(", ")}`)
    .description(`${about}.`);
  const one = own(commands, asked);
  for (const add of one === undefined ? Object.values(commands) : [one]) await add(group, ...deps);
}

/** Runs one command line. Null: the command is running on, until a signal. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode | null> {
  let code: ExitCode | null = EXIT.ok;
  const program = new Command("scopewarden")
    .description("Decides which OAuth client may do what with which health data, and says why.")
    .version(packageVersion(), VERSION.join(", "), "print the version")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.split("\n").map(plain).join("\n")),
    })
    .showHelpAfterError("Add --help to see what there is.")
    .addHelpText("after", HELP);
  try {
    const names = meant(args[0]);
    if (names.length > 0) throw badUsage(`There is no command ${args[0]}. Did you mean ${names.join(" or ")}?`);
    await addMeant(program, args, io, (ended) => {
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
