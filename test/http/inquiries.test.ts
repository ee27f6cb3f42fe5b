import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { untilCounted } from "../support/counted.ts";
import { type Receiver, startReceiver, WEBHOOK_SECRET } from "../support/receiver.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const DAY = 86_400_000;
const ALL =
  "id alertId state subjectId subjectType accesses { decisionId action resourceType patients } question reason by { name } until answeredAt answeredBy { callerId id type name } reasonCode text withdrawnAt withdrawReason policyRevision";
const ASK = `mutation($alertId: ID!, $decisionIds: [ID!], $reason: String!) { askSubject(alertId: $alertId, decisionIds: $decisionIds, reason: $reason) { ${ALL} } }`;
const ANSWER = `mutation($id: ID!, $by: SubjectInput, $text: String!) { answerInquiry(id: $id, answeredBy: $by, reasonCode: TREATMENT, text: $text) { ${ALL} } }`;
const WITHDRAW = `mutation($id: ID!, $reason: String!) { withdrawInquiry(id: $id, reason: $reason) { ${ALL} } }`;
const ONE = `query($id: ID!) { inquiry(id: $id) { ${ALL} } }`;
const LIST = `query($filter: InquiryFilter) { inquiries(filter: $filter) { edges { node { ${ALL} } } } }`;

describe("asking the person whom an alert is about", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let receiver: Receiver;
  let alertId: string;
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
    world = await openAlertWorld({
      SCOPEWARDEN_WEBHOOK_URL: receiver.url,
      SCOPEWARDEN_WEBHOOK_SECRET: WEBHOOK_SECRET,
      SCOPEWARDEN_WEBHOOK_POLL_MS: "20",
    });
    await world.looks("nora", 6);
    await world.looks("rose", 6);
    alertId = (await world.alertOf("nora")).id;
  });
  after(async () => {
    await world.stop();
    await receiver.stop();
  });

  test("names the accesses and the patients, tells the receiver of neither, and is told the same day", async () => {
    const asked = await world.data("rita", ASK, { alertId, reason: "Six patients of patient-5's ward" });
    assert.deepEqual([asked.state, asked.subjectId, asked.by.name, asked.accesses.length], ["OPEN", "nora", "rita", 3]);
    assert.doesNotMatch(JSON.stringify(asked.accesses) + asked.question, /patient-/);
    const shown = await world.data("gateway", ONE, { id: asked.id });
    const today = new Date(world.time.now).toISOString().slice(0, 10);
    assert.match(
      shown.question,
      new RegExp(`^These accesses .*\\n- ${today} .* UTC: read of Observation, patient patient-5\n`),
    );
    assert.match(shown.question, /If it was not you, say so\.$/);
    assert.doesNotMatch(shown.question, /alert|detector|many|unusual|MANY_PATIENTS/i);
    for (const by of ["gateway", "nora"]) {
      const own = await world.data(by, ONE, { id: asked.id });
      assert.deepEqual([own.reason, own.by, own.alertId], [null, null, null], by);
    }
    await world.refused("FORBIDDEN", "nora", LIST, { filter: { alertId } });
    const { body, data } = await toldOf("scopewarden.inquiry.asked", asked.id);
    assert.deepEqual(data, { state: "OPEN", accesses: 3, dates: [today], endsAt: asked.until });
    assert.doesNotMatch(body, /nora|patient-|5.s ward|MANY/);
    await world.refused("CONFLICT", "otto", ASK, { alertId, reason: "again" });
  });

  test("is answered by the person, or by a service that speaks for them, once; by nobody else", async () => {
    const [{ id }] = await list("otto", { alertId });
    const answer = { id, text: "PATIENT-5 lay on my ward, not patient-77, on 2026-03-02" };
    await world.refused("FORBIDDEN", "rita", ANSWER, { ...answer, by: { id: "nora" } });
    await world.refused("FORBIDDEN", "otto", ANSWER, { ...answer, by: { id: "nora" } });
    await world.refused("NOT_FOUND", "ada", ANSWER, { ...answer, by: { id: "nora" } });
    await world.refused("FORBIDDEN", "gateway", ANSWER, answer);
    await world.refused("FORBIDDEN", "gateway", ANSWER, { ...answer, by: { id: "rose" } });
    await world.refused("FORBIDDEN", "nora", ANSWER, { ...answer, by: { id: "rose" } });
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "nora", ANSWER, { id, text: " " }), ["text"]);
    const roles = { ...answer, by: { id: "nora", roles: ["x"] } };
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "gateway", ANSWER, roles), ["answeredBy.roles"]);
    assert.equal((await world.data("otto", ONE, { id })).state, "OPEN");
    const given = await world.data("nora", ANSWER, answer);
    assert.deepEqual(
      [given.state, given.subjectId, given.answeredBy.name, given.reasonCode, given.text],
      ["ANSWERED", "nora", "nora", "TREATMENT", answer.text],
    );
    await world.refused("CONFLICT", "gateway", ANSWER, { ...answer, by: { id: "nora" } });
    await toldOf("scopewarden.inquiry.answered", id);
    assert.match(
      (await world.data("rita", ONE, { id })).text,
      /^\[a patient\] lay on my ward, not \[a patient\], on 2026-03-02$/,
    );
  });

  test("the answer stands at the alert, closes nothing, and explains no access", async () => {
    const query = `query($id: ID!) { alert(id: $id) { state inquiries { state text accesses { decisionId } } } }`;
    const alert = await world.data("otto", query, { id: alertId });
    assert.deepEqual([alert.state, alert.inquiries.length, alert.inquiries[0].state], ["OPEN", 1, "ANSWERED"]);
    for (const { decisionId: id } of alert.inquiries[0].accesses) {
      const explanation =
        "query($id: ID!) { explanation(decisionId: $id) { explained explainedLater patients { kind } } }";
      assert.deepEqual(await world.data("otto", explanation, { id }), {
        explained: false,
        explainedLater: false,
        patients: [{ kind: null }],
      });
    }
    const from = new Date(world.time.now - DAY).toISOString();
    const to = new Date(world.time.now + DAY).toISOString();
    const share =
      "query($from: DateTime!, $to: DateTime!) { stats(measure: EXPLAINED, from: $from, to: $to) { total rows { count part } } }";
    await untilCounted(world.service.app.storage);
    assert.deepEqual(await world.data("otto", share, { from, to }), { total: 12, rows: [{ count: 12, part: 0 }] });
  });

  test("a service speaks for a person, sees those of whom it names; a person their own", async () => {
    const { id: about } = await world.alertOf("rose");
    const asked = await world.data("otto", ASK, { alertId: about, reason: "What of patient-9?" });
    const { reason, by: asker, alertId: of } = await world.data("rose", ONE, { id: asked.id });
    assert.deepEqual([reason, asker, of], [null, null, null], "a reviewer who is asked");
    assert.equal((await world.data("rita", ONE, { id: asked.id })).reason, null);
    assert.deepEqual(await list("gateway", { subjectId: "rose", states: ["OPEN"] }), [
      { ...(await world.data("gateway", ONE, { id: asked.id })) },
    ]);
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "gateway", LIST, {}), ["filter.subjectId"]);
    await world.refused("FORBIDDEN", "rita", LIST, { filter: { subjectId: "rose" } });
    await world.refused("FORBIDDEN", "nora", LIST, { filter: { subjectId: "rose" } });
    assert.equal(await world.data("nora", ONE, { id: asked.id }), null);
    assert.deepEqual(
      (await list("nora")).map(({ subjectId }: { readonly subjectId: string }) => subjectId),
      ["nora"],
    );
    await world.refused("FORBIDDEN", "rose", WITHDRAW, { id: asked.id, reason: "I am rose" });
    const by = { id: "rose", type: "user" };
    // Another service asked for none of the decisions: to it there is no such inquiry.
    const { key } = await world.service.createKey("SERVICE");
    const other = async (query: string, variables: object) => (await world.service.ask(query, { key, variables })).body;
    assert.equal((await other(ONE, { id: asked.id })).data.inquiry, null);
    assert.deepEqual((await other(LIST, { filter: { subjectId: "rose" } })).data.inquiries.edges, []);
    const said = { id: asked.id, by, text: "All fine" };
    assert.equal((await other(ANSWER, said)).errors?.[0]?.extensions?.code, "NOT_FOUND");
    assert.equal((await world.data("otto", ONE, { id: asked.id })).state, "OPEN");
    const given = await world.data("gateway", ANSWER, { id: asked.id, by, text: "A round" });
    assert.deepEqual([given.subjectId, given.answeredBy.name], ["rose", "gateway"]);
  });

  test("nobody asks themselves; bad input names what is wrong and changes nothing", async () => {
    const { id: about } = await world.alertOf("rose");
    await world.refused("FORBIDDEN", "rose", ASK, { alertId: about, reason: "r" });
    for (const by of ["ada", "gateway"]) await world.refused("FORBIDDEN", by, ASK, { alertId: about, reason: "r" });
    await world.refused("NOT_FOUND", "rita", ASK, { alertId: "none", reason: "r" });
    const bad = (more: object) =>
      world.refused("BAD_USER_INPUT", "rita", ASK, { alertId: about, reason: "r", ...more });
    assert.deepEqual(await bad({ reason: "" }), ["reason"]);
    assert.deepEqual(await bad({ decisionIds: [] }), ["decisionIds"]);
    const [{ accesses }] = await list("otto", { alertId });
    const [{ decisionId }] = accesses;
    assert.deepEqual(await bad({ decisionIds: [decisionId] }), ["decisionIds[0]"], "it is another alert's");
    assert.equal((await list("otto")).length, 2);
  });

  test("who is asked about named decisions, withdrawn with a reason, and lapses after seven days", async () => {
    const [{ accesses }] = await list("otto", { alertId });
    const decisionIds = [accesses[1].decisionId];
    const asked = await world.data("rita", ASK, { alertId, decisionIds, reason: "r" });
    assert.deepEqual(
      asked.accesses.map((each: { readonly decisionId: string }) => each.decisionId),
      decisionIds,
    );
    assert.match(asked.question, /^This access .*Please say what it was for\./s);
    const withdrawn = await world.data("otto", WITHDRAW, { id: asked.id, reason: "She has called" });
    assert.deepEqual([withdrawn.state, withdrawn.withdrawReason], ["WITHDRAWN", "She has called"]);
    await world.refused("CONFLICT", "nora", ANSWER, { id: asked.id, text: "late" });
    await world.refused("CONFLICT", "otto", WITHDRAW, { id: asked.id, reason: "again" });
    assert.equal((await world.data("nora", ONE, { id: asked.id })).withdrawReason, null);

    const next = await world.data("rita", ASK, { alertId, decisionIds, reason: "r" });
    world.time.now += 7 * DAY;
    assert.equal((await world.data("nora", ONE, { id: next.id })).state, "EXPIRED");
    await world.refused("CONFLICT", "nora", ANSWER, { id: next.id, text: "late" });
    assert.equal((await list("otto", { states: ["EXPIRED"] })).length, 1);
    // Another may be asked now.
    await world.data("rita", ASK, { alertId, reason: "r" });
  });

  test("of an alert of severity HIGH that is not closed nobody is warned", async () => {
    await world.looks("hank", 9);
    const { id: about } = await world.alertOf("hank");
    await world.refused("CONFLICT", "rita", ASK, { alertId: about, reason: "r" });
    // Nor by another alert about the same person.
    await world.ofAnotherMatter(about);
    world.time.now += 8 * DAY;
    await world.looks("hank", 6, 20);
    const { id: other } = await world.alertOf("hank");
    assert.notEqual(other, about);
    await world.refused("CONFLICT", "rita", ASK, { alertId: other, reason: "r" });
    const close = `mutation($id: ID!) { closeAlert(id: $id, verdict: EXPECTED, text: "t") { id } }`;
    await world.data("otto", close, { id: about });
    await world.data("rita", ASK, { alertId: about, reason: "r" });
  });
});
