import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { applyPolicy, type Service, startService } from "./support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.parse("2026-11-02T09:00:00Z");
const ALERTS = "{ alerts { edges { node { id detectors severity subjectId points } } } }";
const FINDINGS = "query($filter: FindingFilter) { findings(filter: $filter) { edges { node { sentence } } } }";

const POLICY = [
  { putRole: { name: "doctor" } },
  { putClient: { id: "ehr", name: "Records" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  {
    putRule: {
      ...{
        id: "doctors",
        role: "doctor",
        scope: "view_labs",
        action: "read",
        resourceType: "Observation",
        effect: "ALLOW",
      },
    },
  },
  { assignRole: { subjectId: "dora", role: "doctor", organization: "ward" } },
  { assignRole: { subjectId: "rose", role: "doctor", organization: "ward" } },
  {
    putOrganization: {
      id: "ward",
      settings: { breakGlass: { roles: ["doctor"], maxMinutes: 120, reviewWithinHours: 24 } },
    },
  },
];

describe("what decisions rest on, as detectors see it", () => {
  const time = { now: START };
  const keys: Record<string, string> = {};
  let service: Service;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables: unknown = {}): Promise<any> => {
    const { body } = await service.ask(query, { key: keys[by] as string, variables });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const reads = async (subject: string, more: object = {}) => {
    const { outcome } = await data(
      "portal",
      "query($input: AuthorizeInput!) { authorize(input: $input) { outcome } }",
      {
        input: {
          ...{ clientId: "ehr", subject: { id: subject }, action: "read" },
          ...{ resource: { type: "Observation", id: "o1", patient: "ann", organization: "ward" }, ...more },
        },
      },
    );
    return outcome;
  };
  const alertsOf = async (subjectId: string) => {
    await service.app.storage.untilFollowed();
    return (await data("otto", ALERTS)).edges
      .map(({ node }: { node: { subjectId: string } }) => node)
      .filter((node: { subjectId: string }) => node.subjectId === subjectId);
  };
  const sentenceOf = async (alertId: string) =>
    (await data("otto", FINDINGS, { filter: { alertId } })).edges[0].node.sentence;
  const configure = (detector: string, parameters: object) =>
    data("ada", "mutation($input: ConfigureDetectorInput!) { configureDetector(input: $input) { mode } }", {
      input: { detector, mode: "ON", parameters, reason: "It is tried." },
    });

  before(async () => {
    service = await startService({}, { clock: () => time.now });
    const { body, text } = await applyPolicy(service, POLICY);
    assert.equal(body.errors, undefined, text);
    const key = async (name: string, role: string, subject: object) => {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name, roles: [role], subject } },
      );
      assert.equal(body.errors, undefined, text);
      keys[name] = body.data.createApiKey.key;
    };
    await key("portal", "SERVICE", { type: "client", id: "portal" });
    await key("ada", "ADMIN", { id: "ada" });
    await key("rita", "REVIEWER", { id: "rita" });
    await key("otto", "AUDITOR", { id: "otto" });
    time.now += 30 * DAY;
    time.now = Math.floor(time.now / (7 * DAY)) * 7 * DAY + 4 * DAY + 9 * HOUR;
    assert.equal(new Date(time.now).getUTCDay(), 1);
    await configure("PRIVILEGE_THEN_USE", {});
    await configure("BREAK_GLASS_EXCESS", { alertAt: 50 });
  });
  after(() => service.stop());

  test("an admin who gives herself a role and uses it is an alert of HIGH; who got one from her by day is none", async () => {
    assert.equal(await reads("ada"), "DENY");
    const assign =
      'mutation($id: ID!) { assignRole(input: { subjectId: $id, role: "doctor", organization: "ward" }, reason: "I help out") { revision } }';
    await data("ada", assign, { id: "ada" });
    await data("ada", assign, { id: "newt" });
    time.now += 10 * 60_000;
    for (const subject of ["ada", "newt", "dora"]) assert.equal(await reads(subject), "ALLOW");
    const [alert, ...others] = await alertsOf("ada");
    assert.deepEqual(
      [alert.detectors, alert.severity, alert.points, others],
      [["PRIVILEGE_THEN_USE"], "HIGH", 100, []],
    );
    assert.match(
      await sentenceOf(alert.id),
      /^This person used access that they had widened themselves, 10 minutes after the change\.$/,
    );
    assert.deepEqual([await alertsOf("newt"), await alertsOf("dora")], [[], []]);
  });

  test("reasons of emergencies that are copied are an alert", async () => {
    const open = "mutation($input: BreakGlassInput!) { breakGlass(input: $input) { id } }";
    const reasons = ["Unconscious, can't be asked", "unconscious; can't be asked!", "UNCONSCIOUS can't be asked."];
    for (const [i, reason] of reasons.entries()) {
      const patient = `p${i}`;
      await data("portal", open, {
        input: { subject: { id: "rose" }, patient, organization: "ward", reason, minutes: 30 },
      });
      const resource = { type: "Observation", id: `o${i}`, patient, organization: "ward" };
      assert.equal(await reads("rose", { purposeOfUse: "BTG", resource }), "ALLOW");
      time.now += HOUR;
      if (i === 0) assert.deepEqual(await alertsOf("rose"), []);
    }
    const [alert, ...others] = await alertsOf("rose");
    assert.deepEqual([alert.detectors, others], [["BREAK_GLASS_EXCESS"], []]);
    assert.match(await sentenceOf(alert.id), /reason for emergency access that was given before/);
  });
});
