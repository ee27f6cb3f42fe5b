import { type ASTNode, TypeError as CelTypeError, Environment, ParseError } from "@marcbachmann/cel-js";
import type { ConditionFacts } from "../domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import type { ConditionProblem } from "../domain/policy/conditions.ts";
import { isNode, LOOPS } from "./partial/celExpression.ts";
import { PartialCondition } from "./partial/partialCondition.ts";

/** A condition ready to be asked. @throws when it touches what is absent, or anything else goes wrong. */
export type Condition = (variables: Readonly<Record<string, unknown>>) => boolean;

// Structural limits: what an admin writes by hand is far below them.
const limits = { maxAstNodes: 500, maxDepth: 24, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };

const VARIABLES: ReadonlyMap<string, string> = new Map([
  ["subject", "map"],
  ["client", "map"],
  ["resource", "map"],
  ["context", "map"],
  ["action", "string"],
  ["scope", "string"],
  ["purposeOfUse", "string"],
  ["now", "google.protobuf.Timestamp"],
]);

function createEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits });
  for (const [name, type] of VARIABLES) environment.registerVariable(name, type);
  return environment;
}

const environment = createEnvironment();
// Parts of a condition are written with every parenthesis, each of which counts as a level of depth.
const partEnvironment = environment.clone({ limits: { ...limits, maxDepth: 200 } });

function at(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The first use of what is not allowed here, depth first: `matches` and loops within loops. */
function refused(node: unknown, insideLoop: boolean): { readonly node: ASTNode; readonly message: string } | null {
  if (Array.isArray(node)) {
    for (const item of node) {
      const found = refused(item, insideLoop);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isNode(node)) return null;
  const called = node.op === "rcall" || node.op === "call" ? node.args[0] : null;
  // A backtracking expression over what a caller sends could stop the service.
  if (called === "matches")
    return { node, message: "matches() is not available: use ==, in, startsWith, endsWith or contains" };
  const loop = node.op === "rcall" && LOOPS.has(node.args[0]);
  // Each level multiplies the work by the length of a list that the caller sends.
  if (loop && insideLoop)
    return { node, message: "a loop (all, exists, exists_one, map, filter) can't stand within another" };
  return refused(node.args as unknown, insideLoop || loop);
}

function problemOf(text: string, error: unknown): ConditionProblem {
  if (error instanceof ParseError || error instanceof CelTypeError) {
    return { message: error.summary ?? error.message, ...at(text, error.range?.start ?? 0) };
  }
  return { message: error instanceof Error ? error.message : String(error), line: 1, column: 1 };
}

/** What is wrong with the text of a condition (CEL): syntax, unknown names, a result that is no boolean; or null. */
export function checkCondition(text: string): ConditionProblem | null {
  try {
    const parsed = environment.parse(text);
    const found = refused(parsed.ast, false);
    if (found !== null) return { message: found.message, ...at(text, found.node.start) };
    const checked = parsed.check();
    if (!checked.valid) return problemOf(text, checked.error);
    if (checked.type !== "bool" && checked.type !== "dyn")
      return { message: `must be true or false, not ${checked.type}`, line: 1, column: 1 };
    return null;
  } catch (error) {
    return problemOf(text, error);
  }
}

/** Compiles a condition. @throws when `checkCondition` would name a problem. */
export function compileCondition(text: string): Condition {
  const problem = checkCondition(text);
  if (problem !== null) throw new Error(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
  const parsed = environment.parse(text);
  return (variables) => {
    const value: unknown = parsed(variables);
    if (typeof value !== "boolean") throw new Error("the condition is neither true nor false");
    return value;
  };
}

/** The same, to be asked while a part of the request is not known. @throws when `checkCondition` would name a problem. */
export function compilePartial(text: string): PartialCondition {
  const problem = checkCondition(text);
  if (problem !== null) throw new Error(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
  return new PartialCondition(text, partEnvironment, new Set(VARIABLES.keys()));
}

type Variables = Record<string, unknown>;

/** Adds the members that are there: in a condition, what the request does not carry does not exist. */
function add(target: Variables, name: string, value: unknown): void {
  if (value !== null && value !== undefined) target[name] = value;
}

function subjectOf({ id, type, organization, attributes }: NonNullable<AccessRequest["subject"]>): Variables {
  const subject: Variables = { id, type };
  add(subject, "organization", organization);
  add(subject, "attributes", attributes);
  return subject;
}

function resourceOf({ type, id, patient, organization, labels, attributes }: AccessRequest["resource"]): Variables {
  const resource: Variables = { type };
  add(resource, "id", id);
  add(resource, "patient", patient);
  add(resource, "organization", organization);
  add(resource, "labels", labels);
  add(resource, "attributes", attributes);
  return resource;
}

function contextOf({
  patient,
  ipAddress,
  region,
  userAgent,
  tokenId,
  attributes,
}: NonNullable<AccessRequest["context"]>): Variables {
  const context: Variables = {};
  add(context, "patient", patient);
  add(context, "ipAddress", ipAddress);
  add(context, "region", region);
  add(context, "userAgent", userAgent);
  add(context, "tokenId", tokenId);
  add(context, "attributes", attributes);
  return context;
}

/** The names that a condition sees (docs/decisions.md). What the request lacks is absent, so that touching it is an error. */
export function variablesFor(
  { request, client, now }: ConditionFacts,
  action: string,
  scope: string,
): Readonly<Variables> {
  const variables: Variables = {
    action,
    scope,
    resource: resourceOf(request.resource),
    client: client.name === null ? { id: client.id } : client,
    now: new Date(now),
  };
  if (request.subject !== null) variables.subject = subjectOf(request.subject);
  if (request.context !== null) variables.context = contextOf(request.context);
  add(variables, "purposeOfUse", request.purposeOfUse);
  return variables;
}
