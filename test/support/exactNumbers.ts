/** An answer to an auditor, in which no number is left out. */
export type Exact<T> = [T] extends [number | null]
  ? number
  : T extends readonly (infer Item)[]
    ? readonly Exact<Item>[]
    : T extends object
      ? { readonly [Member in keyof T]: Exact<T[Member]> }
      : T;
export const exact = <T>(answer: T): Exact<T> => answer as Exact<T>;
