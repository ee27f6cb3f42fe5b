import { requirePermission } from "../../domain/callers/permissions.ts";
import type { Caller } from "../../domain/callers/types.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import {
  type AstOperation,
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

/** What is to be known of an operation before its variables. */
interface Plan {
  /** Root fields that need a permission, each once, in their order. */
  readonly permissions: readonly string[];
  /** The root fields' levels, in their order. */
  readonly depths: readonly { readonly levels: number; readonly introspection: boolean }[];
  /** The fields that decide, by the name that they answer under; null where directives make it depend on variables. */
  readonly deciding: Deciding | null;
}
type Deciding = ReadonlyMap<string, readonly AstSelection[]>;

/** Plans live as long as their operation, which lives as long as Apollo keeps its document. */
const plans = new WeakMap<AstOperation, Plan>();

/** Fields that answer under one name are one (GraphQL, field merging). */
function byAnswer(fields: Iterable<AstSelection>): Deciding {
  const deciding = new Map<string, AstSelection[]>();
  for (const field of fields) {
    const name = field.name?.value ?? "";
    if (!Object.hasOwn(DECIDING, name)) continue;
    const key = field.alias?.value ?? name;
    const same = deciding.get(key);
    if (same === undefined) deciding.set(key, [field]);
    else same.push(field);
  }
  return deciding;
}

function makePlan({ document, operation }: Pick<OperationRequest, "document" | "operation">): Plan {
  const fragments = fragmentsOf(document);
  let conditional = false;
  const noteDirectives = (selection: AstSelection): boolean => {
    conditional ||= (selection.directives ?? []).length > 0;
    return true;
  };
  const fields = [...fieldsOf(operation.selectionSet, fragments, noteDirectives)];
  const known = new Map<string, number>();
  return {
    permissions: [...new Set(fields.filter((field) => !isIntrospection(field)).map(({ name }) => name?.value ?? ""))],
    depths: fields.map((field) => ({
      levels: 1 + (field.selectionSet === undefined ? 0 : depthOf(field.selectionSet, fragments, known)),
      introspection: isIntrospection(field),
    })),
    deciding: conditional ? null : byAnswer(fields),
  };
}

function planOf(request: OperationRequest): Plan {
  const known = plans.get(request.operation);
  if (known !== undefined) return known;
  const plan = makePlan(request);
  plans.set(request.operation, plan);
  return plan;
}

/** @throws ScopewardenError LIMIT_EXCEEDED */
export function checkDepth(request: OperationRequest, max: number): void {
  for (const { levels, introspection } of planOf(request).depths) {
    const bound = introspection ? INTROSPECTION_DEPTH : max;
    if (levels > bound)
      throw exceeded(`The operation nests fields ${levels} levels deep; at most ${bound} are allowed.`);
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

/** How many decisions an operation asks for. */
export function countDecisions(request: OperationRequest): number {
  const present = (selection: AstSelection): boolean => !isLeftOut(selection, request);
  const deciding =
    planOf(request).deciding ??
    byAnswer(fieldsOf(request.operation.selectionSet, fragmentsOf(request.document), present));
  let sum = 0;
  for (const fields of deciding.values()) sum += Math.max(...fields.map((field) => decisionsOf(field, request)));
  return sum;
}

/**
 * All that is checked of an operation before anything of it runs: depth, decisions, and that the caller's roles
 * permit every root field, so that no half of a request is done.
 * @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN
 */
export function checkOperation(request: OperationRequest, caller: Caller, limits: OperationLimits): void {
  for (const field of planOf(request).permissions) requirePermission(caller, field);
  checkDepth(request, limits.depth);
  const decisions = countDecisions(request);
  if (decisions > limits.decisions)
    throw exceeded(
      `The request asks for ${decisions} decisions; at most ${limits.decisions} are allowed in one request.`,
    );
}
