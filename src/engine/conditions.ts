import { type ASTNode, TypeError as CelTypeError, Environment, ParseError } from "@marcbachmann/cel-js";
import type { ConditionFacts } from "../domain/decisions/engine.ts";
import type { ConditionProblem } from "../domain/policy/conditions.ts";

/** A condition ready to be asked. @throws when it touches what is absent, or anything else goes wrong. */
export type Condition = (variables: Readonly<Record<string, unknown>>) => boolean;

// Structural limits: what an admin writes by hand is far below them.
const limits = { maxAstNodes: 500, maxDepth: 24, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };

function createEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits });
  for (const name of ["subject", "client", "resource", "context"]) environment.registerVariable(name, "map");
  for (const name of ["action", "scope", "purposeOfUse"]) environment.registerVariable(name, "string");
  environment.registerVariable("now", "google.protobuf.Timestamp");
  return environment;
}

const environment = createEnvironment();
const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

function at(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
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

/** The same object without its absent members: in a condition, what the request does not carry is not there. */
function present(value: Readonly<Record<string, unknown>> | null): Record<string, unknown> | undefined {
  if (value === null) return undefined;
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value))
    if (member !== null && member !== undefined) members[name] = member;
  return members;
}

const shared = new WeakMap<ConditionFacts, Readonly<Record<string, unknown>>>();

/** The names that a condition sees (DESIGN section 8). What the request lacks is absent, so that touching it is an error. */
export function variablesFor(facts: ConditionFacts, action: string, scope: string): Readonly<Record<string, unknown>> {
  let base = shared.get(facts);
  if (base === undefined) {
    const { request, client, now } = facts;
    base = {
      ...present({
        subject: present(request.subject === null ? null : { ...request.subject }) ?? null,
        client: present(client),
        resource: present({ ...request.resource }),
        context: present(request.context === null ? null : { ...request.context }) ?? null,
        purposeOfUse: request.purposeOfUse,
      }),
      now: new Date(now),
    };
    shared.set(facts, base);
  }
  return { ...base, action, scope };
}
