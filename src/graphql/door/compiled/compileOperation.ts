import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  isRequiredArgument,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { type DecidingField, isDecidingField } from "../../../domain/callers/permissions.ts";
import { fragmentsOf } from "../fields.ts";
import { type Variables, variablesCoercer } from "./coerce.ts";
import { printerOf } from "./print.ts";
import { type SelectedField, selectedOf } from "./selection.ts";
import { UNUSUAL } from "./unusual.ts";

/** An operation that asks one deciding field: what graphql-js would find out again for each request. */
export interface CompiledOperation {
  readonly field: DecidingField;
  /** The value of its one argument. @throws for all that graphql-js would refuse */
  argument(variables: Variables): unknown;
  /** The JSON text of `data` in the answer. @throws for all that graphql-js would report */
  print(value: unknown): string;
}

function argumentReader(
  { node }: SelectedField,
  definition: GraphQLField<unknown, unknown>,
): (variables: Variables) => unknown {
  const [argument, ...others] = definition.args;
  if (argument === undefined || others.length > 0 || !isRequiredArgument(argument)) throw UNUSUAL;
  const value = node.arguments?.[0]?.value;
  if (value === undefined) throw UNUSUAL;
  if (value.kind === Kind.VARIABLE) {
    const name = value.name.value;
    return (variables) => {
      const given = variables[name];
      if (given === undefined || given === null) throw UNUSUAL;
      return given;
    };
  }
  // Written in place, perhaps with variables in it: graphql-js reads it each time.
  return (variables) => getArgumentValues(definition, node, { ...variables })[argument.name];
}

/** Null for an operation that is left to graphql-js: only one deciding root field, and nothing else, is compiled. */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledOperation | null {
  try {
    const root = schema.getRootType(operation.operation);
    if (!root || (operation.directives ?? []).length > 0) return null;
    const [only, ...others] = selectedOf([operation.selectionSet], fragmentsOf(document)).fields;
    if (only === undefined || others.length > 0) return null;
    const [key, selected] = only;
    const field = selected.name;
    const definition = root.getFields()[field];
    if (definition === undefined || !isDecidingField(field)) return null;
    const coerce = variablesCoercer(schema, operation.variableDefinitions ?? []);
    const read = argumentReader(selected, definition);
    const print = printerOf(definition.type, selected.below);
    const before = `{${JSON.stringify(key)}:`;
    return {
      field,
      argument: (variables) => read(coerce(variables)),
      print: (value) => `${before}${print(value)}}`,
    };
  } catch {
    return null;
  }
}
