import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DAY, SCORED_FROM, startOf } from "../../../bench/src/monitoring/hospital/calendar.ts";
import { SCHEDULING } from "../../../bench/src/monitoring/hospital/clients.ts";
import { refused, staffDecision, systemDecision } from "../../../bench/src/monitoring/hospital/decisions.ts";
import { makeHospital } from "../../../bench/src/monitoring/hospital/hospital.ts";
import type { GroundDecision, Label } from "../../../bench/src/monitoring/hospital/types.ts";
import type { Dose, Story } from "../../../bench/src/monitoring/incidents/incident.ts";
import { createNaiveWatcher } from "../../../bench/src/monitoring/naiveWatcher.ts";
import { createRandom } from "../../../bench/src/monitoring/random.ts";
import { evaluate } from "../../../bench/src/monitoring/score/evaluation.ts";
import { wilson } from "../../../bench/src/monitoring/score/interval.ts";
import type { RaisedAlert } from "../../../bench/src/monitoring/score/judge.ts";
import { wanted } from "../../../bench/src/monitoring/score/print.ts";
import { createScorekeeper, type HospitalScore } from "../../../bench/src/monitoring/score/scorekeeper.ts";
import { createServiceJudge } from "../../../bench/src/monitoring/serviceJudge.ts";
import { watchedDecision } from "../../support/watching.ts";

const { people } = makeHospital(1);
const random = createRandom("score");
const [patient] = people.patients;
const [first, second] = people.staffOf.get("ward-1") ?? [];
assert.ok(patient && first && second);
const BEGIN = startOf(SCORED_FROM);

const RIGHTFUL: Label = { kind: "RIGHTFUL", documented: true };
const bad = (id: string): Label => ({ kind: "INCIDENT", id });
const harmless: Label = { kind: "HARMLESS", id: "drill" };
const story = (id: string, kind: string, dose: Dose = "SMALL"): Story => ({
  id,
  bad: true,
  kind,
  dose,
  snooping: true,
});

const read = (at: number, label: Label, person = first): GroundDecision =>
  staffDecision({ at, person, label, random }, { action: "read", resourceType: "Observation", patient });

/** What a scorekeeper says of decisions in turn, each with the alerts that it opens: of positions, from 1. */
function scored(
  stories: readonly Story[],
  steps: readonly (readonly [GroundDecision, ...(readonly number[])[]])[],
): HospitalScore {
  const keeper = createScorekeeper(stories);
  const watcher = createNaiveWatcher();
  for (const [i, [decision, ...alerts]] of steps.entries()) {
    const numbered = { ...decision, id: `d${i + 1}`, position: i + 1 };
    const raised = alerts.map(
      (of): RaisedAlert => ({ severity: "HIGH", detectors: ["FREQUENCY"], decisions: of.map((n) => `d${n}`) }),
    );
    keeper.take(numbered, watcher.watch(numbered), raised);
  }
  return keeper.score();
}

describe("the scorekeeper", () => {
  test("takes an alert as right if a fifth of its decisions are of one incident", () => {
    const steps = [1, 2, 3, 4].map((i) => [read(BEGIN + i, RIGHTFUL)] as const);
    const fifth = scored([story("a", "FAMILY")], [...steps, [read(BEGIN + 5, bad("a")), [1, 2, 3, 4, 5]]]);
    assert.deepEqual(
      fifth.alerts.map(({ right, about }) => [right, about]),
      [[true, "a"]],
    );
    const more = [...steps, [read(BEGIN + 5, RIGHTFUL)] as const];
    const sixth = scored([story("a", "FAMILY")], [...more, [read(BEGIN + 6, bad("a")), [1, 2, 3, 4, 5, 6]]]);
    assert.equal(sixth.alerts[0]?.right, false);
    assert.equal(sixth.stories[0]?.found, null);
  });

  test("counts what was bad before, and how long it took, to the first alert alone", () => {
    const score = scored(
      [story("a", "SLOW_READER")],
      [
        [read(BEGIN, bad("a"))],
        [read(BEGIN + DAY, RIGHTFUL)],
        [read(BEGIN + 2 * DAY, bad("a"))],
        [read(BEGIN + 4 * DAY, bad("a")), [1, 3, 4]],
        [read(BEGIN + 6 * DAY, bad("a")), [5]],
      ],
    );
    assert.deepEqual(score.stories[0], {
      story: story("a", "SLOW_READER"),
      decisions: 4,
      found: { before: 2, after: 4 * DAY },
    });
    assert.equal(score.alerts.length, 2);
  });

  test("takes an alert about what is in order as false, and says what it was about", () => {
    const drill: Story = { id: "drill", bad: false, kind: "DISASTER_DRILL", dose: null, snooping: false };
    const { alerts, stories } = scored(
      [drill],
      [
        [read(BEGIN, harmless), [1]],
        [read(BEGIN + 1, RIGHTFUL), [2]],
      ],
    );
    assert.deepEqual(
      alerts.map(({ right, about }) => [right, about]),
      [
        [false, "drill"],
        [false, null],
      ],
    );
    assert.equal(stories[0]?.found, null);
  });

  test("scores the last four weeks alone", () => {
    const score = scored(
      [],
      [
        [read(BEGIN - 1, RIGHTFUL), [1]],
        [read(BEGIN, RIGHTFUL), [2]],
      ],
    );
    assert.equal(score.alerts.length, 1);
    assert.deepEqual([score.decisions, score.accesses, score.byStaff], [1, 1, 2]);
  });

  test("counts as explained the allowed accesses of people, incidents left out, and what explains snooping", () => {
    const own = { ...read(BEGIN + 3, bad("a")), subject: { type: "patient", id: patient.id } };
    const client = systemDecision(
      { at: BEGIN, client: SCHEDULING, label: RIGHTFUL, random },
      { action: "read", resourceType: "Patient", patient },
    );
    const rightfulOwn = { ...own, label: { kind: "RIGHTFUL", documented: null } as const };
    const score = scored(
      [story("a", "FAMILY")],
      [[client], [read(BEGIN + 1, RIGHTFUL)], [refused(rightfulOwn)], [own], [rightfulOwn]],
    );
    assert.deepEqual([score.byPeople, score.explained, score.snoopingExplained], [2, 1, 1]);
  });
});

describe("the evaluation", () => {
  const found = { before: 3, after: 2 * DAY };
  const score = (
    stories: readonly (readonly [string, Dose, boolean])[],
    alerts: readonly (readonly [boolean, "HIGH" | "LOW"])[],
  ): HospitalScore => ({
    decisions: 20_000,
    accesses: 10_000,
    byPeople: 100,
    explained: 96,
    byStaff: 100,
    undocumented: 8,
    snoopingExplained: 0,
    stories: stories.map(([kind, dose, hit], i) => ({
      story: story(`${i}`, kind, dose),
      decisions: 5,
      found: hit ? found : null,
    })),
    alerts: alerts.map(([right, severity]) => ({ severity, detectors: ["FREQUENCY"], right, about: null })),
  });

  test("puts together hospitals: recall by kind and dose, misses first, precision, false alerts", () => {
    const result = evaluate([
      score(
        [
          ["FAMILY", "SMALL", false],
          ["VIP", "SMALL", true],
        ],
        [
          [true, "HIGH"],
          [false, "LOW"],
        ],
      ),
      score(
        [
          ["FAMILY", "LARGE", true],
          ["VIP", "MEDIUM", true],
        ],
        [
          [true, "HIGH"],
          [true, "LOW"],
          [false, "HIGH"],
        ],
      ),
    ]);
    assert.deepEqual(
      result.kinds.map(({ kind, recall, limit }) => [kind, recall.hits, recall.of, limit]),
      [
        ["FAMILY", 1, 2, "LARGE"],
        ["VIP", 2, 2, "SMALL"],
      ],
    );
    assert.equal(result.recall.share, 0.75);
    assert.equal(result.alerts.share, 0.6);
    assert.equal(result.high.share, 2 / 3);
    assert.equal(result.falseIn10000, 1);
    assert.equal(result.before, 3);
    assert.equal(result.kinds[1]?.days, 2);
    assert.deepEqual(result.falseAbout, [["ordinary work", 2]]);
  });

  test("says of each that was wanted whether it is met, and of nothing that it is not", () => {
    const met = evaluate([score([["SLOW_READER", "SMALL", true]], [[true, "HIGH"]])]);
    assert.ok(wanted(met).every(([, , , holds]) => holds));
    const missed = evaluate([score([["SLOW_READER", "SMALL", false]], [[false, "HIGH"]])]);
    assert.deepEqual(
      wanted(missed).map(([, , , holds]) => holds),
      [false, false, false, false, false, false, true, true],
    );
  });

  test("gives Wilson's interval", () => {
    // By hand, at z = 1.96.
    const near = (value: readonly number[] | null, low: number, high: number): void => {
      assert.ok(value !== null);
      assert.ok(Math.abs((value[0] ?? 0) - low) < 1e-3 && Math.abs((value[1] ?? 0) - high) < 1e-3, value.join(" to "));
    };
    near(wilson(5, 10), 0.2366, 0.7634);
    near(wilson(0, 10), 0, 0.2775);
    near(wilson(10, 10), 0.7225, 1);
    assert.equal(wilson(0, 0), null);
  });
});

test("the service's own judge counts a message to operations as told, once a week, with the denial that it is about", () => {
  const judge = createServiceJudge();
  const raised = Array.from({ length: 60 }, (_, i) =>
    judge.take(
      watchedDecision(i, {
        at: BEGIN + Math.floor(i / 30) * 2 * 3_600_000 + i * 1_000,
        outcome: "DENY",
        reasons: ["SCOPE_DOES_NOT_COVER"],
        subject: null,
        resourceId: "statement-1",
      }),
    ),
  ).flat();
  assert.deepEqual(
    raised.map(({ decisions, detectors, severity }) => [severity, detectors, decisions[0]]),
    [["LOW", ["DENIAL_BURST"], "d-000006"]],
  );
});

describe("the plain explanations", () => {
  const unit = (id: string) => ({ kind: "ENTITY", at: 0, type: "user", id, properties: { unit: "ward-1" } }) as const;
  const team = (...careTeam: string[]) =>
    ({ kind: "ENTITY", at: 0, type: "Patient", id: patient.id, properties: { careTeam } }) as const;
  const staff = [unit(first.id), unit(second.id)];
  function explanations(careTeam: readonly string[], decisions: readonly GroundDecision[]) {
    const watcher = createNaiveWatcher();
    for (const fact of [...staff, team(...careTeam)]) watcher.learn(fact);
    return decisions.map(
      (one, i) => watcher.watch({ ...one, id: `d${i}`, position: i }).patients[0]?.explanation?.kind ?? null,
    );
  }

  test("let a colleague explain whose own access a relation explains, for a week", () => {
    const accesses = [
      read(BEGIN, RIGHTFUL),
      read(BEGIN + 1, RIGHTFUL, second),
      read(BEGIN + 8 * DAY, RIGHTFUL, second),
    ];
    assert.deepEqual(explanations([first.id], accesses), ["CARE_TEAM", "COLLEAGUE", null]);
  });

  test("never let two explain each other", () => {
    const accesses = [read(BEGIN, RIGHTFUL), read(BEGIN + 1, RIGHTFUL, second), read(BEGIN + 2, RIGHTFUL)];
    assert.deepEqual(explanations([], accesses), [null, null, null]);
  });
});
