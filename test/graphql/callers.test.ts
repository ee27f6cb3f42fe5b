import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { rolesOf } from "../../src/domain/callers/permissions.ts";
import { CALLER_ROLES } from "../../src/domain/callers/types.ts";
import { at, callerOf, openWorld, pathsOf } from "./world.ts";

const world = await openWorld();
/** For the tests of API keys, which count them. */
const keys = await openWorld();

const SCALARS: Readonly<Record<string, string>> = { Int: "1", Boolean: "true", DateTime: '"2030-01-01T00:00:00Z"' };

/** Some value of an input type, as a literal: enough to get past validation. */
function literal(type: GraphQLInputType): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return "[]";
  if (isEnumType(inner)) return String(inner.getValues()[0]?.name);
  if (!isInputObjectType(inner)) return SCALARS[inner.toString()] ?? '"x"';
  const fields = Object.values(inner.getFields());
  const required = inner.isOneOf ? fields.slice(0, 1) : fields.filter((field) => isNonNullType(field.type));
  return `{ ${required.map((field) => `${field.name}: ${literal(field.type)}`).join(", ")} }`;
}

const argumentsOf = (args: readonly GraphQLArgument[]): string => {
  const required = args.filter((arg) => isNonNullType(arg.type)).map((arg) => `${arg.name}: ${literal(arg.type)}`);
  return required.length === 0 ? "" : `(${required.join(", ")})`;
};

/** What the policy, and not only the table, must let its caller do. */
const BY_POLICY_TOO = ["breakGlass"];

for (const [kind, type] of [
  ["query", world.schema.getQueryType()],
  ["mutation", world.schema.getMutationType()],
] as const) {
  for (const field of Object.values(type?.getFields() ?? {})) {
    test(`${field.name} is refused to every role that the table does not name, before anything else`, async () => {
      const source = `${kind} { ${field.name}${argumentsOf(field.args)} ${isObjectType(getNamedType(field.type)) ? "{ __typename }" : ""} }`;
      for (const roles of [[], ...CALLER_ROLES.map((role) => [role])]) {
        const allowed = roles.some((role) => rolesOf(field.name).includes(role));
        // What is for those alone who say who they are, looks at that after the table.
        const caller = { ...callerOf("key:x", ...roles), subject: { type: "user", id: "x", issuer: null } };
        const { errors, statuses } = await world.ask(source, {}, caller);
        const refused = errors.some(
          ({ extensions, message }) =>
            extensions?.code === "FORBIDDEN" && !(BY_POLICY_TOO.includes(field.name) && /setting/.test(message)),
        );
        assert.equal(refused, !allowed, `${field.name} as ${roles.join() || "nobody"}: ${JSON.stringify(errors)}`);
        if (refused) assert.deepEqual(statuses, [403]);
      }
    });
  }
}

test("a refusal names the roles that may; an alias is no way around it", async () => {
  const error = await world.error(
    "FORBIDDEN",
    "{ authorize: clients { edges { cursor } } }",
    {},
    callerOf("key:s", "service"),
  );
  assert.match(error.message, /clients needs the role admin or reviewer or auditor; this caller holds service/);
  const { data, errors } = await world.ask(
    "{ clients { edges { cursor } } decisions { edges { cursor } } }",
    {},
    callerOf("key:a", "auditor"),
  );
  assert.deepEqual(errors, []);
  assert.ok(Array.isArray(at(data, "decisions", "edges")));
});

test("the author of a change is the caller", async () => {
  const data = await world.data(
    'mutation { createRole(input: { name: "a" }, reason: "r") { author by { callerId type id name } } }',
    {},
    callerOf("jwt:https://as.example#app", "admin"),
  );
  assert.deepEqual(data, {
    createRole: {
      author: "app",
      by: { callerId: "jwt:https://as.example#app", type: null, id: "app", name: "app" },
    },
  });
});

const CREATE =
  "mutation ($input: CreateApiKeyInput!, $reason: String!) { createApiKey(input: $input, reason: $reason) { key policyRevision apiKey { id name roles at by { name } reason until revokedAt revokedBy { name } revocationReason } } }";
const REVOKE =
  "mutation ($id: ID!, $reason: String!) { revokeApiKey(id: $id, reason: $reason) { policyRevision apiKey { id revokedAt revokedBy { name } revocationReason } } }";

const subject = { id: "ada" };

test("an API key is created, shown once, listed and revoked", async () => {
  const created = at(
    await keys.data(CREATE, {
      input: { name: "lab portal", roles: ["AUDITOR", "SERVICE"], subject, until: "2027-01-01T00:00:00Z" },
      reason: "go-live",
    }),
    "createApiKey",
  );
  const id = String(at(created, "apiKey", "id"));
  assert.match(String(at(created, "key")), new RegExp(`^swk_${id}_[A-Za-z0-9_-]{43}$`));
  assert.equal(at(created, "policyRevision"), 0);
  const apiKey = {
    id,
    name: "lab portal",
    roles: ["SERVICE", "AUDITOR"],
    at: "2026-11-24T12:00:00.000Z",
    by: { name: "key:root" },
    reason: "go-live",
    until: "2027-01-01T00:00:00.000Z",
    revokedAt: null,
    revokedBy: null,
    revocationReason: null,
  };
  assert.deepEqual(at(created, "apiKey"), apiKey);
  keys.clock.now += 1000;
  await keys.data(CREATE, { input: { name: "second", roles: ["ADMIN"], subject }, reason: "r" });
  keys.clock.now += 1000;
  await keys.data(CREATE, { input: { name: "third", roles: ["REVIEWER"], subject, until: null }, reason: "r" });

  const names: unknown[] = [];
  for (let after: unknown = null; ; ) {
    const page = at(
      await keys.data(
        "query ($after: String) { apiKeys(first: 1, after: $after) { edges { node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }",
        { after },
      ),
      "apiKeys",
    );
    assert.equal(at(page, "pageInfo", "hasPreviousPage"), after !== null);
    names.push(...(at(page, "edges") as unknown[]).map((edge) => at(edge, "node", "name")));
    if (at(page, "pageInfo", "hasNextPage") !== true) break;
    after = at(page, "pageInfo", "endCursor");
  }
  assert.deepEqual(names, ["third", "second", "lab portal"]);

  const revoked = await keys.data(REVOKE, { id, reason: "lost" });
  assert.deepEqual(at(revoked, "revokeApiKey"), {
    policyRevision: 0,
    apiKey: { id, revokedAt: "2026-11-24T12:00:02.000Z", revokedBy: { name: "key:root" }, revocationReason: "lost" },
  });
  assert.equal(
    at(await keys.data(REVOKE, { id, reason: "again" }), "revokeApiKey", "apiKey", "revocationReason"),
    "lost",
  );
});

test("what is wrong with a key or its revocation is said with its path", async () => {
  const bad = await keys.error("BAD_USER_INPUT", CREATE, {
    input: { name: "", roles: [], until: "2020-01-01T00:00:00Z" },
    reason: "",
  });
  assert.deepEqual(pathsOf(bad), ["input.name", "input.roles", "input.until", "reason"]);
  await keys.error("BAD_USER_INPUT", CREATE, { input: { name: "x", roles: ["ROOT"] }, reason: "r" });
  await keys.error("NOT_FOUND", REVOKE, { id: "nothing", reason: "r" });
  assert.deepEqual(pathsOf(await keys.error("BAD_USER_INPUT", REVOKE, { id: "nothing", reason: "" })), ["reason"]);
  for (const [id, reason, path] of [
    ["a\0", "r", "id"],
    ["", "r", "id"],
    ["nothing", "a\0", "reason"],
    ["nothing", "x".repeat(2001), "reason"],
  ] as const) {
    assert.deepEqual(pathsOf(await keys.error("BAD_USER_INPUT", REVOKE, { id, reason })), [path]);
  }
  for (const after of ["x", "MTphcGlLZXlzOm5v"]) {
    assert.deepEqual(
      pathsOf(
        await keys.error("BAD_USER_INPUT", "query ($after: String) { apiKeys(after: $after) { edges { cursor } } }", {
          after,
        }),
      ),
      ["after"],
    );
  }
});

test("no field of the schema has a name for a secret, but the one that shows a new key", () => {
  const fields = Object.values(world.schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith("__")
      ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`)
      : [],
  );
  assert.deepEqual(
    fields.filter((name) => /secret|hash|\.key$/i.test(name)).sort(),
    // One counts guesses, the others are what identifies a thing of the policy, by what is counted, or what proves the record.
    [
      "ApiKeyFailures.wrongSecret",
      "Checkpoint.rootHash",
      "ConsistencyProof.hashes",
      "CreatedApiKey.key",
      "InclusionProof.hashes",
      "LeftRow.key",
      "PolicyChange.key",
      "PolicyFinding.key",
      "ReplayCount.key",
      "StatsRow.key",
    ],
  );
});
