import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const MINUTE = 60_000;
const VERDICT = "id state verdict cause quietUntil correctedVerdicts { verdict cause text takenBackAt }";
const CLOSE = `mutation($id: ID!, $verdict: AlertVerdict! = EXPECTED, $cause: AlertCause) { closeAlert(id: $id, verdict: $verdict, cause: $cause, text: "Her ward") { ${VERDICT} } }`;
const CORRECT = `mutation($id: ID!) { correctVerdict(id: $id, verdict: TRUE_POSITIVE, text: "It was not") { ${VERDICT} } }`;
const REOPEN = `mutation($id: ID!) { reopenAlert(id: $id) { ${VERDICT} } }`;
const MAY = "query($id: ID!) { alert(id: $id) { state viewerMay { action allowed because } } }";
const VIEWERS =
  "query($id: ID!) { alert(id: $id) { nextStep viewers { subjectId subjectType accesses unexplained alertId inquiryState } } }";
const ASK =
  'mutation($alertId: ID!, $subject: SubjectInput, $decisionIds: [ID!]) { askSubject(alertId: $alertId, subject: $subject, decisionIds: $decisionIds, reason: "r") { id subjectId accesses { decisionId patients } } }';

describe("steps of alerts", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  before(async () => {
    world = await openAlertWorld();
    await world.looks("nora", 6);
    await world.looks("ada", 6);
    // Who is patient-0 themselves, and somebody who has a pseudonym where patients have.
    for (const subject of ["nora", "ada", "pat", "patient-0"])
      for (const id of ["o1", "o2"].slice(0, subject === "ada" ? 1 : 2))
        await world.decide({
          subject: { id: subject },
          resource: { type: "Observation", id, patient: "patient-0" },
        });
    await world.looks("rose", 6);
  });
  after(() => world.stop());

  const state = async (id: string) =>
    (
      await sqliteRaw(world.url, `SELECT id FROM journal WHERE kind = 'ALERT' AND id LIKE 'alert:${id}:%' ORDER BY seq`)
    ).map(({ id: act }) => String(act).slice(`alert:${id}:`.length));
  const mayReopen = async (by: string, id: string) =>
    (await world.data(by, MAY, { id })).viewerMay.find(
      ({ action }: { readonly action: string }) => action === "reopenAlert",
    );

  test("a verdict is taken back by who gave it, soon, and can be given again; each is on record", async () => {
    const { id } = await world.alertOf("nora");
    // One person's looks at one patient, which a verdict quiets.
    await sqliteRaw(
      world.url,
      `UPDATE watch_story SET matter = 'Patient/patient-5', patient = 'patient-5' WHERE id = '${id}'`,
    );
    await world.data("otto", "mutation($id: ID!) { acknowledgeAlert(id: $id) { id } }", { id });
    const closed = await world.data("rita", CLOSE, { id });
    // What was not said is not stored as something else.
    assert.deepEqual([closed.state, closed.cause], ["CLOSED", null]);
    assert.notEqual(closed.quietUntil, null);
    for (const by of ["otto", "rose"]) await world.refused("FORBIDDEN", by, REOPEN, { id });
    await world.refused("FORBIDDEN", "nora", REOPEN, { id });
    assert.equal((await mayReopen("otto", id)).allowed, false);
    assert.deepEqual((await mayReopen("rita", id)).allowed, true);

    world.time.now += 10 * MINUTE;
    const open = await world.data("rita", REOPEN, { id });
    // As it was before: in hand of who had said so.
    assert.deepEqual([open.state, open.verdict, open.quietUntil], ["ACKNOWLEDGED", null, null]);
    const takenBack = [
      { verdict: "EXPECTED", cause: null, text: "Her ward", takenBackAt: new Date(world.time.now).toISOString() },
    ];
    assert.deepEqual(open.correctedVerdicts, takenBack);
    const { edges } = await world.data(
      "rita",
      "{ alertSuppressions(filter: { inForce: true }) { edges { node { id } } } }",
    );
    assert.deepEqual(edges, []);
    await world.refused("CONFLICT", "rita", REOPEN, { id });

    const again = await world.data("rita", CLOSE, { id, verdict: "FALSE_POSITIVE", cause: "OTHER" });
    assert.deepEqual([again.cause, again.correctedVerdicts], ["OTHER", takenBack]);
    world.time.now += 10 * MINUTE + 1;
    await world.refused("CONFLICT", "rita", REOPEN, { id });
    assert.match((await mayReopen("rita", id)).because, /more than 10 minutes ago/);
    // A verdict that corrects another one is not undone by opening the alert.
    const corrected = await world.data("otto", CORRECT, { id });
    assert.equal(corrected.correctedVerdicts.length, 2);
    await world.refused("CONFLICT", "otto", REOPEN, { id });
    assert.deepEqual(await state(id), ["opened", "acknowledged", "closed", "reopened:1", "closed:1", "corrected:2"]);
  });

  test("an alert about a patient names who saw that patient, and asks those who are named", async () => {
    const { id } = await world.alertOf("rose");
    const hers = await world.alertOf("ada");
    const about = `entity_kind = 'PATIENT', entity_id = 'patient-0', patient = 'patient-0', matter = 'RELATION', severity = 'MEDIUM'`;
    await sqliteRaw(world.url, `UPDATE watch_story SET ${about} WHERE id = '${id}'`);
    await sqliteRaw(world.url, `UPDATE watch_story SET matter = 'Patient/patient-0' WHERE id = '${hers.id}'`);
    const shown = await world.data("otto", VIEWERS, { id });
    const viewer = (subjectId: string, accesses: number, more = {}) => ({
      ...{ subjectId, subjectType: "user", accesses, unexplained: accesses, alertId: null, inquiryState: null },
      ...more,
    });
    const byId = (a: { subjectId: string }, b: { subjectId: string }) => (a.subjectId < b.subjectId ? -1 : 1);
    // Not who is the patient.
    assert.deepEqual([...shown.viewers].sort(byId), [
      viewer("ada", 2, { alertId: hers.id }),
      viewer("nora", 3),
      viewer("pat", 2),
      viewer("rose", 1),
    ]);
    assert.match(shown.nextStep, /^Ask each person/);
    assert.deepEqual((await world.data("rita", VIEWERS, { id: hers.id })).viewers, []);

    await world.refused("CONFLICT", "otto", ASK, { alertId: id });
    for (const stranger of ["otto", "patient-0"])
      assert.deepEqual(
        await world.refused("BAD_USER_INPUT", "otto", ASK, { alertId: id, subject: { id: stranger, type: "user" } }),
        ["subject"],
      );
    const asked = await world.data("otto", ASK, { alertId: id, subject: { id: "pat", type: "user" } });
    assert.deepEqual([asked.subjectId, asked.accesses.length], ["pat", 2]);
    assert.ok(asked.accesses.every(({ patients }: { patients: string[] }) => patients[0] === "patient-0"));
    await world.refused("CONFLICT", "otto", ASK, { alertId: id, subject: { id: "pat", type: "user" } });
    const decisionIds = [asked.accesses[0].decisionId];
    const other = { alertId: id, subject: { id: "ada", type: "user" } };
    assert.deepEqual(await world.refused("BAD_USER_INPUT", "otto", ASK, { ...other, decisionIds }), ["decisionIds[0]"]);
    await world.data("rita", ASK, other);
    const after = await world.data("otto", VIEWERS, { id });
    assert.match(after.nextStep, /2 of 2 asked have not answered/);
    const states = after.viewers.map((each: { subjectId: string; inquiryState: string }) => [
      each.subjectId,
      each.inquiryState,
    ]);
    assert.deepEqual(
      new Map(states),
      new Map([
        ["ada", "OPEN"],
        ["nora", null],
        ["pat", "OPEN"],
        ["rose", null],
      ]),
    );
    // Of an alert about one person nobody else is asked.
    assert.deepEqual(
      await world.refused("BAD_USER_INPUT", "otto", ASK, { alertId: hers.id, subject: { id: "pat", type: "user" } }),
      ["subject"],
    );
    // The question about the patient's alert belongs to hers, which is a part of it.
    const part = await world.data("otto", "query($id: ID!) { alert(id: $id) { partOfId severity nextStep } }", {
      id: hers.id,
    });
    if (part.severity !== "HIGH") assert.match(part.nextStep, /^Wait for the answer/);
  });

  test("who has a pseudonym where patients have is named to nobody who sees these", async () => {
    const [story] = await sqliteRaw(world.url, "SELECT id FROM watch_story WHERE entity_kind = 'PATIENT'");
    await sqliteRaw(
      world.url,
      `UPDATE watch_finding SET subject_id = 'nora', patients = '["nora","patient-0"]' WHERE story_id = '${story?.id}'`,
    );
    const names = async (by: string) =>
      (await world.data(by, VIEWERS, { id: story?.id })).viewers
        .map(({ subjectId }: { subjectId: string }) => subjectId)
        .sort();
    assert.deepEqual(await names("otto"), ["ada", "nora", "pat", "rose"]);
    assert.deepEqual(await names("rita"), ["ada", "pat", "rose"]);
    await world.refused("BAD_USER_INPUT", "rita", ASK, { alertId: story?.id, subject: { id: "nora", type: "user" } });
    const audits = await sqliteRaw(world.url, "SELECT record FROM journal WHERE kind = 'AUDIT'");
    assert.ok(audits.some(({ record }) => String(record).includes("alertViewers")));
  });
});
