import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ADMIN_KEY, AUTHORIZE, applyPolicy, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

const opened: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

const PROPOSAL = `{ id state staleBecause kind digest baseRevision title reason author by { callerId id type name } operations
  findings { code message } replay { read allowToDeny denyToAllow complete } approvals { by { id name } digest reason counts }
  comments { by { name } text } emergency closedBy { name } closedReason appliedRevision policyRevision }`;

interface Person {
  readonly key: string;
  readonly id: string;
}

/** The service with two admins and a reviewer, each with a key of their own. */
async function world(env: Record<string, string> = {}, clock?: { now: number }, { seed = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-proposals-"));
  const database = { DATABASE_URL: `sqlite:${join(folder, "test.db")}` };
  const options = clock === undefined ? {} : { clock: () => clock.now };
  const open = await startService(database, options);
  const seeded: unknown = seed ? (await applyPolicy(open, SMALL_POLICY)).body : null;
  const personOn = async (on: typeof open, subject: string, roles: readonly string[]): Promise<Person> => {
    const { body } = await on.ask(
      `mutation($roles: [CallerRole!]!) { createApiKey(input: { name: "of ${subject}", roles: $roles, subject: { id: "${subject}" } }, reason: "test") { key apiKey { id } } }`,
      { variables: { roles } },
    );
    return { key: body.data.createApiKey.key, id: body.data.createApiKey.apiKey.id };
  };
  // Under four eyes keys are proposed: these are made before.
  const [ada, ben, rita] = [
    await personOn(open, "ada", ["ADMIN"]),
    await personOn(open, "ben", ["ADMIN"]),
    await personOn(open, "rita", ["REVIEWER"]),
  ];
  await open.stop();
  const service = await startService({ ...database, ...env }, options);
  opened.push(() => rm(folder, { recursive: true, force: true }));
  opened.push(service.stop);
  const person = (subject: string, ...roles: string[]) => personOn(service, subject, roles);
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
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    return Object.values(answer.data)[0] as any;
  };
  const refused = async (code: string, key: string, query: string, variables: unknown = {}) => {
    const answer = await ask(key, query, variables);
    assert.equal(answer.code, code, JSON.stringify(answer.body));
    return answer;
  };
  const propose = (key: string, change: object, more: object = {}) =>
    data(key, `mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) ${PROPOSAL} }`, {
      input: { title: "a title", change, reason: "a reason", ...more },
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
const GRANT_AGAIN = {
  operations: [
    { putClient: { id: "other", name: "Other" } },
    { grantScope: { clientId: "other", scope: "view_observations" } },
  ],
};
const DROP_RULE = { operations: [{ deleteRule: { id: "allow-observations" } }] };

describe("a proposal, from beginning to end", async () => {
  const w = await world();

  test("is tried and replayed, discussed, approved by another person and applied as it was reviewed", async () => {
    for (let i = 0; i < 3; i++) assert.equal(await w.authorize(), "ALLOW");
    const made = await w.propose(w.rita.key, DROP_RULE, { title: "No more observations" });
    assert.equal(made.state, "OPEN");
    assert.equal(made.author, "of rita");
    assert.deepEqual(made.replay, { read: 3, allowToDeny: 3, denyToAllow: 0, complete: true });
    assert.deepEqual(made.operations, DROP_RULE.operations);
    const said = await w.data(
      w.ben.key,
      'mutation($id: ID!) { commentProposal(id: $id, text: "Are we sure?") { comments { by { name } text } } }',
      made,
    );
    assert.deepEqual(said.comments, [{ by: { name: "of ben" }, text: "Are we sure?" }]);
    await w.refused("CONFLICT", w.ada.key, APPLY, made);
    const approved = await w.approve(w.ben.key, made);
    assert.equal(approved.state, "APPROVED");
    assert.deepEqual(approved.approvals, [
      { by: { id: "ben", name: "of ben" }, digest: made.digest, reason: "looks right", counts: true },
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
    assert.equal(done.closedBy.name, "of ada");
    const again = await w.refused("CONFLICT", w.ada.key, APPLY, made);
    assert.match(again.message, /is applied already/);
  });
});

describe("who may approve", async () => {
  const w = await world();

  test("nobody who may be its author: not by another key, nor by one that does not say whose it is", async () => {
    const second = await w.person("ada", "REVIEWER");
    const made = await w.propose(w.ada.key, DROP_RULE);
    for (const key of [w.ada.key, second.key, ADMIN_KEY]) {
      const answer = await w.refused("FORBIDDEN", key, w.APPROVE, made);
      assert.match(answer.message, /by somebody else than its author/);
      assert.equal(answer.status, 403);
    }
    const unnamed = await w.propose(ADMIN_KEY, { operations: [{ putRole: { name: "x" } }] });
    assert.deepEqual(unnamed.by, { callerId: "key:admin", id: "key:admin", type: null, name: "SCOPEWARDEN_ADMIN_KEY" });
    await w.refused("FORBIDDEN", w.ben.key, w.APPROVE, unnamed);
    assert.equal((await w.read(w.rita.key, made.id)).state, "OPEN");
    assert.equal((await w.approve(w.rita.key, made)).state, "APPROVED");
  });

  test("services and auditors propose and decide nothing; auditors read", async () => {
    const [kim, gateway] = [await w.person("kim", "AUDITOR"), await w.person("gateway", "SERVICE")];
    const made = await w.propose(w.rita.key, { operations: [{ putRole: { name: "auditable" } }] });
    assert.equal((await w.read(kim.key, made.id)).id, made.id);
    const CALLS = [
      'mutation { proposePolicy(input: { title: "t", change: { operations: [{ putRole: { name: "z" } }] }, reason: "r" }) { id } }',
      `mutation { approveProposal(id: "${made.id}", digest: "${made.digest}", reason: "r") { id } }`,
      `mutation { rejectProposal(id: "${made.id}", reason: "r") { id } }`,
      `mutation { withdrawProposal(id: "${made.id}", reason: "r") { id } }`,
      `mutation { commentProposal(id: "${made.id}", text: "t") { id } }`,
      `mutation { refreshProposal(id: "${made.id}", reason: "r") { id } }`,
      `mutation { applyProposal(id: "${made.id}") { revision } }`,
    ];
    for (const call of CALLS) for (const { key } of [kim, gateway]) await w.refused("FORBIDDEN", key, call);
    await w.refused("FORBIDDEN", gateway.key, "{ proposals { edges { node { id } } } }");
    await w.refused("FORBIDDEN", w.rita.key, CALLS.at(-1) ?? "");
  });

  test("only its author withdraws it", async () => {
    const made = await w.propose(w.ada.key, { operations: [{ putRole: { name: "withdrawn" } }] });
    const WITHDRAW = `mutation($id: ID!) { withdrawProposal(id: $id, reason: "no more") ${PROPOSAL} }`;
    for (const key of [w.ben.key, w.rita.key, ADMIN_KEY]) await w.refused("FORBIDDEN", key, WITHDRAW, made);
    const second = await w.person("ada", "REVIEWER");
    const gone = await w.data(second.key, WITHDRAW, made);
    assert.deepEqual([gone.state, gone.closedBy.name, gone.closedReason], ["WITHDRAWN", "of ada", "no more"]);
  });
});

describe("what is applied", async () => {
  const w = await world();
  test("is what was reviewed: an approval of another digest counts nothing, and a refreshed proposal needs another", async () => {
    const made = await w.propose(w.ada.key, GRANT_AGAIN);
    assert.deepEqual(
      made.findings.map(({ code }: { code: string }) => code),
      ["WIDENS_ALLOW"],
    );
    const other = await w.refused("CONFLICT", w.ben.key, w.APPROVE, { ...made, digest: "0".repeat(64) });
    assert.match(other.message, /is not the one that was read/);
    await w.approve(w.ben.key, made);
    const renewed = await w.data(
      w.rita.key,
      `mutation($id: ID!) { refreshProposal(id: $id, reason: "look again", replay: { clientId: "other" }) ${PROPOSAL} }`,
      made,
    );
    assert.equal(renewed.state, "OPEN");
    assert.notEqual(renewed.digest, made.digest);
    assert.deepEqual(
      renewed.approvals.map(({ counts }: { counts: boolean }) => counts),
      [false],
    );
    await w.refused("CONFLICT", w.ada.key, APPLY, made);
    await w.refused("CONFLICT", w.ben.key, w.APPROVE, made);
    await w.approve(w.ben.key, renewed);
    const tried = await w.data(
      w.rita.key,
      "mutation($id: ID!) { applyProposal(id: $id, dryRun: true) { dryRun changes { summary } } }",
      made,
    );
    const applied = await w.apply(w.ben.key, made);
    assert.deepEqual(tried.changes, applied.changes);
    assert.deepEqual(
      applied.changes.map(({ summary }: { summary: string }) => summary),
      ["client other: created; ACTIVE; name Other", "scope view_observations of client other: granted"],
    );
  });

  test("and nothing where a row that it touches has moved, be it approved or not; other changes do not matter", async () => {
    const touch = (description: string) => applyPolicy(w.service, [{ putRole: { name: "moving", description } }]);
    await touch("one");
    const input = { operations: [{ updateRole: { name: "moving", description: "proposed" } }] };
    const made = await w.propose(w.ada.key, input);
    await applyPolicy(w.service, [{ putRole: { name: "another" } }]);
    assert.equal((await w.read(w.ben.key, made.id)).state, "OPEN");
    await w.approve(w.ben.key, made);
    await touch("two");
    const stale = await w.read(w.ben.key, made.id);
    assert.equal(stale.state, "STALE");
    assert.match(stale.staleBecause, /what it touches has moved since revision/);
    const refused = await w.refused("CONFLICT", w.ada.key, APPLY, made);
    assert.match(refused.message, /is out of date .*: look at it again/);
    const open = await w.propose(w.ada.key, input);
    await touch("three");
    await w.refused("CONFLICT", w.ben.key, w.APPROVE, open);
    // As it was again, it was changed all the same.
    await touch("two");
    const back = await w.read(w.ben.key, open.id);
    assert.deepEqual(
      [back.state, back.staleBecause],
      ["STALE", `role moving, which it names, was changed since revision ${open.baseRevision}`],
    );
    await applyPolicy(w.service, [{ deleteRole: { name: "moving" } }]);
    const gone = await w.read(w.ben.key, open.id);
    assert.equal(gone.state, "STALE");
    assert.match(gone.staleBecause, /it can't be made any more: operations\[0\]\.updateRole\.name/);
  });

  test("once, though many apply it at once and a row moves meanwhile", async () => {
    for (let round = 0; round < 4; round++) {
      const name = `raced-${round}`;
      const made = await w.propose(w.ada.key, { operations: [{ putRole: { name, description: "proposed" } }] });
      await w.approve(w.ben.key, made);
      const before = w.service.app.policyRevision() ?? 0;
      const answers = await Promise.all([
        w.ask(w.ada.key, APPLY, made),
        ...(round % 2 === 0
          ? []
          : [applyPolicy(w.service, [{ putRole: { name, description: "direct" } }]).then(() => null)]),
        w.ask(w.ben.key, APPLY, made),
        w.ask(w.ada.key, APPLY, made),
      ]);
      const codes = answers.flatMap((answer) => (answer === null ? [] : [answer.code ?? "applied"]));
      const applied = codes.filter((code) => code === "applied").length;
      assert.ok(applied <= 1 && codes.every((code) => code === "applied" || code === "CONFLICT"), codes.join(" "));
      if (round % 2 === 0) assert.deepEqual([applied, (w.service.app.policyRevision() ?? 0) - before], [1, 1]);
      const { state } = await w.read(w.ada.key, made.id);
      assert.equal(state, applied === 1 ? "APPLIED" : "STALE");
    }
  });

  test("of two who approve at once one does", async () => {
    const made = await w.propose(w.ada.key, { operations: [{ putRole: { name: "approved-twice" } }] });
    const answers = await Promise.all([w.ask(w.ben.key, w.APPROVE, made), w.ask(w.rita.key, w.APPROVE, made)]);
    assert.deepEqual(answers.map(({ code }) => code ?? "done").sort(), ["CONFLICT", "done"]);
    assert.equal((await w.read(w.ada.key, made.id)).approvals.length, 1);
  });

  test("a rule without an id gets one that stays; times and what is cleared are shown as they are sent", async () => {
    const operations = [
      {
        putRule: {
          role: "*",
          scope: "view_observations",
          action: "read",
          resourceType: "Observation",
          when: "purposeOfUse == 'TREAT'",
          effect: "ALLOW",
        },
      },
      { grantScope: { clientId: "reader-app", scope: "view_observations", validUntil: "2090-01-01T00:00:00.000Z" } },
      { updateClient: { id: "reader-app", description: "d" } },
      { updateClient: { id: "reader-app", clear: ["DESCRIPTION"] } },
    ];
    const made = await w.propose(w.ada.key, { operations });
    const [rule, ...rest] = made.operations;
    assert.match(rule.putRule.id, /^rule-/);
    assert.deepEqual(rest, operations.slice(1));
    const copy = await w.propose(w.ada.key, { operations: made.operations });
    assert.deepEqual(copy.operations, made.operations);
    await w.approve(w.ben.key, made);
    await w.apply(w.ada.key, made);
    const found = await w.data(w.ada.key, "query($id: ID!) { rule(id: $id) { id } }", { id: rule.putRule.id });
    assert.deepEqual(found, { id: rule.putRule.id });
  });
});

describe("in time", async () => {
  const clock = { now: Date.parse("2026-11-24T12:00:00Z") };
  const HOUR = 3_600_000;
  const w = await world(
    { SCOPEWARDEN_PROPOSAL_DAYS: "2", SCOPEWARDEN_REPLAY_MAX_AGE_HOURS: "24", SCOPEWARDEN_SUNSET_POLL_MS: "20" },
    clock,
  );

  test("a report gets too old, and the proposal stale; after its days it is expired, which is put on record", async () => {
    const made = await w.propose(w.ada.key, DROP_RULE);
    await w.approve(w.ben.key, made);
    clock.now += 24 * HOUR + 1;
    const stale = await w.read(w.ada.key, made.id);
    assert.equal(stale.state, "STALE");
    assert.match(stale.staleBecause, /its report, of 2026-11-24T12:00:00.000Z, is too old/);
    await w.refused("CONFLICT", w.ada.key, APPLY, made);
    const renewed = await w.data(
      w.ada.key,
      `mutation($id: ID!) { refreshProposal(id: $id, reason: "again") ${PROPOSAL} }`,
      made,
    );
    await w.approve(w.ben.key, renewed);
    clock.now += 24 * HOUR;
    const gone = await w.refused("CONFLICT", w.ada.key, APPLY, made);
    assert.match(gone.message, /is expired: propose it anew/);
    assert.equal((await w.read(w.ada.key, made.id)).state, "EXPIRED");
    while (!w.service.lines.some((line) => line.includes("a proposal has expired"))) await delay(10);
    const { items } = await w.service.app.storage.proposals.page({
      filter: { states: ["EXPIRED"] },
      now: clock.now,
      page: { first: 9, after: null },
    });
    assert.deepEqual(
      items.map(({ key }) => key),
      [made.id],
    );
    for (const call of [w.APPROVE, 'mutation($id: ID!) { rejectProposal(id: $id, reason: "r") { id } }'])
      await w.refused("CONFLICT", w.ben.key, call, renewed);
  });
});

describe("an emergency", async () => {
  const w = await world({ SCOPEWARDEN_FOUR_EYES: "on", SCOPEWARDEN_REPLAY_REQUIRED: "on" });

  test("is two named admins at once, without a report, marked and listed for good", async () => {
    const more = { emergency: true, title: "Down" };
    const input = { ...more, change: GRANT_AGAIN, reason: "r" };
    await w.refused(
      "FORBIDDEN",
      w.rita.key,
      "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }",
      { input },
    );
    await w.refused(
      "FORBIDDEN",
      ADMIN_KEY,
      "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }",
      { input },
    );
    const made = await w.propose(w.ada.key, GRANT_AGAIN, more);
    assert.deepEqual([made.emergency, made.replay], [true, null]);
    await w.refused("FORBIDDEN", w.ada.key, w.APPROVE, made);
    await w.refused("FORBIDDEN", w.rita.key, w.APPROVE, made);
    await w.approve(w.ben.key, made);
    await w.apply(w.ben.key, made);
    const listed = await w.data(
      w.rita.key,
      "{ proposals(filter: { emergency: true }) { edges { node { id state emergency } } } }",
    );
    assert.deepEqual(listed.edges, [{ node: { id: made.id, state: "APPLIED", emergency: true } }]);
  });
});

describe("where a report is required", async () => {
  const w = await world({ SCOPEWARDEN_REPLAY_REQUIRED: "on", SCOPEWARDEN_REPLAY_MAX_FLIPS: "1" });

  test("more flips than are let through want a written reason", async () => {
    const first = await w.propose(w.ada.key, { operations: [{ putRole: { name: "harmless" } }] });
    assert.equal((await w.approve(w.ben.key, first)).state, "APPROVED");
    for (let i = 0; i < 2; i++) await w.authorize();
    const made = await w.propose(w.ada.key, DROP_RULE);
    const refused = await w.refused("BAD_USER_INPUT", w.ben.key, w.APPROVE, made);
    assert.deepEqual(refused.problems, [
      { path: "flipsReason", message: "is missing: more than 1 decisions flip, which wants a reason" },
    ]);
    await w.refused("BAD_USER_INPUT", w.ben.key, w.APPROVE, { ...made, why: " " });
    assert.equal((await w.approve(w.ben.key, made, "They were tests.")).state, "APPROVED");
  });
});

describe("under four eyes", async () => {
  const w = await world({ SCOPEWARDEN_FOUR_EYES: "on" }, undefined, { seed: false });
  const through = async (input: object) => {
    const made = await w.propose(w.ada.key, input);
    await w.approve(w.ben.key, made);
    return made;
  };

  test("a detector that may hide something comes by a proposal, as it was approved or not at all", async () => {
    const DETECTOR = "{ detectors { code mode version changedBy { name } reason parameters { name value } } }";
    const detector = async () =>
      (await w.data(w.ada.key, DETECTOR)).find(({ code }: { code: string }) => code === "MANY_PATIENTS");
    const parameterOf = ({ parameters }: { parameters: { name: string; value: number }[] }, of: string) =>
      parameters.find(({ name }) => name === of)?.value;
    const set = (configureDetector: object) => ({
      configureDetector: { detector: "MANY_PATIENTS", ...configureDetector },
    });
    const CONFIGURE =
      'mutation { configureDetector(input: { detector: MANY_PATIENTS, mode: OFF, reason: "r" }) { mode } }';
    await w.refused("FOUR_EYES_REQUIRED", w.ada.key, CONFIGURE, {});

    const made = await w.propose(w.ada.key, set({ mode: "OFF", parameters: { alertAt: 150 } }));
    assert.deepEqual([made.kind, made.state, made.operations, made.replay], ["DETECTOR", "OPEN", [], null]);
    await w.refused("FORBIDDEN", w.ada.key, w.APPROVE, made);
    await w.refused("CONFLICT", w.ben.key, APPLY, made);
    assert.equal((await detector()).version, 0);
    await w.approve(w.ben.key, made);
    await w.apply(w.ada.key, made);
    const off = await detector();
    assert.deepEqual(
      [off.mode, off.version, off.changedBy.name, off.reason, parameterOf(off, "alertAt")],
      ["OFF", 1, "of ada", "a reason", 150],
    );
    assert.equal((await w.read(w.ada.key, made.id)).state, "APPLIED");
    await w.refused("CONFLICT", w.ada.key, APPLY, made);

    const late = await through(set({ mode: "OFF", parameters: { alertAt: 200 } }));
    const ON = 'mutation { configureDetector(input: { detector: MANY_PATIENTS, mode: ON, reason: "more" }) { mode } }';
    assert.equal((await w.data(w.ben.key, ON)).mode, "ON");
    assert.equal((await w.read(w.ben.key, late.id)).state, "STALE");
    await w.refused("CONFLICT", w.ada.key, APPLY, late);
    assert.deepEqual([(await detector()).mode, (await detector()).version], ["ON", 2]);

    const PROPOSE = "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
    const problems = async (change: object) => {
      const told = { title: "t", reason: "r", change };
      const answer = await w.refused("BAD_USER_INPUT", w.ada.key, PROPOSE, { input: told });
      return answer.problems.map(({ path }: { path: string }) => path);
    };
    assert.deepEqual(await problems(set({ mode: "ON" })), ["input.change.configureDetector"]);
    assert.deepEqual(await problems(set({ mode: "OFF", parameters: { alertAt: -1, none: 1 } })), [
      "input.change.configureDetector.parameters.alertAt",
      "input.change.configureDetector.parameters.none",
    ]);
  });

  test("a policy, a rollback, entities and a key that asserts roles come by proposals", async () => {
    assert.equal(w.seeded, null);
    const first = await w.apply(w.ada.key, await through({ operations: SMALL_POLICY }));
    assert.equal(first.revision, 1);
    assert.equal(await w.authorize(), "ALLOW");
    await w.data(
      w.ada.key,
      'mutation { deleteRule(input: { id: "allow-observations" }, reason: "narrows") { revision } }',
    );
    assert.equal(await w.authorize(), "DENY");
    const back = await through({ rollbackTo: 1 });
    assert.deepEqual([back.kind, back.operations], ["ROLLBACK", []]);
    assert.equal((await w.apply(w.ben.key, back)).revision, 3);
    assert.equal(await w.authorize(), "ALLOW");

    const entities = await through({
      directory: { putEntities: [{ type: "user", id: "tess", properties: { unit: "ward-3" } }] },
    });
    assert.equal((await w.apply(w.ben.key, entities)).revision, 3);
    assert.deepEqual(await w.data(w.ada.key, '{ entity(type: "user", id: "tess") { properties version } }'), {
      properties: { unit: "ward-3" },
      version: 1,
    });
    const staleEntities = await through({
      directory: { deleteEntities: [{ type: "user", id: "tess" }], putEntities: [{ type: "user", id: "uma" }] },
    });
    await w.apply(
      w.ben.key,
      await through({ directory: { putEntities: [{ type: "user", id: "tess", properties: { vip: false } }] } }),
    );
    await w.refused("CONFLICT", w.ben.key, APPLY, staleEntities);

    const key = { name: "gateway", roles: ["SERVICE"], assertRoles: [{ role: "nurse", organization: "*" }] };
    const asked = await through({ apiKey: key });
    await w.refused("CONFLICT", w.ada.key, APPLY, asked);
    const MAKE =
      'mutation($key: CreateApiKeyInput!, $id: ID) { createApiKey(input: $key, reason: "r", proposal: $id) { key apiKey { assertRoles { role } } } }';
    await w.refused("FOUR_EYES_REQUIRED", w.ada.key, MAKE, { key });
    const more = { ...key, assertRoles: [...key.assertRoles, { role: "physician", organization: "*" }] };
    await w.refused("BAD_USER_INPUT", w.ada.key, MAKE, { key: more, id: asked.id });
    const made = await w.data(w.ada.key, MAKE, { key, id: asked.id });
    assert.match(made.key, /^swk_/);
    await w.refused("CONFLICT", w.ada.key, MAKE, { key, id: asked.id });
    assert.equal((await w.read(w.ada.key, asked.id)).state, "APPLIED");
  });
});

describe("bad input", async () => {
  const w = await world();
  const PROPOSE = "mutation($input: ProposePolicyInput!) { proposePolicy(input: $input) { id } }";
  const role = { operations: [{ putRole: { name: "x" } }] };

  for (const [what, change, paths, more] of [
    ["no change", {}, []],
    ["null for a change", { rollbackTo: null }, []],
    ["two changes", { ...role, rollbackTo: 0 }, []],
    ["no operation", { operations: [] }, ["input.change.operations"]],
    ["an empty title", role, ["input.title"], { title: " " }],
    ["a long title", role, ["input.title"], { title: "x".repeat(201) }],
    ["no reason", role, ["input.reason"], { reason: "" }],
    [
      "an operation that can't be",
      { operations: [{ deleteRule: { id: "none" } }] },
      ["input.change.operations[0].deleteRule.id"],
    ],
    [
      "what would change nothing",
      { operations: [{ putClient: { id: "reader-app", name: "Reader" } }] },
      ["input.change.operations"],
    ],
    ["no revision", { rollbackTo: 99 }, ["input.change.rollbackTo"]],
    ["the revision that stands", { rollbackTo: 1 }, ["input.change.rollbackTo"]],
    ["no entity", { directory: { putEntities: [] } }, ["input.change.directory"]],
    [
      "an entity that can't be",
      { directory: { putEntities: [{ type: "", id: "a" }] } },
      ["input.change.directory.putEntities[0].type"],
    ],
    [
      "an entity twice",
      { directory: { putEntities: [{ type: "t", id: "a" }], deleteEntities: [{ type: "t", id: "a" }] } },
      ["input.change.directory.deleteEntities[0]"],
    ],
    ["a key that can't be", { apiKey: { name: "", roles: ["SERVICE"] } }, ["input.change.apiKey.name"]],
    [
      "a filter that can't be",
      role,
      ["input.replay.to"],
      { replay: { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" } },
    ],
    [
      "a filter by a patient, a person or a resource",
      role,
      ["input.replay.patient", "input.replay.subjectId", "input.replay.resourceId"],
      { replay: { patient: "p1", subjectId: "s1", resourceId: "r1" } },
    ],
    ["null for a default", role, ["input.emergency"], { emergency: null }],
  ] as const)
    test(`${what} is refused by its path, and nothing is kept`, async () => {
      const answer = await w.refused("BAD_USER_INPUT", w.ada.key, PROPOSE, {
        input: { title: "t", change, reason: "r", ...more },
      });
      assert.deepEqual(
        (answer.problems ?? []).map(({ path }: { path: string }) => path),
        paths,
        JSON.stringify(answer.problems),
      );
      assert.deepEqual((await w.data(w.ada.key, "{ proposals { edges { node { id } } } }")).edges, []);
    });

  test("ids, texts and reasons of the steps", async () => {
    for (const call of [
      'approveProposal(id: "none", digest: "d", reason: "r") { id }',
      'rejectProposal(id: "none", reason: "r") { id }',
      'withdrawProposal(id: "none", reason: "r") { id }',
      'refreshProposal(id: "none", reason: "r") { id }',
      'commentProposal(id: "none", text: "t") { id }',
      'applyProposal(id: "none") { revision }',
    ])
      await w.refused("NOT_FOUND", w.ada.key, `mutation { ${call} }`);
    assert.equal((await w.ask(w.ada.key, '{ proposal(id: "none") { id } }')).data.proposal, null);
    await w.refused("NOT_FOUND", w.ada.key, '{ proposalOutcome(id: "none") { summary } }');
    for (const [call, path] of [
      ['proposal(id: "")', "id"],
      ['approveProposal(id: "", digest: "d", reason: "r")', "id"],
      ['approveProposal(id: "x", digest: "d", reason: " ")', "reason"],
      ['rejectProposal(id: "x", reason: "")', "reason"],
      ['withdrawProposal(id: "x", reason: "")', "reason"],
      ['refreshProposal(id: "x", reason: "")', "reason"],
      ['commentProposal(id: "x", text: "")', "text"],
      [`commentProposal(id: "x", text: "${"x".repeat(4001)}")`, "text"],
    ] as const) {
      const operation = call.startsWith("proposal(") ? "query" : "mutation";
      const answer = await w.refused("BAD_USER_INPUT", w.ada.key, `${operation} { ${call} { id } }`);
      assert.deepEqual(
        answer.problems.map((problem: { path: string }) => problem.path),
        [path],
      );
    }
    const dry = await w.refused(
      "BAD_USER_INPUT",
      w.ada.key,
      'mutation($d: Boolean) { applyProposal(id: "x", dryRun: $d) { revision } }',
      { d: null },
    );
    assert.deepEqual(
      dry.problems.map(({ path }: { path: string }) => path),
      ["dryRun"],
    );
  });
});

describe("what came of it", async () => {
  const clock = { now: Date.parse("2026-11-24T12:00:00Z") };
  const w = await world({}, clock);
  const OUTCOME =
    "query($id: ID!) { proposalOutcome(id: $id) { deniedSince allowedSince forecastDenied forecastAllowed complete summary giveBack } }";

  test("is told beside the forecast, with a proposal that gives back what is missed", async () => {
    for (let i = 0; i < 4; i++) await w.authorize();
    // To who is no auditor the whole day on which it is applied counts.
    clock.now += 86_400_000;
    const revoked = { operations: [{ revokeScope: { clientId: "reader-app", scope: "view_observations" } }] };
    const made = await w.propose(w.ada.key, revoked, { title: "Less" });
    assert.equal(made.replay.allowToDeny, 4);
    await w.refused("CONFLICT", w.ada.key, OUTCOME, made);
    await w.approve(w.ben.key, made);
    await w.apply(w.ada.key, made);
    clock.now += 1_000;
    assert.deepEqual(await w.data(w.rita.key, OUTCOME, made), {
      deniedSince: 0,
      allowedSince: 0,
      forecastDenied: 0,
      forecastAllowed: 0,
      complete: true,
      summary: "denied since: 0, forecast 0; allowed since: 0, forecast 0",
      giveBack: null,
    });
    for (let i = 0; i < 3; i++) assert.equal(await w.authorize(), "DENY");
    const outcome = await w.data(w.rita.key, OUTCOME, made);
    assert.equal(outcome.summary, "denied since: 3, forecast 3; allowed since: 0, forecast 0");
    assert.deepEqual(outcome.giveBack.change.operations, [
      { grantScope: { clientId: "reader-app", scope: "view_observations" } },
    ]);
    const back = await w.propose(w.rita.key, {}, outcome.giveBack);
    assert.equal(back.title, "Give back: Less");
    assert.equal(back.replay.denyToAllow, 7);
    await w.approve(w.ben.key, back);
    await w.apply(w.ada.key, back);
    assert.equal(await w.authorize(), "ALLOW");
    // Nothing is left to give back: somebody did.
    assert.equal((await w.data(w.rita.key, OUTCOME, made)).giveBack, null);
  });

  test("and what it does to access, before and after", async () => {
    const ACCESS =
      "query($id: ID!) { proposal(id: $id) { state access { complete cells { scope clientId change } } } }";
    const made = await w.propose(w.ada.key, {
      operations: [{ revokeScope: { clientId: "reader-app", scope: "view_observations" } }],
    });
    const open = await w.data(w.rita.key, ACCESS, made);
    assert.deepEqual(open.access.cells, [{ scope: "view_observations", clientId: "reader-app", change: "NARROWER" }]);
    await w.approve(w.ben.key, made);
    await w.apply(w.ada.key, made);
    const applied = await w.data(w.rita.key, ACCESS, made);
    assert.deepEqual([applied.state, applied.access], ["APPLIED", open.access]);
  });

  test("and what it does to each thing of the policy, page by page, before and after", async () => {
    const CHANGES = `query($id: ID!, $first: PositiveInt, $after: ChangeCursor) {
      proposal(id: $id) { state changes(first: $first, after: $after) { noun summary before after cursor } } }`;
    const made = await w.propose(w.ada.key, {
      operations: [
        { grantScope: { clientId: "reader-app", scope: "view_observations" } },
        { updateClient: { id: "reader-app", name: "Reader of the ward" } },
      ],
    });
    const open = await w.data(w.rita.key, CHANGES, made);
    assert.deepEqual(
      open.changes.map((change: { noun: string; before: unknown; after: unknown }) => [
        change.noun,
        change.before === null,
        change.after === null,
      ]),
      [
        ["CLIENT", false, false],
        ["GRANT", true, false],
      ],
    );
    const first = await w.data(w.rita.key, CHANGES, { ...made, first: 1 });
    const { cursor } = first.changes[0];
    const second = await w.data(w.rita.key, CHANGES, { ...made, first: 1, after: cursor });
    assert.deepEqual([...first.changes, ...second.changes], open.changes);
    await w.approve(w.ben.key, made);
    await w.apply(w.ada.key, made);
    const applied = await w.data(w.rita.key, CHANGES, made);
    assert.deepEqual([applied.state, applied.changes], ["APPLIED", open.changes]);
    const next = await w.data(w.rita.key, CHANGES, { ...made, first: 1, after: cursor });
    assert.deepEqual(next.changes, second.changes);
    const other = await w.propose(w.ada.key, { operations: [{ updateClient: { id: "reader-app", name: "Reader" } }] });
    await w.data(w.ben.key, 'mutation($id: ID!) { rejectProposal(id: $id, reason: "r") { id } }', other);
    assert.deepEqual(await w.data(w.rita.key, CHANGES, other), { state: "REJECTED", changes: null });
  });
});
