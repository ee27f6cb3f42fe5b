import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { switchOn, untilFollowed } from "../support/untilFollowed.ts";
import { SAMPLE_DETECTORS } from "../support/watching.ts";
import { applyPolicy, type Service, SMALL_POLICY, startService } from "./support.ts";

const DAY = 86_400_000;
const ALERT =
  "id state detectors points severity title patient clientId subjectId count verdict cause text acknowledgedBy { name } closedBy { name } policyRevision";
const ALERTS = `query($filter: AlertFilter) { alerts(filter: $filter) { edges { node { ${ALERT} } } } }`;
const CLOSE = `mutation($id: ID!, $text: String!, $cause: AlertCause) { closeAlert(id: $id, verdict: TRUE_POSITIVE, text: $text, cause: $cause) { ${ALERT} decisions(first: 2) { edges { node { patient subjectId } } } } }`;
const SUPPRESS = `mutation($input: SuppressAlertsInput!) { suppressAlerts(input: $input) { id alertId detector until by { name } endedAt } }`;

describe("alerts over HTTP", () => {
  const time = { now: Date.parse("2026-11-02T09:00:00Z") };
  const keys: Record<string, string> = {};
  let folder: string;
  let url: string;
  let service: Service;

  const ask = async (by: string, query: string, variables: unknown = {}) =>
    (await service.ask(query, { key: keys[by] as string, variables })).body;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables: unknown = {}): Promise<any> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const refused = async (code: string, by: string, query: string, variables: unknown = {}) => {
    const was = await data("otto", ALERTS);
    const body = await ask(by, query, variables);
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    assert.deepEqual(await data("otto", ALERTS), was);
    return (body.errors[0].extensions.problems ?? []).map(({ path }: { path: string }) => path);
  };
  const alertsOf = async (by: string, filter: object = {}) =>
    (await data(by, ALERTS, { filter })).edges.map(({ node }: { node: object }) => node);
  const looks = async (subject: string, patients: number, from = 0) => {
    for (let n = from; n < from + patients; n++)
      await data("gateway", "query($input: AuthorizeInput!) { authorize(input: $input) { outcome } }", {
        input: {
          clientId: "reader-app",
          subject: { id: subject },
          action: "read",
          resource: { type: "Observation", id: `${subject}-${n}`, patient: `patient-${n}` },
        },
      });
    await untilFollowed(url);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-alerts-"));
    url = `sqlite:${join(folder, "test.db")}`;
    service = await startService({ DATABASE_URL: url }, { clock: () => time.now, detectors: SAMPLE_DETECTORS });
    await applyPolicy(service, SMALL_POLICY);
    const key = async (name: string, role: string, subject: object) => {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name, roles: [role], subject } },
      );
      assert.equal(body.errors, undefined, text);
      keys[name] = body.data.createApiKey.key;
    };
    await key("gateway", "SERVICE", { type: "client", id: "gateway" });
    await key("ada", "ADMIN", { id: "ada" });
    await key("rita", "REVIEWER", { id: "rita" });
    await key("rose", "REVIEWER", { id: "rose" });
    await key("reader", "REVIEWER", { type: "client", id: "reader-app" });
    await key("otto", "AUDITOR", { id: "otto" });
    await switchOn(url);
    await looks("rose", 6);
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("an alert says what was found of whom, to a reviewer without a patient's name", async () => {
    const [alert] = await alertsOf("rita");
    const { id, policyRevision, ...rest } = alert;
    assert.match(id, /:MANY_PATIENTS:0$/);
    assert.ok(policyRevision > 0);
    assert.deepEqual(rest, {
      state: "OPEN",
      detectors: ["MANY_PATIENTS"],
      points: 12,
      severity: "MEDIUM",
      title: "Many patients",
      patient: null,
      clientId: "reader-app",
      subjectId: "rose",
      count: 3,
      verdict: null,
      cause: null,
      text: null,
      acknowledgedBy: null,
      closedBy: null,
    });
    const findings = "{ findings { edges { node { sentence patients decisionId } } } }";
    const seenBy = async (by: string) => JSON.stringify(await data(by, findings));
    assert.match(await seenBy("otto"), /patient-5 among/);
    const hidden = await seenBy("rita");
    assert.ok(!hidden.includes("patient-") && /~[\w-]{12} among/.test(hidden), hidden);
    const decisions = `query($id: ID!) { alert(id: $id) { decisions(first: 10) { edges { node { patient resourceId } } } } }`;
    const shown = JSON.stringify(await data("rita", decisions, { id }));
    assert.ok(!shown.includes("patient-") && !shown.includes("rose-"), shown);
    assert.match(JSON.stringify(await data("otto", decisions, { id })), /"patient":"patient-5"/);
  });

  test("whom it is about looks into it no more than closes it, by whatever key; nor does a client's", async () => {
    const [{ id }] = await alertsOf("otto");
    for (const by of ["rose", "reader"]) {
      await refused("FORBIDDEN", by, CLOSE, { id, text: "nothing to see" });
      await refused("FORBIDDEN", by, "mutation($id: ID!) { acknowledgeAlert(id: $id) { id } }", { id });
      const input = { alertId: id, until: new Date(time.now + DAY).toISOString(), reason: "r" };
      await refused("FORBIDDEN", by, SUPPRESS, { input });
    }
    for (const by of ["ada", "gateway"]) await refused("FORBIDDEN", by, CLOSE, { id, text: "t" });
  });

  test("bad input names what is wrong, and changes nothing", async () => {
    const [{ id }] = await alertsOf("otto");
    assert.deepEqual(await refused("BAD_USER_INPUT", "rita", CLOSE, { id, text: " " }), ["text"]);
    await refused("NOT_FOUND", "rita", CLOSE, { id: "none", text: "t" });
    const suppress = async (more: object) =>
      refused("BAD_USER_INPUT", "rita", SUPPRESS, {
        input: { alertId: id, until: new Date(time.now + DAY).toISOString(), reason: "r", ...more },
      });
    assert.deepEqual(await suppress({ until: new Date(time.now).toISOString(), reason: "" }), [
      "input.reason",
      "input.until",
    ]);
    assert.deepEqual(await suppress({ until: new Date(time.now + 91 * DAY).toISOString() }), ["input.until"]);
    await refused("FORBIDDEN", "rita", ALERTS, { filter: { patient: "patient-1" } });
    const configure = 'mutation { configureDetector(input: { detector: SUNSET_USE, mode: ON, reason: "" }) { code } }';
    await refused("BAD_USER_INPUT", "ada", configure);
    await refused("FORBIDDEN", "rita", configure);
  });

  test("is acknowledged, counted by the metric, suppressed, and closed by somebody else, once; then another begins", async () => {
    const [{ id }] = await alertsOf("otto");
    const acknowledged = await data("rita", `mutation($id: ID!) { acknowledgeAlert(id: $id) { ${ALERT} } }`, { id });
    assert.deepEqual([acknowledged.state, acknowledged.acknowledgedBy.name], ["ACKNOWLEDGED", "rita"]);
    await refused("CONFLICT", "otto", "mutation($id: ID!) { acknowledgeAlert(id: $id) { id } }", { id });
    const headers = { authorization: `Bearer ${keys.otto}` };
    const metric = async () => (await service.get("/metrics", { headers })).text.match(/^scopewarden_open_alerts.*$/gm);
    assert.ok((await metric())?.includes('scopewarden_open_alerts{severity="MEDIUM"} 1'));
    const closed = await data("otto", CLOSE, { id, text: "patient-5 is a neighbour", cause: "SNOOPING" });
    assert.deepEqual(
      [closed.state, closed.verdict, closed.cause, closed.text, closed.closedBy.name],
      ["CLOSED", "TRUE_POSITIVE", "SNOOPING", "patient-5 is a neighbour", "otto"],
    );
    assert.deepEqual(closed.decisions.edges[0].node, { patient: "patient-5", subjectId: "rose" });
    await refused("CONFLICT", "rita", CLOSE, { id, text: "t" });
    assert.ok((await metric())?.includes('scopewarden_open_alerts{severity="MEDIUM"} 0'));
    assert.deepEqual(await alertsOf("otto", { states: ["OPEN"] }), []);

    const until = new Date(time.now + DAY / 2).toISOString();
    const suppression = await data("rita", SUPPRESS, {
      input: { alertId: id, until, reason: "She moves to another ward" },
    });
    assert.deepEqual([suppression.alertId, suppression.by.name, suppression.endedAt], [id, "rita", null]);
    await looks("rose", 4, 6);
    assert.deepEqual(await alertsOf("otto", { states: ["OPEN"] }), []);
    const LIST = "{ alertSuppressions(filter: { inForce: true }) { edges { node { id } } } }";
    assert.equal((await data("rita", LIST)).edges.length, 1);
    const end = 'mutation($id: ID!) { endAlertSuppression(id: $id, reason: "moved") { endedBy { name } } }';
    time.now += 1000;
    assert.equal((await data("otto", end, { id: suppression.id })).endedBy.name, "otto");
    await refused("CONFLICT", "otto", end, { id: suppression.id });
    time.now += 1000;
    await looks("rose", 3, 10);
    const [next] = await alertsOf("otto", { states: ["OPEN"] });
    assert.notEqual(next.id, id);
    assert.equal(next.count, 3);
  });

  test("a person who is a patient of one of an alert's decisions has no name there to a reviewer, and is not found by it", async () => {
    await looks("patient-4", 6);
    const DECISIONS =
      "query($filter: AlertFilter) { alerts(filter: $filter) { edges { node { id subjectId decisions { edges { node { subjectId patient } } } } } } }";
    const FINDINGS =
      "query($filter: FindingFilter) { findings(filter: $filter) { edges { node { subjectId patients sentence storyId } } } }";
    const nodes = async (by: string, query: string, filter: object) => (await data(by, query, { filter })).edges;
    const own = { subjectId: "patient-4" };
    const [{ node: alert }] = await nodes("otto", DECISIONS, own);
    assert.equal(alert.decisions.edges.length, 3);
    assert.equal((await nodes("otto", FINDINGS, own)).length, 3);
    assert.deepEqual([await nodes("rita", DECISIONS, own), await nodes("rita", FINDINGS, own)], [[], []]);
    assert.ok((await nodes("rita", FINDINGS, { subjectId: "rose" })).length > 0, "others are found");
    const BEHIND =
      "query($filter: FindingFilter) { findings(filter: $filter) { edges { node { subjectId decisionId evidence decisions(first: 20) { id subjectId patient } } } } }";
    for (const { node } of await nodes("otto", BEHIND, own)) {
      assert.deepEqual(
        node.decisions.map(({ id }: { id: string }) => id),
        [node.decisionId, ...node.evidence],
      );
      assert.ok(node.decisions.every(({ subjectId }: { subjectId: string }) => subjectId === own.subjectId));
    }
    // Each decision of this person is shown by the name that the finding has, or not at all.
    const behind = (await nodes("rita", BEHIND, { alertId: alert.id })).map(({ node }: { node: object }) => node);
    assert.ok(behind.some(({ decisions }: { decisions: readonly object[] }) => decisions.length > 0));
    for (const { decisions, subjectId } of behind)
      for (const each of decisions) {
        assert.equal(each.subjectId, subjectId);
        assert.match(each.patient, /^~/);
      }
    const found = await nodes("rita", FINDINGS, { alertId: alert.id });
    const shown = (await nodes("rita", DECISIONS, {})).find(
      (each: { node: { id: string } }) => each.node.id === alert.id,
    );
    const { alert: single } = (await ask("rita", "query($id: ID!) { alert(id: $id) { subjectId } }", alert)).data;
    assert.doesNotMatch(JSON.stringify([shown, found, single]), /"patient-\d|patient-\d among/);
    const names = [
      single,
      shown.node,
      ...[...found, ...shown.node.decisions.edges].map(({ node }: { node: object }) => node),
    ];
    assert.equal(names.length, 8);
    assert.deepEqual(new Set(names.map(({ subjectId }) => subjectId)), new Set([single.subjectId]));
    assert.match(single.subjectId, /^~/);
  });
});
