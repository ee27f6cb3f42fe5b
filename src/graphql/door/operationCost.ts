import {
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";
import { takesTurns } from "../../domain/callers/permissions.ts";
import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { type Fragments, fieldsOf, fragmentsOf } from "./fields.ts";
import { isLeftOut, type OperationRequest } from "./limits.ts";

/** What an operation may come to at most, before anything of it runs. */
export interface OperationCost {
  /** Fields of the answer, were every list as long as its `first` lets it be. */
  readonly fields: number;
  /** Root fields that read the journal or review access, aliases counted. */
  readonly journalReads: number;
}

export interface CostLimits {
  /** Fields of one answer, by the `first` of its lists. */
  readonly fields: number;
  /** Fields of one request that read the journal or review access; and how many of one caller may wait. */
  readonly journalReads: number;
}

/** What a list is taken to have where nothing bounds it but what it is: scopes of a decision, roles that a role inherits. */
const UNBOUNDED = 10;

/** Costs of operations in which no variable says how long a list is, or whether there is one. They live as long as their operation. */
const known = new WeakMap<object, OperationCost>();

/** Walks one operation. A fragment is measured once for each type that it is spread on, or many would take for ever. */
class Walk {
  readonly #request: OperationRequest;
  readonly #fragments: Fragments;
  readonly #measured = new Map<string, number>();
  /** Whether a variable said how long a list is, or whether a field is left out. */
  varies = false;

  constructor(request: OperationRequest) {
    this.#request = request;
    this.#fragments = fragmentsOf(request.document);
  }

  leavesOut(selection: SelectionNode): boolean {
    if ((selection.directives ?? []).length === 0) return false;
    this.varies = true;
    return isLeftOut(selection, this.#request);
  }

  /** Fields below one object; `edges` says how many items a connection has. */
  below(set: SelectionSetNode, type: GraphQLOutputType, edges: number): number {
    let sum = 0;
    for (const selection of set.selections) {
      if (this.leavesOut(selection)) continue;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        const fragment = this.#fragments.get(name);
        if (fragment === undefined) continue;
        const key = `${name} ${getNamedType(type).name} ${edges}`;
        if (!this.#measured.has(key)) {
          // Until it is measured a fragment counts 0, which ends cycles.
          this.#measured.set(key, 0);
          this.#measured.set(key, this.below(fragment, type, edges));
        }
        sum += this.#measured.get(key) ?? 0;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        sum += this.below(selection.selectionSet, type, edges);
      } else {
        const { name, selectionSet, arguments: given = [] } = selection;
        const named = getNamedType(type);
        const field = isObjectType(named) ? named.getFields()[name.value] : undefined;
        sum += 1;
        if (field === undefined || selectionSet === undefined || !isCompositeType(getNamedType(field.type))) continue;
        const first = this.#first(field, given.find((argument) => argument.name.value === "first")?.value);
        const isConnection = first !== null && !isListType(getNullableType(field.type));
        const times =
          name.value === "edges"
            ? edges
            : isConnection
              ? 1
              : (first ?? (isListType(getNullableType(field.type)) ? UNBOUNDED : 1));
        sum += times * this.below(selectionSet, field.type, isConnection ? first : 1);
      }
    }
    return sum;
  }

  /** What `first` comes to; null where a field has none. */
  #first({ args }: GraphQLField<unknown, unknown>, value: ValueNode | undefined): number | null {
    const argument = args.find(({ name }) => name === "first");
    if (argument === undefined) return null;
    const standard = Number(argument.defaultValue ?? 1);
    const given = value === undefined ? null : this.#numberIn(value);
    // What is no number here is refused when it is read.
    return given === null || Number.isNaN(given) ? standard : Math.max(1, given);
  }

  #numberIn(value: ValueNode): number | null {
    if (value.kind === Kind.INT) return Number(value.value);
    if (value.kind !== Kind.VARIABLE) return null;
    this.varies = true;
    const name = value.name.value;
    const { variables, operation } = this.#request;
    if (Object.hasOwn(variables, name)) return variables[name] === null ? null : Number(variables[name]);
    const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
    return definition?.defaultValue === undefined ? null : this.#numberIn(definition.defaultValue);
  }
}

export function costOf(request: OperationRequest, schema: GraphQLSchema): OperationCost {
  const { operation, document } = request;
  const before = known.get(operation);
  if (before !== undefined) return before;
  const type = schema.getRootType(operation.operation);
  const walk = new Walk(request);
  const keep = (selection: SelectionNode): boolean => !walk.leavesOut(selection);
  const roots = [...fieldsOf(operation.selectionSet, fragmentsOf(document), { keep })];
  const own = roots.filter(({ name }) => !name.value.startsWith("__"));
  const cost = {
    fields: type ? walk.below({ kind: Kind.SELECTION_SET, selections: own }, type, 1) : 0,
    journalReads: own.filter(({ name }) => takesTurns(name.value)).length,
  };
  if (!walk.varies) known.set(operation, cost);
  return cost;
}

const exceeded = (message: string): ScopewardenError => new ScopewardenError("LIMIT_EXCEEDED", message);

/** @throws ScopewardenError LIMIT_EXCEEDED */
export function checkCost(request: OperationRequest, schema: GraphQLSchema, limits: CostLimits): void {
  const { fields, journalReads } = costOf(request, schema);
  if (fields > limits.fields)
    throw exceeded(
      `The answer may have ${fields} fields, counting lists at the length that \`first\` lets them have; at most ${limits.fields} are allowed. Ask for less with a smaller \`first\`, or in several requests.`,
    );
  if (journalReads > limits.journalReads)
    throw exceeded(
      `The request has ${journalReads} fields that read the journal or review access; at most ${limits.journalReads} are allowed in one request.`,
    );
}
