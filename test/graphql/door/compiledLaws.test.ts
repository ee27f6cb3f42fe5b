import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  getVariableValues,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type { Domain } from "../../../src/domain/domain.ts";
import { variablesCoercer } from "../../../src/graphql/door/compiled/coerce.ts";
import { buildScopewardenSchema } from "../../../src/graphql/door/schema.ts";
import { createLoaders } from "../../../src/graphql/loaders.ts";
import { callerOf } from "../world.ts";
import { compile, interpreted, valid } from "./compiledSupport.ts";

const schema = buildScopewardenSchema();
const runs = { numRuns: 1_000 };

const junk = fc.constantFrom<unknown>(null, undefined, 7, 1.5, "x", "", true, {}, [], [null], { id: "x" }, 2 ** 40);
/** `oddity` in a hundred values are something else. */
const perhaps = (oddity: number, usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  oddity === 0 ? usual : fc.oneof({ weight: oddity, arbitrary: junk }, { weight: 100 - oddity, arbitrary: usual });

function inputOf(type: GraphQLInputType, oddity: number): fc.Arbitrary<unknown> {
  if (!isNonNullType(type)) return fc.oneof(fc.constant(null), presentInputOf(type, oddity));
  return presentInputOf(type.ofType, oddity);
}
function presentInputOf(type: GraphQLInputType, oddity: number): fc.Arbitrary<unknown> {
  if (isListType(type)) return perhaps(oddity, fc.array(inputOf(type.ofType, oddity), { maxLength: 3 }));
  if (isEnumType(type)) return perhaps(oddity, fc.constantFrom(...type.getValues().map(({ name }) => name)));
  if (!isInputObjectType(type)) {
    const { name } = getNamedType(type);
    if (name === "JSON") return fc.jsonValue({ maxDepth: 2 });
    return perhaps(oddity, name === "ID" ? fc.oneof(fc.string(), fc.integer()) : fc.string());
  }
  const fields = Object.values(type.getFields());
  const required = fields.filter((field) => isNonNullType(field.type)).map(({ name }) => name);
  const members = Object.fromEntries(fields.map((field) => [field.name, inputOf(field.type, oddity)]));
  const record = fc.record(members, { requiredKeys: required });
  if (oddity === 0) return record;
  const withOthers = fc
    .tuple(record, fc.constantFrom("extra", "id", "__proto__", "constructor", "toString"), fc.string())
    .map(([object, name, value]) => ({ ...object, [name]: value }));
  return perhaps(oddity, fc.oneof({ weight: 95, arbitrary: record }, { weight: 5, arbitrary: withOthers }));
}

for (const [field, variable] of [
  ["authorize", "AuthorizeInput!"],
  ["authorizeBatch", "[AuthorizeInput!]!"],
  ["decide", "AuthorizeInput!"],
  ["decideGrant", "DecideGrantInput!"],
] as const) {
  test(`what is coerced for ${field} is what graphql-js makes of it`, () => {
    const kind = schema.getQueryType()?.getFields()[field] === undefined ? "mutation" : "query";
    const root = kind === "query" ? schema.getQueryType() : schema.getMutationType();
    const type = root?.getFields()[field]?.args[0];
    assert(type);
    const { operation } = valid(schema, `${kind}($input: ${variable}) { ${field}(${type.name}: $input) { id } }`);
    const definitions = operation.variableDefinitions ?? [];
    const coerce = variablesCoercer(schema, definitions);
    const check = (input: unknown, accepted: boolean): void => {
      // As it arrives.
      const variables = JSON.parse(JSON.stringify({ input })) as Record<string, unknown>;
      let ours: unknown;
      try {
        ours = coerce(variables);
      } catch {
        assert(!accepted, JSON.stringify(variables));
        return;
      }
      const theirs = getVariableValues(schema, definitions, variables);
      assert.deepEqual(theirs.errors, undefined);
      assert.equal(JSON.stringify(ours), JSON.stringify(theirs.coerced));
    };
    fc.assert(
      fc.property(inputOf(type.type, 0), (input) => check(input, true)),
      runs,
    );
    fc.assert(
      fc.property(inputOf(type.type, 3), (input) => check(input, false)),
      runs,
    );
  });
}

function outputOf(type: GraphQLOutputType, oddity: number): fc.Arbitrary<unknown> {
  if (isNonNullType(type)) return presentOutputOf(type.ofType, oddity);
  return fc.oneof(fc.constant(null), fc.constant(undefined), presentOutputOf(type, oddity));
}
const odd = fc.constantFrom<unknown>(new Error("canary"), () => "called", Promise.resolve("waited for"), Number.NaN);
function presentOutputOf(type: GraphQLOutputType, oddity: number): fc.Arbitrary<unknown> {
  const usual = (): fc.Arbitrary<unknown> => {
    if (isListType(type)) return fc.array(outputOf(type.ofType, oddity), { maxLength: 3 });
    if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ value }) => value as unknown));
    if (isObjectType(type)) {
      const fields = Object.values(type.getFields());
      return fc.record(Object.fromEntries(fields.map((field) => [field.name, outputOf(field.type, oddity)])));
    }
    const { name } = getNamedType(type);
    if (name === "JSON") return fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null);
    if (name === "DateTime") return fc.integer({ min: 0, max: 4e12 });
    return name === "Int" ? fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) : fc.string({ unit: "binary" });
  };
  return perhaps(
    oddity,
    oddity === 0 ? usual() : fc.oneof({ weight: 1, arbitrary: odd }, { weight: 99, arbitrary: usual() }),
  );
}

/** The text of a selection set on a type: fields in any order, some twice, some renamed, some in fragments. */
function selectionOf(type: GraphQLOutputType, prefix: string): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (!isObjectType(named)) return fc.constant("");
  // One with a resolver of its own is not compiled.
  const simple = Object.values(named.getFields()).filter(({ resolve }) => resolve === undefined);
  const fields = simple.map((field) =>
    fc
      .tuple(selectionOf(field.type, prefix), fc.constantFrom("", `${prefix}_${field.name}: `), fc.nat(4))
      .map(([below, alias, way]) => {
        const text = `${alias}${field.name} ${below}`;
        if (way === 0) return `... { ${text} }`;
        return way === 1 ? `... on ${named.name} { ${text} __typename }` : text;
      }),
  );
  const any = fc.oneof(fc.constant("__typename"), fc.constant("what: __typename"), ...fields);
  return fc.array(any, { minLength: 1, maxLength: 6 }).map((parts) => `{ ${parts.join(" ")} }`);
}

for (const [field, call] of [
  ["authorize", 'authorize(input: { clientId: "x", action: "y", resource: { type: "z" } })'],
  ["authorizeBatch", "authorizeBatch(inputs: [])"],
  ["decideGrant", 'decideGrant(input: { clientId: "x", scopes: [] })'],
] as const) {
  test(`what is printed of ${field} is what graphql-js answers`, async () => {
    const type = schema.getQueryType()?.getFields()[field]?.type;
    assert(type);
    const check = async (selection: string, value: unknown, printed: boolean): Promise<void> => {
      const source = `{ is: ${call} ${selection} }`;
      const operation = compile(schema, source);
      assert(operation, source);
      let ours: string;
      try {
        ours = operation.print(value);
      } catch {
        assert(!printed, source);
        return;
      }
      const domain = {} as Domain;
      const settled = { field, answer: Promise.resolve(value) };
      const context = { caller: callerOf("key:s", "service"), domain, loaders: createLoaders(domain), settled };
      assert.equal(`{"data":${ours}}`, await interpreted(schema, valid(schema, source).document, { context }), source);
    };
    const selection = selectionOf(type, "a");
    await fc.assert(
      fc.asyncProperty(selection, outputOf(type, 0), (text, value) => check(text, value, true)),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(selection, outputOf(type, 2), (text, value) => check(text, value, false)),
      { numRuns: 300 },
    );
  });
}

test("an operation that asks for what has a resolver of its own is left to graphql-js", () => {
  const call = 'authorize(input: { clientId: "x", action: "y", resource: { type: "z" } })';
  assert(compile(schema, `{ ${call} { by { callerId } } }`));
  for (const field of ["name", "id"]) assert.equal(compile(schema, `{ ${call} { by { callerId ${field} } } }`), null);
});

test("nothing is printed of what graphql-js would throw, wait for or call", () => {
  const call = 'authorize(input: { clientId: "x", action: "y", resource: { type: "z" } })';
  for (const value of [new Error("canary"), Promise.resolve({}), () => ({})]) {
    const object = compile(schema, `{ ${call} { reasons { __typename } } }`);
    assert.equal(object?.print({ reasons: [{}] }), '{"authorize":{"reasons":[{"__typename":"Reason"}]}}');
    assert.throws(() => object?.print({ reasons: [value] }));
    const json = compile(schema, `{ ${call} { request } }`);
    assert.equal(json?.print({ request: {} }), '{"authorize":{"request":{}}}');
    assert.throws(() => json?.print({ request: value }));
  }
});
