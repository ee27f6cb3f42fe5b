import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { configuredIssuers } from "../../src/app.ts";
import { ConfigError, loadConfig } from "../../src/config.ts";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { type Answer, type Service, startService } from "./support.ts";

const AUDIENCE = "scopewarden";
const MAP = { "sw-service": "service", "sw-admin": "admin", "sw-reviewer": "reviewer", "sw-auditor": "auditor" };

let folder: string;
let issuer: LocalIssuer;
let service: Service;

/** A file of one issuer with Keycloak's claims, and the service by it. */
async function issuersFile(name: string, more: object = {}): Promise<string> {
  const path = join(folder, name);
  const { jwksUrl, url } = issuer;
  const roles = { claim: "realm_access.roles", map: MAP };
  const issuers = [{ issuer: url, jwksUrl, audience: AUDIENCE, profile: "keycloak", roles, ...more }];
  await writeFile(path, JSON.stringify({ issuers }));
  return path;
}

interface SignedIn {
  readonly roles: readonly string[];
  /** Seconds since the person signed in. */
  readonly ago?: number;
  readonly jti?: string;
}

/** An access token of somebody who signed in, as Keycloak would give it. */
const tokenOf = (person: string, { ago = 5, jti, roles }: SignedIn): Promise<string> =>
  issuer.sign(
    {
      ...{ client_id: undefined, azp: "console", typ: "Bearer", sub: `id-of-${person}`, sid: "s" },
      auth_time: Math.floor(Date.now() / 1000) - ago,
      preferred_username: person,
      realm_access: { roles: roles.map((role) => `sw-${role}`) },
      ...(jti !== undefined && { jti }),
    },
    "JWT",
  );

const ask = (key: string | undefined, query: string, variables: object = {}) =>
  service.ask(query, { variables, ...(key !== undefined && { key }) });
const codeOf = ({ body }: Answer): string | null => body?.errors?.[0]?.extensions.code ?? null;
const messageOf = ({ body }: Answer): string => body?.errors?.[0]?.message ?? "";

const PROPOSE =
  'mutation($name: String!) { proposePolicy(input: { title: "A role", change: { operations: [{ putRole: { name: $name } }] }, reason: "needed" }) { id digest } }';
const APPROVE =
  'mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read") { state } }';
let proposed = 0;
async function propose(key: string): Promise<{ readonly id: string; readonly digest: string }> {
  const { body } = await ask(key, PROPOSE, { name: `role-${++proposed}` });
  assert.equal(body.errors, undefined);
  return body.data.proposePolicy;
}

describe("people who sign in", () => {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-sign-in-"));
    issuer = await startIssuer(AUDIENCE);
    service = await startService({
      SCOPEWARDEN_JWT_ISSUERS: await issuersFile("issuers.json"),
      SCOPEWARDEN_STEP_UP_MINUTES: "5",
      SCOPEWARDEN_FOUR_EYES: "off",
    });
    const linked = (id: string, account: string, more: object = {}) => ({
      ...{ type: "user", id },
      properties: { accounts: [{ issuer: issuer.url, id: `id-of-${account}` }], ...more },
    });
    const entities = [linked("ada", "ada.adler", { name: "Ada Adler" }), linked("rita", "rita.ross")];
    const put =
      'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "accounts") { revision } }';
    assert.equal((await ask(undefined, put, { entities })).body.errors, undefined);
  });
  after(async () => {
    await service.stop();
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const keyOf = async (id: string, roles: string): Promise<string> => {
    const make = `mutation { createApiKey(input: { name: "${id}", roles: [${roles}], subject: { id: "${id}" } }, reason: "t") { key } }`;
    return (await ask(undefined, make)).body.data.createApiKey.key;
  };

  test("are known by name, by who the directory says they are, and by the roles of their claim", async () => {
    const token = await tokenOf("ada.adler", { roles: ["admin"] });
    const me = "{ me { name roles subject { id issuer } linked { type id } signedInAt clientId } }";
    const { data } = (await ask(token, me)).body;
    assert.ok(Date.parse(data.me.signedInAt) < Date.now());
    assert.deepEqual(
      { ...data.me, signedInAt: null },
      {
        ...{ name: "ada.adler", roles: ["ADMIN"], subject: { id: "id-of-ada.adler", issuer: issuer.url } },
        ...{ linked: [{ type: "user", id: "ada" }], signedInAt: null, clientId: "console" },
      },
    );
    const { id } = await propose(token);
    const by = `query($id: ID!) { proposal(id: $id) { by { name id type } } }`;
    const seen = (await ask(undefined, by, { id })).body.data.proposal.by;
    assert.deepEqual(seen, { name: "Ada Adler", id: "ada", type: "user" });
  });

  test("are one with their key, somebody else than another linked person, and nobody knows who is linked to nobody", async () => {
    const ada = await tokenOf("ada.adler", { roles: ["admin", "reviewer"] });
    const rita = await tokenOf("rita.ross", { roles: ["reviewer"] });
    const [adaKey, ritaKey, otherKey] = [
      await keyOf("ada", "ADMIN, REVIEWER"),
      await keyOf("rita", "REVIEWER"),
      await keyOf("olga", "ADMIN, REVIEWER"),
    ];
    const stranger = await tokenOf("nobody.known", { roles: ["admin", "reviewer"] });
    const [byToken, byKey, byOther, byStranger] = [
      await propose(ada),
      await propose(adaKey),
      await propose(otherKey),
      await propose(stranger),
    ];
    for (const [name, about, by, refusal] of [
      ["her own by her key", byToken, adaKey, /another key of the same person/],
      ["her key's by her token", byKey, ada, /another key of the same person/],
      ["a key's without an account by an account of nobody", byOther, stranger, /can't be told/],
      ["an account's of nobody by a key without an account", byStranger, otherKey, /can't be told/],
    ] as const) {
      const answer = await ask(by, APPROVE, about);
      assert.equal(codeOf(answer), "FORBIDDEN", name);
      assert.match(messageOf(answer), refusal, name);
    }
    for (const [name, about, by] of [
      ["another's account", byToken, rita],
      ["another's key", byKey, rita],
      ["a key's without an account by a linked account", byOther, ada],
      ["another account of the same issuer", byStranger, rita],
    ] as const)
      assert.equal((await ask(by, APPROVE, about)).body.data?.approveProposal?.state, "APPROVED", name);
    assert.equal((await ask(ritaKey, APPROVE, await propose(ada))).body.data?.approveProposal?.state, "APPROVED");
  });

  test("are still themselves with a token of which it can't be told whether a person signed in", async () => {
    const unknown = (more: object) =>
      issuer.sign(
        {
          ...{ client_id: undefined, azp: "console", typ: "Bearer", sub: "id-of-rita.ross" },
          realm_access: { roles: ["sw-admin", "sw-reviewer"] },
          ...more,
        },
        "JWT",
      );
    const ritaKey = await keyOf("rita", "REVIEWER");
    for (const token of [
      await unknown({}),
      await unknown({ sid: "s", auth_time: Math.floor(Date.now() / 1000), preferred_username: "service-account-x" }),
    ]) {
      const about = await propose(token);
      assert.equal(codeOf(await ask(ritaKey, APPROVE, about)), "FORBIDDEN");
      // And it approves nothing, whoever it is of.
      const other = await propose(await tokenOf("ada.adler", { roles: ["admin"] }));
      assert.notEqual(codeOf(await ask(token, APPROVE, other)), null);
    }
    const apply = await ask(
      await unknown({}),
      'mutation { createApiKey(input: { name: "k", roles: [SERVICE] }, reason: "r") { key } }',
    );
    assert.equal(codeOf(apply), "INSUFFICIENT_USER_AUTHENTICATION");
  });

  test("sign in again for what weighs, and are told so where it waits for them", async () => {
    const about = await propose(await tokenOf("ada.adler", { roles: ["admin"] }));
    const stale = await tokenOf("rita.ross", { roles: ["reviewer"], ago: 400 });
    const answer = await ask(stale, APPROVE, about);
    assert.equal(answer.status, 401);
    assert.equal(codeOf(answer), "INSUFFICIENT_USER_AUTHENTICATION");
    const challenge = answer.headers.get("www-authenticate") ?? "";
    assert.match(challenge, /^Bearer .*error="insufficient_user_authentication".*max_age="300"$/);
    const may =
      "query($id: ID!) { proposal(id: $id) { state viewerMay { action allowed needs } } inbox { cases { id } } }";
    const { data } = (await ask(stale, may, { id: about.id })).body;
    assert.equal(data.proposal.state, "OPEN");
    const step = data.proposal.viewerMay.find(
      ({ action }: { readonly action: string }) => action === "approveProposal",
    );
    assert.deepEqual(step, { action: "approveProposal", allowed: false, needs: "FRESH_SIGN_IN" });
    assert.ok(data.inbox.cases.some(({ id }: { readonly id: string }) => id === about.id));
    // What does not weigh needs no new sign-in, and a token that does not say when is not fresh.
    const comment = 'mutation($id: ID!) { commentProposal(id: $id, text: "looks right") { id } }';
    assert.equal((await ask(stale, comment, { id: about.id })).body.errors, undefined);
    const silent = await issuer.sign(
      {
        ...{ client_id: undefined, azp: "console", typ: "Bearer", sub: "id-of-rita.ross", sid: "s" },
        realm_access: { roles: ["sw-reviewer"] },
      },
      "JWT",
    );
    assert.equal(codeOf(await ask(silent, APPROVE, about)), "INSUFFICIENT_USER_AUTHENTICATION");
    const fresh = await tokenOf("rita.ross", { roles: ["reviewer"], ago: 200 });
    assert.equal((await ask(fresh, APPROVE, about)).body.data?.approveProposal?.state, "APPROVED");
  });

  test("shut out by revoking a key without signing in again, and make none so", async () => {
    const key = await keyOf("lost", "REVIEWER");
    const id = key.split("_")[1];
    const stale = await tokenOf("ada.adler", { roles: ["admin"], ago: 400 });
    const make = 'mutation { createApiKey(input: { name: "k", roles: [SERVICE] }, reason: "r") { key } }';
    assert.equal(codeOf(await ask(stale, make)), "INSUFFICIENT_USER_AUTHENTICATION");
    const revoke = 'mutation($id: ID!) { revokeApiKey(id: $id, reason: "lost") { apiKey { id } } }';
    assert.equal((await ask(stale, revoke, { id })).body.errors, undefined);
    assert.equal((await ask(key, "{ me { id } }")).status, 401);
  });

  test("are shut out by person and by token, and let in again by somebody else, all on record", async () => {
    const revoke =
      "mutation($input: RevokeTokensInput!) { revokeTokens(input: $input) { id inForce by { name } viewerMay { action allowed } } }";
    const ask401 = async (token: string): Promise<number> => (await ask(token, "{ me { id } }")).status;
    const [one, other] = await Promise.all(
      ["t-one", "t-other"].map((jti) => tokenOf("rita.ross", { roles: ["reviewer"], jti })),
    );
    assert.equal(await ask401(one ?? ""), 200);
    const about = { issuer: issuer.url, reason: "a laptop was lost" };
    const single = await ask(undefined, revoke, { input: { ...about, tokenId: "t-one" } });
    assert.equal(single.body.data.revokeTokens.inForce, true);
    assert.deepEqual(single.body.data.revokeTokens.viewerMay, [{ action: "endTokenRevocation", allowed: true }]);
    assert.deepEqual([await ask401(one ?? ""), await ask401(other ?? "")], [401, 200]);
    const all = await ask(undefined, revoke, { input: { ...about, person: "id-of-rita.ross" } });
    const { id } = all.body.data.revokeTokens;
    assert.equal(await ask401(other ?? ""), 401);
    assert.equal(await ask401(await tokenOf("rita.ross", { roles: ["reviewer"] })), 401);
    assert.equal(await ask401(await tokenOf("ada.adler", { roles: ["admin"] })), 200);

    const end =
      'mutation($id: ID!) { endTokenRevocation(id: $id, reason: "found again") { inForce endedBy { name } } }';
    const own = await keyOf("rita", "ADMIN, REVIEWER");
    const refused = await ask(own, end, { id });
    assert.equal(codeOf(refused), "FORBIDDEN");
    assert.match(messageOf(refused), /somebody whose tokens they are not/);
    assert.equal((await ask(undefined, end, { id })).body.data.endTokenRevocation.inForce, false);
    assert.equal(codeOf(await ask(undefined, end, { id })), "CONFLICT");
    assert.deepEqual([await ask401(one ?? ""), await ask401(other ?? "")], [401, 200]);

    const list =
      "{ tokenRevocations(filter: { states: [OVER] }) { totalCount edges { node { person until reason endReason } } } }";
    assert.deepEqual((await ask(undefined, list)).body.data.tokenRevocations, {
      totalCount: 1,
      edges: [
        { node: { person: "id-of-rita.ross", until: null, reason: "a laptop was lost", endReason: "found again" } },
      ],
    });
    for (const [input, problem] of [
      [{ ...about }, /one of `person`, `clientId` and `tokenId`/],
      [{ ...about, person: "p", tokenId: "t" }, /one of `person`, `clientId` and `tokenId`/],
      [{ ...about, person: "p", clientId: "c" }, /one of `person`, `clientId` and `tokenId`/],
      [{ ...about, clientId: "" }, /input.clientId: must not be empty/],
      [{ ...about, person: "p", until: "2020-01-01T00:00:00Z" }, /input.until: must be in the future/],
      [{ ...about, person: "p", reason: "" }, /input.reason/],
      ...["", "https://id.example", `${issuer.url}/`, issuer.url.toUpperCase()].map(
        (other) =>
          [
            { ...about, issuer: other, person: "p" },
            new RegExp(`input\\.issuer: must be one of this service's issuers, to the letter: ${issuer.url}$`),
          ] as const,
      ),
    ] as const) {
      const answer = await ask(undefined, revoke, { input });
      assert.equal(codeOf(answer), "BAD_USER_INPUT");
      assert.match(messageOf(answer), problem);
    }
  });

  test("are shut out by an id that was never seen, and who does so is told", async () => {
    const revoke = "mutation($input: RevokeTokensInput!) { revokeTokens(input: $input) { id inForce notes } }";
    const notesOf = async (person: string) => {
      const input = { issuer: issuer.url, person, until: new Date(Date.now() + 60_000), reason: "r" };
      const { body } = await ask(undefined, revoke, { input });
      assert.equal(body.errors, undefined);
      assert.equal(body.data.revokeTokens.inForce, true);
      return body.data.revokeTokens.notes;
    };
    assert.deepEqual(await notesOf("id-of-rita.rosss"), [
      "The account id-of-rita.rosss of this issuer is not known here, or only as a patient's: is that its id?",
    ]);
    // Seen, in turn: in the directory; by a step in a case; by a change of the policy; by a decision on record.
    const put = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { revision } }';
    const accounts = [{ issuer: issuer.url, id: "id-of-linked" }];
    const linking = await ask(undefined, put, { entities: [{ type: "user", id: "linked", properties: { accounts } }] });
    assert.equal(linking.body.errors, undefined);
    await propose(await tokenOf("proposer", { roles: ["admin"] }));
    const role =
      'mutation { applyPolicy(input: { operations: [{ putRole: { name: "seen" } }], reason: "r" }) { revision } }';
    const changed = await ask(await tokenOf("changer", { roles: ["admin"] }), role);
    assert.equal(changed.body.errors, undefined);
    const decide =
      'mutation { decide(input: { clientId: "c", action: "read", resource: { type: "Patient" } }) { outcome } }';
    const decided = await ask(await tokenOf("asker", { roles: ["service"] }), decide);
    assert.equal(decided.body.errors, undefined);
    for (const name of ["linked", "proposer", "changer", "asker"])
      assert.deepEqual(await notesOf(`id-of-${name}`), [], name);
    const list = "{ tokenRevocations(first: 1) { edges { node { notes } } } }";
    assert.deepEqual((await ask(undefined, list)).body.data.tokenRevocations.edges, [{ node: { notes: [] } }]);
  });

  test("and programs are shut out by the client that their tokens were issued to, as when its access ends", async () => {
    const program = (client: string) =>
      issuer.sign(
        {
          ...{ azp: client, client_id: client, typ: "Bearer", sub: `service-account-of-${client}` },
          realm_access: { roles: ["sw-service"] },
        },
        "JWT",
      );
    const status = async (token: string): Promise<number> => (await ask(token, "{ me { id } }")).status;
    assert.deepEqual([await status(await program("lab")), await status(await program("ward"))], [200, 200]);
    const end =
      'mutation { endAccess(subject: { type: "client", id: "lab" }, reason: "left") { tokenRevocations { id issuer person clientId inForce } } }';
    const ended = await ask(undefined, end);
    assert.equal(ended.body.errors, undefined);
    const [{ id, ...placed }] = ended.body.data.endAccess.tokenRevocations;
    assert.deepEqual(placed, { issuer: issuer.url, person: null, clientId: "lab", inForce: true });
    assert.deepEqual([await status(await program("lab")), await status(await program("ward"))], [401, 200]);
    // A person of that id is somebody else; asked again, what stands is not placed twice.
    assert.equal(await status(await tokenOf("lab", { roles: ["admin"] })), 200);
    assert.deepEqual((await ask(undefined, end)).body.data.endAccess.tokenRevocations[0].id, id);
    const lift = 'mutation($id: ID!) { endTokenRevocation(id: $id, reason: "r") { inForce } }';
    assert.equal((await ask(undefined, lift, { id })).body.data.endTokenRevocation.inForce, false);
    assert.equal(await status(await program("lab")), 200);
  });

  test("are shut out with all their accounts when their access ends", async () => {
    const put =
      'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "accounts") { revision } }';
    const accounts = ["gone", "gone.too"].map((name) => ({ issuer: issuer.url, id: `id-of-${name}` }));
    await ask(undefined, put, { entities: [{ type: "user", id: "gone", properties: { accounts } }] });
    const token = await tokenOf("gone.too", { roles: ["reviewer"] });
    assert.equal((await ask(token, "{ me { id } }")).status, 200);
    const end =
      'mutation { endAccess(subject: { id: "gone" }, reason: "left") { tokenRevocations { person inForce } } }';
    assert.deepEqual((await ask(undefined, end)).body.data.endAccess.tokenRevocations, [
      { person: "id-of-gone", inForce: true },
      { person: "id-of-gone.too", inForce: true },
    ]);
    assert.equal((await ask(token, "{ me { id } }")).status, 401);
  });

  test("may end their own access, with all their accounts and keys, the calling one last", async () => {
    const put =
      'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "accounts") { revision } }';
    const accounts = ["lea", "lea.two"].map((name) => ({ issuer: issuer.url, id: `id-of-${name}` }));
    const entities = [{ type: "user", id: "lea", properties: { accounts } }];
    assert.equal((await ask(undefined, put, { entities })).body.errors, undefined);
    const end =
      'mutation { endAccess(subject: { id: "lea" }, reason: "leaves") { tokenRevocations { person } apiKeys { id } } }';
    const key = await keyOf("lea", "ADMIN");
    const ended = await ask(key, end);
    assert.equal(ended.body.errors, undefined);
    assert.deepEqual(
      ended.body.data.endAccess.tokenRevocations.map(({ person }: { readonly person: string }) => person),
      ["id-of-lea", "id-of-lea.two"],
    );
    assert.equal(ended.body.data.endAccess.apiKeys.length, 1);
    for (const name of ["lea", "lea.two"])
      assert.equal((await ask(await tokenOf(name, { roles: ["admin"] }), "{ me { id } }")).status, 401);
    // Asked again, what stands is not placed twice; and by a token of theirs that goes last.
    const again = await ask(undefined, end);
    assert.equal(again.body.data.endAccess.tokenRevocations.length, 2);
    const list = "{ tokenRevocations(filter: { states: [IN_FORCE] }) { edges { node { person } } } }";
    const standing = (await ask(undefined, list)).body.data.tokenRevocations.edges.filter(
      ({ node }: { readonly node: { readonly person: string | null } }) => (node.person ?? "").startsWith("id-of-lea"),
    );
    assert.equal(standing.length, 2);
    const max = ["max", "max.two"].map((name) => ({ issuer: issuer.url, id: `id-of-${name}` }));
    await ask(undefined, put, { entities: [{ type: "user", id: "max", properties: { accounts: max } }] });
    const byToken = await ask(await tokenOf("max", { roles: ["admin"] }), end.replace('"lea"', '"max"'));
    assert.equal(byToken.body.errors, undefined);
    assert.deepEqual(
      byToken.body.data.endAccess.tokenRevocations.map(({ person }: { readonly person: string }) => person),
      ["id-of-max.two", "id-of-max"],
    );
  });

  test("an account is one person's: a second entity that names it is refused, and nothing is changed", async () => {
    const put = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { revision } }';
    const of = (accounts: unknown) => [{ type: "user", id: "imposter", properties: { accounts } }];
    const taken = { issuer: issuer.url, id: "id-of-rita.ross" };
    for (const [accounts, problem] of [
      [[taken], /entities\[0\]\.properties\.accounts: names the account id-of-rita\.ross .* user\/rita's/],
      [[taken, taken], /names an account that is named before/],
      [[{ id: "x" }], /must be \{ issuer, id \}/],
      [[{ issuer: "ftp://x", id: "x" }], /must be \{ issuer, id \}/],
      [[{ issuer: issuer.url, id: "x", more: 1 }], /must be \{ issuer, id \}/],
      ["id-of-rita.ross", /must be a list of accounts/],
    ] as const) {
      const answer = await ask(undefined, put, { entities: of(accounts) });
      assert.equal(codeOf(answer), "BAD_USER_INPUT");
      assert.match(messageOf(answer), problem);
    }
    const found = '{ entity(type: "user", id: "imposter") { id } }';
    assert.equal((await ask(undefined, found)).body.data.entity, null);
  });

  test("a token that is refused leaves in the log which check fell, and nothing that it held", async () => {
    const before = service.lines.length;
    const refused = await issuer.sign({ typ: "ID", sub: "secret-person", azp: "secret-client" }, "JWT");
    assert.equal((await ask(refused, "{ me { id } }")).status, 401);
    const lines = service.lines.slice(before).join("\n");
    assert.match(lines, /"tokenCheck":"token_use"/);
    assert.doesNotMatch(lines, /secret-/);
  });

  test("a file that is wrong keeps the service from starting; one that can't say when people signed in is warned of", async () => {
    const custom = {
      ...{ profile: "custom", types: ["JWT"] },
      claims: { client: "azp", tokenId: "jti", person: "sub" },
    };
    for (const [path, problem] of [
      [join(folder, "missing.json"), /SCOPEWARDEN_JWT_ISSUERS: .*missing\.json can't be read \(ENOENT\)/],
      [
        await issuersFile("a.json", { profile: "okta" }),
        /issuers\[0\]\.profile must be rfc9068, keycloak, entra, custom/,
      ],
      [
        await issuersFile("c.json", {
          ...{ ...custom, issuer: "http://adfs.hospital.example/adfs/services/trust" },
          claims: { ...custom.claims, authTime: "auth_time" },
        }),
        /SCOPEWARDEN_CONSOLE_CLIENT_ID has people sign in at the first issuer, and http:\/\/adfs\.hospital\.example\/adfs\/services\/trust is a name/,
      ],
    ] as const) {
      const config = loadConfig({
        ...{ SCOPEWARDEN_JWT_ISSUERS: path, SCOPEWARDEN_STEP_UP_MINUTES: "5" },
        SCOPEWARDEN_CONSOLE_CLIENT_ID: "console",
      });
      await assert.rejects(
        configuredIssuers(config),
        (error) => error instanceof ConfigError && problem.test(error.message),
      );
    }
    const silent = await startService({
      SCOPEWARDEN_JWT_ISSUERS: await issuersFile("b.json", custom),
      SCOPEWARDEN_STEP_UP_MINUTES: "5",
    });
    const warned = silent.lines.filter((line) => /don't say when a person signed in/.test(line));
    await silent.stop();
    assert.equal(warned.length, 1);
    assert.equal(JSON.parse(warned[0] ?? "").issuer, issuer.url);
  });
});
