import { type DocumentNode, type FieldNode, Kind, type SelectionNode, type SelectionSetNode } from "graphql";

/** The selection set of each fragment of a document, by the fragment's name. */
export type Fragments = ReadonlyMap<string, SelectionSetNode>;

export function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet);
  return fragments;
}

/** The fields that a selection set comes to, fragments spread; each fragment once, so that cycles end. */
export function* fieldsOf(
  set: SelectionSetNode,
  fragments: Fragments,
  { keep, spread = new Set() }: { readonly keep: (selection: SelectionNode) => boolean; readonly spread?: Set<string> },
): Generator<FieldNode> {
  for (const selection of set.selections) {
    if (!keep(selection)) continue;
    if (selection.kind === Kind.FIELD) {
      yield selection;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      yield* fieldsOf(selection.selectionSet, fragments, { keep, spread });
    } else {
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (fragment === undefined || spread.has(name)) continue;
      spread.add(name);
      yield* fieldsOf(fragment, fragments, { keep, spread });
    }
  }
}
