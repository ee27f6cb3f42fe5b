import { type Command, Option } from "commander";
import type { ClientConfig } from "../config.ts";
import { CALLER_ROLES } from "../domain/callers/types.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { nearest } from "../domain/scopes/nearest.ts";
import { RefusedRequest, type ScopewardenClient } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { badUsage, CliError, EXIT, type ExitCode, unavailable } from "./exit.ts";
import { propose } from "./policy/proposalService.ts";
import { printProposal } from "./policy/proposeCommand.ts";
import { each } from "./requestOptions.ts";
import { shellWord } from "./shellWord.ts";
import { type Io, printLines } from "./terminal.ts";
import { timeOf } from "./timeOf.ts";

interface KeyCreateOptions extends ConnectOptions {
  readonly name: string;
  readonly role: readonly string[];
  readonly subject?: string;
  readonly subjectType?: string;
  readonly client?: string;
  readonly assertRole?: readonly string[];
  readonly expires?: string;
  readonly reason: string;
  readonly propose?: string;
  readonly proposal?: string;
}

const HELP = `
The key alone goes to standard output, this once; all else to standard error. An admin makes keys with the roles service, admin, reviewer and consent,
an auditor those with the role auditor. A key with the role admin, reviewer or auditor says whose it is (--subject).

Under four eyes (SCOPEWARDEN_FOUR_EYES) every key is a proposal but one with the role service alone that asserts no roles. Say the
same with --propose; once somebody else has approved it, say the same with --proposal and its id, which makes the key.

Exit codes: 0 done; 2 the options or your key are not valid, or the service refused; 3 the service can't be reached, or the proposal is not approved.

Examples:
  $ (umask 077; scopewarden key create --name "EHR gateway" --role service --reason "Ticket 4711" > gateway.key)
  $ scopewarden key create --name "Rita" --role reviewer --subject rita --reason "Reviews begin" > rita.key
  $ scopewarden key create --name "Portal" --role service --assert-role nurse@ward --reason "Ticket 4712" --propose "The portal asserts nurse"`;

export const addKeyCreate = (to: Command): Command =>
  withConnection(
    to
      .command("create")
      .description("Makes an API key of a running service, and prints it once.")
      .requiredOption("--name <text>", "whose or what for")
      .addOption(
        new Option("--role <role>", "what its bearer may do; may be given again")
          .argParser((value: string, before: readonly string[] | undefined) => {
            if (!CALLER_ROLES.some((role) => role === value)) {
              const meant = nearest(value, CALLER_ROLES);
              throw badUsage(
                `--role must be one of ${CALLER_ROLES.join(", ")}.${meant === null ? "" : ` Did you mean ${meant}?`}`,
              );
            }
            return each(value, before);
          })
          .makeOptionMandatory(),
      )
      .option("--subject <id>", "to whom it belongs: the id of a person")
      .option("--subject-type <type>", "what kind of subject that is (default: user)")
      .option("--client <id>", "the OAuth client that its bearer's questions are about when they name none")
      .option(
        "--assert-role <role@organization>",
        "a role that its bearer may say a subject has, and where (*: anywhere); may be given again",
        each,
      )
      .option("--expires <time>", "when it ends by itself, a date or a time; absent: never")
      .requiredOption("--reason <text>", "why; it is kept with the key")
      .addOption(new Option("--propose <title>", "propose the key, for somebody else to approve").conflicts("proposal"))
      .option("--proposal <id>", "make the key that this proposal is about, once it is approved"),
  ).addHelpText("after", HELP);

const CREATE = `mutation Create($input: CreateApiKeyInput!, $reason: String!, $proposal: ID) {
  createApiKey(input: $input, reason: $reason, proposal: $proposal) { key apiKey { id } } }`;
const CREATING = {
  needs: "Making a key needs a key with the role admin; one with the role auditor, an auditor's.",
  failed: "The service could not make the key.",
  instead:
    "Whether it was made, the query apiKeys says once the service answers again; a key that nobody has seen should be revoked.",
} as const;

/** The options that members of the key came from. */
const OPTIONS: Readonly<Record<string, string>> = {
  name: "--name",
  roles: "--role",
  subject: "--subject",
  "subject.type": "--subject-type",
  "subject.id": "--subject",
  clientId: "--client",
  assertRoles: "--assert-role",
  until: "--expires",
  reason: "--reason",
  title: "--propose",
};

function optionOf(path: string): string {
  const member = path.replace(/^(input\.)?(change\.apiKey\.)?/, "");
  return OPTIONS[member] ?? OPTIONS[member.replace(/\[.*$/, "")] ?? path;
}

function refused(error: unknown): unknown {
  if (!(error instanceof RefusedRequest)) return error;
  if (error.code === "FOUR_EYES_REQUIRED")
    return badUsage(
      ...error.lines,
      'Say the same with --propose "what it is about". Once somebody else has approved that, say the same with --proposal and its id:',
      "that makes the key.",
    );
  if (error.code === "CONFLICT") return new CliError(EXIT.unavailable, ...error.lines, "No key was made.");
  if (error.problems.length === 0) return error;
  return badUsage(...error.problems.map(({ path, message }) => `${optionOf(path)} ${message}.`));
}

function assertable(text: string): Members {
  const at = text.lastIndexOf("@");
  if (at < 1 || at === text.length - 1)
    throw badUsage(
      `--assert-role ${text} must be a role and where it holds, such as nurse@ward, or nurse@* for anywhere.`,
    );
  return { role: text.slice(0, at), organization: text.slice(at + 1) };
}

function inputOf({ assertRole = [], client, expires, name, role, subject, subjectType }: KeyCreateOptions): Members {
  if (subject === undefined && subjectType !== undefined) throw badUsage("--subject-type needs --subject.");
  return {
    name,
    roles: role.map((each) => each.toUpperCase()),
    ...(subject === undefined
      ? {}
      : { subject: { id: subject, ...(subjectType === undefined ? {} : { type: subjectType }) } }),
    ...(client === undefined ? {} : { clientId: client }),
    ...(assertRole.length === 0 ? {} : { assertRoles: assertRole.map(assertable) }),
    ...(expires === undefined ? {} : { until: timeOf(expires, "--expires") }),
  };
}

async function proposeKey(client: ScopewardenClient, input: Members, options: KeyCreateOptions, io: Io): Promise<void> {
  const { propose: title = "", reason } = options;
  const proposal = await propose(client, { title, reason, change: { apiKey: input } });
  printLines(io.stdout, [
    `Proposal ${proposal.id} is open. No key is made until somebody else approves it (approveProposal) by its digest:`,
    `  ${proposal.digest}`,
    ...printProposal(proposal),
    `Once it is approved, say the same with --proposal ${shellWord(proposal.id)} in the place of --propose.`,
  ]);
}

export async function keyCreate(
  options: KeyCreateOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const { proposal = null, reason } = options;
  const { io } = deps;
  const input = inputOf(options);
  const client = await connect(options, deps);
  try {
    if (options.propose !== undefined) {
      await proposeKey(client, input, options, io);
      return EXIT.ok;
    }
    const { createApiKey: made } = await client.ask(CREATE, { input, reason, proposal }, CREATING);
    const { apiKey, key }: Members = isObject(made) ? made : {};
    if (typeof key !== "string" || !isObject(apiKey)) throw unavailable("What the service answers is no key.");
    printLines(io.stderr, [`Key ${apiKey.id} is made. The key itself is on standard output, this once.`]);
    io.stdout.write(`${key}\n`);
    return EXIT.ok;
  } catch (error) {
    throw refused(error);
  }
}
