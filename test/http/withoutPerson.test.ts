import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type LocalIssuer, startIssuer } from "../support/localIssuer.ts";
import { type Answer, type Service, startService } from "./support.ts";

const AUDIENCE = "scopewarden";

let issuer: LocalIssuer;
let service: Service;
const ask = (key: string | undefined, query: string, variables: object = {}) =>
  service.ask(query, { variables, ...(key !== undefined && { key }) });
const codeOf = ({ body }: Answer): string | null => body?.errors?.[0]?.extensions.code ?? null;
const messageOf = ({ body }: Answer): string => body?.errors?.[0]?.message ?? "";

/** A token by which a client asks for itself: its `sub` is its client (RFC 9068 section 2.2). */
const pipeline = (roles = "admin"): Promise<string> =>
  issuer.sign({ sub: "ci", client_id: "ci", scope: roles.replaceAll(/(\w+)/g, "scopewarden:$1") });

const keyOf = async (id: string, roles: string): Promise<string> => {
  const make = `mutation { createApiKey(input: { name: "${id}", roles: [${roles}], subject: { id: "${id}" } }, reason: "t") { key } }`;
  return (await ask(undefined, make)).body.data.createApiKey.key;
};

let proposed = 0;
interface Proposed {
  readonly id: string;
  readonly digest: string;
}
async function propose(key: string): Promise<Proposed> {
  const { body } = await ask(
    key,
    `mutation { proposePolicy(input: { title: "A role", change: { operations: [{ putRole: { name: "r-${++proposed}" } }] }, reason: "r" }) { id digest } }`,
  );
  assert.equal(body.errors, undefined);
  return body.data.proposePolicy;
}
const STANDING = "state approvalsNeeded approvalsLacking";
const approve = (key: string, { digest, id }: Proposed) =>
  ask(
    key,
    `mutation($id: ID!, $digest: String!) { approveProposal(id: $id, digest: $digest, reason: "read") { ${STANDING} } }`,
    { id, digest },
  );
const apply = (key: string, { id }: Proposed) =>
  ask(key, "mutation($id: ID!) { applyProposal(id: $id) { revision } }", { id });

describe("a token without a person", () => {
  const people: { readonly [name: string]: string } = {};
  before(async () => {
    issuer = await startIssuer(AUDIENCE);
    service = await startService({
      ...{
        SCOPEWARDEN_JWKS_URL: issuer.jwksUrl,
        SCOPEWARDEN_JWT_ISSUER: issuer.url,
        SCOPEWARDEN_JWT_AUDIENCE: AUDIENCE,
      },
    });
    Object.assign(people, {
      ...{ ada: await keyOf("ada", "ADMIN"), ADA: await keyOf("ADA", "REVIEWER") },
      rita: await keyOf("rita", "REVIEWER"),
    });
  });
  after(async () => {
    await service.stop();
    await issuer.close();
  });
  const of = (name: string): string => people[name] ?? "";

  test("has what it proposes approved by two people, and applies it itself", async () => {
    const ci = await pipeline();
    const about = await propose(ci);
    const first = await approve(of("ada"), about);
    assert.deepEqual(first.body.data.approveProposal, { state: "OPEN", approvalsNeeded: 2, approvalsLacking: 1 });
    const early = await apply(ci, about);
    assert.equal(codeOf(early), "CONFLICT");
    assert.match(
      messageOf(early),
      /two people must approve it first, as a token without a known person made it; 1 more/,
    );
    for (const who of ["ada", "ADA"]) {
      const again = await approve(of(who), about);
      assert.equal(codeOf(again), "FORBIDDEN", who);
      assert.match(messageOf(again), /approved by two people/);
    }
    const may = "query($id: ID!) { proposal(id: $id) { viewerMay { action allowed because } } }";
    const { viewerMay } = (await ask(of("ada"), may, { id: about.id })).body.data.proposal;
    const step = viewerMay.find(({ action }: { readonly action: string }) => action === "approveProposal");
    assert.equal(step.allowed, false);
    assert.match(step.because, /approved by two people/);
    assert.equal(codeOf(await approve(ci, about)), "FORBIDDEN");
    const second = await approve(of("rita"), about);
    assert.deepEqual(second.body.data.approveProposal, { state: "APPROVED", approvalsNeeded: 2, approvalsLacking: 0 });
    assert.equal((await apply(ci, about)).body.errors, undefined);
  });

  test("of which it can't be told whether a person is behind it needs two people as well, and is none of them", async () => {
    const unknown = (sub: string) => issuer.sign({ sub, client_id: "ci", scope: "scopewarden:admin" });
    const [job, other] = [await unknown("job"), await unknown("other")];
    const about = await propose(job);
    for (const token of [job, other, await pipeline()])
      assert.equal(codeOf(await approve(token, about)), "FORBIDDEN", token);
    const first = await approve(of("ada"), about);
    assert.deepEqual(first.body.data?.approveProposal, { state: "OPEN", approvalsNeeded: 2, approvalsLacking: 1 });
    assert.equal(codeOf(await apply(job, about)), "CONFLICT");
    assert.equal(codeOf(await approve(of("ADA"), about)), "FORBIDDEN");
    const second = await approve(of("rita"), about);
    assert.deepEqual(second.body.data?.approveProposal, { state: "APPROVED", approvalsNeeded: 2, approvalsLacking: 0 });
    assert.equal((await apply(job, about)).body.errors, undefined);
    // Whose account it is by the directory's word approves it with no key of theirs.
    const entities = [{ type: "user", id: "rita", properties: { accounts: [{ issuer: issuer.url, id: "of-rita" }] } }];
    const put = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "r") { revision } }';
    assert.equal((await ask(undefined, put, { entities })).body.errors, undefined);
    const own = await propose(await unknown("of-rita"));
    const refused = await approve(of("rita"), own);
    assert.equal(codeOf(refused), "FORBIDDEN");
    assert.match(messageOf(refused), /approved by somebody else than its author/);
    assert.equal((await approve(of("ada"), own)).body.data?.approveProposal?.state, "OPEN");
  });

  test("needs both anew once it is renewed; what a person proposed needs one", async () => {
    const about = await propose(await pipeline());
    await approve(of("ada"), about);
    const renew = 'mutation($id: ID!) { refreshProposal(id: $id, reason: "again") { id digest approvalsLacking } }';
    const renewed = (await ask(of("ada"), renew, { id: about.id })).body.data.refreshProposal;
    assert.equal(renewed.approvalsLacking, 2);
    assert.equal((await approve(of("rita"), renewed)).body.data.approveProposal.state, "OPEN");
    const second = (await approve(of("ada"), renewed)).body.data.approveProposal;
    assert.equal(second.state, "APPROVED");
    const own = await propose(of("ada"));
    const once = (await approve(of("rita"), own)).body.data.approveProposal;
    assert.deepEqual(once, { state: "APPROVED", approvalsNeeded: 1, approvalsLacking: 0 });
  });

  test("makes keys that hold service alone and assert nothing, and no others", async () => {
    const ci = await pipeline("admin auditor");
    const make = (key: string | undefined, input: string) =>
      ask(key, `mutation { createApiKey(input: { name: "k", ${input} }, reason: "r") { apiKey { id } } }`);
    assert.equal((await make(ci, "roles: [SERVICE]")).body.errors, undefined);
    for (const input of [
      'roles: [ADMIN], subject: { type: "service", id: "x" }',
      'roles: [REVIEWER], subject: { id: "x" }',
      "roles: [CONSENT]",
      "roles: [SERVICE, CONSENT]",
      'roles: [AUDITOR], subject: { id: "x" }',
      'roles: [SERVICE], assertRoles: [{ role: "nurse", organization: "*" }]',
    ]) {
      const answer = await make(ci, input);
      assert.equal(codeOf(answer), "FORBIDDEN", input);
      assert.match(messageOf(answer), /token without a person .* makes only keys that hold `service` alone/);
      // The key of the configuration makes any.
      assert.equal((await make(undefined, input)).body.errors, undefined, input);
    }
  });

  test("ends no revocation of tokens, and a person and the key of the configuration do", async () => {
    const revoke = `mutation { revokeTokens(input: { issuer: "${issuer.url}", tokenId: "lost", reason: "r" }) { id } }`;
    const end = 'mutation($id: ID!) { endTokenRevocation(id: $id, reason: "found") { inForce } }';
    const { id } = (await ask(undefined, revoke)).body.data.revokeTokens;
    const refused = await ask(await pipeline(), end, { id });
    assert.equal(codeOf(refused), "FORBIDDEN");
    assert.match(messageOf(refused), /ended by a person/);
    assert.equal((await ask(of("ada"), end, { id })).body.data.endTokenRevocation.inForce, false);
    const { id: other } = (await ask(undefined, revoke)).body.data.revokeTokens;
    assert.equal((await ask(undefined, end, { id: other })).body.data.endTokenRevocation.inForce, false);
  });
});
