import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentIssuers } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { needsFreshSignIn, PERMISSIONS } from "../../src/domain/callers/permissions.ts";
import { rfc9068Issuer } from "../../src/http/tokens/tokenIssuer.ts";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { TOKENS_OF } from "./caseKinds.ts";
import { DOORS, DOORS_ENTITIES, DOORS_POLICY } from "./mutationDoors.ts";
import { type Service, startService } from "./support.ts";

const AUDIENCE = "scopewarden";
const SCOPE = "scopewarden:admin scopewarden:reviewer scopewarden:auditor scopewarden:service scopewarden:consent";
const ASKED = "INSUFFICIENT_USER_AUTHENTICATION";

/** What is asked for a fresh sign-in whatever it is called with. */
const ALWAYS = [
  ...["applyProposal", "approveProposal", "createApiKey", "decideAccessRequest", "endTokenRevocation"],
  "liftLegalHold",
];

describe("a fresh sign-in", () => {
  let issuer: LocalIssuer;
  let service: Service;
  let stale: string;
  let fresh: string;
  before(async () => {
    issuer = await startIssuer(AUDIENCE);
    service = await startService({
      ...{ SCOPEWARDEN_JWKS_URL: issuer.jwksUrl, SCOPEWARDEN_JWT_ISSUER: issuer.url },
      ...{ SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE, SCOPEWARDEN_JWT_PEOPLE: "auth_time" },
      ...{ SCOPEWARDEN_STEP_UP_MINUTES: "5", SCOPEWARDEN_FOUR_EYES: "off" },
    });
    const now = Math.floor(Date.now() / 1000);
    const token = (sub: string, ago: number) =>
      issuer.sign({ sub, scope: SCOPE, auth_time: now - ago, exp: now + 3_600 });
    stale = await token("late", 400);
    fresh = await token("early", 0);
    for (const operations of DOORS_POLICY) {
      const { body } = await service.ask(
        `mutation { applyPolicy(input: { operations: [${operations}], reason: "r" }) { revision } }`,
      );
      assert.equal(body.errors, undefined, JSON.stringify(body));
    }
    assert.equal((await service.ask(DOORS_ENTITIES)).body.errors, undefined);
  });
  after(async () => {
    await service.stop();
    await issuer.close();
  });
  const here = (call: string): string => call.replace(TOKENS_OF.SCOPEWARDEN_JWT_ISSUER, issuer.url);
  const codeOf = async (call: string, key: string | undefined): Promise<string | null> => {
    const { body } = await service.ask(`mutation { done: ${here(call)} }`, key === undefined ? {} : { key });
    return body?.errors?.[0]?.extensions?.code ?? null;
  };
  const standing = async () => {
    const { domain, storage } = service.app;
    const { detectors } = (await service.ask("{ detectors { mode version } }")).body.data;
    const keys = (await domain.apiKeys.list()).length;
    return JSON.stringify([domain.policy.current().revision, await storage.directory.headRevision(), keys, detectors]);
  };

  test("is asked of these whatever they are called with, and of no other", () => {
    const asked = Object.keys(PERMISSIONS).filter(
      (field) => needsFreshSignIn({ staleSignIn: { maxAge: 300 } }, field) !== null,
    );
    assert.deepEqual(asked.sort(), [...ALWAYS].sort());
  });

  for (const [name, door] of Object.entries(DOORS)) {
    if ("refused" in door)
      test(`is asked of ${name} where four eyes would ask for a proposal, and nothing is changed`, async () => {
        const was = await standing();
        const { body, headers, status } = await service.ask(`mutation { done: ${here(door.refused)} }`, { key: stale });
        const [error] = body?.errors ?? [];
        assert.equal(error?.extensions?.code, ASKED, JSON.stringify(body));
        assert.equal(status, 401);
        assert.match(error.message, /needs a sign-in within the last 300 s: sign in again/);
        assert.match(headers.get("www-authenticate") ?? "", /insufficient_user_authentication.*max_age="300"/);
        assert.equal(await standing(), was);
      });
    const passes = door.passes;
    if (passes === undefined) continue;
    test(`is ${ALWAYS.includes(name) ? "asked of" : "not asked of"} ${name} where four eyes would not`, async () => {
      const code = await codeOf(passes, stale);
      if (ALWAYS.includes(name)) assert.equal(code, ASKED);
      else assert.notEqual(code, ASKED);
    });
  }

  test("is asked of a try by nobody, and of keys for nothing", async () => {
    const grant = (more: string) =>
      `grantScope(input: { clientId: "app", scope: "view_labs" }, reason: "r"${more}) { revision }`;
    assert.equal(await codeOf(grant(", dryRun: true"), stale), null);
    assert.equal(await codeOf(grant(""), stale), ASKED);
    assert.equal(await codeOf(grant(""), fresh), null);
    const detector = `configureDetector(input: { detector: MANY_PATIENTS, mode: OFF, reason: "r" }) { mode }`;
    assert.equal(await codeOf(detector, stale), ASKED);
    assert.equal(await codeOf(detector, undefined), null);
    const key =
      'createApiKey(input: { name: "k", roles: [REVIEWER], subject: { id: "x" } }, reason: "r") { apiKey { id } }';
    assert.deepEqual([await codeOf(key, stale), await codeOf(key, undefined)], [ASKED, null]);
  });

  test("is not asked of the end of somebody's access: what would open something stays, and is proposed", async () => {
    const apply = (operations: string) =>
      service.ask(`mutation { applyPolicy(input: { operations: [${operations}], reason: "r" }) { revision } }`);
    const assigned = (role: string) => `{ assignRole: { subjectId: "gone", role: "${role}", organization: "*" } }`;
    assert.equal((await apply(`${assigned("barred")}, ${assigned("staff")}`)).body.errors, undefined);
    const end = `mutation { endAccess(subject: { id: "gone" }, reason: "r") { assignments kept { role } proposalId } }`;
    const { body } = await service.ask(end, { key: stale });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    const { assignments, kept, proposalId } = body.data.endAccess;
    assert.deepEqual([assignments, kept], [1, [{ role: "barred" }]]);
    assert.notEqual(proposalId, null);
    const again = (await service.ask(end, { key: fresh })).body.data.endAccess;
    assert.deepEqual([again.assignments, again.kept], [1, []]);
  });

  test("can't be shown by an issuer that does not say when: such is named at the start", () => {
    const settings = { issuer: "https://id.example", audience: AUDIENCE, jwksUrl: new URL("https://id.example/jwks") };
    const plain = rfc9068Issuer(settings);
    const silent = { ...plain, claims: { ...plain.claims, authTime: null } };
    const env = { ...TOKENS_OF, SCOPEWARDEN_STEP_UP_MINUTES: "5" };
    assert.deepEqual(silentIssuers(loadConfig(env), [plain, silent]), [silent]);
    assert.deepEqual(silentIssuers(loadConfig(TOKENS_OF), [silent]), []);
  });
});
