import assert from "node:assert/strict";
import { test } from "node:test";
import type { MadeBacktest } from "../../../src/domain/monitoring/backtest/makeBacktest.ts";
import { backtestWithoutPeople, wholeBacktest } from "../../../src/domain/monitoring/backtest/seenBacktest.ts";
import { leastThreshold } from "../../../src/domain/monitoring/backtest/threshold.ts";
import { givenNumber, mostGivenAlike } from "../../../src/domain/simulation/fewPatients.ts";

const DAY = 86_400_000;
const NOON = DAY / 2;
const MADE: MadeBacktest = {
  detector: "MANY_PATIENTS",
  version: 3,
  parameters: { alertAt: 100 },
  from: 20 * DAY + NOON,
  to: 22 * DAY + 1,
  warmUpFrom: 10 * DAY + NOON,
  decisions: 4_321,
  complete: true,
  findings: 57,
  alerts: 23,
  threshold: { alertAt: 80, alerts: 23 },
  openThreshold: { alertAt: 90, alerts: 17 },
  byClient: [
    { clientId: "z", findings: 30, alerts: 12, fewest: 12 },
    { clientId: "b", findings: 20, alerts: 11, fewest: 11 },
  ],
  knownVerdicts: [
    { verdict: "TRUE_POSITIVE", met: 12 },
    { verdict: "FALSE_POSITIVE", met: 0 },
  ],
  samples: [{ id: "finding" } as unknown as MadeBacktest["samples"][number]],
  patients: { alerts: 11, decisions: 11, findings: 11 },
};
const seen = (more: Partial<MadeBacktest> = {}) => backtestWithoutPeople({ ...MADE, ...more });

test("an auditor sees it as it was made", () => {
  const { openThreshold: _, patients: __, ...made } = MADE;
  const byClient = MADE.byClient.map(({ fewest: ___, ...count }) => ({ ...count, few: false }));
  assert.deepEqual(wholeBacktest(MADE), { ...made, few: false, byClient });
});

test("others see no sample, days for times, and numbers where none is of few patients", () => {
  const { alerts, byClient, decisions, few, findings, from, knownVerdicts, samples, to, warmUpFrom } = seen();
  assert.deepEqual([from, to, warmUpFrom], [20 * DAY, 23 * DAY, 10 * DAY]);
  assert.deepEqual([few, samples], [false, []]);
  assert.deepEqual([decisions, findings, alerts], [4_321, 57, 23]);
  assert.deepEqual(
    byClient.map(({ clientId, ...count }) => [clientId, count]),
    [
      ["z", { few: false, findings: 30, alerts: 12 }],
      ["b", { few: false, findings: 20, alerts: 11 }],
    ],
  );
  assert.deepEqual(knownVerdicts, MADE.knownVerdicts);
});

test("one number of few patients leaves it out, and rounds all others down to ten", () => {
  for (const more of [
    { patients: { ...MADE.patients, alerts: 10 } },
    { byClient: [...MADE.byClient, { clientId: "a", findings: 500, alerts: 1, fewest: 1 }] },
    { knownVerdicts: [{ verdict: "EXPECTED" as const, met: 3 }] },
    { openThreshold: { alertAt: 90, alerts: 4 } },
  ]) {
    const { decisions, few, findings } = seen(more);
    assert.deepEqual([few, decisions, findings], [true, 4_320, 50], JSON.stringify(more));
  }
  assert.equal(seen({ patients: { ...MADE.patients, alerts: 10 } }).alerts, null);
  assert.deepEqual(seen({ knownVerdicts: [{ verdict: "EXPECTED", met: 3 }] }).knownVerdicts, [
    { verdict: "EXPECTED", met: null },
  ]);
});

test("clients of few patients come last, by name: their place tells no number", () => {
  const few = [
    { clientId: "y", findings: 90, alerts: 0, fewest: 2 },
    { clientId: "a", findings: 1, alerts: 0, fewest: 1 },
  ];
  const { byClient } = seen({ byClient: [...few, ...MADE.byClient] });
  assert.deepEqual(
    byClient.map(({ clientId, findings }) => [clientId, findings]),
    [
      ["z", 30],
      ["b", 20],
      ["a", null],
      ["y", null],
    ],
  );
});

test("the threshold is the one that is looked for with numbers as they are given, and its alerts are rounded always", () => {
  assert.deepEqual(seen().threshold, { alertAt: 90, alerts: 10 });
  assert.equal(seen({ openThreshold: null }).threshold, null);
});

test("the threshold does not tell the points of one finding, but to auditors", () => {
  const bounds = { minimum: 1, maximum: 1000, most: 0 };
  const stories = [36, 31].map((points) => [{ before: 0, points }]);
  const of = (step?: number) =>
    stories.map((story) => leastThreshold(story, { ...bounds, ...(step && { step }) })?.alertAt);
  assert.deepEqual(of(), [37, 32]);
  assert.deepEqual(of(10), [40, 40]);
  assert.deepEqual(leastThreshold([], { ...bounds, step: 10 }), { alertAt: 1, alerts: 0 });
});

test("no budget, however fine, tells more of the alerts than their number as it is given", () => {
  // Two months that differ in alerts alone, by numbers that are given alike at each threshold.
  const month = (...alerts: readonly number[]) =>
    alerts.flatMap((count, i) => (count === 0 ? [] : [{ before: i, points: i + 1, count }]));
  const bounds = { minimum: 1, maximum: 4, countedAs: mostGivenAlike };
  const given = (found: ReturnType<typeof leastThreshold>) =>
    found && { ...found, alerts: givenNumber(found.alerts, { patients: found.alerts, isRounded: true }) };
  const [one, other] = [month(29, 12, 1, 0), month(23, 19, 10, 0)];
  for (let most = 0; most < 60; most += 0.5)
    assert.deepEqual(
      given(leastThreshold(one, { ...bounds, most })),
      given(leastThreshold(other, { ...bounds, most })),
    );
  const exact = (stories: typeof one) => leastThreshold(stories, { ...bounds, countedAs: (n) => n, most: 25 });
  assert.notDeepEqual(given(exact(one)), given(exact(other)));
});
