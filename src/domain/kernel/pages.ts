/** Which part of a list: `first` items after the position `after` (a keyset key, not an offset). */
export interface PageRequest<Key> {
  readonly first: number;
  readonly after: Key | null;
}

/** A part of a list, in the list's order, each item with its position. */
export interface Page<Item, Key> {
  readonly items: readonly { readonly node: Item; readonly key: Key }[];
  readonly hasNextPage: boolean;
  /** After what the next page begins, where that is not the last item: a page that looked through much may be short, or empty. */
  readonly reached?: Key;
}

/** After what the next page begins; null: there is nothing to go on from. */
export const endOf = <Key>({ items, reached }: Pick<Page<unknown, Key>, "items" | "reached">): Key | null =>
  reached ?? items.at(-1)?.key ?? null;
