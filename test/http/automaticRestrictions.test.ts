import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type AlertWorld, openAlertWorld } from "./alertWorld.ts";
import { applyPolicy } from "./support.ts";

const ALERT = `query($id: ID!) { alert(id: $id) {
  withheld { response because } restrictions { id response state reason by { name } ruleOrganization ruleRevision subjectId }
} }`;
const LIFT =
  "mutation($id: ID!, $reason: String!) { liftRestriction(id: $id, reason: $reason) { state liftedBy { name } } }";
const rules = (mostPerHour: number) => [
  { response: "STEP_UP", maxMinutes: 60, automatic: { from: "MEDIUM", minutes: 30, mostPerHour } },
  { response: "SUSPENSION", maxMinutes: 60, automatic: { from: "HIGH", minutes: 15, mostPerHour } },
];

describe("restricting access by the service itself", { timeout: 300_000 }, () => {
  let world: AlertWorld;
  let high: string;
  let revision: number;
  const nora = { subject: { id: "nora" } };
  const codes = async (input: object) => {
    const { obligations, outcome, reasons } = await world.decide(input);
    const types = obligations.map(({ type }: { readonly type: string }) => type);
    return [outcome, ...reasons.map(({ code }: { readonly code: string }) => code), ...types].join(" ");
  };
  const ALLOWED = "ALLOW ALLOWED_BY_RULE";
  const set = async (alertResponses: readonly object[], put = "updateOrganization"): Promise<number> => {
    const { body, text } = await applyPolicy(world.service, [
      {
        [put]: {
          id: "*",
          justification: "The data of this test is labelled.",
          settings: { alertResponses, specialProtection: "TRUSTED" },
        },
      },
    ]);
    assert.equal(body.errors, undefined, text);
    return body.data.applyPolicy.revision;
  };

  before(async () => {
    world = await openAlertWorld();
    revision = await set(rules(1), "putOrganization");
  });
  after(() => world.stop());

  test("an alert has the next decision ask for a step-up; when it rises to HIGH the next one is denied", async () => {
    await world.looks("nora", 6);
    assert.equal(await codes(nora), `${ALLOWED} stepUp`);
    await world.looks("nora", 3, 6);
    assert.equal(await codes(nora), "DENY SUSPENDED_FOR_REVIEW");
    assert.equal(await codes({ subject: { id: "rob" } }), ALLOWED);
    high = (await world.alertOf("nora")).id;
  });

  test("a reviewer sees at the alert that it was the service, and by what of the policy", async () => {
    const { restrictions, withheld } = await world.data("rita", ALERT, { id: high });
    assert.deepEqual(withheld, []);
    assert.deepEqual(
      restrictions.map(({ id: _, reason, ...rest }: { readonly id: string; readonly reason: string }) => {
        assert.match(reason, new RegExp(`alertResponses of organization \\*, revision ${revision}\\.$`));
        return rest;
      }),
      ["SUSPENSION", "STEP_UP"].map((response) => ({
        ...{ response, state: "IN_FORCE", by: { name: "scopewarden:alerts" } },
        ...{ ruleOrganization: "*", ruleRevision: revision, subjectId: "nora" },
      })),
    );
  });

  test("it is lifted as another is: the next decision is allowed, and nothing comes back", async () => {
    const { restrictions } = await world.data("rita", ALERT, { id: high });
    for (const { id } of restrictions) {
      for (const by of ["otto", "nora"]) await world.refused("FORBIDDEN", by, LIFT, { id, reason: "r" });
      const lifted = await world.data("rita", LIFT, { id, reason: "She helps out" });
      assert.deepEqual(lifted, { state: "LIFTED", liftedBy: { name: "rita" } });
    }
    assert.equal(await codes(nora), ALLOWED);
    await world.looks("nora", 5, 9);
    assert.equal(await codes(nora), ALLOWED);
  });

  test("beyond what the policy lets in an hour nothing is imposed, and the alert says so", async () => {
    await world.looks("rose", 9, 20);
    assert.equal(await codes({ subject: { id: "rose" } }), ALLOWED);
    const { id } = await world.alertOf("rose");
    assert.deepEqual(await world.data("rita", ALERT, { id }), {
      restrictions: [],
      withheld: [
        { response: "STEP_UP", because: "TOO_MANY_IN_AN_HOUR" },
        { response: "SUSPENSION", because: "TOO_MANY_IN_AN_HOUR" },
      ],
    });
  });

  test("with the setting gone what is in force ends, and that is told to widen", async () => {
    await set(rules(9));
    await world.looks("rob", 9, 40);
    assert.equal(await codes({ subject: { id: "rob" } }), "DENY SUSPENDED_FOR_REVIEW");
    const update = `mutation { updateOrganization(input: { id: "*", settings: { alertResponses: [] } }, reason: "r") { findings { code } } }`;
    const { findings } = await world.data("ada", update);
    assert.deepEqual(findings, [{ code: "WIDENS_ALLOW" }]);
    assert.equal(await codes({ subject: { id: "rob" } }), ALLOWED);
  });
});
