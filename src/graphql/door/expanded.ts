import { Kind, type OperationDefinitionNode, type SelectionSetNode, type ValueNode } from "graphql";
import type { Fragments } from "./fields.ts";

/** What the arguments of all fields come to: bytes of what is written in place, and how often each variable stands there. */
export interface Uses {
  readonly literals: number;
  readonly variables: ReadonlyMap<string, number>;
}

/** Adds up what stands in a document, fragments wherever they are spread; each fragment is looked at once. */
class Counter {
  readonly #fragments: Fragments;
  readonly #known = new Map<string, Uses>();

  constructor(fragments: Fragments) {
    this.#fragments = fragments;
  }

  of(set: SelectionSetNode): Uses {
    const sum = { literals: 0, variables: new Map<string, number>() };
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        add(sum, this.#fragment(selection.name.value));
        continue;
      }
      if (selection.kind === Kind.FIELD) for (const { value } of selection.arguments ?? []) addValue(sum, value);
      if (selection.selectionSet !== undefined) add(sum, this.of(selection.selectionSet));
    }
    return sum;
  }

  #fragment(name: string): Uses {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    // Until it is counted a fragment counts nothing, which ends cycles.
    this.#known.set(name, { literals: 0, variables: new Map() });
    const set = this.#fragments.get(name);
    const uses = set === undefined ? { literals: 0, variables: new Map<string, number>() } : this.of(set);
    this.#known.set(name, uses);
    return uses;
  }
}

interface Sum {
  literals: number;
  readonly variables: Map<string, number>;
}

function add(sum: Sum, { literals, variables }: Uses): void {
  sum.literals += literals;
  for (const [name, times] of variables) sum.variables.set(name, (sum.variables.get(name) ?? 0) + times);
}

function addValue(sum: Sum, value: ValueNode): void {
  if (value.kind === Kind.VARIABLE) sum.variables.set(value.name.value, (sum.variables.get(value.name.value) ?? 0) + 1);
  else if (value.kind === Kind.LIST) for (const item of value.values) addValue(sum, item);
  else if (value.kind === Kind.OBJECT)
    for (const { name, value: member } of value.fields) {
      sum.literals += name.value.length;
      addValue(sum, member);
    }
  else if ("value" in value) sum.literals += Buffer.byteLength(String(value.value));
}

/**
 * What the fields of an operation are asked with, where that can be more than what was sent: where a variable stands more
 * than once, or a fragment with values of its own is spread more than once. Else null.
 */
export function repeatedUses(set: SelectionSetNode, fragments: Fragments): Uses | null {
  const uses = new Counter(fragments).of(set);
  const spread = fragments.size > 0 && uses.literals > 0;
  return spread || [...uses.variables.values()].some((times) => times > 1) ? uses : null;
}

/** The bytes of an operation's arguments, every variable written out wherever it stands. */
export function expandedBytes(
  { literals, variables }: Uses,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): number {
  let bytes = literals;
  for (const [name, times] of variables) {
    if (Object.hasOwn(given, name)) bytes += times * Buffer.byteLength(JSON.stringify(given[name]) ?? "");
    else {
      const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
      const { loc } = definition?.defaultValue ?? {};
      bytes += times * (loc === undefined ? 0 : loc.end - loc.start);
    }
  }
  return bytes;
}
