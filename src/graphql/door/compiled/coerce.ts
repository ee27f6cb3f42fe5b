import {
  type GraphQLEnumType,
  GraphQLID,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isScalarType,
  type NamedTypeNode,
  type TypeNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
} from "graphql";
import { UnreadTime } from "../../scalars.ts";
import { UNUSUAL } from "./unusual.ts";

/** From a value as it arrived to the value that graphql-js would make of it. @throws for all that it would refuse */
type Coerce = (value: unknown) => unknown;
export type Variables = Readonly<Record<string, unknown>>;

/** Types live as long as their schema, and so do their coercers. */
const coercers = new WeakMap<GraphQLInputObjectType, Coerce>();

function scalarCoercer(type: GraphQLScalarType): Coerce {
  const parse: Coerce = (value) => {
    const parsed: unknown = type.parseValue(value);
    // A date, or what is no time, is left to the resolver's guard.
    if (parsed === undefined || parsed instanceof UnreadTime) throw UNUSUAL;
    return parsed;
  };
  // Nearly all values are texts, and these two types keep a text as it is.
  return type === GraphQLString || type === GraphQLID
    ? (value) => (typeof value === "string" ? value : parse(value))
    : parse;
}

function enumCoercer(type: GraphQLEnumType): Coerce {
  return (value) => {
    const found = typeof value === "string" ? type.getValue(value) : undefined;
    if (found === undefined || found === null) throw UNUSUAL;
    return found.value;
  };
}

function listCoercer(item: Coerce): Coerce {
  return (value) => {
    // A list of one without its brackets, too, is left to graphql-js.
    if (!Array.isArray(value)) throw UNUSUAL;
    const coerced: unknown[] = [];
    for (const member of value) coerced.push(item(member));
    return coerced;
  };
}

function objectCoercer(type: GraphQLInputObjectType): Coerce {
  if (type.isOneOf) throw UNUSUAL;
  const fields = Object.values(type.getFields()).map((field) => ({
    name: field.name,
    coerce: coercerOf(field.type),
    defaultValue: field.defaultValue,
    required: isNonNullType(field.type),
  }));
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw UNUSUAL;
    const given = value as Readonly<Record<string, unknown>>;
    const coerced: Record<string, unknown> = {};
    let found = 0;
    for (const { name, coerce, defaultValue, required } of fields) {
      const member = given[name];
      if (member !== undefined) {
        coerced[name] = coerce(member);
        found += 1;
      } else if (defaultValue !== undefined) coerced[name] = defaultValue;
      else if (required) throw UNUSUAL;
    }
    // Members beyond those of the type.
    if (Object.keys(given).length !== found) throw UNUSUAL;
    return coerced;
  };
}

/** @throws at once for a type that is not compiled */
function coercerOf(type: GraphQLInputType): Coerce {
  if (isNonNullType(type)) {
    const coerce = coercerOf(type.ofType);
    return (value) => {
      if (value === null || value === undefined) throw UNUSUAL;
      return coerce(value);
    };
  }
  const coerce = presentCoercerOf(type);
  return (value) => (value === null || value === undefined ? null : coerce(value));
}

function presentCoercerOf(type: GraphQLInputType): Coerce {
  if (isScalarType(type)) return scalarCoercer(type);
  if (isListType(type)) return listCoercer(coercerOf(type.ofType));
  if (isEnumType(type)) return enumCoercer(type);
  if (!isInputObjectType(type)) throw UNUSUAL;
  const known = coercers.get(type);
  if (known !== undefined) return known;
  // Put down before it is made, for a type that contains itself.
  let made: Coerce | undefined;
  coercers.set(type, (value) => {
    if (made === undefined) throw UNUSUAL;
    return made(value);
  });
  made = objectCoercer(type);
  coercers.set(type, made);
  return made;
}

/** All variables of an operation. @throws at once for a type that is not compiled */
export function variablesCoercer(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): (variables: Variables) => Variables {
  const compiled = definitions.map(({ variable, type: typeNode, defaultValue }) => {
    // The overloads of typeFromAST know no node of any kind.
    const type = typeFromAST(schema, typeNode as TypeNode as NamedTypeNode);
    if (!isInputType(type)) throw UNUSUAL;
    return {
      name: variable.name.value,
      coerce: coercerOf(type),
      required: isNonNullType(type),
      // Made anew for each request, as nobody else's values are shared either.
      absent: defaultValue === undefined ? null : () => valueFromAST(defaultValue, type),
    };
  });
  return (variables) => {
    const coerced: Record<string, unknown> = {};
    for (const { name, coerce, required, absent } of compiled) {
      if (Object.hasOwn(variables, name)) coerced[name] = coerce(variables[name]);
      else if (absent !== null) coerced[name] = absent();
      else if (required) throw UNUSUAL;
    }
    return coerced;
  };
}
