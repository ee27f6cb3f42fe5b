import { type Command, Option } from "commander";
import { machineCaller } from "../domain/callers/callerName.ts";
import type { CallerRole } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import { badUsage, CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { openBeside } from "./openBeside.ts";
import { type Io, printLines } from "./terminal.ts";
import { whoRuns } from "./whoRuns.ts";

interface RecoverKeyOptions {
  readonly subject: string;
  readonly subjectType: string;
  readonly role: CallerRole;
  readonly name?: string;
  readonly reason: string;
}

/** What can't be had through the API once nobody has it. */
const ROLES: readonly CallerRole[] = ["admin", "reviewer", "auditor"];

const HELP = `
For when nobody has a key with the role any more: whoever can run this, with access to the database of DATABASE_URL, can
make one; and for two people's keys where four eyes are on from the start. That it was made, for whom, why, and by which user of which machine stands on record, where auditors see it
(apiKeyEvents). The key alone goes to standard output, all else to standard error. It works at once, also with a service
that is running.

Exit codes: 0 done; 2 the options or the configuration are not valid; 3 the database can't be used.

Examples:
  $ scopewarden key recover --subject ada --reason "The last admin has left"
  $ (umask 077; scopewarden key recover --role auditor --subject kim --reason "Audit begins" > kim.key)`;

export function addRecoverKey(program: Command): Command {
  return program
    .command("recover")
    .description("Makes a key for an admin, a reviewer or an auditor, on the machine.")
    .requiredOption("--subject <id>", "whose key it will be: the id of a person")
    .option("--subject-type <type>", "what kind of subject that is", "user")
    .addOption(new Option("--role <role>", "what its bearer may do").choices(ROLES).default("admin"))
    .option("--name <text>", "name of the key (default: says whose and that it was recovered)")
    .requiredOption("--reason <text>", "why; it is kept with the key")
    .addHelpText("after", HELP);
}

/** The options that members of the key came from. */
const OPTIONS: Readonly<Record<string, string>> = {
  "input.name": "--name",
  "input.subject.type": "--subject-type",
  "input.subject.id": "--subject",
  reason: "--reason",
};

function refused(error: unknown): unknown {
  if (!(error instanceof ScopewardenError)) return error;
  if (error.code !== "BAD_USER_INPUT") return unavailable(error.message);
  return badUsage(...error.problems.map(({ path, message }) => `${OPTIONS[path] ?? path} ${message}.`));
}

export async function recoverKey(options: RecoverKeyOptions, io: Io): Promise<ExitCode> {
  const { subject: id, subjectType: type, role, reason } = options;
  const opened = await openBeside(io);
  try {
    const { apiKeys } = opened.domain;
    if ((await apiKeys.list()).length === 0)
      throw new CliError(
        EXIT.badInput,
        "This database has no key at all, so there is nothing to recover: the first start makes one. Is DATABASE_URL right?",
      );
    const who = whoRuns();
    const { key, apiKey } = await apiKeys.createOnMachine({
      name: options.name ?? `${role} key of ${id}, recovered on the machine`,
      roles: [role],
      subject: { type, id },
      defaultClientId: null,
      expiresAt: null,
      reason,
      by: machineCaller(who),
    });
    printLines(io.stderr, [
      `A key with the role ${role} for ${id}: ${apiKey.id}. It is on record that ${who} made it.`,
      "The key itself is on standard output, this once.",
    ]);
    io.stdout.write(`${key}\n`);
    return EXIT.ok;
  } catch (error) {
    throw refused(error);
  } finally {
    await opened.close();
  }
}
