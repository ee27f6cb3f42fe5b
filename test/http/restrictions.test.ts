import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Receiver, startReceiver, WEBHOOK_SECRET } from "../support/receiver.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { post } from "./authzenSupport.ts";
import { applyPolicy, SMALL_POLICY } from "./support.ts";

const MINUTE = 60_000;
const ALL =
  "id response state alertId clientId subjectId subjectType reason at by { name } until liftedAt liftedBy { name } liftReason policyRevision";
const IMPOSE = `mutation($input: ImposeRestrictionInput!) { imposeRestriction(input: $input) { ${ALL} } }`;
const LIFT = `mutation($id: ID!, $reason: String!) { liftRestriction(id: $id, reason: $reason) { ${ALL} } }`;
const ONE = `query($id: ID!) { restriction(id: $id) { ${ALL} } }`;
const LIST = `query($filter: RestrictionFilter) { restrictions(filter: $filter) { edges { node { ${ALL} } } } }`;
const OF =
  "query($subject: SubjectInput!) { restrictionsOf(subject: $subject) { id until by { name } viewerMay { action allowed } } }";
const CLOSE = `mutation($id: ID!) { closeAlert(id: $id, verdict: EXPECTED, text: "t") { id } }`;
const EXPLAIN = "query($id: ID!) { explanation(decisionId: $id) { reproduced difference } }";
const GRANT =
  "query($input: DecideGrantInput!) { decideGrant(input: $input) { outcome scope scopes { outcome reasons { code } } } }";
const RESPONSES = {
  putOrganization: {
    id: "*",
    justification: "The data of this test is labelled.",
    settings: {
      specialProtection: "TRUSTED",
      alertResponses: [
        { response: "SUSPENSION", maxMinutes: 60 },
        { response: "STEP_UP", maxMinutes: 240 },
      ],
    },
  },
};
/** An app that care depends on, beside the other. */
const MORE_POLICY = [
  { putClient: { id: "ward-app", name: "Ward", careCritical: true } },
  { grantScope: { clientId: "ward-app", scope: "view_observations" } },
];

describe("restricting access because of an alert", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let receiver: Receiver;
  let high: string;
  let low: string;
  const nora = { subject: { id: "nora" } };
  const codes = async (input: object) => {
    const { obligations, outcome, reasons } = await world.decide(input);
    const types = obligations.map(({ type }: { readonly type: string }) => type);
    return [outcome, ...reasons.map(({ code }: { readonly code: string }) => code), ...types].join(" ");
  };
  const ALLOWED = "ALLOW ALLOWED_BY_RULE";
  const SUSPENDED = "DENY SUSPENDED_FOR_REVIEW";
  const impose = (by: string, more: object = {}) =>
    world.data(by, IMPOSE, { input: { alertId: high, response: "SUSPENSION", minutes: 30, reason: "r", ...more } });
  const refused = (code: string, by: string, more: object = {}) =>
    world.refused(code, by, IMPOSE, {
      input: { alertId: high, response: "SUSPENSION", minutes: 30, reason: "r", ...more },
    });
  const list = async (by: string, filter: object = {}) =>
    (await world.data(by, LIST, { filter })).edges.map(({ node }: { readonly node: object }) => node);
  const toldOf = async (type: string, subject: string) => {
    const found = () => receiver.received.find((each) => each.type === type && each.subject === subject);
    for (let looks = 0; found() === undefined && looks < 4_000; looks++) await sleep(5);
    const event = found();
    assert.ok(event !== undefined, `${type}: ${receiver.received.map((each) => each.type)}`);
    return event;
  };

  before(async () => {
    receiver = await startReceiver();
    world = await openAlertWorld(
      {
        SCOPEWARDEN_WEBHOOK_URL: receiver.url,
        SCOPEWARDEN_WEBHOOK_SECRET: WEBHOOK_SECRET,
        SCOPEWARDEN_WEBHOOK_POLL_MS: "20",
      },
      [...SMALL_POLICY, ...MORE_POLICY],
    );
    await world.looks("nora", 9);
    await world.looks("rose", 6, 20);
    high = (await world.alertOf("nora")).id;
    low = (await world.alertOf("rose")).id;
  });
  after(async () => {
    await world.stop();
    await receiver.stop();
  });

  test("is nothing that is done unless the policy says so", async () => {
    await refused("FORBIDDEN", "rita");
    assert.deepEqual(await list("rita"), []);
    const { body, text } = await applyPolicy(world.service, [RESPONSES]);
    assert.equal(body.errors, undefined, text);
  });

  test("is done by reviewers whom the alert is not about; bad input names what is wrong, and changes nothing", async () => {
    for (const by of ["otto", "ada", "gateway", "nora"]) await refused("FORBIDDEN", by);
    await refused("FORBIDDEN", "rose", { alertId: low, response: "STEP_UP" });
    assert.deepEqual(await refused("BAD_USER_INPUT", "rita", { reason: " ", minutes: 0 }), [
      "input.reason",
      "input.minutes",
    ]);
    assert.deepEqual(await refused("BAD_USER_INPUT", "rita", { minutes: 61 }), ["input.minutes"]);
    assert.deepEqual(await refused("BAD_USER_INPUT", "rita", { response: "STEP_UP", minutes: 241 }), ["input.minutes"]);
    assert.deepEqual(await refused("BAD_USER_INPUT", "rita", { alertId: "" }), ["input.alertId"]);
    await refused("NOT_FOUND", "rita", { alertId: "none" });
    // Only an alert of severity HIGH suspends.
    await refused("CONFLICT", "rita", { alertId: low });
    assert.deepEqual(await list("otto"), []);
    assert.equal(await codes(nora), ALLOWED);
  });

  let suspended: { readonly id: string; readonly decisionId: string };
  test("a suspension denies the next decision and the next token, and says so until it is lifted", async () => {
    const before = await world.decide(nora);
    const asked = { ...nora, requestId: "once" };
    assert.equal(await codes(asked), ALLOWED);
    const made = await impose("rita");
    assert.deepEqual(
      [made.response, made.state, made.subjectId, made.subjectType, made.clientId, made.reason, made.by.name],
      ["SUSPENSION", "IN_FORCE", "nora", "user", null, "r", "rita"],
    );
    assert.equal(Date.parse(made.until) - Date.parse(made.at), 30 * MINUTE);
    const denied = await world.decide(nora);
    assert.equal(denied.outcome, "DENY");
    const until = new Date(made.until).toISOString().slice(0, 16).replace("T", " ");
    assert.equal(denied.reasons[0].message, `The access of this subject is suspended for review until ${until} UTC.`);
    // Nor is an ALLOW of before repeated; others are not touched.
    assert.equal(await codes(asked), SUSPENDED);
    assert.equal(await codes({ ...nora, clientId: "ward-app" }), SUSPENDED);
    assert.equal(await codes({ subject: { id: "rob" } }), ALLOWED);
    const token = { clientId: "reader-app", ...nora, scopes: ["openid", "view_observations"] };
    const { outcome, scopes } = await world.data("gateway", GRANT, { input: token });
    assert.equal(outcome, "DENY");
    for (const { outcome: each, reasons } of scopes)
      assert.deepEqual([each, reasons], ["DENIED", [{ code: "SUSPENDED_FOR_REVIEW" }]]);
    const { body, data } = await toldOf("scopewarden.restriction.imposed", made.id);
    assert.deepEqual(data, {
      state: "IN_FORCE",
      response: "SUSPENSION",
      of: "SUBJECT",
      alertId: high,
      endsAt: made.until,
    });
    assert.doesNotMatch(body, /nora|rita/);
    suspended = { id: made.id, decisionId: denied.id };
    assert.deepEqual(await world.data("otto", EXPLAIN, { id: before.id }), { reproduced: true, difference: null });
    await refused("CONFLICT", "rita");
  });

  test("searches of AuthZEN agree with what is decided; what the policy lets people do is told without it", async () => {
    const search = async (path: string, body: object) =>
      (await post(world.service, `/access/v1/search/${path}`, body, { key: world.keys.gateway ?? null })).body.results;
    const resource = { type: "Observation", id: "o", properties: { patient: "patient-1" } };
    const asked = { action: { name: "read" }, context: { client_id: "reader-app" } };
    assert.deepEqual(
      await search("action", { subject: { type: "user", id: "nora" }, resource, context: asked.context }),
      [],
    );
    assert.notDeepEqual(
      await search("action", { subject: { type: "user", id: "rob" }, resource, context: asked.context }),
      [],
    );
    const whoCan =
      'query { whoCan(input: { clientId: "reader-app", action: "read", resource: { type: "Observation", id: "o", patient: "patient-1" } }) { matches { subjectId access } } }';
    const { matches } = await world.data("rita", whoCan);
    assert.notDeepEqual(matches, []);
    const simulate =
      'query { simulate(input: { operations: [], requests: [{ clientId: "reader-app", subject: { id: "nora" }, action: "read", resource: { type: "Observation", id: "o", patient: "patient-1" } }] }) { changed results { before { outcome } } } }';
    assert.deepEqual(await world.data("rita", simulate), { changed: 0, results: [{ before: { outcome: "ALLOW" } }] });
  });

  test("is lifted by another reviewer, felt in the next decision, and decided again as it was", async () => {
    const { id, decisionId } = suspended;
    for (const by of ["otto", "ada", "nora", "gateway"])
      await world.refused("FORBIDDEN", by, LIFT, { id, reason: "r" });
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "rose", LIFT, { id, reason: "" }), ["reason"]);
    await world.refused("NOT_FOUND", "rose", LIFT, { id: "none", reason: "r" });
    assert.equal(await codes(nora), SUSPENDED);
    const done = await world.data("rose", LIFT, { id, reason: "patient-1 lay on her ward" });
    assert.deepEqual(
      [done.state, done.liftedBy.name, done.liftReason],
      ["LIFTED", "rose", "patient-1 lay on her ward"],
    );
    assert.equal(await codes(nora), ALLOWED);
    await world.refused("CONFLICT", "rita", LIFT, { id, reason: "r" });
    assert.equal((await world.data("rita", ONE, { id })).liftReason, null, "what another reviewer wrote");
    assert.equal((await world.data("otto", ONE, { id })).liftReason, "patient-1 lay on her ward");
    assert.deepEqual(await world.data("otto", EXPLAIN, { id: decisionId }), { reproduced: true, difference: null });
    const replay =
      'query { replay(input: { operations: [], base: CURRENT, filter: { subjectId: "nora", outcome: DENY } }) { replayed notReplayable drifted same denyToAllow } }';
    const { denyToAllow, drifted, notReplayable, replayed, same } = await world.data("otto", replay);
    assert.deepEqual([notReplayable, drifted, denyToAllow], [0, 0, 0]);
    assert.ok(replayed > 2 && same === replayed, `${replayed} ${same}`);
    await toldOf("scopewarden.restriction.lifted", id);
    const ofAlert = "query($id: ID!) { alert(id: $id) { restrictions { id state liftReason } } }";
    assert.deepEqual(await world.data("rita", ofAlert, { id: high }), {
      restrictions: [{ id, state: "LIFTED", liftReason: null }],
    });
  });

  test("without an alert a person is blocked and freed by an admin or a reviewer, whatever the policy lets alerts do", async () => {
    const { body, text } = await applyPolicy(world.service, [
      { updateOrganization: { id: "*", settings: { alertResponses: [] } } },
    ]);
    assert.equal(body.errors, undefined, text);
    const rob = { subject: { id: "rob" } };
    const block = { subject: { id: "rob" }, response: "SUSPENSION", reason: "r" };
    const bad = (more: object) => world.refused("BAD_USER_INPUT", "ada", IMPOSE, { input: { ...block, ...more } });
    assert.deepEqual(await bad({ response: "STEP_UP" }), ["input.response"]);
    assert.deepEqual(await bad({ minutes: 1441, reason: " " }), ["input.minutes", "input.reason"]);
    assert.deepEqual(await bad({ minutes: 0 }), ["input.minutes"]);
    assert.deepEqual(await bad({ subject: null }), ["input"]);
    assert.deepEqual(await bad({ subject: { id: "rob", roles: ["r"] } }), ["input.subject.roles"]);
    assert.deepEqual(await bad({ alertId: low }), ["input.subject"]);
    for (const by of ["otto", "gateway"]) await world.refused("FORBIDDEN", by, IMPOSE, { input: block });
    await world.refused("FORBIDDEN", "ada", IMPOSE, { input: { ...block, subject: { id: "ada" } } });
    await world.refused("FORBIDDEN", "ada", IMPOSE, { input: { ...block, subject: undefined, alertId: low } });
    assert.equal(await codes(rob), ALLOWED);
    const asked = { ...rob, requestId: "before the block" };
    assert.equal(await codes(asked), ALLOWED);

    const made = await world.data("ada", IMPOSE, { input: block });
    assert.deepEqual([made.alertId, made.subjectId, made.by.name, made.reason], [null, "rob", "ada", "r"]);
    assert.equal(Date.parse(made.until) - Date.parse(made.at), 60 * MINUTE);
    assert.equal(await codes(rob), SUSPENDED);
    assert.equal(await codes(asked), SUSPENDED);
    assert.equal(await codes({ subject: { id: "rob", type: "device" } }), ALLOWED);
    const denied = await world.decide(rob);
    // Whoever may lift it finds it at the person, and an auditor, who may not, too.
    for (const by of ["ada", "rose", "otto"]) {
      const [found, ...more] = await world.data(by, OF, { subject: { id: "rob" } });
      assert.deepEqual([found.id, found.until, found.by.name, more], [made.id, made.until, "ada", []], by);
      const mayLift = found.viewerMay.some(({ allowed }: { readonly allowed: boolean }) => allowed);
      assert.equal(mayLift, by !== "otto", by);
      assert.deepEqual(await world.data(by, OF, { subject: { id: "rob", type: "device" } }), []);
    }
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", OF, { subject: { id: "rob", roles: ["r"] } }), [
      "subject.roles",
    ]);
    await world.refused("FORBIDDEN", "gateway", OF, { subject: { id: "rob" } });
    const { data } = await toldOf("scopewarden.restriction.imposed", made.id);
    assert.equal((data as { readonly alertId: unknown }).alertId, null);
    assert.deepEqual(
      (await list("rose", { states: ["IN_FORCE"] })).map(({ reason, subjectId }: Record<string, unknown>) => [
        subjectId,
        reason,
      ]),
      [["rob", null]],
    );

    const lift = (more: object) => ({ reason: "r", ...more });
    const FREE =
      "mutation($id: ID, $subject: SubjectInput, $reason: String!) { liftRestriction(id: $id, subject: $subject, reason: $reason) { id state liftedBy { name } } }";
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", FREE, lift({})), ["id"]);
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "ada", FREE, lift({ id: made.id, ...rob })), ["id"]);
    await world.refused("NOT_FOUND", "ada", FREE, lift({ subject: { id: "rob", type: "device" } }));
    await world.refused("FORBIDDEN", "otto", FREE, lift(rob));
    assert.deepEqual(await world.data("rose", FREE, lift(rob)), {
      id: made.id,
      state: "LIFTED",
      liftedBy: { name: "rose" },
    });
    assert.equal(await codes(rob), ALLOWED);
    await world.refused("NOT_FOUND", "rose", FREE, lift(rob));
    assert.deepEqual(await world.data("otto", EXPLAIN, { id: denied.id }), { reproduced: true, difference: null });
    const { id, settings } = RESPONSES.putOrganization;
    const { body: back, text: said } = await applyPolicy(world.service, [{ updateOrganization: { id, settings } }]);
    assert.equal(back.errors, undefined, said);
    const byAlert = await impose("rita", { alertId: low, response: "STEP_UP" });
    await world.refused("FORBIDDEN", "ada", FREE, lift({ id: byAlert.id }));
    const ofAlert = async (by: string) =>
      (await world.data(by, OF, { subject: { id: byAlert.subjectId, type: byAlert.subjectType } })).map(
        ({ id: found }: { readonly id: string }) => found,
      );
    // An admin sees no alerts, nor what was done because of one.
    assert.deepEqual(
      [await ofAlert("ada"), await ofAlert("otto"), await ofAlert("rita")],
      [[], [byAlert.id], [byAlert.id]],
    );
    await world.data("rita", LIFT, { id: byAlert.id, reason: "r" });
  });

  test("nobody is suspended again without a new alert; a step-up may be, and is an obligation", async () => {
    await refused("CONFLICT", "rita");
    const made = await impose("rita", { response: "STEP_UP", minutes: 240 });
    const { obligations, outcome } = await world.decide(nora);
    assert.deepEqual(
      [outcome, obligations],
      ["ALLOW", [{ type: "stepUp", parameters: { id: made.id, endsAt: made.until, since: made.at } }]],
    );
    const headers = { authorization: `Bearer ${world.keys.ada}` };
    const metrics = await world.service.get("/metrics", { headers });
    assert.match(metrics.text, /scopewarden_restrictions_in_force\{response="STEP_UP"\} 1/);
    assert.match(metrics.text, /scopewarden_restrictions_in_force\{response="SUSPENSION"\} 0/);
    assert.deepEqual(
      (await list("otto", { subjectId: "nora", states: ["IN_FORCE"] })).map(({ id }: { readonly id: string }) => id),
      [made.id],
    );
    await world.refused("FORBIDDEN", "rita", LIST, { filter: { subjectId: "nora" } });
    for (const by of ["ada", "gateway"]) await world.refused("FORBIDDEN", by, LIST);
    world.time.now += 240 * MINUTE;
    assert.equal(await codes(nora), ALLOWED);
    assert.equal((await world.data("rita", ONE, { id: made.id })).state, "ENDED");
    await world.refused("CONFLICT", "rita", LIFT, { id: made.id, reason: "r" });
  });

  test("a closed alert restricts nobody; a new one suspends again", async () => {
    await world.data("otto", CLOSE, { id: high });
    await refused("CONFLICT", "rita", { response: "STEP_UP" });
    world.time.now += 8 * 24 * 60 * MINUTE;
    await world.looks("nora", 9, 40);
    const { id: alertId } = await world.alertOf("nora");
    assert.notEqual(alertId, high);
    const made = await impose("rose", { alertId });
    assert.equal(await codes(nora), SUSPENDED);
    // It holds as long as the policy lets it.
    const shorter = {
      updateOrganization: { id: "*", settings: { alertResponses: [{ response: "STEP_UP", maxMinutes: 1 }] } },
    };
    const { body, text } = await applyPolicy(world.service, [shorter]);
    assert.equal(body.errors, undefined, text);
    assert.equal(await codes(nora), ALLOWED);
    assert.equal((await world.data("rose", ONE, { id: made.id })).state, "IN_FORCE");
  });

  test("to a reviewer a person who is a patient in the alert has a pseudonym", async () => {
    await world.looks("patient-70", 9, 66);
    const { id: alertId } = await world.alertOf("patient-70");
    const made = await impose("rita", { alertId, response: "STEP_UP", minutes: 1 });
    assert.match(made.subjectId, /^~/);
    assert.equal((await world.data("otto", ONE, { id: made.id })).subjectId, "patient-70");
    const found = (await list("rose", { alertId })).map(({ subjectId }: { readonly subjectId: string }) => subjectId);
    assert.deepEqual(found, [made.subjectId]);
    // Nor does the name lead to what the pseudonym has.
    assert.deepEqual(await world.data("rose", OF, { subject: { id: "patient-70" } }), []);
    assert.equal((await world.data("otto", OF, { subject: { id: "patient-70" } }))[0].id, made.id);
  });
});
