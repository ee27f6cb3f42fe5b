import type { BaseContext, GraphQLRequestListener } from "@apollo/server";

type Executed = Parameters<NonNullable<GraphQLRequestListener<BaseContext>["responseForOperation"]>>[0];

/** The one operation of a document that Apollo has parsed and validated, and that was answered the compiled way. */
export type KnownOperation = Pick<Executed, "document" | "operation">;

export interface KnownOperations {
  /** By the document's text, as it arrived; with a name only if the operation has that name. */
  of(query: string, operationName: string | undefined): KnownOperation | undefined;
  learn(query: string, known: KnownOperation): void;
}

/** A document takes about a hundred times the memory of its text. */
const MAX_KNOWN = 50;
const MAX_LENGTH = 2_000;

/** Remembers so many of the operations that come again and again; the one that was learned first makes room. */
export function createKnownOperations(): KnownOperations {
  const byQuery = new Map<string, KnownOperation>();
  return {
    of(query, operationName) {
      const known = byQuery.get(query);
      return operationName === undefined || known?.operation.name?.value === operationName ? known : undefined;
    },
    learn(query, known) {
      if (query.length > MAX_LENGTH || byQuery.has(query)) return;
      // Of several, a request has to say which it means, and Apollo finds it.
      if (known.document.definitions.filter(({ kind }) => kind === "OperationDefinition").length !== 1) return;
      const [oldest] = byQuery.keys();
      if (byQuery.size >= MAX_KNOWN && oldest !== undefined) byQuery.delete(oldest);
      byQuery.set(query, known);
    },
  };
}
