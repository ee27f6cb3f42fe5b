import { requirePermission } from "../domain/callers/permissions.ts";
import type { Caller } from "../domain/callers/types.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import {
  type AstSelection,
  type AstSelectionSet,
  type AstValue,
  type Fragments,
  fieldsOf,
  fragmentsOf,
  type OperationRequest,
} from "./operation.ts";

export interface OperationLimits {
  readonly depth: number;
  readonly decisions: number;
}

/** The root fields that decide: one decision each, or as many as the list argument is long. */
const DECIDING: { readonly [rootField: string]: { readonly list: string } | "one" } = {
  authorize: "one",
  authorizeBatch: { list: "inputs" },
  decideGrant: "one",
};

/** Introspection is deep by nature (a type of a type of a type) and costs no work: GraphiQL's query has 15 levels. */
const INTROSPECTION_DEPTH = 20;

const exceeded = (message: string): ScopewardenError => new ScopewardenError("LIMIT_EXCEEDED", message);

/** Levels of fields below a selection set, counted through fragments. Each fragment is measured once. */
function depthOf(set: AstSelectionSet, fragments: Fragments, known: Map<string, number>): number {
  let deepest = 0;
  for (const selection of set.selections) {
    let depth = 0;
    if (selection.kind === "FragmentSpread") {
      const name = selection.name?.value ?? "";
      const fragment = fragments.get(name);
      if (fragment === undefined) continue;
      // Until it is measured a fragment counts 0, which ends cycles.
      if (!known.has(name)) {
        known.set(name, 0);
        known.set(name, depthOf(fragment, fragments, known));
      }
      depth = known.get(name) ?? 0;
    } else {
      const below = selection.selectionSet === undefined ? 0 : depthOf(selection.selectionSet, fragments, known);
      depth = selection.kind === "Field" ? below + 1 : below;
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const isIntrospection = (field: AstSelection): boolean => field.name?.value.startsWith("__") === true;

/** @throws ScopewardenError LIMIT_EXCEEDED */
export function checkDepth(request: OperationRequest, max: number): void {
  const fragments = fragmentsOf(request.document);
  const known = new Map<string, number>();
  for (const field of fieldsOf(request.operation.selectionSet, fragments)) {
    const bound = isIntrospection(field) ? INTROSPECTION_DEPTH : max;
    const depth = 1 + (field.selectionSet === undefined ? 0 : depthOf(field.selectionSet, fragments, known));
    if (depth > bound) throw exceeded(`The operation nests fields ${depth} levels deep; at most ${bound} are allowed.`);
  }
}

/** The value of an argument as far as counting needs it: variables resolved, literals of lists by their items. */
function resolve(value: AstValue, request: OperationRequest): unknown {
  if (value.kind === "ListValue") return value.values ?? [];
  if (value.kind !== "Variable") return value.kind === "NullValue" ? null : value.value;
  const name = value.name?.value ?? "";
  if (Object.hasOwn(request.variables, name)) return request.variables[name];
  const definition = request.operation.variableDefinitions?.find((d) => d.variable.name.value === name);
  return definition?.defaultValue === undefined ? null : resolve(definition.defaultValue, request);
}

/** Left out by @skip or @include, beyond doubt. */
function isLeftOut(selection: AstSelection, request: OperationRequest): boolean {
  return (selection.directives ?? []).some((directive) => {
    const condition = directive.arguments?.find((argument) => argument.name.value === "if");
    const value = condition === undefined ? null : resolve(condition.value, request);
    return (
      (directive.name.value === "skip" && value === true) || (directive.name.value === "include" && value === false)
    );
  });
}

function decisionsOf(field: AstSelection, request: OperationRequest): number {
  const deciding = DECIDING[field.name?.value ?? ""];
  if (deciding === undefined) return 0;
  if (deciding === "one") return 1;
  const argument = field.arguments?.find((a) => a.name.value === deciding.list);
  const value = argument === undefined ? null : resolve(argument.value, request);
  // A list of one may be written without its brackets (GraphQL, input coercion of lists).
  return Array.isArray(value) ? value.length : 1;
}

/** How many decisions an operation asks for. Fields that answer under one name are one (GraphQL, field merging). */
export function countDecisions(request: OperationRequest): number {
  const byName = new Map<string, number>();
  const present = (selection: AstSelection): boolean => !isLeftOut(selection, request);
  for (const field of fieldsOf(request.operation.selectionSet, fragmentsOf(request.document), present)) {
    const name = field.alias?.value ?? field.name?.value ?? "";
    byName.set(name, Math.max(byName.get(name) ?? 0, decisionsOf(field, request)));
  }
  return [...byName.values()].reduce((sum, n) => sum + n, 0);
}

/**
 * All that is checked of an operation before anything of it runs: depth, decisions, and that the caller's roles
 * permit every root field, so that no half of a request is done.
 * @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN
 */
export function checkOperation(request: OperationRequest, caller: Caller, limits: OperationLimits): void {
  for (const field of fieldsOf(request.operation.selectionSet, fragmentsOf(request.document))) {
    if (!isIntrospection(field)) requirePermission(caller, field.name?.value ?? "");
  }
  checkDepth(request, limits.depth);
  const decisions = countDecisions(request);
  if (decisions > limits.decisions)
    throw exceeded(
      `The request asks for ${decisions} decisions; at most ${limits.decisions} are allowed in one request.`,
    );
}
