import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DAY, SCORED_FROM, startOf } from "../../../bench/src/monitoring/hospital/calendar.ts";
import { SCHEDULING } from "../../../bench/src/monitoring/hospital/clients.ts";
import { refused, staffDecision, systemDecision } from "../../../bench/src/monitoring/hospital/decisions.ts";
import { makeHospital } from "../../../bench/src/monitoring/hospital/hospital.ts";
import type { GroundDecision, Label } from "../../../bench/src/monitoring/hospital/types.ts";
import type { Story } from "../../../bench/src/monitoring/incidents/incident.ts";
import { createNaiveWatcher } from "../../../bench/src/monitoring/naiveWatcher.ts";
import { createRandom } from "../../../bench/src/monitoring/random.ts";
import { evaluate } from "../../../bench/src/monitoring/score/evaluation.ts";
import { wilson } from "../../../bench/src/monitoring/score/interval.ts";
import type { Said } from "../../../bench/src/monitoring/score/judge.ts";
import { createScorekeeper, type HospitalScore } from "../../../bench/src/monitoring/score/scorekeeper.ts";

const { people } = makeHospital(1);
const random = createRandom("score");
const [patient] = people.patients;
const [first, second] = people.staffOf.get("ward-1") ?? [];
assert.ok(patient && first && second);
const BEGIN = startOf(SCORED_FROM);

const RIGHTFUL: Label = { kind: "RIGHTFUL", documented: true };
const bad = (id: string): Label => ({ kind: "INCIDENT", id });
const story = (id: string, kind = "FAMILY"): Story => ({ id, bad: true, kind, dose: "SMALL", snooping: true });

const read = (at: number, label: Label, person = first): GroundDecision =>
  staffDecision({ at, person, label, random }, { action: "read", resourceType: "Observation", patient });

/** What a scorekeeper says of decisions in turn, each with what is said of it: of positions, from 1. */
function scored(
  stories: readonly Story[],
  steps: readonly (readonly [GroundDecision, ...Partial<Said>[]])[],
  budgets: readonly number[] = [1],
): HospitalScore {
  const keeper = createScorekeeper(stories, budgets);
  const watcher = createNaiveWatcher();
  for (const [i, [decision, ...said]] of steps.entries()) {
    const numbered = { ...decision, id: `d${i + 1}`, position: i + 1 };
    const own = { matter: "m", group: "g", code: "CODE", rate: 1, decisions: [numbered.id] };
    keeper.take(
      numbered,
      watcher.watch(numbered),
      said.map((one) => ({ ...own, ...one })),
    );
  }
  return keeper.score();
}
const ids = (...positions: readonly number[]): string[] => positions.map((n) => `d${n}`);
const found = ({ budgets }: HospitalScore, i = 0) => ({
  alone: [...(budgets[i]?.alone ?? [])].sort(),
  together: [...(budgets[i]?.together ?? [])],
  shown: budgets[i]?.shown,
  right: budgets[i]?.right,
});
const WEEK = 7 * DAY;

describe("the scorekeeper", () => {
  test("takes a question as right if a fifth of what a reason shows is of one incident", () => {
    const steps = [1, 2, 3, 4].map((i) => [read(BEGIN + i, RIGHTFUL)] as const);
    const fifth = scored([story("a")], [...steps, [read(BEGIN + 5, bad("a")), { decisions: ids(1, 2, 3, 4, 5) }]]);
    assert.deepEqual(found(fifth), { alone: ["a"], together: ["a"], shown: 1, right: 1 });
    const more = [...steps, [read(BEGIN + 5, RIGHTFUL)] as const];
    const sixth = scored([story("a")], [...more, [read(BEGIN + 6, bad("a")), { decisions: ids(1, 2, 3, 4, 5, 6) }]]);
    assert.deepEqual(found(sixth), { alone: [], together: [], shown: 1, right: 0 });
    assert.deepEqual(sixth.budgets[0]?.wrong, [{ code: "CODE", about: "a" }]);
  });

  test("orders the questions of a week by their rarest reason, and finds alone among all that is not bad", () => {
    const week = (of: Label, name: string, rate: number) =>
      [read(BEGIN + rate, of), { matter: name, group: name, rate }] as const;
    const score = scored(
      [story("a"), story("b")],
      [
        week(RIGHTFUL, "x", 1),
        // Of the same person as the second incident, and as rare as anything: it is no find of it, and none that stands before it.
        week(RIGHTFUL, "y", 0.5),
        week(bad("a"), "z", 2),
        [read(BEGIN + 9, bad("b")), { matter: "y/b", group: "y", code: "OTHER", rate: 3 }],
      ],
      [1, 2, 3],
    );
    assert.deepEqual(found(score, 0), { alone: [], together: ["b"], shown: 1, right: 1 });
    assert.deepEqual(found(score, 1), { alone: ["a", "b"], together: ["b"], shown: 2, right: 1 });
    assert.deepEqual(found(score, 2), { alone: ["a", "b"], together: ["b", "a"], shown: 3, right: 2 });
  });

  test("reads three reasons of a question, and no fourth", () => {
    const reasons = (rate: number) =>
      scored(
        [story("a")],
        [
          ...[1, 2, 3].map((n) => [read(BEGIN + n, RIGHTFUL), { code: `C${n}`, rate: n }] as const),
          [read(BEGIN + 4, bad("a")), { code: "C4", rate }],
        ],
      );
    assert.deepEqual(found(reasons(4)).together, []);
    assert.deepEqual(found(reasons(2.5)).together, ["a"]);
  });

  test("keeps quiet what people have explained, and an open question until something rarer is said of the same", () => {
    const noise = (week: number, rate = 1) => [read(BEGIN + week * WEEK + DAY, RIGHTFUL), { rate }] as const;
    // Closed within 14 days of the week's end, explained, and quiet for longer than there are weeks.
    assert.equal(found(scored([], [noise(0), noise(1), noise(3)])).shown, 1);
    // It is open on the first day of the next week, whenever it is closed.
    const atOnce = [read(BEGIN + WEEK, RIGHTFUL), { rate: 0.5 }] as const;
    assert.equal(found(scored([], [noise(0), atOnce])).shown, 2);
    const other = scored([], [noise(0), [read(BEGIN + WEEK + DAY, RIGHTFUL), { code: "ANOTHER" }]]);
    assert.equal(found(other).shown, 2);
    // What was right is a question again when it goes on.
    const again = (week: number) => [read(BEGIN + week * WEEK + DAY, bad("a"))] as const;
    assert.equal(
      found(
        scored(
          [story("a")],
          [
            [...again(0), {}],
            [...again(3), {}],
          ],
        ),
      ).shown,
      2,
    );
  });

  test("scores the last four weeks alone", () => {
    const score = scored(
      [],
      [
        [read(BEGIN - 1, RIGHTFUL), {}],
        [read(BEGIN, RIGHTFUL), { matter: "other" }],
      ],
    );
    assert.equal(found(score).shown, 1);
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
      [story("a")],
      [[client], [read(BEGIN + 1, RIGHTFUL)], [refused(rightfulOwn)], [own], [rightfulOwn]],
    );
    assert.deepEqual([score.byPeople, score.explained, score.snoopingExplained], [2, 1, 1]);
  });
});

describe("the evaluation", () => {
  const score = (alone: readonly string[], shown: number, right: number): HospitalScore => {
    const budget = { alone: new Set(alone), together: new Set(alone.slice(0, 1)), shown, right, wrong: [] };
    return {
      decisions: 20_000,
      accesses: 10_000,
      byPeople: 100,
      explained: 96,
      byStaff: 100,
      undocumented: 8,
      snoopingExplained: 0,
      incidents: [story("f", "FAMILY"), story("v", "VIP")],
      budgets: [
        { ...budget, budget: 5, alone: new Set() },
        { ...budget, budget: 10, wrong: [{ code: "CODE", about: null }] },
        { ...budget, budget: 20 },
      ],
    };
  };

  test("puts together hospitals: found alone and together, what was shown, kinds by the middle budget", () => {
    const result = evaluate([score(["f"], 10, 4), score(["f", "v"], 10, 2)]);
    assert.deepEqual(
      result.budgets.map(({ budget, alone, together, right }) => [budget, alone.share, together.share, right.share]),
      [
        [5, 0, 0.5, 0.3],
        [10, 0.75, 0.5, 0.3],
        [20, 0.75, 0.5, 0.3],
      ],
    );
    assert.deepEqual(
      [...result.kinds].map(([kind, { hits, of }]) => [kind, hits, of]),
      [
        ["FAMILY", 2, 2],
        ["VIP", 1, 2],
      ],
    );
    assert.deepEqual([result.wrongBy, result.wrongAbout], [[["CODE", 2]], [["ordinary work", 2]]]);
    assert.equal(result.explained.share, 0.96);
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
