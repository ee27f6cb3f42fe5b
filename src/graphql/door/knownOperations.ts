import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode } from "graphql";
import { Memo } from "../../domain/kernel/memo.ts";
import { type CompiledOperation, compileOperation } from "./compiled/compileOperation.ts";

/** The one operation of a document that Apollo has parsed, validated and answered, and its compilation. */
export interface KnownOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly compiled: CompiledOperation;
}

export interface KnownOperations {
  /** By the document's text, as it arrived; with a name only if the operation has that name. */
  of(query: string, operationName: string | undefined): KnownOperation | undefined;
  /** Learns an operation that was answered without errors, the second time, so that those that never come again cost nothing. */
  learn(query: string, answered: Omit<KnownOperation, "compiled">): void;
}

/** A document takes about a hundred times the memory of its text. */
const MAX_KNOWN = 50;
const MAX_LENGTH = 2_000;

export function createKnownOperations(schema: GraphQLSchema): KnownOperations {
  const byQuery = new Memo<KnownOperation>(MAX_KNOWN);
  // Kept as long as Apollo keeps the document, whose store is bounded.
  const compilations = new WeakMap<OperationDefinitionNode, CompiledOperation | "answered once" | null>();
  return {
    of(query, operationName) {
      const known = byQuery.get(query);
      return operationName === undefined || known?.operation.name?.value === operationName ? known : undefined;
    },
    learn(query, { document, operation }) {
      if (query.length > MAX_LENGTH || byQuery.get(query) !== undefined) return;
      // Of several, a request has to say which it means, and Apollo finds it.
      if (document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length !== 1) return;
      let compiled = compilations.get(operation);
      if (compiled === undefined) {
        compilations.set(operation, "answered once");
        return;
      }
      if (compiled === "answered once") {
        compiled = compileOperation(schema, document, operation);
        compilations.set(operation, compiled);
      }
      if (compiled !== null) byQuery.set(query, { document, operation, compiled });
    },
  };
}
