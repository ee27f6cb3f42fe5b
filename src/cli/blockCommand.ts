import type { Command } from "commander";
import type { ClientConfig } from "../config.ts";
import { minute } from "../domain/kernel/time.ts";
import { RefusedRequest, type ScopewardenClient } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { type Io, printJson, printLines } from "./terminal.ts";

const NOUNS = ["client", "person", "key"] as const;
type Noun = (typeof NOUNS)[number];

interface BlockOptions extends ConnectOptions {
  readonly reason?: string;
  readonly minutes?: string;
  readonly json?: boolean;
}

const HELP = `
What is blocked is denied from the next decision on. docs/block-it-now.md says when it holds, when it ends, and the way back.
  client ID       blocked until \`unblock\`; needs a key with the role admin
  person TYPE/ID  blocked for an hour, or --minutes, up to a day; needs the role admin or reviewer
  key ID          revoked for good; needs the role admin

Exit codes: 0 done, 2 the options or the key are not valid or it was refused, 3 the service can't be reached.

Examples:
  $ scopewarden block client research-export --reason "It reads far more than it shows"
  $ scopewarden block person user/tess --minutes 120 --reason "Her phone was stolen"
  $ scopewarden block key k3v9x2m7q1ab --reason "It stood in a public repository"
  $ scopewarden unblock person user/tess --reason "She has a new phone"`;

function addTo(program: Command, name: string, description: string): Command {
  return withConnection(
    program
      .command(name)
      .description(description)
      .argument("<what>", `${NOUNS.join(", ")}`)
      .argument("<id>", "of a client its client_id, of a person TYPE/ID such as user/tess, of a key its id")
      .option("--reason <text>", "why; kept on record")
      .option("--json", "print the answer as JSON"),
  ).addHelpText("after", HELP);
}

export const addBlock = (program: Command): Command =>
  addTo(program, "block", "Blocks a client, a person or a key now.").option(
    "--minutes <n>",
    "of a person: for how long; absent: 60",
  );
export const addUnblock = (program: Command): Command =>
  addTo(program, "unblock", "Ends the block of a client or a person.");

const STATUS = `mutation Status($input: UpdateClient!, $reason: String!) {
  updateClient(input: $input, reason: $reason) { revision committedAt } }`;
const ROW = "{ id subjectId subjectType until state }";
const IMPOSE = `mutation Block($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) ${ROW} }`;
const LIFT = `mutation Unblock($subject: SubjectInput!, $reason: String!) {
  liftRestriction(subject: $subject, reason: $reason) ${ROW} }`;
const REVOKE = `mutation Revoke($id: ID!, $reason: String!) {
  revokeApiKey(id: $id, reason: $reason) { apiKey { id name revokedAt } } }`;
const HELD = `query Held($filter: AssignmentFilter) { assignments(filter: $filter, first: 1) { edges { cursor } } }`;

const PURPOSE = {
  needs: "See `scopewarden block --help` for the role that it needs.",
  failed: "Nothing was changed as far as is known: the service could not answer.",
  instead: "Ask again; what is done already is refused, and changes nothing.",
};

/** What is to be blocked or not. */
interface Target {
  readonly noun: Noun;
  readonly id: string;
  /** Of a person. */
  readonly type: string;
}

function targetOf(what: string, id: string): Target {
  const noun = NOUNS.find((each) => each === what);
  if (noun === undefined) throw badUsage(`Only a client, person or key can be blocked, not ${what}.`);
  if (noun !== "person") return { noun, id, type: "" };
  const [, type, name] = /^([^/]+)\/(.+)$/s.exec(id) ?? [];
  if (type === undefined || name === undefined)
    throw badUsage(`A person is named by type and id, such as user/${id.replaceAll("/", "")}.`);
  return { noun, id: name, type };
}

interface Done {
  readonly answer: unknown;
  readonly lines: readonly string[];
}

/** A policy that assigns somebody nothing may know them by another name: whoever is in a hurry types wrongly. */
async function unknownNote(client: ScopewardenClient, { id, type }: Target): Promise<readonly string[]> {
  const filter = { subjectId: id, subjectType: type };
  const { assignments } = await client.ask(HELD, { filter }, PURPOSE);
  return (assignments as { readonly edges: readonly unknown[] }).edges.length > 0
    ? []
    : [
        `Check the name: the policy assigns no role to ${type}/${id}. Only roles that a caller asserts would be theirs.`,
      ];
}

/** Changes whether a client is served; whoever is in a hurry types wrongly. */
async function withStatus(
  client: ScopewardenClient,
  { id, reason, status }: { readonly id: string; readonly reason: string | undefined; readonly status: string },
): Promise<unknown> {
  const asked = client.ask(STATUS, { input: { id, status }, reason }, PURPOSE);
  const { updateClient } = await asked.catch((error: unknown) => {
    if (!(error instanceof RefusedRequest)) throw error;
    if (error.problems.some(({ path }) => path === "input.id"))
      throw badUsage(`There is no client ${id}: nothing was changed. Ids are compared letter by letter.`);
    // What allows more again needs a second person.
    if (error.code !== "FOUR_EYES_REQUIRED") throw error;
    throw badUsage(
      `Client ${id} is still blocked: under four eyes a second person must agree.`,
      `Propose it: proposePolicy(input: { title: "...", change: { operations: [{ updateClient: { id: "${id}", status: ACTIVE } }] }, reason: "..." })`,
    );
  });
  return updateClient;
}

async function blocked(client: ScopewardenClient, target: Target, options: BlockOptions): Promise<Done> {
  const { id, noun, type } = target;
  const { minutes, reason } = options;
  if (noun === "client") {
    return {
      answer: await withStatus(client, { id, reason, status: "SUSPENDED" }),
      lines: [
        `Client ${id} is blocked until somebody unblocks it.`,
        `The way back: scopewarden unblock client ${id} --reason "..."`,
      ],
    };
  }
  if (noun === "key") {
    const { revokeApiKey } = await client.ask(REVOKE, { id, reason }, PURPOSE);
    const { name } = (revokeApiKey as { readonly apiKey: { readonly name: string } }).apiKey;
    return {
      answer: revokeApiKey,
      lines: [
        `Key ${id} (${name}) is revoked for good: at once on this instance, within a second on others.`,
        "There is no way back: make a new key with createApiKey.",
      ],
    };
  }
  const input = {
    ...{ subject: { type, id }, response: "SUSPENSION", reason },
    ...(minutes !== undefined && { minutes: Number(minutes) }),
  };
  const { imposeRestriction } = await client.ask(IMPOSE, { input }, PURPOSE);
  const { until } = imposeRestriction as { readonly until: string };
  return {
    answer: imposeRestriction,
    lines: [
      `${type}/${id} is blocked until ${minute(Date.parse(until))}, at every client.`,
      ...(await unknownNote(client, target)),
      `The way back: scopewarden unblock person ${type}/${id} --reason "..."`,
      "For good: an admin ends all access of the person with endAccess.",
    ],
  };
}

async function unblocked(client: ScopewardenClient, target: Target, { reason }: BlockOptions): Promise<Done> {
  const { id, noun, type } = target;
  if (noun === "client")
    return {
      answer: await withStatus(client, { id, reason, status: "ACTIVE" }),
      lines: [`Client ${id} is served again.`],
    };
  const { liftRestriction } = await client.ask(LIFT, { subject: { type, id }, reason }, PURPOSE);
  return {
    answer: liftRestriction,
    lines: [`${type}/${id} is no longer blocked; from the next decision on the policy counts again.`],
  };
}

/** Shared by both commands: what is asked is read first, so that a slip never reaches the service. */
async function carriedOut(
  way: "block" | "unblock",
  { id, options, what }: { readonly what: string; readonly id: string; readonly options: BlockOptions },
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const target = targetOf(what, id);
  if ((options.reason ?? "").trim() === "") throw badUsage("--reason is missing: say why; it is kept on record.");
  if (options.minutes !== undefined && target.noun !== "person")
    throw badUsage(
      `--minutes goes with a person: a ${target.noun} is ${target.noun === "key" ? "revoked for good" : "blocked until somebody unblocks it"}.`,
    );
  if (options.minutes !== undefined && !/^[1-9]\d{0,5}$/.test(options.minutes))
    throw badUsage("--minutes must be a whole number from 1.");
  if (way === "unblock" && target.noun === "key")
    throw badUsage("A revoked key stays revoked: make a new one with createApiKey.");
  const client = await connect(options, deps);
  const { answer, lines } = await (way === "block" ? blocked : unblocked)(client, target, options);
  if (options.json === true) printJson(deps.io.stdout, answer);
  else printLines(deps.io.stdout, lines);
  return EXIT.ok;
}

type Carried = Parameters<typeof carriedOut>[1];
type Deps = Parameters<typeof carriedOut>[2];
export const block = (asked: Carried, deps: Deps): Promise<ExitCode> => carriedOut("block", asked, deps);
export const unblock = (asked: Carried, deps: Deps): Promise<ExitCode> => carriedOut("unblock", asked, deps);
