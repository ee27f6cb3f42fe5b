import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { decidesOf, requirePermission } from "../../domain/callers/permissions.ts";
import type { Caller } from "../../domain/callers/types.ts";
import { badInput, ScopewardenError } from "../../domain/kernel/errors.ts";
import { expandedBytes, repeatedUses, type Uses } from "./expanded.ts";
import { type Fragments, fieldsOf, fragmentsOf } from "./fields.ts";

/** One operation of a document that is valid against the schema, with the variables that it is run with, as they arrived. */
export interface OperationRequest {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface OperationLimits {
  readonly depth: number;
  /** Decisions of one request, aliases and batches together. */
  readonly decisions: number;
  /** Bytes of what all fields are asked with, each variable counted wherever it stands. */
  readonly bytes: number;
  /** Why nothing may be changed, in sentences for the caller; absent: it may. */
  readonly readOnly?: string | undefined;
}

/** Mutations that have something computed of what is there, and change nothing of it. */
const READING: ReadonlySet<string> = new Set(["startReplay", "startBacktest", "cancelJob"]);

/** Introspection is deep by nature (a type of a type of a type) and costs no work: GraphiQL's query has 15 levels. */
const INTROSPECTION_DEPTH = 20;

const exceeded = (message: string): ScopewardenError => new ScopewardenError("LIMIT_EXCEEDED", message);

/** Levels of fields below a selection set, counted through fragments. Each fragment is measured once. */
function depthOf(set: SelectionSetNode, fragments: Fragments, known: Map<string, number>): number {
  let deepest = 0;
  for (const selection of set.selections) {
    let depth = 0;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const name = selection.name.value;
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
      depth = selection.kind === Kind.FIELD ? below + 1 : below;
    }
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const isIntrospection = ({ name }: FieldNode): boolean => name.value.startsWith("__");

/** What the root fields that are not left out come to. */
interface Roots {
  /** Each once, in their order, without introspection: each needs a permission. */
  readonly permissions: readonly string[];
  /** Those that change something, by the names that they answer under. */
  readonly changes: ReadonlySet<string>;
  /** Those that decide, by the name that they answer under. */
  readonly deciding: Deciding;
}

/** What is to be known of an operation before its variables. */
interface Plan {
  /** Null where directives make it depend on variables. */
  readonly roots: Roots | null;
  /** The root fields' levels, in their order. */
  readonly depths: readonly { readonly levels: number; readonly introspection: boolean }[];
  /** What fields are asked with; null: no variable stands more than once, so it is no more than what was sent. */
  readonly uses: Uses | null;
}
type Deciding = ReadonlyMap<string, readonly FieldNode[]>;

/** Plans live as long as their operation, which lives as long as Apollo keeps its document. */
const plans = new WeakMap<OperationDefinitionNode, Plan>();

const answerName = ({ alias, name }: FieldNode): string => (alias ?? name).value;

/** Fields that answer under one name are one (GraphQL, field merging). */
function byAnswer(fields: Iterable<FieldNode>): Deciding {
  const deciding = new Map<string, FieldNode[]>();
  for (const field of fields) {
    if (decidesOf(field.name.value) === null) continue;
    const key = answerName(field);
    const same = deciding.get(key);
    if (same === undefined) deciding.set(key, [field]);
    else same.push(field);
  }
  return deciding;
}

function rootsOf({ operation }: Pick<OperationRequest, "operation">, all: readonly FieldNode[]): Roots {
  const fields = all.filter((field) => !isIntrospection(field));
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  return {
    permissions: [...new Set(fields.map(({ name }) => name.value))],
    changes: new Set(isMutation ? fields.filter(({ name }) => decidesOf(name.value) === null).map(answerName) : []),
    deciding: byAnswer(fields),
  };
}

function makePlan(request: Pick<OperationRequest, "document" | "operation">): Plan {
  const { document, operation } = request;
  const fragments = fragmentsOf(document);
  let conditional = false;
  const keep = ({ directives = [] }: SelectionNode): boolean => {
    conditional ||= directives.length > 0;
    return true;
  };
  const fields = [...fieldsOf(operation.selectionSet, fragments, { keep })];
  const known = new Map<string, number>();
  return {
    roots: conditional ? null : rootsOf(request, fields),
    depths: fields.map((field) => ({
      levels: 1 + (field.selectionSet === undefined ? 0 : depthOf(field.selectionSet, fragments, known)),
      introspection: isIntrospection(field),
    })),
    uses: repeatedUses(operation.selectionSet, fragments),
  };
}

function planOf(request: OperationRequest): Plan {
  const known = plans.get(request.operation);
  if (known !== undefined) return known;
  const plan = makePlan(request);
  plans.set(request.operation, plan);
  return plan;
}

/** The root fields of this run: what directives leave out is not run, and asks for nothing. */
function rootsRun(request: OperationRequest): Roots {
  const keep = (selection: SelectionNode): boolean => !isLeftOut(selection, request);
  const { document, operation } = request;
  return (
    planOf(request).roots ?? rootsOf(request, [...fieldsOf(operation.selectionSet, fragmentsOf(document), { keep })])
  );
}

/** The root fields of this run by their names in the schema, each once, without introspection. */
export const rootFieldsOf = (request: OperationRequest): readonly string[] => rootsRun(request).permissions;

/** @throws ScopewardenError LIMIT_EXCEEDED */
export function checkDepth(request: OperationRequest, max: number): void {
  for (const { levels, introspection } of planOf(request).depths) {
    const bound = introspection ? INTROSPECTION_DEPTH : max;
    if (levels > bound)
      throw exceeded(`The operation nests fields ${levels} levels deep; at most ${bound} are allowed.`);
  }
}

/** @throws ScopewardenError LIMIT_EXCEEDED */
function checkBytes(request: OperationRequest, max: number): void {
  const { uses } = planOf(request);
  if (uses === null) return;
  const bytes = expandedBytes(uses, request.operation, request.variables);
  if (bytes > max)
    throw exceeded(
      `With each variable written out wherever it stands, the request comes to ${bytes} bytes; at most ${max} are allowed.`,
    );
}

/** The value of an argument as far as counting needs it: variables resolved, literals of lists by their items. */
function resolve(value: ValueNode, request: OperationRequest): unknown {
  if (value.kind === Kind.LIST) return value.values;
  if (value.kind === Kind.NULL) return null;
  if (value.kind !== Kind.VARIABLE) return "value" in value ? value.value : undefined;
  const name = value.name.value;
  if (Object.hasOwn(request.variables, name)) return request.variables[name];
  const definition = request.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return definition?.defaultValue === undefined ? null : resolve(definition.defaultValue, request);
}

const argumentOf = ({ arguments: all = [] }: FieldNode | DirectiveNode, name: string): ValueNode | undefined =>
  all.find((argument) => argument.name.value === name)?.value;

/** Left out by @skip or @include, beyond doubt. */
export function isLeftOut({ directives = [] }: SelectionNode, request: OperationRequest): boolean {
  return directives.some((directive) => {
    const condition = argumentOf(directive, "if");
    const value = condition === undefined ? null : resolve(condition, request);
    return (
      (directive.name.value === "skip" && value === true) || (directive.name.value === "include" && value === false)
    );
  });
}

function decisionsOf(field: FieldNode, request: OperationRequest): number {
  const decides = decidesOf(field.name.value);
  if (decides === null) return 0;
  if (decides === "one") return 1;
  const argument = argumentOf(field, decides.eachOf);
  const value = argument === undefined ? null : resolve(argument, request);
  // A list of one may be written without its brackets (GraphQL, input coercion of lists).
  return Array.isArray(value) ? value.length : 1;
}

/** How many decisions an operation asks for. */
export function countDecisions(request: OperationRequest): number {
  let sum = 0;
  for (const fields of rootsRun(request).deciding.values())
    sum += Math.max(...fields.map((field) => decisionsOf(field, request)));
  return sum;
}

/**
 * All that is checked of an operation before anything of it runs: depth, bytes, decisions, and that the caller's roles
 * permit every root field that is run, so that no half of a request is done; and that it changes nothing where nothing may be changed.
 * @throws ScopewardenError LIMIT_EXCEEDED, FORBIDDEN, BAD_USER_INPUT for more than one change
 */
export function checkOperation(request: OperationRequest, caller: Caller, limits: OperationLimits): void {
  const { changes, permissions } = rootsRun(request);
  // Whether a change is only tried may stand in a variable: each field asks again, with its arguments.
  for (const field of permissions) requirePermission(caller, field, { dryRun: true });
  if (limits.readOnly !== undefined && request.operation.operation === OperationTypeNode.MUTATION)
    if (permissions.some((field) => !READING.has(field))) throw new ScopewardenError("FORBIDDEN", limits.readOnly);
  checkDepth(request, limits.depth);
  // Of two, the first would be committed and not answered where the second fails.
  if (changes.size > 1)
    throw badInput([
      { path: "query", message: "makes more than one change; send each alone, or many as one applyPolicy" },
    ]);
  checkBytes(request, limits.bytes);
  const decisions = countDecisions(request);
  if (decisions > limits.decisions)
    throw exceeded(
      `The request asks for ${decisions} decisions; at most ${limits.decisions} are allowed in one request.`,
    );
}
