/**
 * What the limits need of a GraphQL document: a view of the syntax tree by its shape, so that limits are plain
 * functions over data. The document is valid against the schema by the time these are called.
 */
export interface AstValue {
  readonly kind: string;
  readonly name?: { readonly value: string } | undefined;
  readonly value?: unknown;
  readonly values?: readonly AstValue[] | undefined;
}
interface AstArgument {
  readonly name: { readonly value: string };
  readonly value: AstValue;
}
export interface AstSelection {
  readonly kind: string;
  readonly name?: { readonly value: string } | undefined;
  readonly alias?: { readonly value: string } | undefined;
  readonly arguments?: readonly AstArgument[] | undefined;
  readonly directives?:
    | readonly { readonly name: { readonly value: string }; readonly arguments?: readonly AstArgument[] | undefined }[]
    | undefined;
  readonly selectionSet?: AstSelectionSet | undefined;
}
export interface AstSelectionSet {
  readonly selections: readonly AstSelection[];
}
export interface AstOperation {
  readonly operation: string;
  readonly selectionSet: AstSelectionSet;
  readonly variableDefinitions?:
    | readonly {
        readonly variable: { readonly name: { readonly value: string } };
        readonly defaultValue?: AstValue | undefined;
      }[]
    | undefined;
}
export interface AstDocument {
  readonly definitions: readonly {
    readonly kind: string;
    readonly name?: { readonly value: string } | undefined;
    readonly selectionSet?: AstSelectionSet | undefined;
  }[];
}

/** One operation of a document with the variables that it is run with, as they arrived. */
export interface OperationRequest {
  readonly document: AstDocument;
  readonly operation: AstOperation;
  readonly variables: Readonly<Record<string, unknown>>;
}

export type Fragments = ReadonlyMap<string, AstSelectionSet>;

export function fragmentsOf(document: AstDocument): Fragments {
  const fragments = new Map<string, AstSelectionSet>();
  for (const { kind, name, selectionSet } of document.definitions) {
    if (kind === "FragmentDefinition" && name !== undefined && selectionSet !== undefined)
      fragments.set(name.value, selectionSet);
  }
  return fragments;
}

/** The fields that a selection set comes to, fragments spread; each fragment once, so that cycles end. */
export function* fieldsOf(
  set: AstSelectionSet,
  fragments: Fragments,
  keep: (selection: AstSelection) => boolean = () => true,
  seen = new Set<string>(),
): Generator<AstSelection> {
  for (const selection of set.selections) {
    if (!keep(selection)) continue;
    if (selection.kind === "Field") {
      yield selection;
    } else if (selection.kind === "FragmentSpread") {
      const name = selection.name?.value ?? "";
      const fragment = fragments.get(name);
      if (fragment === undefined || seen.has(name)) continue;
      seen.add(name);
      yield* fieldsOf(fragment, fragments, keep, seen);
    } else if (selection.selectionSet !== undefined) {
      yield* fieldsOf(selection.selectionSet, fragments, keep, seen);
    }
  }
}
