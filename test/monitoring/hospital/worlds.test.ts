import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { blindStories } from "../../../bench/src/monitoring/blind/plant.ts";
import { DAYS, dayOf, HOUR, SCORED_FROM, startOf } from "../../../bench/src/monitoring/hospital/calendar.ts";
import { happenings, makeHospital } from "../../../bench/src/monitoring/hospital/hospital.ts";
import type { Fact, Happening, NumberedDecision } from "../../../bench/src/monitoring/hospital/types.ts";
import { RANGES, type Rates, WORLDS, type World } from "../../../bench/src/monitoring/hospital/world.ts";
import { standardStories } from "../../../bench/src/monitoring/incidents/plant.ts";
import { createRandom } from "../../../bench/src/monitoring/random.ts";
import { groupBy } from "../../../src/domain/kernel/groupBy.ts";

const SEED = 5;
const withRates = (rates: Partial<Rates>): World => ({
  ...WORLDS.easy,
  rates: () => ({ ...WORLDS.easy.rates(SEED), ...rates }),
});

/** The first days of a world: what is decided, and what is known. */
function days(count: number, world: World): { readonly decisions: NumberedDecision[]; readonly facts: Fact[] } {
  const decisions: NumberedDecision[] = [];
  const facts: Fact[] = [];
  const all: Iterable<Happening> = happenings(makeHospital(SEED, world), SEED, [], world);
  for (const one of all) {
    if (one.at >= startOf(count)) break;
    if (one.kind === "DECISION") decisions.push(one.decision);
    else facts.push(one);
  }
  return { decisions, facts };
}
const accesses = (all: readonly NumberedDecision[]): NumberedDecision[] => all.filter(({ kind }) => kind === "ACCESS");
const byStaff = (all: readonly NumberedDecision[]): NumberedDecision[] =>
  accesses(all).filter(({ subject, patients }) => subject?.type === "user" && patients.length > 0);
const WEEK = 5;
const easy = days(WEEK, WORLDS.easy);
/** How many more decisions a world has in a working week than the easy one. */
const more = (world: World): number => days(WEEK, world).decisions.length - easy.decisions.length;

describe("worlds", () => {
  test("draw the rates of a seed within their ranges, and others for another seed", () => {
    const rates = WORLDS.real.rates(1);
    for (const [name, [least, most]] of Object.entries(RANGES)) {
      const rate = rates[name as keyof Rates];
      assert.ok(rate >= least && rate <= most, `${name} ${rate}`);
    }
    assert.notEqual(rates.returns, WORLDS.real.rates(2).returns);
    assert.deepEqual(rates, WORLDS.real.rates(1));
  });

  test("let what is not recorded return, and be of patients whom nobody treats", () => {
    const { plan } = makeHospital(SEED);
    const figures = (world: World, count: number) => {
      const seen = new Map<string, number>();
      let again = 0;
      let untied = 0;
      for (const { at, label, subject, patients } of byStaff(days(count, world).decisions)) {
        if (label.kind !== "RIGHTFUL" || label.documented !== false) continue;
        const key = `${subject?.id} ${patients[0]}`;
        const first = seen.get(key);
        if (first === undefined) {
          seen.set(key, dayOf(at));
          if (plan.tiesOf(patients[0] ?? "").every(({ from, until }) => at < from || at >= until)) untied++;
        } else if (first < dayOf(at)) again++;
      }
      return { again: again / seen.size, untied: untied / seen.size };
    };
    const before = figures(WORLDS.easy, 10);
    const after = figures(WORLDS.harder, 10);
    assert.ok(after.again > before.again + 0.15, JSON.stringify({ before, after }));
    assert.ok(
      after.untied > before.untied + 0.15 && after.untied < before.untied + 0.4,
      JSON.stringify({ before, after }),
    );
  });

  for (const share of [0.01, 0.1])
    test(`make ${share * 100} in 100 accesses rest on an emergency, with five reasons`, () => {
      const { decisions, facts } = days(WEEK, withRates({ glass: share }));
      const broken = accesses(decisions).filter(({ breakGlass }) => breakGlass).length / accesses(decisions).length;
      assert.ok(broken > share * 0.7 && broken < share * 1.5, `${broken}`);
      const reasons = facts.flatMap((fact) => (fact.kind === "EMERGENCY" ? [fact.reason] : []));
      assert.equal(new Set(reasons).size, 5);
    });

  test("have a directory that lacks units and relatives, and hears late of who works elsewhere", () => {
    const world = withRates({ lacking: 0.2, floats: 0.05 });
    const hospital = makeHospital(SEED, world);
    assert.ok(hospital.moves.length > 30, `${hospital.moves.length}`);
    const late = hospital.moves.map(({ from, knownFrom }) => (knownFrom ?? DAYS) - from);
    assert.ok(Math.min(...late) < 4 && late.some((days) => days > 9));
    for (const { person, from } of hospital.moves) assert.equal(hospital.roster.shift(person, from), null);
    const staff = days(1, world).facts.filter((fact) => fact.kind === "ENTITY" && fact.type === "user");
    const lacks = staff.filter((fact) => fact.kind === "ENTITY" && fact.properties?.unit === undefined).length;
    assert.ok(lacks > 308 * 0.12 && lacks < 308 * 0.28, `${lacks}`);
  });

  test("add lists at hand-over, evenings at home, wrong patients, conferences and people whose patients are everywhere", () => {
    const lists = days(WEEK, withRates({ wardLists: 0.3 })).decisions;
    const burst = lists.filter(
      ({ subject, resourceType, at }) => subject !== null && resourceType === "Patient" && dayOf(at) === 1,
    );
    const hours = groupBy(burst, ({ subject, at }) => `${subject?.id} ${Math.floor(at / HOUR)}`);
    const most = Math.max(...[...hours.values()].map((one) => one.length));
    assert.ok(most >= 10, `${most}`);
    const evening = byStaff(days(WEEK, withRates({ evenings: 0.2 })).decisions).filter(
      ({ place, roles }) => roles.includes("physician") && place?.network?.startsWith("100."),
    );
    const physicians = byStaff(easy.decisions).filter(({ roles }) => roles.includes("physician"));
    const share = evening.length / (physicians.length + evening.length);
    assert.ok(share > 0.15 && share < 0.26, `${share}`);
    assert.ok(evening.every(({ at }) => Math.floor(at / HOUR) % 24 >= 18 || Math.floor(at / HOUR) % 24 < 2));
    assert.ok(more(withRates({ wrongPatients: 0.01 })) > byStaff(easy.decisions).length * 0.006);
    assert.ok(more(withRates({ conferences: 4 })) > 30);
    const roles = new Set(days(2, withRates({ everywhere: 8 })).decisions.flatMap((one) => one.roles));
    for (const role of ["pharmacist", "infectionControl", "palliative", "dischargePlanner"])
      assert.ok(roles.has(role), role);
  });

  test("let clients have releases, new keys, failovers, back-loads, a carrier and bursts of denials", () => {
    const { decisions } = days(
      28,
      withRates({ releases: 1.5, newKeys: 3, failovers: 3, backloads: 3, carrier: 0.4, denials: 3 }),
    );
    const systems = decisions.filter(({ subject }) => subject === null);
    const scopes = new Set(
      systems.flatMap(({ clientId, scopesAsked }) => (scopesAsked ?? []).map((one) => `${clientId} ${one}`)),
    );
    const known = new Set(
      easy.decisions.flatMap(({ clientId, scopesAsked }) => (scopesAsked ?? []).map((one) => `${clientId} ${one}`)),
    );
    assert.ok([...scopes].filter((one) => !known.has(one)).length >= 3, [...scopes].join(", "));
    assert.ok(new Set(systems.map(({ callerId }) => callerId)).size > 7);
    assert.ok(new Set(systems.map(({ place }) => place?.network)).size > 1);
    const portal = decisions.filter(({ subject }) => subject?.type === "patient");
    const carried = portal.filter(({ place }) => place?.autonomousSystem === 64505).length / portal.length;
    assert.ok(carried > 0.3 && carried < 0.5, `${carried}`);
    assert.ok(
      new Set(portal.flatMap(({ place }) => (place?.autonomousSystem === 64505 ? [place.network] : []))).size <= 2,
    );
    const denied = (all: readonly NumberedDecision[]): number => all.filter(({ outcome }) => outcome === "DENY").length;
    assert.ok(denied(decisions) / 28 > denied(easy.decisions) / WEEK + 5);
  });

  test("have a clinic of twelve, with the incidents that may happen there", () => {
    const clinic = makeHospital(SEED, WORLDS.clinic);
    assert.equal(clinic.people.staff.length, 12);
    for (let seed = 1; seed <= 20; seed++) {
      const stories = standardStories(makeHospital(seed, WORLDS.clinic), seed, createRandom(`clinic/${seed}`));
      assert.equal(stories.filter(({ story }) => story.bad).length, 16);
    }
    assert.ok(days(WEEK, WORLDS.clinic).decisions.length > 1000);
  });
});

describe("the second set of incidents", () => {
  const seeds = Array.from({ length: 10 }, (_, i) => i + 1);
  const stories = seeds.flatMap((seed) => blindStories(makeHospital(3), seed, createRandom(`blind/${seed}`)));
  const bad = stories.filter(({ story }) => story.bad);

  test("has one or two a week, each with something that looks like it", () => {
    assert.ok(bad.length >= 40 && bad.length <= 80, `${bad.length}`);
    assert.equal(stories.length, bad.length * 2);
    assert.ok(new Set(bad.map(({ story }) => story.kind)).size >= 30);
    for (const { story, decisions } of stories) {
      assert.ok(decisions.length > 0, story.id);
      for (const { at, label } of decisions) {
        assert.ok(at < startOf(DAYS), `${story.id} ${at}`);
        assert.deepEqual(label, { kind: story.bad ? "INCIDENT" : "HARMLESS", id: story.id });
      }
      if (story.bad)
        assert.ok(
          decisions.every(({ at }) => at >= startOf(SCORED_FROM)),
          story.id,
        );
    }
  });

  test("has doses that vary, and people who were asked about before", () => {
    const sizes = bad.map(({ decisions }) => decisions.length).sort((a, b) => a - b);
    assert.ok((sizes.at(-1) ?? 0) > 50 * (sizes[0] ?? 0), sizes.join(", "));
    const byId = new Map(stories.map((one) => [one.story.id, one]));
    const actor = (id: string): string | undefined =>
      byId.get(id)?.decisions[0]?.subject?.id ?? byId.get(id)?.decisions[0]?.clientId;
    const same = bad.filter(({ story }) => actor(story.id) === actor(`${story.id}-alike`)).length / bad.length;
    assert.ok(same > 0.25 && same < 0.6, `${same}`);
    assert.ok(bad.filter(({ ties }) => (ties ?? []).length > 0).length >= 8);
  });
});
