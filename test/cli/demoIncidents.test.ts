import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { occasionsOfIncident, readIncidents, type WatchedMonth } from "../../src/cli/demoIncidents.ts";
import { monthBefore, readyForMonth } from "../../src/cli/demoMonth.ts";
import type { DetectorCode } from "../../src/domain/monitoring/detectors/detector.ts";
import { at, callerOf, type World, worldOver } from "../graphql/world.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

const auditor = { ...callerOf("key:priya", "auditor"), subject: { type: "user", id: "priya", issuer: null } };
const nodes = (list: unknown): readonly Record<string, unknown>[] =>
  (at(list, "edges") as readonly { readonly node: Record<string, unknown> }[]).map(({ node }) => node);

interface Found {
  readonly detector: DetectorCode;
  readonly at: string;
  readonly points: number;
}

let once: WatchedMonth;
let month: HospitalMonth;
let world: World;
/** Of each alert its findings. */
let alerts: readonly (readonly Found[])[];
before(async () => {
  once = await readIncidents();
  month = await openHospitalMonth({ cases: false, incidents: true });
  world = worldOver(month.domain, month.storage, month.clock);
  const open = nodes(at(await world.data("{ alerts(first: 200) { edges { node { id } } } }", {}, auditor), "alerts"));
  const FINDINGS = `query ($id: ID!) { findings(filter: { alertId: $id }) { edges { node { detector at points } } } }`;
  const told: Found[][] = [];
  for (const { id } of open)
    told.push(nodes(at(await world.data(FINDINGS, { id }, auditor), "findings")) as unknown as Found[]);
  alerts = told;
});
after(() => month.close());

/** When something of it happened, as answers say times. */
const timesOf = (incident: WatchedMonth["incidents"][number]): ReadonlySet<string> =>
  new Set(occasionsOfIncident(incident, month.clock.now).map((occasion) => new Date(occasion.at).toISOString()));

test("the demo has eight incidents, each told by another detector", () => {
  const detectors = once.incidents.map(({ detector }) => detector);
  assert.deepEqual([detectors.length, new Set(detectors).size], [8, 8]);
});

test("each incident, and each story that only looks like one, is found by the detector that it names, which is on", async () => {
  const FOUND =
    "query ($of: DetectorCode!) { findings(filter: { detector: $of, shadow: false }, first: 200) { edges { node { detector at points } } } }";
  for (const incident of [...once.incidents, ...once.harmless]) {
    const times = timesOf(incident);
    const found = nodes(
      at(await world.data(FOUND, { of: incident.detector }, auditor), "findings"),
    ) as unknown as Found[];
    assert.ok(
      found.some((finding) => times.has(finding.at) && finding.points > 0),
      `${incident.name}: ${JSON.stringify(found)}`,
    );
  }
});

test("most incidents are alerts, too", () => {
  const isAlert = (incident: WatchedMonth["incidents"][number]): boolean =>
    alerts.some((findings) =>
      findings.some((finding) => finding.detector === incident.detector && timesOf(incident).has(finding.at)),
    );
  assert.ok(once.incidents.filter(isAlert).length >= 6, JSON.stringify(alerts));
});

test("nobody is called to more than a few alerts that are neither", () => {
  const known = new Set([...once.incidents, ...once.harmless].flatMap((incident) => [...timesOf(incident)]));
  const others = alerts.filter((findings) => !findings.some((finding) => known.has(finding.at)));
  assert.ok(others.length >= 1 && others.length <= 8, JSON.stringify(others));
});

test("some 95 of 100 accesses are explained, and none of an incident but those in an emergency", async () => {
  const [all] = await month.domain.explainedShare({ from: monthBefore(month.clock.now), to: month.clock.now });
  const share = (all?.explained ?? 0) / (all?.accesses ?? 1);
  assert.ok(share > 0.92 && share < 0.97, String(share));
  const records = await month.records({ outcome: "ALLOW" });
  for (const incident of once.incidents) {
    const times = timesOf(incident);
    for (const { id, decidedAt, request } of records) {
      if (!times.has(new Date(decidedAt).toISOString()) || request.clientId === "chart-archive") continue;
      const { explained, patients } = await month.domain.explainAccess(auditor, id);
      const isEmergency = patients.some(({ explanation }) => explanation?.kind === "BREAK_GLASS");
      assert.ok(explained !== true || isEmergency, incident.name);
    }
  }
});

test("the detectors were switched on when the month began, each for a reason that is on record", async () => {
  const { detectors } = (await world.data("{ detectors { code mode changedBy changedAt reason } }", {}, auditor)) as {
    readonly detectors: readonly Record<string, unknown>[];
  };
  for (const { detector, reason } of once.detectors) {
    const { changedAt, changedBy, mode, reason: said } = detectors.find(({ code }) => code === detector) ?? {};
    assert.deepEqual([mode, changedBy, said], ["ON", "demo", reason], detector);
    assert.equal(Date.parse(String(changedAt)), readyForMonth(month.clock.now), detector);
  }
  for (const { detector } of once.incidents)
    assert.ok(
      once.detectors.some((set) => set.detector === detector),
      detector,
    );
});

describe("what an engineer gave himself", () => {
  test("is on record with his name, and is taken back: the policy is as it was", async () => {
    const compared = at(
      await world.data("{ comparePolicy(from: 1, to: 3) { rowCount } }", {}, auditor),
      "comparePolicy",
      "rowCount",
    );
    assert.deepEqual([compared, month.domain.policy.current().revision], [0, 3]);
    const { author } = (await month.domain.policy.revision(2)) ?? {};
    const [who] = await month.domain.apiKeys.names([author ?? ""]);
    assert.deepEqual(who?.subject, { type: "user", id: "otto", issuer: null });
  });
});
