import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

const known = new WeakMap<readonly FieldNode[], number>();

/** Fields of the answer that one item of a field comes to, where each list below it has one item; 1 at least. */
export function itemFields({ fieldNodes, fragments }: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">): number {
  const before = known.get(fieldNodes);
  if (before !== undefined) return before;
  // A fragment is walked once, however often it is spread.
  const spread = new Map<string, number>();
  const below = (set: SelectionSetNode | undefined): number => {
    let sum = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (!spread.has(name)) spread.set(name, below(fragments[name]?.selectionSet));
        sum += spread.get(name) ?? 0;
      } else sum += (selection.kind === Kind.FIELD ? 1 : 0) + below(selection.selectionSet);
    }
    return sum;
  };
  const fields = Math.max(
    1,
    fieldNodes.reduce((sum, { selectionSet }) => sum + below(selectionSet), 0),
  );
  known.set(fieldNodes, fields);
  return fields;
}

/** The names of the fields that are asked of an answer's object, in whatever fragment; those that a directive leaves out, too. */
export function fieldsAsked({
  fieldNodes,
  fragments,
}: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">): Set<string> {
  const names = new Set<string>();
  // A fragment is walked once, however often it is spread.
  const spread = new Set<string>();
  const add = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        add(fragments[selection.name.value]?.selectionSet);
      }
    }
  };
  for (const { selectionSet } of fieldNodes) add(selectionSet);
  return names;
}
