import type { FieldNode, SelectionNode, SelectionSetNode } from "graphql";
import { type Fragments, fieldsOf } from "../fields.ts";
import { UNUSUAL } from "./unusual.ts";

/** The fields of one object in the answer, by the name that each has there, in the order of the answer. */
export interface Selected {
  readonly fields: ReadonlyMap<string, SelectedField>;
}
export interface SelectedField {
  readonly name: string;
  /** The field as it was written first. */
  readonly node: FieldNode;
  /** Null: a leaf. */
  readonly below: Selected | null;
}

/** So many fields that no one wrote them; fragments in fragments can make them out of little text. */
const MAX_FIELDS = 500;

/**
 * What selection sets come to when their fragments are spread and fields of one name are merged (GraphQL, CollectFields
 * and MergeSelectionSets). Only for types that are what they are: a fragment is taken to apply, as a valid one on an
 * object type does.
 * @throws for a directive, as it can leave out what it stands at, and for more fields than are compiled
 */
export function selectedOf(
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  budget = { fields: MAX_FIELDS },
): Selected {
  const nodes = new Map<string, FieldNode[]>();
  const spread = new Set<string>();
  const keep = ({ directives = [] }: SelectionNode): boolean => {
    if (directives.length > 0) throw UNUSUAL;
    return true;
  };
  for (const set of sets)
    for (const field of fieldsOf(set, fragments, { keep, spread })) {
      budget.fields -= 1;
      if (budget.fields < 0) throw UNUSUAL;
      const key = field.alias?.value ?? field.name.value;
      const same = nodes.get(key);
      if (same === undefined) nodes.set(key, [field]);
      else same.push(field);
    }
  const fields = new Map<string, SelectedField>();
  for (const [key, [node, ...others]] of nodes) {
    if (node === undefined) continue;
    const below = [node, ...others].flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
    fields.set(key, {
      name: node.name.value,
      node,
      below: below.length === 0 ? null : selectedOf(below, fragments, budget),
    });
  }
  return { fields };
}
