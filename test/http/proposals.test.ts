import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { AUTHORIZE, applyPolicy, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const opened: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of opened) await close();
});

const PROPOSAL = `{ id state staleBecause kind digest baseRevision title reason author authorId authorSubject { id } operations
  findings { code message } replay { read allowToDeny denyToAllow complete } approvals { by bySubject { id } digest reason counts }
  comments { author text } emergency closedBy closedReason appliedRevision policyRevision }`;

interface Person {
  readonly key: string;
  readonly id: string;
}

/** The service with two admins and a reviewer, each with a key of their own. */
async function world(env: Record<string, string> = {}, clock?: { now: number }) {
  const service = await startService(env, clock === undefined ? {} : { clock: () => clock.now });
  opened.push(service.stop);
  const person = async (subject: string, role: string, ...more: string[]): Promise<Person> => {
    const { body } = await service.ask(
      `mutation($roles: [CallerRole!]!) { createApiKey(input: { name: "of ${subject}", roles: $roles, subject: { id: "${subject}" } }, reason: "test") { key apiKey { id } } }`,
      { variables: { roles: [role, ...more] } },
    );
    return { key: body.data.createApiKey.key, id: body.data.createApiKey.apiKey.id };
  };
  const [ada, ben, rita] = [
    await person("ada", "ADMIN"),
    await person("ben", "ADMIN"),
    await person("rita", "REVIEWER"),
  ];
  const seeded = await applyPolicy(service, SMALL_POLICY);
  const ask = async (key: string, query: string, variables: unknown = {}) => {
    const { body, status } = await service.ask(query, { key, variables });
    return {
      body,
      status,
      data: body?.data,
      code: body?.errors?.[0]?.extensions?.code,
      message: body?.errors?.[0]?.message,
      problems: body?.errors?.[0]?.extensions?.problems,
    };
  };
  const data = async (key: string, query: string, variables: unknown = {}) => {
    const answer = await ask(key, query, variables);
    assert.equal(answer.body?.errors, undefined, JSON.stringify(answer.body));
    return Object.values(answer.data)[0] as any;
  };
  const refused = async (code: string, key: string, query: string, variables: unknown = {}) => {
    const answer = await ask(key, query, variables);
    assert.equal(answer.code, code, JSON.stringify(answer.body));
    return answer;
  };
  const propose = (key: string, input: object) =>
    data(key, `mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) ${PROPOSAL} }`, {
      input: { title: "a title", reason: "a reason", operations: [], ...input },
    });
  const APPROVE = `mutation($id: ID!, $digest: String!, $why: String) { approveProposal(id: $id, digest: $digest, reason: "looks right", flipsReason: $why) ${PROPOSAL} }`;
  const approve = (key: string, { id, digest }: { id: string; digest: string }, why?: string) =>
    data(key, APPROVE, { id, digest, why });
  const apply = (key: string, { id }: { id: string }) =>
    data(
      key,
      "mutation($id: ID!) { applyProposal(id: $id) { revision author reason changes { summary } findings { code } } }",
      { id },
    );
  const read = (key: string, id: string) => data(key, `query($id: ID!) { proposal(id: $id) ${PROPOSAL} }`, { id });
  const authorize = async () =>
    (await service.ask(AUTHORIZE, { variables: { input: SMALL_REQUEST } })).body.data.authorize.outcome;
  return {
    service,
    seeded,
    person,
    ada,
    ben,
    rita,
    ask,
    data,
    refused,
    propose,
    approve,
    apply,
    read,
    authorize,
    APPROVE,
  };
}
const APPLY = "mutation($id: ID!) { applyProposal(id: $id) { revision } }";
const DROP_RULE = { operations: [{ deleteRule: { id: "allow-observations" } }] };

describe("a proposal, from beginning to end", async () => {
  const w = await world();

  test("is tried and replayed, discussed, approved by another person and applied as it was reviewed", async () => {
    for (let i = 0; i < 3; i++) assert.equal(await w.authorize(), "ALLOW");
    const made = await w.propose(w.rita.key, { ...DROP_RULE, title: "No more observations" });
    assert.equal(made.state, "OPEN");
    assert.equal(made.author, "of rita");
    assert.deepEqual(made.replay, { read: 3, allowToDeny: 3, denyToAllow: 0, complete: true });
    assert.deepEqual(made.operations, DROP_RULE.operations);
    const said = await w.data(
      w.ben.key,
      'mutation($id: ID!) { commentProposal(id: $id, text: "Are we sure?") { comments { author text } } }',
      made,
    );
    assert.deepEqual(said.comments, [{ author: "of ben", text: "Are we sure?" }]);
    await w.refused("CONFLICT", w.ada.key, APPLY, made);
    const approved = await w.approve(w.ben.key, made);
    assert.equal(approved.state, "APPROVED");
    assert.deepEqual(approved.approvals, [
      { by: "of ben", bySubject: { id: "ben" }, digest: made.digest, reason: "looks right", counts: true },
    ]);
    assert.equal(await w.authorize(), "ALLOW");
    await w.refused("FORBIDDEN", w.rita.key, APPLY, made);
    const applied = await w.apply(w.ada.key, made);
    assert.deepEqual(applied.changes, [{ summary: "rule allow-observations: deleted" }]);
    assert.equal(applied.reason, "a reason");
    assert.equal(await w.authorize(), "DENY");
    const done = await w.read(w.rita.key, made.id);
    assert.equal(done.state, "APPLIED");
    assert.equal(done.appliedRevision, applied.revision);
    assert.equal(done.closedBy, "of ada");
    const again = await w.refused("CONFLICT", w.ada.key, APPLY, made);
    assert.match(again.message, /was applied already/);
  });
});
