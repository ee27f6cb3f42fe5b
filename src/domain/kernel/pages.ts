/** Which part of a list: `first` items after the position `after` (a keyset key, not an offset). */
export interface PageRequest<Key> {
  readonly first: number;
  readonly after: Key | null;
}

/** A part of a list, in the list's order, each item with its position. */
export interface Page<Item, Key> {
  readonly items: readonly { readonly node: Item; readonly key: Key }[];
  readonly hasNextPage: boolean;
}
