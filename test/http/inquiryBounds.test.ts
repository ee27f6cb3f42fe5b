import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilFollowed } from "../support/untilFollowed.ts";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";

const DECIDE = "query($input: AuthorizeInput!) { authorize(input: $input) { id } }";
const ASK =
  'mutation($id: ID!) { askSubject(alertId: $id, reason: "r") { id question accesses { patients patientCount } } }';
const ANSWER =
  'mutation($id: ID!, $text: String!) { answerInquiry(id: $id, reasonCode: OTHER, text: $text, answeredBy: { id: "nora" }) { id } }';
const idOf = (access: number, patient: number): string => `p${access}-${patient}-`.padEnd(240, "x");
const manyOf = (field: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(" ");

describe("inquiries about many patients", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let alertId: string;

  before(async () => {
    world = await openAlertWorld();
    for (let access = 0; access < 10; access++) {
      const patients = Array.from({ length: 100 }, (_, patient) => idOf(access, patient));
      const resource = { type: "Observation", id: `o${access}`, patients };
      const input = { clientId: "reader-app", action: "read", subject: { id: "nora" }, resource };
      await world.data("gateway", DECIDE, { input });
    }
    await untilFollowed(world.url);
    alertId = (await world.alertOf("nora")).id;
    await world.ask("otto", 'mutation($id: ID!) { closeAlert(id: $id, verdict: EXPECTED, text: "x") { id } }', {
      id: alertId,
    });
  });
  after(() => world.stop());

  test("name twenty patients of an access, tell how many there are, and hide the others from a reviewer too", async () => {
    const asked = await world.data("otto", ASK, { id: alertId });
    assert.ok(asked.accesses.length > 1);
    for (const { patientCount, patients } of asked.accesses)
      assert.deepEqual([patients.length, patientCount], [20, 100]);
    assert.equal(asked.question.match(/ and 80 more$/gm).length, asked.accesses.length);
    assert.equal(asked.question.match(/p\d+-\d+-x+/g).length, 20 * asked.accesses.length);
    await world.data("gateway", ANSWER, { id: asked.id, text: `${idOf(9, 99)} lay here` });
    const { inquiry } = (
      await world.ask("rita", "query($id: ID!) { inquiry(id: $id) { text question accesses { patients } } }", {
        id: asked.id,
      })
    ).data;
    assert.match(inquiry.text, /^\[a patient\] lay here$/);
    assert.equal(inquiry.accesses[0].patients.length, 20);
    assert.doesNotMatch(JSON.stringify(inquiry), /p\d+-\d+-x/);
  });

  test("come to no more in one answer than nested items may, by whatever names they are asked for", async () => {
    for (let i = 0; i < 19; i++) {
      const { id } = await world.data("otto", ASK, { id: alertId });
      await world.data("gateway", ANSWER, { id, text: "." });
    }
    const all = "question accesses { patients }";
    const inquiries = (
      await world.data("otto", `query($id: ID!) { alert(id: $id) { inquiries { ${all} } } }`, { id: alertId })
    ).inquiries;
    assert.ok(inquiries.length > 1);
    const refused = (query: string) => world.refused("LIMIT_EXCEEDED", "otto", query, { id: alertId });
    await refused(`query($id: ID!) { alert(id: $id) { ${manyOf("inquiries { question }", 50)} } }`);
    await refused(`query($id: ID!) { alert(id: $id) { ${manyOf("inquiries { accesses { patients } }", 50)} } }`);
    await refused(`query($id: ID!) { alert(id: $id) { inquiries { ${manyOf("question", 150)} } } }`);
    await refused(`query($id: ID!) { alert(id: $id) { inquiries { accesses { ${manyOf("patients", 150)} } } } }`);
    const lists = manyOf("inquiries(first: 200) { edges { node { a: question b: question c: question } } }", 50);
    const { errors } = await world.ask("otto", `query { ${lists} }`);
    assert.equal(errors?.at(-1)?.extensions.code, "LIMIT_EXCEEDED");
  });
});
