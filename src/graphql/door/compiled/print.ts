import {
  type GraphQLEnumType,
  GraphQLID,
  GraphQLInt,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  GraphQLString,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
} from "graphql";
import type { Selected } from "./selection.ts";
import { UNUSUAL } from "./unusual.ts";

/** From what a resolver gave to the JSON text of the answer. @throws for all that graphql-js would report */
export type Print = (value: unknown) => string;

/** Nothing that graphql-js would call, wait for or throw. */
const isPlain = (value: unknown): boolean =>
  typeof value !== "function" &&
  !(value instanceof Error) &&
  typeof (value as { readonly then?: unknown } | null)?.then !== "function";

function scalarPrinter(type: GraphQLScalarType): Print {
  if (type === GraphQLString || type === GraphQLID)
    return (value) => {
      if (typeof value !== "string") throw UNUSUAL;
      return JSON.stringify(value);
    };
  return (value) => {
    if (!isPlain(value) || (type === GraphQLInt && typeof value !== "number")) throw UNUSUAL;
    // undefined for what has no JSON, whatever the types of the library say.
    const text = JSON.stringify(type.serialize(value)) as string | undefined;
    if (text === undefined || text === "null") throw UNUSUAL;
    return text;
  };
}

function enumPrinter(type: GraphQLEnumType): Print {
  const texts = new Map<unknown, string>(type.getValues().map(({ name, value }) => [value, JSON.stringify(name)]));
  return (value) => {
    const text = texts.get(value);
    if (text === undefined) throw UNUSUAL;
    return text;
  };
}

function listPrinter(item: Print): Print {
  return (value) => {
    if (!Array.isArray(value)) throw UNUSUAL;
    let text = "";
    for (const member of value) text += text === "" ? item(member) : `,${item(member)}`;
    return `[${text}]`;
  };
}

function objectPrinter(type: GraphQLObjectType, { fields }: Selected): Print {
  if (type.isTypeOf) throw UNUSUAL;
  const types = type.getFields();
  const printers = [...fields].map(([key, { name, below }], i) => {
    const before = `${i === 0 ? "{" : ","}${JSON.stringify(key)}:`;
    if (name === "__typename") return { name, text: before + JSON.stringify(type.name), print: null };
    const field = types[name];
    // A resolver of its own, such as who the caller is, or arguments.
    if (field === undefined || field.resolve !== undefined || field.args.length > 0) throw UNUSUAL;
    return { name, text: before, print: printerOf(field.type, below) };
  });
  return (value) => {
    if (typeof value !== "object" || value === null || !isPlain(value)) throw UNUSUAL;
    const source = value as Readonly<Record<string, unknown>>;
    let all = "";
    for (const { name, text, print } of printers) all += print === null ? text : text + print(source[name]);
    return `${all}}`;
  };
}

/** @throws at once for what is not compiled */
export function printerOf(type: GraphQLOutputType, selected: Selected | null): Print {
  if (isNonNullType(type)) {
    const print = presentPrinterOf(type.ofType, selected);
    return (value) => {
      if (value === null || value === undefined) throw UNUSUAL;
      return print(value);
    };
  }
  const print = presentPrinterOf(type, selected);
  return (value) => (value === null || value === undefined ? "null" : print(value));
}

function presentPrinterOf(type: GraphQLOutputType, selected: Selected | null): Print {
  if (isListType(type)) return listPrinter(printerOf(type.ofType, selected));
  if (isScalarType(type)) return scalarPrinter(type);
  if (isEnumType(type)) return enumPrinter(type);
  if (!isObjectType(type) || selected === null) throw UNUSUAL;
  return objectPrinter(type, selected);
}
