import type { Command } from "commander";
import type { ClientConfig } from "../config.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import type { Answer } from "./client.ts";
import { type ConnectOptions, connect, withConnection } from "./connect.ts";
import { badUsage, EXIT, type ExitCode } from "./exit.ts";
import { nameNotes } from "./nameNotes.ts";
import { readText } from "./readText.ts";
import { commonInput, each, parseObject, type RequestOptions, withRequest } from "./requestOptions.ts";
import { byFirstWord, count, type Io, printJson, printLines } from "./terminal.ts";

interface AuthorizeOptions extends ConnectOptions, RequestOptions {
  readonly resource?: string;
  readonly resourcePatient?: readonly string[];
  readonly labels?: string;
  readonly attributes?: string;
  readonly input?: string;
  readonly json?: boolean;
}

const HELP = `
Exit codes: 0 allowed, 1 denied, 2 the request is not valid, 3 no decision could be had (treat it as denied).

Examples:
  $ export SCOPEWARDEN_KEY=swk_...
  $ scopewarden ask decision --client lab-portal --subject tess --purpose TREAT --organization city-lab \\
      --resource DiagnosticReport/d1 --resource-patient ada
  $ scopewarden ask decision --client patient-app --subject ada --patient ada --purpose PATRQT --action search \\
      --resource Observation --resource-patient ada --json
  $ scopewarden ask decision --input request.json     # one AuthorizeInput as JSON; - reads standard input`;

export function addAuthorize(program: Command): Command {
  const command = program
    .command("decision")
    .description("Asks a running service for one decision: may this client do this to that resource?");
  return withConnection(
    withRequest(command)
      .option("--action <name>", "read, search, create, update, delete or any other action (default: read)")
      .option("--resource <type[/id]>", "the resource, such as Observation/o1, or Observation for a search")
      .option("--resource-patient <id>", "the patient whose resource it is; several times: all of several", each)
      .option("--labels <list>", 'security labels of the resource, separated by spaces; "" says that it has none')
      .option("--attributes <json>", `attributes of the resource, such as '{"category":["system|code"]}'`)
      .option("--input <file>", "the whole request as JSON, instead of the options above; - reads standard input")
      .option("--json", "print the decision as JSON"),
  ).addHelpText("after", HELP);
}

function resourceOf(options: AuthorizeOptions): AuthorizeInput["resource"] {
  const { resource, resourcePatient = [], organization, labels, attributes } = options;
  if (resource === undefined)
    throw badUsage("--resource is missing: what does the client want access to? For example --resource Observation/o1");
  const slash = resource.indexOf("/");
  return {
    type: slash < 0 ? resource : resource.slice(0, slash),
    id: slash < 0 ? undefined : resource.slice(slash + 1),
    ...(resourcePatient.length > 1 ? { patients: resourcePatient } : { patient: resourcePatient[0] }),
    organization,
    labels: labels?.split(" ").filter((label) => label !== ""),
    attributes: attributes === undefined ? undefined : parseObject(attributes, "--attributes"),
  };
}

async function inputOf(options: AuthorizeOptions, io: Io): Promise<unknown> {
  // What is left are the options that say parts of the request.
  const { input, json, url, keyFile, timeout, ...parts } = options;
  if (input === undefined) return { ...commonInput(options), resource: resourceOf(options) };
  if (Object.keys(parts).length > 0)
    throw badUsage("--input is the whole request; leave out the options that say parts of it.");
  return parseObject(await readText(input, io.stdin), input === "-" ? "Standard input" : `The file ${input}`);
}

/** A decision in plain words, one line each. */
function describe(answer: Answer): string[] {
  const { outcome, scope, summary, reasons, reasonCount, obligations, policyRevision, id } = answer;
  const more = reasonCount - reasons.length;
  return [
    outcome === "ALLOW" ? `ALLOW by scope ${scope ?? "(none)"}` : `DENY: ${summary}`,
    ...reasons.map(({ code, message }) => `  ${code}: ${message}`),
    ...(more > 0 ? [`  and ${count(more, "more reason")}`] : []),
    ...(obligations.length === 0
      ? []
      : [outcome === "ALLOW" ? "Allowed only to a caller who does this:" : "And the caller must do this:"]),
    ...obligations.map(
      ({ type, parameters }) =>
        `  ${type}${parameters === null || parameters === undefined ? "" : ` ${JSON.stringify(parameters)}`}`,
    ),
    `Decision ${id}, policy revision ${policyRevision}`,
  ];
}

export async function authorize(
  options: AuthorizeOptions,
  deps: { readonly config: ClientConfig; readonly io: Io },
): Promise<ExitCode> {
  const input = await inputOf(options, deps.io);
  const { purposeOfUse, resource }: Members = isObject(input) ? input : {};
  const resourceType = isObject(resource) ? resource.type : undefined;
  printLines(deps.io.stderr, await nameNotes({ purpose: purposeOfUse, resourceType }));
  const client = await connect(options, deps);
  const answer = await client.authorize(input);
  if (options.json === true) printJson(deps.io.stdout, answer);
  else printLines(deps.io.stdout, describe(answer).map(byFirstWord));
  return answer.outcome === "ALLOW" ? EXIT.ok : EXIT.denied;
}
