import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphQLError } from "graphql";
import type { Domain } from "../../../src/domain/domain.ts";
import { badInput, type ErrorCode, ScopewardenError } from "../../../src/domain/kernel/errors.ts";
import { formatGraphqlError, toGraphQLError } from "../../../src/graphql/door/wireErrors.ts";
import { at, openWorld, worldOver } from "../world.ts";

const real = await openWorld();
const withReader = (fail: () => unknown) => {
  const reader = { page: async () => fail(), related: async () => fail() } as unknown as Domain["reader"];
  return worldOver({ ...real.domain, reader }, real.storage);
};
const CLIENTS = "{ clients { edges { node { id } } } }";

const STATUS: Readonly<Record<ErrorCode, number | null>> = {
  BAD_USER_INPUT: null,
  NOT_FOUND: null,
  CONFLICT: null,
  UNAUTHENTICATED: 401,
  INSUFFICIENT_USER_AUTHENTICATION: 401,
  FORBIDDEN: 403,
  FOUR_EYES_REQUIRED: 403,
  LIMIT_EXCEEDED: 400,
  TOO_MANY_FAILURES: 429,
  POLICY_UNAVAILABLE: 503,
  JOURNAL_UNAVAILABLE: 503,
  AUTHENTICATION_UNAVAILABLE: 503,
  INTERNAL: 500,
};

for (const [code, status] of Object.entries(STATUS) as [ErrorCode, number | null][]) {
  test(`${code} keeps its code and has its status; what caused it stays inside`, async () => {
    const cause = new Error("SELECT secret FROM internals");
    const world = withReader(() => {
      throw new ScopewardenError(code, "the public words", { cause });
    });
    const { errors, statuses, internal } = await world.ask(CLIENTS);
    assert.equal(errors[0]?.extensions?.code, code);
    assert.deepEqual(statuses, [status]);
    assert.deepEqual(errors[0]?.path, ["clients"]);
    assert.equal(
      errors[0]?.message,
      code === "INTERNAL" ? "Something went wrong inside the service. It has been logged." : "the public words",
    );
    assert.deepEqual(internal, code === "INTERNAL" ? [cause] : []);
    assert.ok(!JSON.stringify(errors).includes("SELECT"));
    assert.ok(!JSON.stringify(errors).includes("http"));
  });
}

test("anything that is no ScopewardenError is masked, and told to the log", async () => {
  const broken = new TypeError("cannot read /etc/passwd of undefined");
  for (const thrown of [broken, "text", { code: "FORBIDDEN", message: "leak" }]) {
    const { errors, statuses, internal } = await withReader(() => {
      throw thrown;
    }).ask(CLIENTS);
    assert.deepEqual(
      errors.map(({ message, extensions }) => ({ message, extensions })),
      [{ message: "Something went wrong inside the service. It has been logged.", extensions: { code: "INTERNAL" } }],
    );
    assert.deepEqual([statuses, internal], [[500], [thrown]]);
  }
});

test("a value that the schema can't express is an inner failure too, and says nothing of the value", async () => {
  const world = withReader(() => ({
    items: [{ node: { id: { leak: "s3cret" }, status: "s3cret" }, key: "a" }],
    hasNextPage: false,
  }));
  for (const field of ["id", "status", "name"]) {
    const { errors, internal } = await world.ask(`{ clients { edges { node { ${field} } } } }`);
    assert.equal(errors[0]?.extensions?.code, "INTERNAL");
    assert.ok(!JSON.stringify(errors).includes("s3cret"));
    assert.equal(internal.length, 1);
  }
});

test("a failure in a nested field has its wire form, and leaves the rest", async () => {
  const page = {
    items: [
      {
        node: { id: "a", name: "A", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false },
        key: "a",
      },
    ],
    hasNextPage: false,
  };
  let calls = 0;
  const world = withReader(() => {
    if (calls++ === 0) return page;
    throw new ScopewardenError("POLICY_UNAVAILABLE", "The policy can't be read.");
  });
  const { errors, statuses } = await world.ask(
    "{ clients { edges { node { id grants { scope } } } } policyRevisions { edges { cursor } } }",
  );
  assert.deepEqual([errors.map((error) => error.extensions?.code), statuses], [["POLICY_UNAVAILABLE"], [503]]);
  assert.deepEqual(errors[0]?.path, ["clients", "edges", 0, "node", "grants"]);
});

test("problems are listed", () => {
  const error = toGraphQLError(
    badInput([
      { path: "a", message: "must be b" },
      { path: "c", message: "must be d" },
    ]),
  );
  assert.equal(error.message, "a: must be b (and 1 more)");
  assert.deepEqual(error.extensions, {
    code: "BAD_USER_INPUT",
    problems: [
      { path: "a", message: "must be b" },
      { path: "c", message: "must be d" },
    ],
  });
});

test("GraphQL's own errors keep their message and code; suggestions only where they are not hidden", () => {
  const message = 'Cannot query field "scops" on type "Query". Did you mean "scopes" or "scope"?';
  const error = new GraphQLError(message);
  const formatted = {
    message,
    locations: [{ line: 1, column: 3 }],
    extensions: { code: "GRAPHQL_VALIDATION_FAILED", stacktrace: ["at /srv/app"] },
  };
  const shown = formatGraphqlError(formatted, error, { hideSuggestions: false, maxTokens: 1000 });
  assert.deepEqual(shown, {
    message,
    locations: [{ line: 1, column: 3 }],
    extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
  });
  assert.equal(
    formatGraphqlError(formatted, error, { hideSuggestions: true, maxTokens: 1000 }).message,
    'Cannot query field "scops" on type "Query".',
  );
});

test("a variable that can't be read says which and why", async () => {
  const error = await real.error(
    "BAD_USER_INPUT",
    "query ($r: Int) { clients(asOfRevision: $r) { edges { cursor } } }",
    { r: "x" },
  );
  assert.match(error.message, /^Variable "\$r" got invalid value "x"; Int cannot represent non-integer value/);
  const time = await real.error(
    "BAD_USER_INPUT",
    "query ($f: PolicyRevisionFilter) { policyRevisions(filter: $f) { edges { cursor } } }",
    { f: { from: "yesterday" } },
  );
  assert.match(time.message, /filter\.from: must be a date such as 2026-11-30, or a time with its offset such as/);
});

test("an error of the surroundings is masked unless its code is about the request", () => {
  const told = (code: string | undefined, error: unknown) =>
    formatGraphqlError({ message: "details", extensions: code === undefined ? {} : { code } }, error, {
      hideSuggestions: false,
      maxTokens: 1000,
    }).message;
  assert.equal(
    told("INTERNAL_SERVER_ERROR", new Error("details")),
    "Something went wrong inside the service. It has been logged.",
  );
  assert.equal(
    told("INTERNAL_SERVER_ERROR", new GraphQLError("details")),
    "Something went wrong inside the service. It has been logged.",
  );
  assert.equal(
    told(undefined, new GraphQLError("details")),
    "Something went wrong inside the service. It has been logged.",
  );
  assert.equal(told("BAD_REQUEST", new GraphQLError("details")), "details");
  const limit = new GraphQLError("too many", { originalError: new ScopewardenError("LIMIT_EXCEEDED", "too many") });
  assert.deepEqual(formatGraphqlError({ message: "too many" }, limit, { hideSuggestions: false, maxTokens: 1000 }), {
    message: "too many",
    extensions: { code: "LIMIT_EXCEEDED" },
  });
  assert.equal(at(toGraphQLError(limit), "message"), "too many");
});
