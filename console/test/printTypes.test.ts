import assert from "node:assert/strict";
import { test } from "node:test";
import { printTypes } from "../tools/printTypes.mjs";

const SCHEMA = `
  scalar DateTime
  "What may happen." enum Outcome { "It may be done." ALLOW DENY }
  input Filter { outcome: Outcome = ALLOW, ids: [ID!], name: String! }
  interface Named { name: String! }
  type Cat implements Named { name: String! age: Int }
  type Dog implements Named { name: String! at: DateTime! }
  type Query { pets(filter: Filter!, first: Int = 3): [Named!]! cat: Cat outcomes: [Outcome] }
`;
const FILES = { schemaFile: "src/generated/schema.ts", operationFile: "src/transport/operation.ts" };

function printed(text: string): string {
  return printTypes(SCHEMA, [{ file: "src/pages/pets.graphql", text }], FILES).get("src/pages/pets.graphql.ts") ?? "";
}

test("an operation has the types of what it asks, and no more", () => {
  const text = printed("query Cats { cat { age } outcomes }");
  assert.match(text, /import type \{ Operation \} from "\.\.\/transport\/operation\.ts"/);
  assert.match(text, /readonly cat: \{\n {4}readonly age: number \| null;\n {2}\} \| null;/);
  assert.match(text, /readonly outcomes: readonly \(T\.Outcome \| null\)\[\] \| null;/);
  assert.match(text, /export type CatsVariables = Record<string, never>/);
});

test("an interface is one of its types, told apart by __typename", () => {
  const text = printed(
    "query Pets($filter: Filter!, $first: Int) { pets(filter: $filter, first: $first) { __typename name ... on Dog { at } } }",
  );
  assert.match(
    text,
    /readonly __typename: "Cat";\n {4}readonly name: string;\n {2}\} \| \{\n {4}readonly __typename: "Dog";\n {4}readonly name: string;\n {4}readonly at: string;/,
  );
  assert.match(text, /readonly filter: T\.Filter;\n {2}readonly first\?: number \| null;/);
});

test("a fragment is sent with the operations that spread it, and is a type", () => {
  const text = printed("fragment Age on Cat { age } query One { cat { ...Age } } query Two { outcomes }");
  assert.match(text, /export type Age = \{\n {2}readonly age: number \| null;\n\};/);
  assert.match(text, /text: "query One \{[^"]*fragment Age on Cat/);
  assert.doesNotMatch(text, /text: "query Two \{[^"]*fragment/);
});

test("an enum has its values and what they mean; an input its members", () => {
  const schema = printTypes(SCHEMA, [], FILES).get("src/generated/schema.ts") ?? "";
  assert.match(schema, /export type Outcome = "ALLOW" \| "DENY";/);
  assert.match(schema, /ALLOW: "It may be done\."/);
  assert.match(
    schema,
    /readonly outcome\?: Outcome \| null;\n {2}readonly ids\?: readonly \(string\)\[\] \| null;\n {2}readonly name: string;/,
  );
});

test("an operation that asks for what is not there is refused, and names it", () => {
  assert.throws(() => printed("query Gone { cat { colour } }"), /Cannot query field "colour" on type "Cat"/);
  assert.throws(() => printed("query Wrong($n: String) { pets(first: $n) { name } }"), /"filter"|\$n/);
});
