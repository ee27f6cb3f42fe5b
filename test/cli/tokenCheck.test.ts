import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { cli, temporaryFolder } from "./support.ts";

let issuer: LocalIssuer;
let env: Readonly<Record<string, string>>;
before(async () => {
  issuer = await startIssuer("scopewarden");
  const file = join(await temporaryFolder(), "issuers.yaml");
  await writeFile(
    file,
    `issuers:
  - issuer: ${issuer.url}
    jwksUrl: ${issuer.jwksUrl}
    audience: scopewarden
    profile: keycloak
    roles: { claim: realm_access.roles, map: { sw-auditor: auditor } }
`,
  );
  env = { SCOPEWARDEN_JWT_ISSUERS: file };
});
after(() => issuer.close());

const claims = {
  client_id: undefined,
  azp: "console",
  typ: "Bearer",
  sub: "f3c1",
  sid: "s",
  preferred_username: "nora",
};

test("an operator is told whose a token is, and as what it would be accepted", async () => {
  const token = await issuer.sign({ ...claims, realm_access: { roles: ["sw-auditor"] } }, "JWT");
  const { code, stderr, stdout } = await cli(["key", "check-token"], { env, stdin: `${token}\n` });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^It would be accepted, as auditor\.\n {2}who {7}nora\n {2}account {3}f3c1 of http:\/\/127/);
});

test("an operator is told by which name a token without an id is revoked, that a typ is missing, and of which clients tokens are", async () => {
  const file = join(await temporaryFolder(), "custom.yaml");
  const entry = (more: string) => `issuers:
  - issuer: ${issuer.url}
    jwksUrl: ${issuer.jwksUrl}
    clients: [console, ehr]
    profile: custom
    accessTokens: { claim: scope, values: [scopewarden:auditor] }
    claims: { client: client_id, person: sub }${more}
`;
  await writeFile(file, entry(""));
  const bare = { aud: undefined, jti: undefined, sub: "nora", scope: "openid scopewarden:auditor" };
  const token = await issuer.sign(bare, "");
  const check = (stdin: string) => cli(["key", "check-token"], { env: { SCOPEWARDEN_JWT_ISSUERS: file }, stdin });
  const signed = createHash("sha256")
    .update(token.slice(0, token.lastIndexOf(".")))
    .digest("hex");
  const accepted = await check(token);
  assert.equal(accepted.code, 0, accepted.stdout + accepted.stderr);
  assert.match(accepted.stdout, new RegExp(`^  token id  sha256:${signed}$`, "m"));
  const other = await check(await issuer.sign({ ...bare, client_id: "billing" }, ""));
  assert.match(other.stdout, /^It would be refused at the check audience: .* a client that is not listed here\./);
  assert.match(other.stdout, /profile custom, without aud, of the clients console, ehr\n$/);
  await writeFile(file, entry("\n    types: [JWT]"));
  const { stdout } = await check(token);
  assert.match(stdout, /^It would be refused at the check type: The token has no typ in its header/);
});

test("an operator is told at which check a token falls, and what is accepted", async () => {
  for (const [more, said] of [
    [{ aud: "account" }, /^It would be refused at the check audience: /],
    [{ typ: "ID" }, /^It would be refused at the check token_use: /],
    [{}, /^It would be refused at the check no_role: The access token gives none of this service's roles/],
    [{ iss: "https://other.example" }, /^It would be refused at the check issuer: /],
  ] as const) {
    const token = await issuer.sign({ ...claims, ...more }, "JWT");
    const { code, stderr, stdout } = await cli(["key", "check-token"], { env, stdin: token });
    assert.equal(code, 1, stderr);
    assert.match(stdout, said);
    assert.match(stdout, /profile keycloak, audience scopewarden\n$/);
  }
});

test("an operator is told that it can't be told whose a token is, and what to set", async () => {
  const short = {
    SCOPEWARDEN_JWKS_URL: issuer.jwksUrl,
    SCOPEWARDEN_JWT_ISSUER: issuer.url,
    SCOPEWARDEN_JWT_AUDIENCE: "scopewarden",
  };
  const seen = async (people: string | null, more: object): Promise<string> => {
    const token = await issuer.sign({ sub: "nora", scope: "scopewarden:auditor", ...more });
    const set = people === null ? short : { ...short, SCOPEWARDEN_JWT_PEOPLE: people };
    const { code, stdout } = await cli(["key", "check-token"], { env: set, stdin: token });
    assert.equal(code, 0);
    return stdout;
  };
  const unset = await seen(null, { auth_time: 1 });
  assert.match(unset, /who {7}nora, or a program: it can't be told/);
  assert.match(unset, /^Warning: its holder approves nothing\. .*SCOPEWARDEN_JWT_PEOPLE\.$/m);
  assert.match(
    await seen("auth_time", {}),
    /^Warning: .* does not have the claim of people that is set: auth_time\.$/m,
  );
  assert.doesNotMatch(await seen("auth_time", { auth_time: 1 }), /Warning|can't be told/);
  const program = await seen("auth_time", { sub: "console", auth_time: 1 });
  assert.match(program, /who {7}no person: a client asks for itself/);
  assert.doesNotMatch(program, /Warning/);
  const wrong = await cli(["key", "check-token"], {
    env: { ...short, SCOPEWARDEN_JWT_PEOPLE: "client_id" },
    stdin: "x.y.z",
  });
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /SCOPEWARDEN_JWT_PEOPLE must be a claim that only people's tokens have/);
});

test("no token, no issuers and an issuer that can't be reached are told apart", async () => {
  assert.equal((await cli(["key", "check-token"], { env, stdin: "" })).code, 2);
  const none = await cli(["key", "check-token"], { env: {}, stdin: "x.y.z" });
  assert.equal(none.code, 2);
  assert.match(none.stderr, /SCOPEWARDEN_JWT_ISSUERS/);
  const gone = await startIssuer("scopewarden");
  const token = await gone.sign({ sub: "n", scope: "scopewarden:auditor" });
  const short = {
    SCOPEWARDEN_JWKS_URL: gone.jwksUrl,
    SCOPEWARDEN_JWT_ISSUER: gone.url,
    SCOPEWARDEN_JWT_AUDIENCE: "scopewarden",
  };
  await gone.close();
  const { code, stdout } = await cli(["key", "check-token"], { env: short, stdin: token });
  assert.equal(code, 3);
  assert.match(stdout, /^It would be refused at the check keys_unavailable/);
});
