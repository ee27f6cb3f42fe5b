import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { occasionsOfIncident, readIncidents, type WatchedMonth } from "../../src/cli/demoIncidents.ts";
import { monthBefore, readyForMonth } from "../../src/cli/demoMonth.ts";
import type { DetectorCode } from "../../src/domain/monitoring/detectors/detector.ts";
import { at, callerOf, type World, worldOver } from "../graphql/world.ts";
import { untilCounted } from "../support/counted.ts";
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
/** As one call of the list has them. */
let listed: readonly {
  readonly id: string;
  readonly subjectId: string | null;
  readonly patient: string | null;
  readonly rank: string;
  readonly severity: string;
  readonly nextStep: string;
  readonly findings: readonly { readonly sentence: string }[];
}[];
/** Of each alert its findings, in the same order. */
let alerts: readonly (readonly Found[])[];
before(async () => {
  once = await readIncidents();
  month = await openHospitalMonth({ cases: false, incidents: true });
  world = worldOver(month.domain, month.storage, month.clock);
  const LIST =
    "{ alerts(first: 200) { edges { node { id subjectId patient rank severity nextStep findings { sentence } } } } }";
  listed = nodes(at(await world.data(LIST, {}, auditor), "alerts")) as unknown as typeof listed;
  const FINDINGS = `query ($id: ID!) { findings(filter: { alertId: $id }) { edges { node { detector at points } } } }`;
  const told: Found[][] = [];
  for (const { id } of listed)
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

test("one call of the list shows all eight incidents among the first ten alerts, and the worst first", () => {
  const isOf = (incident: WatchedMonth["incidents"][number]) => (findings: readonly Found[]) =>
    findings.some((finding) => finding.detector === incident.detector && timesOf(incident).has(finding.at));
  const places = once.incidents.map((incident) => [incident.name, alerts.findIndex(isOf(incident))] as const);
  for (const [name, place] of places) assert.ok(place >= 0 && place < 10, `${name}: ${place + 1}`);
  // What can't wait stands first, and then what nothing explains and is sensitive.
  const isHigh = ({ severity }: (typeof listed)[number]) => severity === "HIGH";
  const high = listed.findIndex((alert) => !isHigh(alert));
  assert.ok(high > 0 && listed.slice(high).every((alert) => !isHigh(alert)), `${high}`);
  const others = listed.slice(high, high + 3);
  assert.deepEqual(
    others.map(({ rank }) => rank),
    Array(3).fill("SENSITIVE_UNEXPLAINED"),
  );
  assert.ok(others.some(({ subjectId }) => subjectId === "nina"));
});

test("a clerk's looks at one patient all month are one alert", () => {
  const those = listed.filter(({ patient, subjectId }) => subjectId === "bill" && patient === "p-207");
  assert.equal(those.length, 1);
});

test("each alert says what was found against what, and what to do next", () => {
  const COMPARED = /\d/;
  for (const { findings, id, nextStep } of listed) {
    assert.ok(findings.length > 0, id);
    for (const { sentence } of findings) assert.match(sentence, COMPARED);
    for (const each of [nextStep, ...findings.map(({ sentence }) => sentence)]) assert.match(each, /^\S.*[^.]\.$/);
  }
  assert.ok(new Set(listed.map(({ nextStep }) => nextStep)).size >= 5);
});

test("nobody is called to more than a few alerts that are neither", () => {
  const known = new Set([...once.incidents, ...once.harmless].flatMap((incident) => [...timesOf(incident)]));
  const others = alerts.filter((findings) => !findings.some((finding) => known.has(finding.at)));
  assert.ok(others.length >= 1 && others.length <= 8, JSON.stringify(others));
});

test("some 95 of 100 accesses are explained, and none of an incident but those in an emergency", async () => {
  await untilCounted(month.storage);
  const {
    rows: [all],
  } = await month.domain.stats(callerOf("key:auditor", "auditor"), {
    measure: "EXPLAINED",
    from: monthBefore(month.clock.now),
    to: month.clock.now,
    by: [],
  });
  const share = all?.share ?? 0;
  assert.ok(share > 0.92 && share < 0.97, String(share));
  const records = await month.records({ outcome: "ALLOW" });
  for (const incident of once.incidents) {
    const times = timesOf(incident);
    for (const { id, decidedAt, request } of records) {
      if (!times.has(new Date(decidedAt).toISOString()) || request.clientId === "chart-archive") continue;
      const access = await (await month.domain.explanation(auditor, id))?.ofAccess();
      const isEmergency = access?.patients.some(({ explanation }) => explanation?.kind === "BREAK_GLASS");
      assert.ok(access?.explained !== true || isEmergency, incident.name);
    }
  }
});

test("the detectors were switched on when the month began, each for a reason that is on record", async () => {
  const { detectors } = (await world.data(
    "{ detectors { code mode changedBy { name } changedAt reason } }",
    {},
    auditor,
  )) as {
    readonly detectors: readonly Record<string, unknown>[];
  };
  for (const { detector, reason } of once.detectors) {
    const { changedAt, changedBy, mode, reason: said } = detectors.find(({ code }) => code === detector) ?? {};
    assert.deepEqual([mode, changedBy, said], ["ON", { name: "demo" }, reason], detector);
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
