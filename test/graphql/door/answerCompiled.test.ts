import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parse as parseYaml } from "yaml";
import type { Identity } from "../../../src/domain/callers/types.ts";
import type { Authorizer } from "../../../src/domain/decisions/authorize.ts";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import { newRequestFacts } from "../../../src/doors/requestFacts.ts";
import { answerCompiled } from "../../../src/graphql/door/compiled/answerCompiled.ts";
import type { DoorContext } from "../../../src/graphql/door/doorContext.ts";
import { createJournalTurns } from "../../../src/graphql/door/journalTurns.ts";
import { createLoaders } from "../../../src/graphql/loaders.ts";
import { apply, callerOf, openWorld } from "../world.ts";
import { compile, interpreted, valid } from "./compiledSupport.ts";

const world = await openWorld();
for (const name of readdirSync("seeds/hospital")
  .filter((name) => name.endsWith(".yaml"))
  .sort()) {
  const { operations } = parseYaml(readFileSync(`seeds/hospital/${name}`, "utf8")) as {
    operations: readonly unknown[];
  };
  await apply(world, operations);
}
const { schema, domain } = world;
const service = callerOf("key:service", "service");

const contextOf = (caller: Identity = service, authorizer: Authorizer = domain.authorizer): DoorContext => ({
  caller,
  domain: { ...domain, authorizer },
  loaders: createLoaders(domain),
  facts: newRequestFacts(),
  journalTurns: createJournalTurns(50),
  settled: null,
});

/** Answers by the compiled operation, which there must be. */
function byCompiled(
  source: string,
  asked: { readonly variables: Record<string, unknown>; readonly context: DoorContext },
  operationName?: string,
): Promise<string | null> {
  const { document, operation } = valid(schema, source, operationName);
  const compiled = compile(schema, source, operationName);
  assert(compiled, source);
  return answerCompiled({ document, operation, compiled }, asked, { depth: 12, decisions: 100, bytes: 200_000 });
}

let asked = 0;
/** A question with an id of its own, so that whoever asks it again is given the same decision. */
const question = (more: object = {}): Record<string, unknown> => ({
  clientId: "ehr",
  subject: { id: "mia" },
  scopes: ["view_lab_results"],
  action: "read",
  resource: {
    type: "Observation",
    id: "o-1",
    patient: "ada",
    organization: "general-hospital",
    attributes: {
      category: ["http://terminology.hl7.org/CodeSystem/observation-category|laboratory"],
      "\u2028": "\"'",
    },
  },
  purposeOfUse: "TREAT",
  requestId: `request-${++asked}`,
  ...more,
});
const grant = (more: object = {}): Record<string, unknown> => ({
  clientId: "us-core-app",
  subject: { id: "ada" },
  scopes: ["patient/Patient.cruds", "launch/patient"],
  purposeOfUse: "PATRQT",
  context: { patient: "ada" },
  requestId: `request-${++asked}`,
  ...more,
});

const ONE = "query($input: AuthorizeInput!) { authorize(input: $input) ";
const ALL = `id kind outcome scope reasons { code message scope role ruleId } obligations { type parameters } policyRevision
  decidedAt clientId subjectId action resourceType resourceId patient purposeOfUse request by { callerId }
  scopeGrants { requested outcome scopes reasons { code } successor sunsetAt } newScopes`;
const BATCH = "query($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) ";
const GRANT = `query($input: DecideGrantInput!) { decideGrant(input: $input) { id outcome scope newScopes policyRevision
  decidedAt clientId subjectId patient purposeOfUse request by { callerId } reasons { code message }
  scopes { requested outcome scopes successor sunsetAt reasons { code message scope role ruleId } } } }`;
const inPlace = (id: string, more = ""): string =>
  `{ authorize(input: { clientId: "ehr", action: "read", resource: { type: "Patient"${more} }, requestId: "${id}" }) { outcome request } }`;

/** Operations that are compiled, with variables that they answer without an error. */
const operations: readonly (readonly [
  name: string,
  source: string,
  variables: Record<string, unknown>,
  operationName?: string,
])[] = [
  ["one question, few fields", `${ONE} { outcome } }`, { input: question() }],
  ["one question, every field", `${ONE} { ${ALL} } }`, { input: question() }],
  ["a denial, every field", `${ONE} { ${ALL} } }`, { input: question({ purposeOfUse: "HPAYMT" }) }],
  [
    "an unknown client, and nothing said",
    `${ONE} { ${ALL} } }`,
    { input: { clientId: "x", action: "a", resource: { type: "T" }, requestId: "bare" } },
  ],
  [
    "null wherever it may stand",
    `${ONE} { ${ALL} } }`,
    { input: question({ subject: null, scopes: null, context: null, purposeOfUse: null }) },
  ],
  ["an id as a number", `${ONE} { ${ALL} } }`, { input: question({ subject: { id: 17 }, clientId: 4 }) }],
  [
    "a type of subject that is the default one",
    `${ONE} { request } }`,
    { input: question({ subject: { id: "mia", type: "user" } }) },
  ],
  ["an empty list", `${ONE} { ${ALL} } }`, { input: question({ scopes: [] }) }],
  ["a batch", `${BATCH} { ${ALL} } }`, { inputs: [question(), question({ purposeOfUse: "HPAYMT" }), question()] }],
  ["an empty batch", `${BATCH} { ${ALL} } }`, { inputs: [] }],
  [
    "one question as a mutation, every field",
    `${ONE.replace("query", "mutation").replace("authorize(", "decide(")} { ${ALL} } }`,
    { input: question() },
  ],
  [
    "a batch as a mutation",
    `${BATCH.replace("query", "mutation").replace("authorizeBatch(", "decideBatch(")} { ${ALL} } }`,
    { inputs: [question(), question({ purposeOfUse: "HPAYMT" })] },
  ],
  ["a token", GRANT, { input: grant() }],
  ["a token without a scope", GRANT, { input: grant({ scopes: ["nothing"], heldScopes: null }) }],
  [
    "aliases",
    `query($input: AuthorizeInput!) { may: authorize(input: $input) { a: id b: id outcome: kind why: reasons { code: message message: code } } }`,
    { input: question() },
  ],
  [
    "one field twice, its parts merged",
    `query($input: AuthorizeInput!) { authorize(input: $input) { id reasons { code } id } authorize(input: $input) { outcome reasons { message code } } }`,
    { input: question() },
  ],
  [
    "fragments within fragments, in two places",
    `${ONE} { ...F ... on Decision { reasons { ...R } ...G } ... { outcome } } } fragment F on Decision { id ...G } fragment G on Decision { reasons { code ...R } obligations { type } } fragment R on Reason { message }`,
    { input: question() },
  ],
  [
    "a fragment on the query",
    `query($input: AuthorizeInput!) { ...Q } fragment Q on Query { authorize(input: $input) { outcome } }`,
    { input: question() },
  ],
  [
    "__typename below",
    `${ONE} { __typename kind: __typename reasons { __typename code } obligations { __typename } } }`,
    { input: question() },
  ],
  [
    "one operation of several",
    `query A { scopes { edges { cursor } } } ${ONE.replace("query", "query B")} { outcome } }`,
    { input: question() },
    "B",
  ],
  [
    "a default value that is used",
    `query($input: AuthorizeInput! = { clientId: "ehr", action: "read", resource: { type: "Patient" }, requestId: "default" }) { authorize(input: $input) { request } }`,
    {},
  ],
  [
    "a default value that is not used",
    `query($input: AuthorizeInput! = { clientId: "x", action: "y", resource: { type: "Patient" } }) { authorize(input: $input) { request } }`,
    { input: question() },
  ],
  ["a question in place", inPlace("place-1"), {}],
  [
    "a question in place, with variables in it",
    `query($p: ID, $at: JSON) ${inPlace("place-2", ", patient: $p, attributes: $at")}`,
    { p: 3, at: { a: [1, null, { b: "c" }] } },
  ],
  [
    "the same, a variable left out",
    `query($p: ID = "who", $at: JSON) ${inPlace("place-3", ", patient: $p, attributes: $at")}`,
    {},
  ],
  [
    "a batch of variables",
    "query($a: AuthorizeInput!, $b: AuthorizeInput!) { authorizeBatch(inputs: [$a, $b]) { request } }",
    { a: question(), b: question() },
  ],
  ["variables that no one declared", `${ONE} { outcome } }`, { input: question(), more: 1 }],
];

describe("a compiled operation answers as graphql-js does, byte by byte", () => {
  for (const [name, source, variables, operationName] of operations) {
    test(name, async () => {
      const { document, operation } = valid(schema, source, operationName);
      const ask = () => byCompiled(source, { variables, context: contextOf() }, operationName);
      const fresh = await ask();
      // Of the journal, as graphql-js is answered too: what is kept there has its members in another order.
      const compiled = await ask();
      assert(fresh !== null && compiled !== null);
      assert.deepEqual(JSON.parse(fresh), JSON.parse(compiled));
      const only = {
        ...document,
        definitions: document.definitions.filter((d) => d.kind === "FragmentDefinition" || d === operation),
      };
      assert.equal(`{"data":${compiled}}`, await interpreted(schema, only, { variables, context: contextOf() }));
    });
  }
});

const left: readonly (readonly [name: string, source: string])[] = [
  ["a field that does not decide", "{ scopes { edges { cursor } } }"],
  ["a decision that was made before", '{ decision(id: "x") { id } }'],
  ["a mutation", 'mutation { revokeApiKey(id: "x", reason: "y") { __typename } }'],
  ["two decisions", "query($i: AuthorizeInput!) { a: authorize(input: $i) { id } b: authorize(input: $i) { id } }"],
  ["a decision and something else", "query($i: AuthorizeInput!) { authorize(input: $i) { id } __typename }"],
  ["@skip", "query($i: AuthorizeInput!, $s: Boolean!) { authorize(input: $i) @skip(if: $s) { id } }"],
  ["@include below", "query($i: AuthorizeInput!, $s: Boolean!) { authorize(input: $i) { id scope @include(if: $s) } }"],
  [
    "@include at a fragment",
    "query($i: AuthorizeInput!) { authorize(input: $i) { ...F @include(if: true) } } fragment F on Decision { id }",
  ],
  ["introspection", "{ __schema { queryType { name } } }"],
  [
    "more fields than anyone reads",
    `${ONE} { ${Array.from({ length: 30 }, (_, i) => `a${i}: reasons { ...F }`).join(" ")} } } fragment F on Reason { ${Array.from({ length: 30 }, (_, i) => `b${i}: code`).join(" ")} }`,
  ],
];
for (const [name, source] of left)
  test(`left to graphql-js: ${name}`, () => assert.equal(compile(schema, source), null));

/** What is wrong in them is for graphql-js to say. */
const refused: readonly (readonly [name: string, input: unknown])[] = [
  ["null", null],
  ["a text", "x"],
  ["a list", [question()]],
  ["a member missing", { ...question(), action: undefined }],
  ["a member null", question({ action: null })],
  ["a member too many", question({ secret: "x" })],
  ["a member too many, deep down", question({ subject: { id: "mia", __proto__: { id: "x" }, extra: 1 } })],
  ["a number for a text", question({ action: 1 })],
  ["a text for an object", question({ subject: "mia" })],
  ["a list for an object", question({ context: [] })],
  ["a null in a list", question({ scopes: [null] })],
  ["a fraction for an id", question({ clientId: 1.5 })],
  ["an object for a text", question({ resource: { type: {} } })],
];
test("values that graphql-js refuses are refused by the compiled coercion, and decide nothing", async () => {
  const source = `${ONE} { outcome } }`;
  const { document } = valid(schema, source);
  const never: Authorizer = {
    authorize: async () => assert.fail("was asked"),
    decideGrant: async () => assert.fail("was asked"),
  };
  for (const [name, input] of refused) {
    const context = contextOf(service, never);
    const variables = JSON.parse(JSON.stringify({ input })) as Record<string, unknown>;
    assert.equal(await byCompiled(source, { variables, context }), null, name);
    assert.match(await interpreted(schema, document, { variables, context }), /Variable \\"\$input\\"/, name);
  }
});

/** Asks the compiled operation, then graphql-js in the same context, as the door does when there was no answer. */
async function askBoth(context: DoorContext, variables: Record<string, unknown>, source = `${ONE} { outcome } }`) {
  const { document } = valid(schema, source);
  const compiled = await byCompiled(source, { variables, context });
  return { compiled, response: await interpreted(schema, document, { variables, context }), document };
}

describe("what can't be answered without an error is decided once, and told by graphql-js", () => {
  const failures: readonly (readonly [string, unknown])[] = [
    [
      "a refusal",
      new ScopewardenError("BAD_USER_INPUT", "no", { problems: [{ path: "input.id", message: "is bad" }] }),
    ],
    ["an outage", new ScopewardenError("JOURNAL_UNAVAILABLE", "down")],
    ["a mistake of ours", new TypeError("canary")],
  ];
  for (const [name, failure] of failures) {
    test(name, async () => {
      let calls = 0;
      const authorizer: Authorizer = {
        authorize: async () => {
          calls += 1;
          throw failure;
        },
        decideGrant: async () => assert.fail("was asked"),
      };
      const variables = { input: question() };
      const { compiled, response, document } = await askBoth(contextOf(service, authorizer), variables);
      assert.deepEqual([compiled, calls], [null, 1]);
      assert.equal(
        response,
        await interpreted(schema, document, { variables, context: contextOf(service, authorizer) }),
      );
      assert.match(response, /"path":\["authorize"\]/);
    });
  }

  test("an answer that breaks the schema", async () => {
    let calls = 0;
    const authorizer: Authorizer = {
      ...domain.authorizer,
      async authorize(...args) {
        calls += 1;
        const records = await domain.authorizer.authorize(...args);
        return records.map((record) => ({ ...record, outcome: null }) as unknown as AccessRecord);
      },
    };
    const { compiled, response } = await askBoth(contextOf(service, authorizer), { input: question() });
    assert.deepEqual([compiled, calls], [null, 1]);
    assert.match(response, /Cannot return null for non-nullable field Decision\.outcome/);
  });

  test("an input of a batch that is not well formed", async () => {
    const source = `${BATCH} { outcome } }`;
    const bad = await askBoth(contextOf(), { inputs: [question(), question({ clientId: "" })] }, source);
    assert.equal(bad.compiled, null);
    assert.match(bad.response, /inputs\[1\]\.clientId/);
  });
});

test("more decisions than are allowed are not made", async () => {
  const never: Authorizer = {
    authorize: async () => assert.fail("was asked"),
    decideGrant: async () => assert.fail("was asked"),
  };
  const context = contextOf(service, never);
  const inputs = Array.from({ length: 101 }, () => question());
  assert.equal(await byCompiled(`${BATCH} { outcome } }`, { variables: { inputs }, context }), null);
  assert.equal(context.settled, null);
});

test("a caller of another role is refused both ways, and nothing is decided", async () => {
  let calls = 0;
  const authorizer: Authorizer = {
    ...domain.authorizer,
    async authorize(...args) {
      calls += 1;
      return domain.authorizer.authorize(...args);
    },
  };
  const asAdmin = contextOf(callerOf("key:a", "admin"), authorizer);
  const { compiled, response } = await askBoth(asAdmin, { input: question() });
  assert.deepEqual([compiled, calls], [null, 0]);
  assert.match(response, /authorize needs the role service/);
});
