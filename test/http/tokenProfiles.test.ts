import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { exportSPKI, generateKeyPair, SignJWT } from "jose";
import { personOf } from "../../src/domain/callers/person.ts";
import { requirePerson, samePerson } from "../../src/domain/callers/samePerson.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import { Reader } from "../../src/domain/kernel/reader.ts";
import { createTokenAuthenticator } from "../../src/http/tokens/tokenAuthenticator.ts";
import { readTokenIssuers, type TokenIssuer } from "../../src/http/tokens/tokenIssuer.ts";

/**
 * Tokens in the shapes that the products document: Keycloak's mappers of the client scopes `basic`, `profile`, `roles` and `service_account`
 * (Server Administration Guide, "Client scopes"), Microsoft's "Access token claims reference" and "Optional claims reference".
 */
const NOW_S = 1_790_000_000;
const AUDIENCE = "scopewarden";
const TENANT = "11111111-2222-4333-8444-555555555555";
const KEYCLOAK = "https://login.example/realms/hospital";
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const ENTRA_V1 = `https://sts.windows.net/${TENANT}/`;
const PLAIN = "https://as.example";
/** By RFC 9068 as `PLAIN`, without a claim by which people are known. */
const SILENT = "https://silent.example";
const CUSTOM = "https://custom.example";

const ROLES = { "sw-auditor": "auditor", "sw-desk": ["consent", "reviewer"], "sw-service": "service" };
const jwksUrl = "https://keys.example/jwks";
const FILE = {
  issuers: [
    { issuer: PLAIN, jwksUrl, audience: AUDIENCE, profile: "rfc9068", people: "auth_time" },
    { issuer: SILENT, jwksUrl, audience: AUDIENCE, profile: "rfc9068" },
    {
      ...{ issuer: KEYCLOAK, jwksUrl, audience: AUDIENCE, profile: "keycloak" },
      roles: { claim: "realm_access.roles", map: ROLES },
    },
    { issuer: ENTRA, jwksUrl, audience: AUDIENCE, profile: "entra", roles: { claim: "roles", map: ROLES } },
    { issuer: ENTRA_V1, jwksUrl, audience: AUDIENCE, profile: "entra", roles: { claim: "groups", map: ROLES } },
    {
      ...{ issuer: CUSTOM, jwksUrl, audience: AUDIENCE, profile: "custom", types: ["JWT"] },
      claims: {
        client: "cid",
        tokenId: "id",
        person: "uid",
        name: "display",
        organization: "org",
        fhirUser: "fhirUser",
      },
      people: { claim: "idp.kind", values: ["employee", true] },
      roles: { claim: ["https://custom.example/roles"], map: ROLES },
    },
  ],
};

function read(data: unknown): { readonly issuers: readonly TokenIssuer[]; readonly problems: readonly string[] } {
  const reader = new Reader();
  const issuers = readTokenIssuers(reader, data);
  return { issuers, problems: reader.problems.map(({ message, path }) => `${path} ${message}`) };
}

type Claims = { readonly [name: string]: unknown };
const times = { iat: NOW_S - 30, exp: NOW_S + 270 };
const keycloak: Claims = {
  ...times,
  ...{ jti: "onrtac:6d9f", iss: KEYCLOAK, aud: [AUDIENCE, "account"], sub: "f3c1-nora", typ: "Bearer", azp: "console" },
  ...{ sid: "s-1", auth_time: NOW_S - 60, acr: "1", scope: "openid profile scopewarden:admin" },
  realm_access: { roles: ["offline_access", "sw-auditor", "toString"] },
  resource_access: { console: { roles: ["sw-desk"] } },
  ...{ preferred_username: "nora", name: "Nora Nurse", email: "nora@example.org" },
};
const entra: Claims = {
  ...times,
  ...{ aud: AUDIENCE, iss: ENTRA, nbf: NOW_S - 30, azp: "app-1", azpacr: "0", name: "Nora Nurse" },
  ...{ oid: "o-nora", preferred_username: "nora@example.org", roles: ["sw-auditor"], scp: "access_as_user" },
  ...{ sub: "pairwise-nora", tid: TENANT, uti: "u-1", ver: "2.0" },
};
const { azp: _, preferred_username: __, ...rest } = entra;
const entraV1: Claims = {
  ...rest,
  ...{ iss: ENTRA_V1, appid: "app-1", unique_name: "nora@example.org", groups: ["sw-auditor", "g-2"], ver: "1.0" },
};
const plain: Claims = {
  ...times,
  ...{ iss: PLAIN, aud: AUDIENCE, sub: "nora", client_id: "console", jti: "j-1", scope: "openid scopewarden:auditor" },
  auth_time: NOW_S - 60,
};
const custom: Claims = {
  ...times,
  ...{ iss: CUSTOM, aud: AUDIENCE, uid: "77", cid: "console", id: "t-1", display: "Nora", org: "north" },
  ...{ fhirUser: "Practitioner/nora", idp: { kind: "employee" }, "https://custom.example/roles": ["sw-auditor"] },
};

const pairs = new Map(
  await Promise.all(
    [PLAIN, SILENT, KEYCLOAK, ENTRA, ENTRA_V1, CUSTOM].map(
      async (issuer) => [issuer, await generateKeyPair("RS256")] as const,
    ),
  ),
);
const pairOf = (issuer: unknown) => pairs.get(issuer as string) ?? assert.fail();
const { issuers, problems } = read(FILE);

interface Made {
  readonly typ?: string | undefined;
  /** Whose key signs; absent: that of the issuer whom it names. */
  readonly by?: string;
  readonly alg?: string;
}

function sign(
  claims: Claims,
  { typ = claims.iss === PLAIN || claims.iss === SILENT ? "at+jwt" : "JWT", by, alg = "RS256" }: Made = {},
) {
  const key = pairOf(by ?? (pairs.has(claims.iss as string) ? claims.iss : PLAIN)).privateKey;
  return new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: "k", ...(typ !== "" && { typ }) }).sign(key);
}

const accounts = [{ issuer: KEYCLOAK, id: "f3c1-nora" }];
const tokensWith = (maxAge: number | null = null) =>
  createTokenAuthenticator({
    issuers: issuers.map((settings) => ({ settings, jwks: { key: async () => pairOf(settings.issuer).publicKey } })),
    clock: () => NOW_S * 1000,
    revoked: async () => [],
    directory: () => directoryOf([{ type: "practitioner", id: "nora", version: 1, properties: { accounts } }], 1),
    maxAge,
  });
const tokens = tokensWith();

async function verdictOf(token: string) {
  const verdict = await tokens.read(token);
  if (!verdict.ok) return verdict.check;
  const { defaultClientId, id, name, roles, withoutPerson = false } = verdict.caller;
  return { id, name, client: defaultClientId, roles: [...roles].join(), withoutPerson };
}

test("the file of the tests is read without a problem", () => assert.deepEqual(problems, []));

const nora = { name: "nora", client: "console", roles: "auditor", withoutPerson: false };
const ACCEPTED: readonly (readonly [name: string, claims: Claims, expected: object, made?: Made])[] = [
  ["Keycloak: a person", keycloak, { ...nora, id: `jwt:${KEYCLOAK}#f3c1-nora` }],
  ["Keycloak with the switch for at+jwt", keycloak, { ...nora, id: `jwt:${KEYCLOAK}#f3c1-nora` }, { typ: "at+jwt" }],
  [
    "Keycloak: a service account, which is nobody",
    {
      ...keycloak,
      ...{ sub: "sa-1", client_id: "console", preferred_username: "service-account-console" },
      ...{ sid: undefined, auth_time: undefined, realm_access: { roles: ["sw-service"] } },
    },
    { ...nora, id: `jwt:${KEYCLOAK}#sa-1`, name: "service-account-console", roles: "service", withoutPerson: true },
  ],
  [
    "Keycloak: without a session nobody has signed in",
    { ...keycloak, sid: undefined, auth_time: undefined },
    { ...nora, id: `jwt:${KEYCLOAK}#f3c1-nora`, withoutPerson: true },
  ],
  [
    "Entra 2.0: a person by oid",
    entra,
    { ...nora, id: `jwt:${ENTRA}#o-nora`, name: "nora@example.org", client: "app-1" },
  ],
  [
    "Entra 1.0: appid, unique_name, groups",
    entraV1,
    { ...nora, id: `jwt:${ENTRA_V1}#o-nora`, name: "nora@example.org", client: "app-1" },
  ],
  [
    "Entra: an application, which is nobody",
    {
      ...entra,
      scp: undefined,
      idtyp: "app",
      sub: "o-app",
      oid: "o-app",
      preferred_username: undefined,
      name: undefined,
    },
    { id: `jwt:${ENTRA}#o-app`, name: "o-app", client: "app-1", roles: "auditor", withoutPerson: true },
  ],
  [
    "Entra: an application without idtyp",
    { ...entra, scp: undefined, sub: "o-app", oid: "o-app", name: undefined, preferred_username: undefined },
    { id: `jwt:${ENTRA}#o-app`, name: "o-app", client: "app-1", roles: "auditor", withoutPerson: true },
  ],
  ["RFC 9068: roles of scopes", plain, { ...nora, id: `jwt:${PLAIN}#nora` }],
  ["RFC 9068: application/at+jwt", plain, { ...nora, id: `jwt:${PLAIN}#nora` }, { typ: "application/AT+JWT" }],
  ["custom claims", custom, { ...nora, id: `jwt:${CUSTOM}#77`, name: "Nora" }],
  [
    "a name that is no text is not shown",
    { ...custom, display: { a: 1 } },
    { ...nora, id: `jwt:${CUSTOM}#77`, name: "77" },
  ],
];
for (const [name, claims, expected, made] of ACCEPTED)
  test(`accepted: ${name}`, async () => assert.deepEqual(await verdictOf(await sign(claims, made)), expected));

const WHOSE: readonly (readonly [name: string, holder: "PERSON" | "PROGRAM" | "UNKNOWN", claims: Claims])[] = [
  ["RFC 9068 with the claim of people", "PERSON", plain],
  ["RFC 9068 without it", "UNKNOWN", { ...plain, auth_time: undefined }],
  ["RFC 9068 whose issuer has no such setting, with a time of sign-in", "UNKNOWN", { ...plain, iss: SILENT }],
  ["RFC 9068: a client that asks for itself, whatever it has", "PROGRAM", { ...plain, sub: "console" }],
  ["RFC 9068: the same, at an issuer without the setting", "PROGRAM", { ...plain, iss: SILENT, sub: "console" }],
  ["RFC 9068 by a grant of clients", "PROGRAM", { ...plain, gty: "client-credentials" }],
  ["custom with a value of people", "PERSON", custom],
  ["custom with one among several", "PERSON", { ...custom, idp: { kind: ["robot", "employee"] } }],
  ["custom with a value that is no text", "PERSON", { ...custom, idp: { kind: true } }],
  ["custom with another value", "UNKNOWN", { ...custom, idp: { kind: "robot" } }],
  ["custom with a value in other letters", "UNKNOWN", { ...custom, idp: { kind: "Employee" } }],
  ["custom with an object for it", "UNKNOWN", { ...custom, idp: { kind: { toString: "employee" } } }],
  ["custom without it", "UNKNOWN", { ...custom, idp: {} }],
  ["custom with what every object has", "UNKNOWN", { ...custom, idp: Object.create({ kind: "employee" }) }],
  ["Keycloak in a session", "PERSON", keycloak],
  ["Keycloak without one", "UNKNOWN", { ...keycloak, sid: undefined, auth_time: undefined }],
  ["Entra for somebody", "PERSON", entra],
  ["Entra of nobody knows whom", "UNKNOWN", { ...entra, scp: undefined }],
  ["Entra for an application", "PROGRAM", { ...entra, idtyp: "app" }],
];
for (const [name, holder, claims] of WHOSE)
  test(`whose it is: ${name}`, async () => {
    const found = await tokens.read(await sign(claims));
    assert.ok(found.ok);
    const { people, subject, withoutPerson = false } = found.caller;
    assert.equal(subject?.type ?? null, holder === "PROGRAM" ? "client" : null);
    assert.equal(withoutPerson, holder !== "PERSON");
    // Who may be a program is told apart from nobody.
    if (holder === "UNKNOWN")
      assert.equal(
        people?.some((each) => each.startsWith("@")),
        false,
      );
    else assert.equal(people, undefined);
  });

test("who it can't be told of is told apart from nobody, nor from another account of the issuer", async () => {
  const read = async (claims: Claims) => {
    const found = await tokens.read(await sign(claims));
    assert.ok(found.ok);
    return found.caller;
  };
  const nora = await read(plain);
  const olga = await read({ ...plain, sub: "olga" });
  const open = await read({ ...plain, sub: "pipeline", auth_time: undefined });
  assert.equal(samePerson(nora, olga), false);
  assert.equal(samePerson(open, olga), true);
  assert.equal(samePerson(olga, personOf(open)), true);
  assert.throws(() => requirePerson(open, "A rule"), /does not say that a person signed in.* setting people/);
});

test("a claim of people that is in every token, is a product's own to say, or is no claim, is refused", () => {
  const plainIssuer = { issuer: PLAIN, jwksUrl, audience: AUDIENCE, profile: "rfc9068" };
  const [, , keycloakIssuer] = FILE.issuers;
  for (const [issuer, people, problem] of [
    [plainIssuer, "sub", "issuers[0].people must be a claim that only people's tokens have: sub stands in every token"],
    [plainIssuer, "client_id", /client_id stands in every token/],
    [plainIssuer, "", "issuers[0].people must not be empty"],
    [plainIssuer, 7, "issuers[0].people must be a string"],
    [plainIssuer, { claim: "kind", values: [] }, /^issuers\[0\]\.people\.values must be the value, or a list/],
    [plainIssuer, { claim: "kind", values: [{}] }, /^issuers\[0\]\.people\.values must be the value, or a list/],
    [plainIssuer, { claim: "kind", value: "x" }, /people\.value is not known here; known are claim, values/],
    [plainIssuer, { values: ["x"] }, "issuers[0].people.claim is missing"],
    [keycloakIssuer, "auth_time", /people is fixed by the profile keycloak/],
  ] as const) {
    const { problems } = read({ issuers: [{ ...issuer, people }] });
    assert.equal(problems.length, 1, problems.join());
    if (typeof problem === "string") assert.equal(problems[0], problem);
    else assert.match(problems[0] ?? "", problem);
  }
});

const overage = { _claim_names: { groups: "src1" }, _claim_sources: { src1: { endpoint: "https://graph.example" } } };
const REFUSED: readonly (readonly [name: string, check: string, claims: Claims, made?: Made])[] = [
  // Whose it is.
  ["an issuer that is not known", "issuer", { ...keycloak, iss: "https://login.example/realms/other" }],
  ["an issuer with a slash more", "issuer", { ...keycloak, iss: `${KEYCLOAK}/` }],
  ["an issuer in other letters", "issuer", { ...keycloak, iss: KEYCLOAK.toUpperCase() }],
  ["a list of issuers", "issuer", { ...keycloak, iss: [KEYCLOAK] }],
  ["no issuer", "issuer", { ...keycloak, iss: undefined }],
  ["an issuer called __proto__", "issuer", { ...keycloak, iss: "__proto__" }],
  ["signed by another issuer that is known", "signature", keycloak, { by: ENTRA }],
  ["Entra's by its 1.0 keys", "signature", entra, { by: ENTRA_V1 }],
  ["another tenant's", "tenant", { ...entra, tid: "99999999-2222-4333-8444-555555555555" }],
  ["no tenant", "tenant", { ...entra, tid: undefined }],
  ["a part of the tenant", "tenant", { ...entra, tid: TENANT.slice(0, 8) }],
  ["a tenant that is another part of the issuer", "tenant", { ...entra, tid: "v2.0" }],
  ["an empty tenant", "tenant", { ...entra, tid: "" }],
  // For whom.
  ["a foreign audience", "audience", { ...keycloak, aud: "account" }],
  ["no audience", "audience", { ...keycloak, aud: undefined }],
  ["an audience in other letters", "audience", { ...entra, aud: "Scopewarden" }],
  ["an audience that begins alike", "audience", { ...entra, aud: ["scopewarden-test"] }],
  ["an empty list of audiences", "audience", { ...keycloak, aud: [] }],
  // What it is.
  ["Keycloak's ID token", "token_use", { ...keycloak, typ: "ID", aud: AUDIENCE, nonce: "n" }],
  ["Keycloak's refresh token", "token_use", { ...keycloak, typ: "Refresh" }],
  ["Keycloak's logout token", "token_use", { ...keycloak, typ: "Logout" }],
  ["Keycloak's without typ", "token_use", { ...keycloak, typ: undefined }],
  ["a list of typ", "token_use", { ...keycloak, typ: ["Bearer"] }],
  ["Entra's ID token for an application that is its own API", "client", { ...entra, azp: undefined, scp: undefined }],
  ["Entra's with neither scp nor roles", "token_use", { ...entra, scp: undefined, roles: undefined }],
  ["bound to a key", "bound_token", { ...keycloak, cnf: { jkt: "x" } }],
  ["bound to a certificate", "bound_token", { ...plain, cnf: { "x5t#S256": "x" } }],
  ["RFC 9068 with the type of an ID token", "type", plain, { typ: "JWT" }],
  ["without a type", "type", plain, { typ: "" }],
  ["Keycloak's with the type of a logout token", "type", keycloak, { typ: "logout+jwt" }],
  ["Entra's with another type", "type", entra, { typ: "dpop+jwt" }],
  // Which client.
  ["no client", "client", { ...keycloak, azp: undefined }],
  ["two clients that differ", "client", { ...keycloak, client_id: "other" }],
  ["Entra's azp of another client than its appid", "client", { ...entra, appid: "app-2" }],
  ["a client that is a number", "client", { ...entra, azp: 7 }],
  ["a client with a line in it", "client", { ...plain, client_id: "a\nb" }],
  ["an empty client", "client", { ...custom, cid: "" }],
  ["RFC 9068 with azp for client_id", "client", { ...plain, client_id: undefined, azp: "console" }],
  // Who.
  ["no person", "person", { ...keycloak, sub: undefined }],
  ["a person that is a list", "person", { ...entra, oid: ["o-nora"] }],
  ["Entra's with sub alone", "person", { ...entra, oid: undefined }],
  ["a person that is empty", "person", { ...custom, uid: "" }],
  ["a person with a control character", "person", { ...custom, uid: "7\u00007" }],
  ["a person of 10,000 characters", "person", { ...plain, sub: "x".repeat(10_000) }],
  ["a person of the object's own prototype", "person", { ...custom, uid: undefined }],
  // Which token.
  ["no id", "token_id", { ...plain, jti: undefined }],
  ["Entra's without uti", "token_id", { ...entra, uti: undefined }],
  ["an id that is a number", "token_id", { ...keycloak, jti: 5 }],
  // When.
  ["expired", "expired", { ...keycloak, exp: NOW_S - 60 }],
  ["no end", "issued_at", { ...keycloak, exp: undefined }],
  ["not yet valid", "not_before", { ...entra, nbf: NOW_S + 60 }],
  ["issued in the future", "issued_at", { ...plain, iat: NOW_S + 60 }],
  ["no time of issue", "issued_at", { ...plain, iat: undefined }],
  ["signed in in the future", "auth_time", { ...keycloak, auth_time: NOW_S + 60 }],
  ["signed in at a text", "auth_time", { ...keycloak, auth_time: "yesterday" }],
  ["signed in at a fraction", "auth_time", { ...plain, auth_time: 1.5 }],
  // Which roles.
  ["roles that are a text", "roles", { ...keycloak, realm_access: { roles: "sw-auditor" } }],
  ["roles that are a number", "roles", { ...keycloak, realm_access: { roles: 1 } }],
  ["roles that are an object", "roles", { ...entra, roles: { 0: "sw-auditor", length: 1 } }],
  ["roles with a number among them", "roles", { ...entra, roles: ["sw-auditor", 3] }],
  ["10,000 roles", "roles", { ...keycloak, realm_access: { roles: Array(10_000).fill("sw-auditor") } }],
  ["roles that are null", "roles", { ...keycloak, realm_access: { roles: null } }],
  ["a realm_access that is a text", "no_role", { ...keycloak, realm_access: "roles" }],
  ["scopes where a claim is set", "no_role", { ...keycloak, realm_access: undefined, scope: "scopewarden:admin" }],
  ["roles of another client", "no_role", { ...keycloak, realm_access: { roles: [] } }],
  ["a role named as a member of every object", "no_role", { ...keycloak, realm_access: { roles: ["constructor"] } }],
  ["our own role's name, which the map does not give", "no_role", { ...entra, roles: ["auditor"] }],
  ["a role in other letters", "no_role", { ...entra, roles: ["SW-AUDITOR"] }],
  ["groups left out by Entra", "groups_overage", { ...entraV1, groups: undefined, ...overage }],
  ["groups left out in an implicit flow", "groups_overage", { ...entraV1, groups: undefined, hasgroups: true }],
  ["RFC 9068 without a scope of ours", "no_role", { ...plain, scope: "openid" }],
  ["RFC 9068 with a list of scopes", "no_role", { ...plain, scope: ["scopewarden:auditor"] }],
  ["RFC 9068 with roles", "no_role", { ...plain, scope: "openid", roles: ["auditor"] }],
];
for (const [name, check, claims, made] of REFUSED)
  test(`refused: ${name}`, async () => assert.equal(await verdictOf(await sign(claims, made)), check));

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const forged = async (header: Claims, mac: (text: string) => Promise<string> | string) => {
  const text = `${base64(header)}.${base64(keycloak)}`;
  return `${text}.${await mac(text)}`;
};
const FORGED: readonly (readonly [name: string, check: string, token: () => Promise<string>])[] = [
  ["alg none", "algorithm", () => forged({ alg: "none", typ: "JWT" }, () => "")],
  ["alg None", "algorithm", () => forged({ alg: "None", typ: "JWT" }, () => "AA")],
  [
    "a public key used as a shared secret",
    "algorithm",
    async () => {
      const pem = await exportSPKI(pairOf(KEYCLOAK).publicKey);
      return forged({ alg: "HS256", typ: "JWT" }, (text) => createHmac("sha256", pem).update(text).digest("base64url"));
    },
  ],
  [
    "a key of its own in the header",
    "signature",
    async () => {
      const { privateKey } = await generateKeyPair("RS256");
      return new SignJWT({ ...keycloak })
        .setProtectedHeader({ alg: "RS256", typ: "JWT", jku: "https://attacker.example/jwks" })
        .sign(privateKey);
    },
  ],
  [
    "a header that must be understood",
    "format",
    () => forged({ alg: "RS256", typ: "JWT", crit: ["x"], x: 1 }, () => "AA"),
  ],
  [
    "a payload that was changed",
    "signature",
    async () => {
      const [header, , mac] = (await sign(keycloak)).split(".");
      return `${header}.${base64({ ...keycloak, sub: "somebody" })}.${mac}`;
    },
  ],
  ["no token", "format", async () => "a.b.c"],
  ["a payload that is a list", "format", async () => `${base64({ alg: "RS256" })}.${base64([1])}.AA`],
];
for (const [name, check, token] of FORGED)
  test(`refused: ${name}`, async () => assert.equal(await verdictOf(await token()), check));

test("one `sub` at two issuers is two people, and each has its own roles", async () => {
  const [one, other] = await Promise.all([
    tokens.read(await sign({ ...plain, sub: "f3c1-nora" })),
    tokens.read(await sign(keycloak)),
  ]);
  assert.ok(one.ok && other.ok);
  assert.notEqual(one.caller.id, other.caller.id);
  assert.equal(one.caller.subject?.issuer, PLAIN);
  assert.equal(other.caller.subject?.issuer, KEYCLOAK);
});

test("what a token says of the person is known, and shown alone", async () => {
  const found = await tokens.read(await sign({ ...custom, uid: "77" }));
  assert.ok(found.ok);
  const { authTime, fhirUser, linked, organization } = found.caller;
  assert.deepEqual(
    { authTime, fhirUser, linked, organization },
    {
      ...{ authTime: null, fhirUser: "Practitioner/nora", linked: undefined, organization: "north" },
    },
  );
  const signedIn = await tokens.read(await sign(keycloak));
  assert.ok(signedIn.ok);
  assert.equal(signedIn.caller.authTime, (NOW_S - 60) * 1000);
  assert.deepEqual(signedIn.caller.linked, [{ type: "practitioner", id: "nora", issuer: null }]);
});

test("a token is refused once its issue is longer ago than is allowed", async () => {
  const old = await sign({ ...plain, iat: NOW_S - 400, exp: NOW_S + 4000 });
  assert.equal((await tokensWith(300).read(old)).ok, false);
  assert.equal((await tokensWith(500).read(old)).ok, true);
  assert.equal((await tokens.read(old)).ok, true);
});

const [, first] = FILE.issuers;
const WRONG: readonly (readonly [data: unknown, problem: RegExp])[] = [
  [[], /^file must be a JSON object/],
  [{}, /^issuers must be a list of 1 to 20/],
  [{ issuers: [first], more: 1 }, /^file.more is not known here/],
  [{ issuers: [first, first] }, /^issuers\[1\].issuer stands twice/],
  [{ issuers: [{ ...first, issuer: "http://as.example" }] }, /^issuers\[0\].issuer must be an https URL/],
  [{ issuers: [{ ...first, issuer: "https://as.example?x" }] }, /^issuers\[0\].issuer must have no \?/],
  [{ issuers: [{ ...first, jwksUrl: "keys" }] }, /^issuers\[0\].jwksUrl must be an https URL/],
  [{ issuers: [{ ...first, audience: "" }] }, /^issuers\[0\].audience must not be empty/],
  [{ issuers: [{ ...first, audience: undefined }] }, /^issuers\[0\].audience is missing/],
  [{ issuers: [{ ...first, profile: "okta" }] }, /^issuers\[0\].profile must be rfc9068, keycloak, entra, custom/],
  [{ issuers: [{ ...first, profile: "keycloak" }] }, /^issuers\[0\].roles is missing/],
  [{ issuers: [{ ...first, types: ["JWT"] }] }, /^issuers\[0\].types is fixed by the profile/],
  [{ issuers: [{ ...first, claims: { person: "email" } }] }, /^issuers\[0\].claims.person is fixed by the profile/],
  [{ issuers: [{ ...first, claims: { persn: "x" } }] }, /^issuers\[0\].claims.persn is not known/],
  [{ issuers: [{ ...first, profile: "custom", types: ["JWT"] }] }, /^issuers\[0\].claims.client must be the name/],
  [
    { issuers: [{ ...first, roles: { claim: "r", map: { a: "boss" } } }] },
    /^issuers\[0\].roles.map.a must be one or a list of service/,
  ],
  [{ issuers: [{ ...first, roles: { claim: "r", map: {} } }] }, /^issuers\[0\].roles.map must have a value/],
  [
    { issuers: [{ ...first, roles: { claim: "", map: { a: "admin" } } }] },
    /^issuers\[0\].roles.claim must not be empty/,
  ],
];
for (const [data, problem] of WRONG)
  test(`a file is refused: ${problem.source}`, () => assert.match(read(data).problems[0] ?? "none", problem));
