import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Kind, parse, validate } from "graphql";
import type { OperationRequest } from "../../../src/graphql/door/limits.ts";
import { checkCost, costOf } from "../../../src/graphql/door/operationCost.ts";
import { buildScopewardenSchema } from "../../../src/graphql/door/schema.ts";

const schema = buildScopewardenSchema();

function request(source: string, variables: OperationRequest["variables"] = {}): OperationRequest {
  const document = parse(source);
  assert.deepEqual(validate(schema, document), [], source);
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  assert(operation?.kind === Kind.OPERATION_DEFINITION);
  return { document, operation, variables };
}
const fieldsOf = (source: string, variables?: OperationRequest["variables"]): number =>
  costOf(request(source, variables), schema).fields;

describe("fields that an answer may have", () => {
  for (const [source, expected, variables] of [
    ['{ client(id: "a") { id name } }', 3],
    // The list, its edges, and for each edge the node with its name.
    ["{ clients(first: 10) { edges { node { id } } } }", 1 + 1 + 10 * 2],
    ["{ clients { edges { cursor } } }", 1 + 1 + 50],
    ['{ clients @skip(if: true) { edges { cursor } } client(id: "a") { id name @include(if: false) } }', 2],
    [
      "query ($y: Boolean!) { clients @include(if: $y) { edges { cursor } } scopes { edges { cursor } } }",
      52,
      { y: false },
    ],
    [
      "query ($y: Boolean!) { clients @include(if: $y) { edges { cursor } } scopes { edges { cursor } } }",
      104,
      { y: true },
    ],
    ["{ clients(first: null) { pageInfo { hasNextPage } } }", 1 + 1 + 1],
    ["{ clients(first: 2) { edges { node { grants(first: 3) { scope } } } } }", 2 + 2 * (2 + 3)],
    ["{ clients(first: 2) { edges { node { grants { scope } } } } }", 2 + 2 * (2 + 100)],
    ["query ($n: Int) { clients(first: $n) { edges { cursor } } }", 2 + 7, { n: 7 }],
    ["query ($n: Int = 9) { clients(first: $n) { edges { cursor } } }", 2 + 9],
    ["query ($n: Int) { clients(first: $n) { edges { cursor } } }", 2 + 50, { n: null }],
    ["{ a: clients(first: 5) { edges { cursor } } b: clients(first: 6) { edges { cursor } } }", 2 + 5 + 2 + 6],
    [
      "{ roles(first: 2) { edges { node { inheritsRoles { inheritsRoles { name } } } } } }",
      2 + 2 * (2 + 10 * (1 + 10)),
    ],
    [
      "{ ...F } fragment F on Query { clients(first: 4) { edges { ...E } } } fragment E on ClientEdge { cursor }",
      2 + 4,
    ],
    ["{ __schema { types { fields { name } } } }", 0],
  ] as const)
    test(source, () => assert.equal(fieldsOf(source, variables), expected));

  test("fragments within fragments are measured once each, and what they come to is counted in full", () => {
    const names = Array.from({ length: 40 }, (_, i) => `F${i}`);
    const fragments = names.map(
      (name, i) =>
        `fragment ${name} on Client { ${i === 39 ? "id" : `a: grants(first: 1) { client { ...F${i + 1} } } b: grants(first: 1) { client { ...F${i + 1} } }`} }`,
    );
    assert.ok(fieldsOf(`{ client(id: "a") { ...F0 } } ${fragments.join(" ")}`) > 2 ** 39);
  });

  test("a length that a variable says is read anew each time", () => {
    const asked = request("query ($n: Int) { clients(first: $n) { edges { cursor } } }", { n: 3 });
    assert.equal(costOf(asked, schema).fields, 5);
    assert.equal(costOf({ ...asked, variables: { n: 30 } }, schema).fields, 32);
  });
});

test("lists nested four deep are refused before anything runs, with what would help", () => {
  const limits = { fields: 100_000, journalReads: 50 };
  const nested = (first: string) =>
    request(
      `{ clients${first} { edges { node { grants${first} { scopeVersions${first} { grants${first} { scope } } } } } } }`,
    );
  assert.throws(() => checkCost(nested(""), schema, limits), {
    code: "LIMIT_EXCEEDED",
    message: /may have \d+ fields, .*at most 100000 are allowed.*smaller `first`/,
  });
  assert.doesNotThrow(() => checkCost(nested("(first: 10)"), schema, limits));
});

test("fields that read the journal are counted, aliases and fragments too", () => {
  const aliases = (n: number) => Array.from({ length: n }, (_, i) => `a${i}: scopeUse(scope: "x") { uses }`).join(" ");
  const limits = { fields: 100_000, journalReads: 3 };
  assert.equal(
    costOf(
      request(
        `{ ${aliases(2)} ...F clients { edges { cursor } } } fragment F on Query { decisions { edges { cursor } } }`,
      ),
      schema,
    ).journalReads,
    3,
  );
  assert.doesNotThrow(() => checkCost(request(`{ ${aliases(3)} }`), schema, limits));
  assert.throws(() => checkCost(request(`{ ${aliases(4)} }`), schema, limits), {
    code: "LIMIT_EXCEEDED",
    message: /has 4 fields that read the journal or review access; at most 3/,
  });
});

test("reviews of access are counted with them", () => {
  const fields = [
    'clientAccess(input: { clientId: "x" }) { complete }',
    'subjectAccess(input: { subject: { id: "x" } }) { complete }',
    'whoCan(input: { action: "read", resource: { type: "x" } }) { complete }',
    'patientAccess(patient: "x") { complete }',
    'patientPeople(patient: "x") { complete }',
    "comparePolicy(from: 0, to: 1) { rowCount }",
    "policyFiles { revision }",
    "planPolicyFiles(files: []) { widening }",
    "testPolicy(cases: []) { failed }",
    "simulate(input: { operations: [], requests: [] }) { changed }",
    'explanation(decisionId: "x") { reproduced }',
    'job(id: "x") { state }',
  ];
  assert.equal(costOf(request(`{ ${fields.join(" ")} }`), schema).journalReads, fields.length);
});

test("the examples of the playground are within the limits", () => {
  const folder = new URL("../../../playground/examples/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  assert.ok(names.length > 10);
  for (const name of names) {
    const document = parse(readFileSync(new URL(name, folder), "utf8"));
    for (const operation of document.definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      const { fields } = costOf({ document, operation, variables: {} }, schema);
      assert.ok(fields <= 100_000, `${name} may have ${fields} fields`);
    }
  }
});
