import { type FieldNode, Kind, type SelectionSetNode } from "graphql";
import type { Fragments } from "../fields.ts";
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
  const collect = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if ((selection.directives ?? []).length > 0) throw UNUSUAL;
      if (selection.kind === Kind.FIELD) {
        budget.fields -= 1;
        if (budget.fields < 0) throw UNUSUAL;
        const key = selection.alias?.value ?? selection.name.value;
        const same = nodes.get(key);
        if (same === undefined) nodes.set(key, [selection]);
        else same.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment === undefined) throw UNUSUAL;
        collect(fragment);
      }
    }
  };
  for (const set of sets) collect(set);
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
