/** An operation of GraphQL, as it is sent, with the types of its variables and its answer. */
export interface Operation<Result, Variables> {
  readonly name: string;
  readonly kind: "query" | "mutation";
  readonly text: string;
  /** Never set: it carries the types. */
  readonly types?: (variables: Variables) => Result;
}
