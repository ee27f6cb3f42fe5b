import assert from "node:assert/strict";
import { test } from "node:test";
import { type GraphQLNamedType, getNamedType, isObjectType, parse } from "graphql";
import type { Identity } from "../../src/domain/callers/types.ts";
import { checkOperation } from "../../src/graphql/door/limits.ts";
import { at, callerOf, openWorld } from "./world.ts";

const world = await openWorld();
const admin = callerOf("key:x", "admin", "service");

/** The types that an answer of a mutation can hold. */
function answerTypes(): ReadonlySet<GraphQLNamedType> {
  const found = new Set<GraphQLNamedType>();
  const visit = (type: GraphQLNamedType): void => {
    if (found.has(type) || !isObjectType(type)) return;
    found.add(type);
    for (const field of Object.values(type.getFields())) visit(getNamedType(field.type));
  };
  for (const field of Object.values(world.schema.getMutationType()?.getFields() ?? {})) visit(getNamedType(field.type));
  return found;
}

test("law: what a field under a mutation's answer is given is judged before the mutation runs", () => {
  /** Types whose every value is fine, or refused while the request is validated. */
  const judgedBefore = ["PositiveInt", "ChangeCursor", "ReviewItemCursor", "ReviewItemState", "Boolean"];
  /** Whatever it is given is within its bounds, or counts as the nearest that is. */
  const judgedNever = ["Alert.decisions(first)", "BreakGlass.decisions(first)"];
  for (const type of answerTypes()) {
    if (!isObjectType(type)) continue;
    for (const { name, args } of Object.values(type.getFields()))
      for (const arg of args)
        assert.ok(
          judgedBefore.includes(getNamedType(arg.type).name) ||
            judgedNever.includes(`${type.name}.${name}(${arg.name})`),
          `${type.name}.${name}(${arg.name})`,
        );
  }
});

test("a wrong argument under a change refuses it, as a literal and as a variable, and nothing is changed", async () => {
  for (const [source, variables] of [
    ['mutation { createRole(input: { name: "a" }, reason: "r") { revision changes(first: 0) { key } } }', {}],
    [
      'mutation ($n: PositiveInt) { createRole(input: { name: "a" }, reason: "r") { revision changes(first: $n) { key } } }',
      { n: -1 },
    ],
    ['mutation { createRole(input: { name: "a" }, reason: "r") { changes(after: "nonsense") { key } } }', {}],
    [
      'mutation ($c: ChangeCursor) { createRole(input: { name: "a" }, reason: "r") { changes(after: $c) { key } } }',
      { c: "nonsense" },
    ],
  ] as const) {
    const { errors, data } = await world.ask(source, variables);
    assert.equal(errors.length, 1);
    assert.equal(data, null);
    assert.equal(await world.storage.policy.headRevision(), 0);
  }
  const data = await world.data(
    'mutation { createRole(input: { name: "a" }, reason: "r") { changes(first: 1) { key } } }',
  );
  assert.deepEqual(data, { createRole: { changes: [{ key: "a" }] } });
});

test("what a key had begun when it was revoked is not committed, and it is told so", async () => {
  const of = await openWorld();
  const create = async (id: string): Promise<Identity> => {
    const made = await of.data(
      `mutation { createApiKey(input: { name: "k", roles: [ADMIN], subject: { id: "${id}" } }, reason: "r") { apiKey { id } } }`,
    );
    return callerOf(`key:${at(made, "createApiKey", "apiKey", "id")}`, "admin");
  };
  // The second is there so that the first may go.
  const [ada] = [await create("ada"), await create("ben")];
  // As it goes where the revocation comes between the authentication and the commit.
  await of.data(`mutation { revokeApiKey(id: "${ada.id.slice(4)}", reason: "lost") { policyRevision } }`);
  for (const source of [
    'mutation { createRole(input: { name: "a" }, reason: "r") { revision } }',
    'mutation { applyPolicy(input: { operations: [{ putRole: { name: "a" } }], reason: "r" }) { revision } }',
    'mutation { createApiKey(input: { name: "x", roles: [SERVICE] }, reason: "r") { key } }',
  ]) {
    const { errors, statuses, data } = await of.ask(source, {}, ada);
    assert.deepEqual([errors[0]?.extensions?.code, statuses, data], ["UNAUTHENTICATED", [401], null]);
    assert.match(String(errors[0]?.message), /was revoked by now; nothing was changed/);
  }
  assert.equal(await of.storage.policy.headRevision(), 0);
  assert.equal((await of.storage.apiKeys.list()).length, 2);
});

test("an operation makes one change, so that none is committed whose answer another's error takes away", () => {
  const check = (source: string): void => {
    const document = parse(source);
    const [operation] = document.definitions;
    assert.ok(operation?.kind === "OperationDefinition");
    checkOperation({ document, operation, variables: {} }, admin, { depth: 12, decisions: 100, bytes: 1e6 });
  };
  const one = 'deleteRole(input: { name: "a" }, reason: "r") { revision }';
  check(`mutation { ${one} __typename }`);
  check(`mutation { ${one} ${one} }`);
  check(`mutation { x: ${one} ...F } fragment F on Mutation { x: ${one} }`);
  // What is left out makes no change.
  check(
    `mutation { ${one} ... on Mutation { b: deleteRole(input: { name: "b" }, reason: "r") @include(if: false) { revision } } }`,
  );
  for (const two of [
    `mutation { a: ${one} b: ${one} }`,
    `mutation { ${one} ...F } fragment F on Mutation { b: ${one} }`,
    `mutation { ${one} ... on Mutation { b: deleteRole(input: { name: "b" }, reason: "r") @include(if: true) { revision } } }`,
    "mutation { createApiKey { key } revokeApiKey { policyRevision } }",
  ])
    assert.throws(() => check(two), { code: "BAD_USER_INPUT", message: /more than one change.*applyPolicy/ }, two);
});
