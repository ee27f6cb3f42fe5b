import assert from "node:assert/strict";
import { test } from "node:test";
import { getOperationAST, parse } from "graphql";
import type { CallerRole } from "../../../src/domain/callers/types.ts";
import { ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import { checkDepth, checkOperation, countDecisions, type OperationRequest } from "../../../src/graphql/door/limits.ts";

function request(source: string, variables: Record<string, unknown> = {}): OperationRequest {
  const document = parse(source);
  const operation = getOperationAST(document, null);
  assert(operation);
  return { document, operation, variables };
}
const A = "authorize(input: {}) { id }";
const limited = (code: string) => (error: unknown) => error instanceof ScopewardenError && error.code === code;

const counts: readonly (readonly [string, number, string, Record<string, unknown>?])[] = [
  ["one", 1, `{ ${A} }`],
  ["a grant, however many scopes it asks for", 2, `{ decideGrant(input: { scopes: ["a", "b"] }) { id } ${A} }`],
  ["none", 0, "{ scopes { edges { cursor } } }"],
  ["aliases", 3, `{ a: ${A} b: ${A} c: ${A} }`],
  ["a list in place", 2, "{ authorizeBatch(inputs: [{}, {}]) { id } }"],
  ["a list in a variable", 3, "query($v: [X!]!) { authorizeBatch(inputs: $v) { id } }", { v: [{}, {}, {}] }],
  ["a list of variables", 2, "query($v: X!, $w: X!) { authorizeBatch(inputs: [$v, $w]) { id } }", { v: {}, w: {} }],
  ["a list of one without brackets", 1, "query($v: [X!]!) { authorizeBatch(inputs: $v) { id } }", { v: {} }],
  ["a default value", 2, "query($v: [X!]! = [{}, {}]) { authorizeBatch(inputs: $v) { id } }"],
  [
    "aliases and batches",
    5,
    "{ a: authorize(input: {}) { id } b: authorizeBatch(inputs: [{}, {}]) { id } c: authorizeBatch(inputs: [{}, {}]) { id } }",
  ],
  [
    "fragments",
    3,
    `query { ...F ... on Query { z: ${A} } } fragment F on Query { x: ${A} ...G } fragment G on Query { y: ${A} }`,
  ],
  ["a fragment spread twice answers once", 1, `query { ...F ...F } fragment F on Query { x: ${A} }`],
  ["one answer under one name", 1, `{ ${A} ${A} }`],
  [
    "left out for sure",
    1,
    `query($no: Boolean!) { a: authorize(input: {}) @skip(if: true) { id } b: authorize(input: {}) @include(if: $no) { id } c: ${A} }`,
    { no: false },
  ],
  [
    "perhaps left out counts",
    2,
    `query($x: Boolean!) { a: authorize(input: {}) @skip(if: $x) { id } c: ${A} }`,
    { x: "true" },
  ],
  ["left out in one place and asked for in another", 1, `{ a: authorize(input: {}) @skip(if: true) { id } a: ${A} }`],
  [
    "a fragment that is left out",
    0,
    `query { ...F @skip(if: true) ... @include(if: false) { ${A} } } fragment F on Query { ${A} }`,
  ],
];
for (const [name, expected, source, variables] of counts) {
  test(`decisions are counted: ${name}`, () => assert.equal(countDecisions(request(source, variables)), expected));
}

const nested = (levels: number): string => `{ ${"a { ".repeat(levels - 1)}a${" }".repeat(levels)}`;

test("depth is levels of fields, and fragments are no way around it", () => {
  checkDepth(request(nested(12)), 12);
  assert.throws(() => checkDepth(request(nested(13)), 12), limited("LIMIT_EXCEEDED"));
  const split = `query { a { a { a { a { a { a { ...F } } } } } } } fragment F on T { a { a { a { a { a { a { a } } } } } } }`;
  assert.throws(() => checkDepth(request(split), 12), /13 levels deep; at most 12/);
  checkDepth(request("{ a { ... on T { ... on T { ... on T { b } } } } }"), 2);
});

test("cycles end, and a fragment in a fragment in a fragment is measured once", () => {
  checkDepth(request("query { a { ...F } } fragment F on T { b { ...G } } fragment G on T { c { ...F } }"), 12);
  const doubling = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`,
  ).join(" ");
  // Measured wherever it is spread, there would be 2^40 of the last one, and no end.
  assert.throws(
    () => checkDepth(request(`query { ...F0 } ${doubling} fragment F40 on T { a }`), 12),
    limited("LIMIT_EXCEEDED"),
  );
});

test("introspection has a bound of its own", () => {
  const deep = (levels: number): string =>
    `{ __schema { types ${"{ ofType ".repeat(levels - 2)}${"}".repeat(levels - 2)} } }`;
  checkDepth(request(deep(20)), 12);
  assert.throws(() => checkDepth(request(deep(21)), 12), limited("LIMIT_EXCEEDED"));
});

test("one root field that the caller's roles don't permit refuses the whole operation, wherever it stands", () => {
  const limits = { depth: 12, decisions: 100, bytes: 1000 };
  const check = (source: string, ...roles: CallerRole[]) =>
    checkOperation(request(source), { id: "key:x", roles: new Set(roles), defaultClientId: null }, limits);
  check(`{ ${A} }`, "service");
  check(`{ ${A} scopes { cursor } __typename __schema { types { name } } }`, "service", "reviewer");
  for (const source of [
    `{ ${A} scopes { cursor } }`,
    `query { ${A} ...F } fragment F on Query { x: scopes { cursor } }`,
    `{ ${A} ... on Query { scopes @skip(if: false) { cursor } } }`,
  ]) {
    assert.throws(() => check(source, "service"), limited("FORBIDDEN"));
  }
  check(`{ ${A} ... on Query { scopes @skip(if: true) { cursor } } }`, "service");
  assert.throws(() => check("{ constructor }", "admin"), limited("FORBIDDEN"));
});

test("a root field that is left out needs no permission and changes nothing, whatever leaves it out; in doubt it is not left out", () => {
  const limits = { depth: 12, decisions: 100, bytes: 1000 };
  const service = { id: "key:x", roles: new Set<CallerRole>(["service"]), defaultClientId: null };
  const check = (source: string, variables?: Record<string, unknown>) =>
    checkOperation(request(source, variables), service, limits);
  const BY = "query($yes: Boolean! = false)";
  const F = "fragment F on Query { scopes { cursor } }";
  for (const [source, variables] of [
    [`${BY} { ${A} scopes @include(if: $yes) { cursor } }`, {}],
    [`query($no: Boolean!) { ${A} scopes @skip(if: $no) { cursor } }`, { no: true }],
    [`${BY} { ${A} ...F @include(if: $yes) } ${F}`, { yes: false }],
    [`{ ${A} ... @include(if: false) { ...F } } ${F}`, {}],
    [`{ ${A} scopes @skip(if: false) @include(if: false) { cursor } }`, {}],
  ] as const)
    check(source, variables);
  for (const [source, variables] of [
    [`${BY} { ${A} scopes @include(if: $yes) { cursor } }`, { yes: true }],
    [`query($yes: Boolean!) { ${A} scopes @include(if: $yes) { cursor } }`, {}],
    [`query($yes: Boolean!) { ${A} scopes @include(if: $yes) { cursor } }`, { yes: "false" }],
    [`${BY} { ${A} ...F @include(if: $yes) ...F } ${F}`, { yes: false }],
    [`${BY} { ${A} a: scopes @include(if: $yes) { cursor } b: scopes { cursor } }`, { yes: false }],
  ] as const)
    assert.throws(() => check(source, variables), limited("FORBIDDEN"), source);
  // One operation with other variables is asked anew.
  const again = request(`query($yes: Boolean!) { ${A} scopes @include(if: $yes) { cursor } }`);
  checkOperation({ ...again, variables: { yes: false } }, service, limits);
  assert.throws(() => checkOperation({ ...again, variables: { yes: true } }, service, limits), limited("FORBIDDEN"));
  const two = `mutation($two: Boolean!) { putEntities(input: {}) { count } deleteEntities(input: {}) @include(if: $two) { count } }`;
  const admin = { ...service, roles: new Set<CallerRole>(["admin"]) };
  checkOperation(request(two, { two: false }), admin, limits);
  assert.throws(() => checkOperation(request(two, { two: true }), admin, limits), limited("BAD_USER_INPUT"));
});

test("too many decisions are refused with both numbers", () => {
  const many = `{ ${Array.from({ length: 101 }, (_, i) => `a${i}: ${A}`).join(" ")} }`;
  assert.throws(
    () =>
      checkOperation(
        request(many),
        { id: "key:x", roles: new Set(["service"]), defaultClientId: null },
        { depth: 12, decisions: 100, bytes: 1000 },
      ),
    /101 decisions; at most 100/,
  );
});

test("where nothing may be changed every mutation is refused with why, but for work that only reads", () => {
  const caller = { id: "key:x", roles: new Set<CallerRole>(["auditor"]), defaultClientId: null };
  const limits = { depth: 12, decisions: 100, bytes: 1000 };
  const refused = (source: string) => {
    checkOperation(request(source), caller, limits);
    assert.throws(() => checkOperation(request(source), caller, { ...limits, readOnly: "It is a copy." }), {
      code: "FORBIDDEN",
      message: "It is a copy.",
    });
  };
  refused('mutation { placeLegalHold(input: { patient: "ada", reason: "r" }) { id } }');
  refused("mutation { ...F } fragment F on Mutation { createApiKey(input: {}) { key } }");
  refused("mutation($x: Boolean!) { liftLegalHold(id: 1) @skip(if: $x) { id } }");
  for (const source of ["{ legalHolds { edges { cursor } } }", "mutation { startReplay(input: {}) { id } }"])
    checkOperation(request(source), caller, { ...limits, readOnly: "It is a copy." });
});

const LONG = "x".repeat(95);
const expansions: readonly (readonly [string, boolean, string, Record<string, unknown>?])[] = [
  [
    "a variable that stands once, whatever its length",
    true,
    "query($v: X!) { authorize(input: $v) { id } }",
    { v: "x".repeat(5000) },
  ],
  ["ten aliases of one variable", true, `query($v: X!) { ${times(10, "authorize(input: $v) { id }")} }`, { v: LONG }],
  ["eleven", false, `query($v: X!) { ${times(11, "authorize(input: $v) { id }")} }`, { v: LONG }],
  ["any other field", false, `query($v: X!) { ${times(11, "scope(name: $v) { name }")} }`, { v: LONG }],
  ["a field below", false, `query($v: X!) { scopes { ${times(11, "grants(first: $v) { id }")} } }`, { v: LONG }],
  [
    "a list of one variable",
    false,
    `query($v: X!) { authorizeBatch(inputs: [${"$v ".repeat(11)}]) { id } }`,
    { v: LONG },
  ],
  [
    "members of an object",
    false,
    `query($v: X!) { authorize(input: { a: [$v $v $v $v $v], b: { c: [$v $v $v $v $v $v] } }) { id } }`,
    { v: LONG },
  ],
  ["a default", false, `query($v: X! = "${LONG}") { ${times(11, "authorize(input: $v) { id }")} }`],
  [
    "a fragment with a variable",
    false,
    `query($v: X!) { ${times(11, "scopes { ...F }")} } fragment F on S { grants(first: $v) { id } }`,
    { v: LONG },
  ],
  [
    "a fragment with a text",
    false,
    `query { ${times(11, "scopes { ...F }")} } fragment F on S { grants(first: "${LONG}") { id } }`,
  ],
  [
    "bytes, not characters",
    false,
    `query($v: X!) { ${times(5, "authorize(input: $v) { id }")} }`,
    { v: "ü".repeat(100) },
  ],
  ["a circle", true, '{ ...F } fragment F on Query { ...G } fragment G on Query { ...F scope(name: "a") { name } }'],
];
function times(count: number, field: string): string {
  return Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(" ");
}
for (const [name, fits, source, variables] of expansions) {
  test(`bytes, variables written out: ${name} ${fits ? "fits" : "is too much"}`, () => {
    const caller = { id: "key:x", roles: new Set<CallerRole>(["service", "reviewer"]), defaultClientId: null };
    const check = () => checkOperation(request(source, variables), caller, { depth: 12, decisions: 100, bytes: 1000 });
    if (fits) check();
    else assert.throws(check, /comes to 1\d{3} bytes; at most 1000 are allowed/);
  });
}
