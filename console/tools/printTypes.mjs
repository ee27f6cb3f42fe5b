// Prints the types of every operation from schema.graphql: `alerts.graphql` gets `alerts.graphql.ts` beside it. An operation that asks for
// a field that is gone ends the build. The usual generators bring hundreds of packages for the part of this that the console needs.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  buildSchema,
  GraphQLError,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  NoUnusedFragmentsRule,
  parse,
  print,
  specifiedRules,
  validate,
} from "graphql";

const HEAD = "// Printed by tools/printTypes.mjs from schema.graphql. Do not edit.\n";
const SCALARS = {
  ID: "string",
  String: "string",
  Int: "number",
  Float: "number",
  Boolean: "boolean",
  DateTime: "string",
  ChangeCursor: "string",
  ReviewItemCursor: "string",
  PositiveInt: "number",
};

/** The TypeScript of a type, by a function for what it names. */
function wrapped(type, named, nullable = true) {
  if (isNonNullType(type)) return wrapped(type.ofType, named, false);
  const inner = isListType(type) ? `readonly (${wrapped(type.ofType, named)})[]` : named(type);
  return nullable ? `${inner} | null` : inner;
}

const leaf = (type) => {
  if (isScalarType(type)) return SCALARS[type.name] ?? "unknown";
  return `T.${type.name}`;
};

function docOf(text, indent = "") {
  return text ? `${indent}/** ${text.replaceAll("*/", "* /").replaceAll("\n", " ")} */\n` : "";
}

/** Enums with what their values mean, and inputs. `only`: types of these names, and what they are made of, without the words. */
function printSchema(schema, head, only) {
  const parts = [];
  const used = only && reachable(schema, only);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || used?.has(type.name) === false) continue;
    if (isEnumType(type)) {
      const values = type.getValues();
      parts.push(
        `${docOf(type.description)}export type ${type.name} = ${values.map((v) => JSON.stringify(v.name)).join(" | ")};\n`,
      );
      if (only === undefined)
        parts.push(
          `/** What each value means, in the schema's words and order. */\nexport const ${type.name}Words: Readonly<Record<${type.name}, string>> = {\n${values.map((v) => `  ${v.name}: ${JSON.stringify(v.description ?? "")},\n`).join("")}};\n`,
        );
    } else if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).map((field) => {
        const optional = !isNonNullType(field.type) || field.defaultValue !== undefined;
        const text = wrapped(field.type, (t) => leaf(t).replace(/^T\./, ""));
        return `${docOf(field.description, "  ")}  readonly ${field.name}${optional ? "?" : ""}: ${text};\n`;
      });
      parts.push(`${docOf(type.description)}export interface ${type.name} {\n${fields.join("")}}\n`);
    }
  }
  return `${head}${parts.join("\n")}`;
}

/** These, and all that inputs among them have as members. */
function reachable(schema, names, found = new Set()) {
  for (const name of names) {
    const type = schema.getType(name);
    if (found.has(name) || !(isEnumType(type) || isInputObjectType(type))) continue;
    found.add(name);
    if (isInputObjectType(type))
      reachable(
        schema,
        Object.values(type.getFields()).map((field) => getNamedType(field.type).name),
        found,
      );
  }
  return found;
}

/** A selection as a type: what is asked, and nothing else. */
function selectionType(context, selectionSet, parent, indent) {
  const { schema } = context;
  if (isAbstractType(parent)) {
    const kinds = schema.getPossibleTypes(parent).map((t) => objectType(context, [selectionSet], t, indent));
    return [...new Set(kinds)].join(" | ");
  }
  return objectType(context, [selectionSet], parent, indent);
}

function applies(schema, condition, type) {
  if (condition === undefined || condition === type.name) return true;
  const on = schema.getType(condition);
  return isAbstractType(on) && schema.isSubType(on, type);
}

/** Fields of one object type, those of fragments that apply to it included. */
function collect(context, selectionSets, type, found = new Map(), optional = false) {
  const isConditional = (node) => (node.directives ?? []).some((d) => ["skip", "include"].includes(d.name.value));
  for (const { selections } of selectionSets)
    for (const node of selections) {
      const maybe = optional || isConditional(node);
      if (node.kind === Kind.FIELD) {
        const name = node.alias?.value ?? node.name.value;
        const had = found.get(name);
        found.set(name, {
          field: node.name.value,
          sets: [...(had?.sets ?? []), ...(node.selectionSet ? [node.selectionSet] : [])],
          optional: (had?.optional ?? true) && maybe,
        });
      } else {
        const fragment = node.kind === Kind.FRAGMENT_SPREAD ? context.fragments.get(node.name.value).node : node;
        if (applies(context.schema, fragment.typeCondition?.name.value, type))
          collect(context, [fragment.selectionSet], type, found, maybe);
      }
    }
  return found;
}

function objectType(context, selectionSets, type, indent) {
  const inner = `${indent}  `;
  const lines = [];
  for (const [name, { field, sets, optional }] of collect(context, selectionSets, type)) {
    const text =
      field === "__typename"
        ? JSON.stringify(type.name)
        : wrapped(type.getFields()[field].type, (named) =>
            sets.length === 0
              ? leaf(named)
              : isAbstractType(named)
                ? [
                    ...new Set(context.schema.getPossibleTypes(named).map((t) => objectType(context, sets, t, inner))),
                  ].join(" | ")
                : objectType(context, sets, named, inner),
          );
    lines.push(`${inner}readonly ${name}${optional ? "?" : ""}: ${text};\n`);
  }
  return `{\n${lines.join("")}${indent}}`;
}

/** The fragments that a definition needs, its own first, each once. */
function needed(context, node, found = new Set()) {
  const text = print(node);
  for (const [, name] of text.matchAll(/\.\.\.\s*(?!on\b)([A-Za-z]\w*)/g))
    if (!found.has(name)) {
      found.add(name);
      needed(context, context.fragments.get(name).node, found);
    }
  return found;
}

function printOperation(context, node) {
  const { schema } = context;
  const name = node.name.value;
  const root = { query: schema.getQueryType(), mutation: schema.getMutationType() }[node.operation];
  const variables = node.variableDefinitions.map((v) => {
    const typeOf = (t) => {
      if (t.kind === Kind.NON_NULL_TYPE) return [typeOf(t.type)[0], false];
      if (t.kind === Kind.NAMED_TYPE) return [leaf(schema.getType(t.name.value)), true];
      const [text, nullable] = typeOf(t.type);
      return [`readonly (${text}${nullable ? " | null" : ""})[]`, true];
    };
    const [text, nullable] = typeOf(v.type);
    const optional = nullable || v.defaultValue !== undefined;
    return `  readonly ${v.variable.name.value}${optional ? "?" : ""}: ${text}${nullable ? " | null" : ""};\n`;
  });
  const text = [print(node), ...[...needed(context, node)].map((f) => print(context.fragments.get(f).node))].join("\n");
  const type = variables.length === 0 ? "Record<string, never>" : `{\n${variables.join("")}}`;
  return [
    `export type ${name}Result = ${selectionType(context, node.selectionSet, root, "")};\n`,
    `export type ${name}Variables = ${type};\n`,
    `export const ${name}: Operation<${name}Result, ${name}Variables> = {\n  name: ${JSON.stringify(name)},\n  kind: ${JSON.stringify(node.operation)},\n  text: ${JSON.stringify(text)},\n};\n`,
  ].join("");
}

/**
 * `documents`: file name to text. Returns file name to TypeScript; `schemaFile` and `operationFile` are imported by the relative paths.
 * `onlyUsed`: of the schema's types those alone that the documents speak of.
 */
export function printTypes(schemaText, documents, { schemaFile, operationFile, head = HEAD, onlyUsed = false }) {
  const schema = buildSchema(schemaText);
  const context = { schema, fragments: new Map() };
  const parsed = documents.map(({ file, text }) => ({ file, document: parse(text) }));
  const all = parsed.flatMap(({ document }) => document.definitions);
  const problems = validate(
    schema,
    { kind: Kind.DOCUMENT, definitions: all },
    specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule),
  );
  if (problems.length > 0) throw new GraphQLError(problems.map((p) => p.message).join("\n"));
  for (const { file, document } of parsed)
    for (const node of document.definitions)
      if (node.kind === Kind.FRAGMENT_DEFINITION) context.fragments.set(node.name.value, { node, file });
  const out = new Map();
  for (const { file, document } of parsed) {
    const parts = document.definitions.map((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION
        ? `export type ${node.name.value} = ${selectionType(context, node.selectionSet, getNamedType(schema.getType(node.typeCondition.name.value)), "")};\n`
        : printOperation(context, node),
    );
    const body = parts.join("\n");
    const path = (to) => {
      const way = relative(dirname(file), to).replaceAll("\\", "/");
      return way.startsWith(".") ? way : `./${way}`;
    };
    const imports = [
      body.includes("Operation<") ? `import type { Operation } from "${path(operationFile)}";\n` : "",
      body.includes("T.") ? `import type * as T from "${path(schemaFile)}";\n` : "",
    ];
    out.set(`${file}.ts`, `${head}${imports.join("")}\n${body}`);
  }
  const used = [...out.values()].flatMap((text) => [...text.matchAll(/\bT\.(\w+)/g)].map(([, name]) => name));
  out.set(schemaFile, printSchema(schema, head, onlyUsed ? used : undefined));
  return out;
}

const here = fileURLToPath(new URL("..", import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = readdirSync(join(here, "src"), { recursive: true })
    .filter((name) => name.endsWith(".graphql"))
    .sort();
  const documents = files.map((name) => ({
    file: join("src", name),
    text: readFileSync(join(here, "src", name), "utf8"),
  }));
  const schemaText = readFileSync(join(here, "..", "schema.graphql"), "utf8");
  try {
    const printed = printTypes(schemaText, documents, {
      schemaFile: "src/generated/schema.ts",
      operationFile: "src/transport/operation.ts",
    });
    mkdirSync(join(here, "src/generated"), { recursive: true }); // Nothing printed is committed.
    for (const [file, text] of printed) {
      let before = "";
      try {
        before = readFileSync(join(here, file), "utf8");
      } catch {
        // It is new.
      }
      if (before !== text) writeFileSync(join(here, file), text);
    }
  } catch (error) {
    console.error(`The operations do not fit schema.graphql:\n${error.message}`);
    process.exitCode = 1;
  }
}
