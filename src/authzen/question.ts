import type { Caller } from "../domain/callers/types.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { DecideFacts } from "../domain/decisions/facts.ts";
import { badInput, type Problem, ScopewardenError } from "../domain/kernel/errors.ts";
import { type Members, Reader } from "../domain/kernel/reader.ts";
import { contextInput, readAction, readContext, readResource, readSubject } from "./entities.ts";
import { scopeNamed } from "./scopeNamed.ts";

/** Who asks, and what the policy is: what a request does not say itself. */
export interface QuestionContext {
  readonly caller: Caller;
  readonly facts: DecideFacts;
}

/** Where the names stand of what is asked about. */
const NAMES: ReadonlySet<string> = new Set([
  "subject.type",
  "subject.id",
  "action.name",
  "resource.type",
  "resource.id",
]);

/**
 * A question about what nothing can be called: too long a name, an empty one, a scope's name that stands for several actions.
 * It is well formed, so that it is not refused: an evaluation of it is a denial, and a search finds nothing.
 */
export class NoSuchName extends ScopewardenError {
  constructor({ code, message, problems }: ScopewardenError) {
    super(code, message, { problems });
  }
}

/**
 * One evaluation request, whole: `{subject, action, resource, context?}` in the domain's words (docs/authzen.md, "How a
 * request is read"); unknown members are ignored. @throws ScopewardenError BAD_USER_INPUT with every problem, NoSuchName
 */
export function readQuestion(members: Members, { caller, facts }: QuestionContext): AuthorizeInput {
  const json = new Reader();
  const subject = readSubject(json, members.subject);
  const action = readAction(json, members.action);
  const resource = readResource(json, members.resource);
  const context = readContext(json, members.context);
  json.check();
  // With no problem none of them is null; TypeScript can't see that.
  if (subject === null || action === null || resource === null) throw unread();
  const clientId =
    context.clientId ??
    caller.defaultClientId ??
    json.problem("context.client_id", "is missing, and this caller has no default client: name the OAuth client");
  const inContext = contextInput(json, context, action.properties);
  json.check();
  if (clientId === null) throw unread();
  const named = context.scopes === null ? scopeNamed(facts, action.name, resource.type) : null;
  if (named?.problem !== undefined) throw new NoSuchName(badInput([{ path: "action.name", message: named.problem }]));
  return {
    clientId,
    subject,
    scopes: named === null ? context.scopes : [action.name],
    action: named?.action ?? action.name,
    resource,
    purposeOfUse: context.purposeOfUse,
    context: inContext,
  };
}

const unread = () => new ScopewardenError("INTERNAL", "A question without a problem could not be read.");

/** Where the caller wrote what the domain calls otherwise. */
const CALLERS_WORDS: readonly (readonly [ours: string, theirs: string])[] = [
  ["clientId", "context.client_id"],
  ["scopes", "context.scopes"],
  ["action", "action.name"],
  ["purposeOfUse", "context.purpose_of_use"],
  ["subject.roles", "subject.properties.roles"],
  ["subject.organization", "subject.properties.organization"],
  ["subject.attributes", "subject.properties"],
  ["resource.patient", "resource.properties.patient"],
  ["resource.patients", "resource.properties.patients"],
  ["resource.organization", "resource.properties.organization"],
  ["resource.labels", "resource.properties.labels"],
  ["resource.attributes", "resource.properties"],
  ["context.ipAddress", "context.ip_address"],
  ["context.attributes", "context"],
];

/** The name under which questions are handed to the domain, which begins its paths with it. */
export const INPUT = "input";
export const inputPath = (): string => INPUT;

function problemInCallersWords({ path, message }: Problem): Problem {
  const ours = path.startsWith(`${INPUT}.`) ? path.slice(INPUT.length + 1) : path;
  const found = CALLERS_WORDS.find(
    ([name]) => ours === name || (/^[.[]/.test(ours.slice(name.length)) && ours.startsWith(name)),
  );
  return { path: found === undefined ? ours : found[1] + ours.slice(found[0].length), message };
}

/** Problems that the domain found, with the paths that the caller knows. */
export function inCallersWords(error: unknown): unknown {
  return error instanceof ScopewardenError && error.code === "BAD_USER_INPUT" && error.problems.length > 0
    ? badInputInCallersWords(error.problems)
    : error;
}

/** The domain was handed texts: where nothing but names is wrong, it is how they are spelt. */
export function badInputInCallersWords(problems: readonly Problem[]): ScopewardenError {
  const error = badInput(problems.map(problemInCallersWords));
  return error.problems.every(({ path }) => NAMES.has(path)) ? new NoSuchName(error) : error;
}
