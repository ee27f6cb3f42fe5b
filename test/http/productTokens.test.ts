import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { generateKeyPair, SignJWT } from "jose";
import { EMPTY_DIRECTORY } from "../../src/domain/directory/directory.ts";
import { Reader } from "../../src/domain/kernel/reader.ts";
import { createTokenAuthenticator } from "../../src/http/tokens/tokenAuthenticator.ts";
import { readTokenIssuers, type TokenIssuer } from "../../src/http/tokens/tokenIssuer.ts";
import { yaml } from "../../src/yaml/yaml.ts";

/**
 * Tokens as the products document them: Okta, "Access tokens" and "ID token payload" of custom authorization servers; PingFederate, "JSON Web
 * Token (JWT) access token management"; Amazon Cognito, "Understanding the access token" and "the ID token"; AD FS, "OpenID Connect and OAuth
 * flows"; Auth0, "Access token profiles". The entries of the file are those of docs/sign-in.md.
 */
const NOW_S = 1_790_000_000;
type Claims = { readonly [name: string]: unknown };
const times = { iat: NOW_S - 30, exp: NOW_S + 270 };
const { privateKey, publicKey } = await generateKeyPair("RS256");

async function documented(product: string): Promise<TokenIssuer> {
  const page = await readFile("docs/sign-in.md", "utf8");
  const [, text = ""] = new RegExp(`\\*\\*${product}[^*]*\\*\\*[^\`]*\`\`\`yaml\\n([^\`]*)\`\`\``).exec(page) ?? [];
  const reader = new Reader();
  const [issuer] = readTokenIssuers(reader, yaml.read(text).data);
  assert.deepEqual(reader.problems, [], product);
  return issuer ?? assert.fail(product);
}

interface Product {
  /** A person's access token, and as whom it is accepted. */
  readonly person: Claims;
  readonly as: { readonly person: string; readonly client: string; readonly roles: readonly string[] };
  /** A client's own. */
  readonly program: Claims;
  /** At which check it falls, without a nonce or a hash. */
  readonly idToken: readonly [claims: Claims, check: string];
  /** The `typ` of the header; absent: none. */
  readonly typ?: string;
  /** Of another client: at which check it falls, null: it is that client's for this API, and accepted as such. */
  readonly otherClient: readonly [claims: Claims, check: string | null];
  readonly otherApi: readonly [claims: Claims, check: string];
}

const okta: Claims = {
  ...times,
  ...{
    ver: 1,
    jti: "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
    iss: "https://hospital.okta.com/oauth2/ausa1b2c3",
  },
  ...{ aud: "api://scopewarden", cid: "0oa1console", uid: "00uidnora", sub: "nora@example.org" },
  ...{ scp: ["openid", "scopewarden"], auth_time: NOW_S - 60, groups: ["sw-auditor"] },
};
const ping: Claims = {
  ...times,
  ...{ iss: "https://sso.hospital.example", client_id: "console", scope: "openid scopewarden", Username: "nora" },
  ...{ roles: ["sw-auditor"], auth_time: NOW_S - 60 },
};
const COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Example";
const cognito: Claims = {
  ...times,
  ...{ iss: COGNITO, client_id: "1example23456789", sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", username: "nora" },
  ...{ "cognito:groups": ["sw-auditor"], token_use: "access", scope: "openid scopewarden/console", version: 2 },
  ...{ auth_time: NOW_S - 60, jti: "c-1", origin_jti: "c-0", event_id: "e-1" },
};
const adfs: Claims = {
  ...times,
  ...{ aud: "https://scopewarden.hospital.example", iss: "http://adfs.hospital.example/adfs/services/trust" },
  ...{
    apptype: "Public",
    appid: "console",
    authmethod: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
  },
  ...{
    auth_time: "2026-09-21T13:32:10.123Z",
    ver: "1.0",
    scp: "openid scopewarden",
    sid: "S-1-5-21-1",
    role: ["sw-auditor"],
  },
};
const auth0: Claims = {
  ...times,
  ...{ iss: "https://hospital.eu.auth0.com/", sub: "auth0|nora", azp: "console", scope: "openid profile" },
  ...{ aud: ["https://scopewarden.hospital.example", "https://hospital.eu.auth0.com/userinfo"] },
  ...{ permissions: ["sw-auditor"], "https://hospital.example/kind": "employee" },
};
/** What an ID token has that was asked for without a nonce, and without an access token beside it. */
const bare = (iss: unknown, aud: string, more: Claims): Claims => ({
  ...times,
  iss,
  aud,
  auth_time: NOW_S - 60,
  ...more,
});

const PRODUCTS: { readonly [name: string]: Product } = {
  Okta: {
    person: okta,
    as: { person: "00uidnora", client: "0oa1console", roles: ["auditor"] },
    program: { ...okta, uid: "0oa1console", sub: "0oa1console", auth_time: undefined },
    idToken: [
      bare(okta.iss, "api://scopewarden", {
        sub: "00uidnora",
        uid: "00uidnora",
        cid: "0oa1console",
        groups: ["sw-auditor"],
        jti: "ID.1",
      }),
      "token_use",
    ],
    otherClient: [{ ...okta, cid: "0oa2other" }, null],
    otherApi: [{ ...okta, aud: "api://billing", scp: ["billing"] }, "audience"],
  },
  PingFederate: {
    person: ping,
    as: { person: "nora", client: "console", roles: ["auditor"] },
    program: { ...ping, Username: "console", auth_time: undefined },
    idToken: [
      bare(ping.iss, "console", { sub: "nora", client_id: "console", Username: "nora", roles: ["sw-auditor"] }),
      "audience",
    ],
    otherClient: [{ ...ping, client_id: "billing" }, "audience"],
    otherApi: [{ ...ping, scope: "openid billing" }, "token_use"],
  },
  "Amazon Cognito": {
    person: cognito,
    as: { person: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", client: "1example23456789", roles: ["auditor"] },
    program: { ...cognito, sub: "1example23456789", username: undefined, auth_time: undefined },
    idToken: [
      bare(COGNITO, "1example23456789", {
        ...{
          sub: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
          token_use: "id",
          "cognito:groups": ["sw-auditor"],
          jti: "c-2",
        },
      }),
      "audience",
    ],
    otherClient: [{ ...cognito, client_id: "2example23456789" }, "audience"],
    otherApi: [{ ...cognito, scope: "billing/read" }, "token_use"],
  },
  "AD FS": {
    typ: "JWT",
    person: adfs,
    as: { person: "S-1-5-21-1", client: "console", roles: ["auditor"] },
    program: { ...adfs, sid: "console", authmethod: undefined },
    idToken: [
      bare(adfs.iss, "https://scopewarden.hospital.example", {
        sub: "x",
        sid: "S-1-5-21-1",
        appid: "console",
        role: ["sw-auditor"],
      }),
      "token_use",
    ],
    otherClient: [{ ...adfs, appid: "other" }, null],
    otherApi: [{ ...adfs, aud: "https://billing.hospital.example" }, "audience"],
  },
  Auth0: {
    typ: "JWT",
    person: auth0,
    as: { person: "auth0|nora", client: "console", roles: ["auditor"] },
    program: {
      ...auth0,
      sub: "console@clients",
      gty: "client-credentials",
      aud: "https://scopewarden.hospital.example",
    },
    idToken: [
      bare(auth0.iss, "console", { sub: "auth0|nora", azp: "console", permissions: ["sw-auditor"] }),
      "audience",
    ],
    otherClient: [{ ...auth0, azp: "other" }, null],
    otherApi: [{ ...auth0, aud: "https://billing.hospital.example" }, "audience"],
  },
};

const sign = (claims: Claims, typ?: string): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "RS256", kid: "k", ...(typ !== undefined && { typ }) })
    .sign(privateKey);
const tokensOf = (settings: TokenIssuer, revoked: readonly string[] = []) =>
  createTokenAuthenticator({
    issuers: [{ settings, jwks: { key: async () => publicKey } }],
    clock: () => NOW_S * 1000,
    revoked: async () =>
      revoked.map((tokenId) => ({ issuer: settings.issuer, person: null, clientId: null, tokenId, until: null })),
    directory: () => EMPTY_DIRECTORY,
  });

for (const [name, { as, idToken, otherApi, otherClient, person, program, typ }] of Object.entries(PRODUCTS)) {
  const checkOf = async (claims: Claims, header = typ) => {
    const verdict = await tokensOf(await documented(name)).read(await sign(claims, header));
    return verdict.ok ? null : verdict.check;
  };

  test(`${name}: a person's access token and a client's own are accepted by the entry in the docs`, async () => {
    const tokens = tokensOf(await documented(name));
    const found = await tokens.read(await sign(person, typ));
    assert.ok(found.ok, JSON.stringify(found));
    const { client, person: id } = found.token;
    assert.deepEqual({ person: id, client, roles: [...found.caller.roles] }, as);
    assert.equal(found.caller.withoutPerson, undefined);
    const own = await tokens.read(await sign(program, typ));
    assert.ok(own.ok, JSON.stringify(own));
    assert.deepEqual([own.caller.withoutPerson, own.caller.subject?.type], [true, "client"]);
  });

  test(`${name}: an ID token is refused, whatever it was asked with`, async () => {
    assert.equal(await checkOf(idToken[0]), idToken[1]);
    // And though it were for this audience, of a client that is listed, with everything that the access token has.
    for (const more of [{ nonce: "n" }, { at_hash: "h" }, { c_hash: "h" }])
      assert.equal(await checkOf({ ...person, ...more }), "token_use", JSON.stringify(more));
  });

  test(`${name}: another client's and another API's token are not taken for this one's`, async () => {
    const [of, check] = otherClient;
    assert.equal(await checkOf(of), check);
    assert.equal(await checkOf(otherApi[0]), otherApi[1]);
    // A token with an audience is for that, also where tokens have none.
    assert.equal(await checkOf({ ...person, aud: as.client }), "audience");
  });

  test(`${name}: another kind of token, by its header or without it, is refused`, async () => {
    for (const header of ["logout+jwt", "dpop+jwt", "at+jwt", ""].filter((each) => each !== typ))
      assert.equal(await checkOf(person, header), "type", header);
    if (typ === undefined) assert.equal(await checkOf(person, "JWT"), "type");
  });
}

test("a token without an id is named by what is signed, and revoked by that name, however its signature is spelt", async () => {
  const settings = await documented("PingFederate");
  const token = await sign(ping);
  const [header = "", payload = "", mac = ""] = token.split(".");
  const found = await tokensOf(settings).read(token);
  const name = `sha256:${createHash("sha256").update(`${header}.${payload}`).digest("hex")}`;
  assert.ok(found.ok);
  assert.equal(found.token.tokenId, name);
  // The last letter of a signature in base64url has bits that mean nothing.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters.indexOf(mac.at(-1) ?? "");
  const respelt = `${header}.${payload}.${mac.slice(0, -1)}${letters[last ^ 1]}`;
  assert.notEqual(respelt, token);
  for (const each of [token, respelt]) {
    const verdict = await tokensOf(settings, [name]).read(each);
    assert.equal(verdict.ok ? null : verdict.check, "revoked");
  }
});

test("that a token has no typ is said as that", async () => {
  const settings = await documented("Auth0");
  const verdict = await tokensOf(settings).authenticate(await sign(auth0));
  assert.equal(verdict.ok, false);
  assert.match(JSON.stringify(verdict), /The token has no typ in its header/);
});

const custom = {
  ...{ issuer: "https://as.example", jwksUrl: "https://as.example/jwks", profile: "custom", types: ["JWT"] },
  ...{ audience: "scopewarden", claims: { client: "cid", person: "uid" } },
};
const only = { claim: "scope", values: ["scopewarden"] };
const WRONG: readonly (readonly [data: object, problem: RegExp])[] = [
  [{ types: undefined }, /^issuers\[0\]\.accessTokens is missing: without types it says by which claim/],
  [{ accessTokens: { claim: "scope" } }, /^issuers\[0\]\.accessTokens\.values must be the value, or a list/],
  [{ accessTokens: { ...only, values: [] } }, /^issuers\[0\]\.accessTokens\.values must be the value/],
  [
    { accessTokens: { ...only, claim: "auth_time" } },
    /^issuers\[0\]\.accessTokens\.claim must be a claim that ID tokens do not have/,
  ],
  [{ accessTokens: { ...only, claim: "aud" } }, /aud stands in them, too/],
  [{ accessTokens: "scope" }, /^issuers\[0\]\.accessTokens must be/],
  [{ audience: undefined }, /^issuers\[0\]\.audience is missing/],
  [{ clients: ["a"] }, /^issuers\[0\]\.clients is for tokens without aud/],
  [{ audience: undefined, clients: [] }, /^issuers\[0\]\.clients must be a client's id/],
  [
    { audience: undefined, clients: ["a"], profile: "rfc9068", types: undefined, claims: undefined },
    /clients is for the profile custom/,
  ],
  [
    { profile: "rfc9068", types: undefined, claims: undefined, accessTokens: only },
    /accessTokens is fixed by the profile rfc9068/,
  ],
  [{ issuer: "ftp://as.example" }, /^issuers\[0\]\.issuer must be an https URL/],
  [{ jwksUrl: "http://as.example/jwks" }, /^issuers\[0\]\.jwksUrl must be an https URL/],
  [
    { profile: "rfc9068", issuer: "http://as.example", types: undefined, claims: undefined },
    /^issuers\[0\]\.issuer must be an https URL/,
  ],
];
for (const [more, problem] of WRONG)
  test(`a file is refused: ${problem.source}`, () => {
    const reader = new Reader();
    readTokenIssuers(reader, { issuers: [{ ...custom, ...more }] });
    assert.match(reader.problems.map(({ message, path }) => `${path} ${message}`).join("\n"), problem);
  });
