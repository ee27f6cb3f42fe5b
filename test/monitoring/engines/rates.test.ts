import assert from "node:assert/strict";
import { test } from "node:test";
import { closeWeek, newRates, note, questionsAt, rateOf } from "../../../src/domain/monitoring/engines/rates.ts";

const size = 300;
/** Eight weeks, in each of which ten people had 1 to 10 bits. */
function eightWeeks() {
  const rates = newRates(0);
  for (let week = 1; week <= 8; week++) {
    for (let who = 1; who <= 10; who++)
      note(rates, { bits: who, code: "PAIR", group: `SUBJECT ${who}`, rate: 11 - who });
    closeWeek(rates, week, size);
  }
  return rates;
}

test("a rate counts the groups a week that were so strange or stranger", () => {
  const rates = eightWeeks();
  const rate = rateOf(rates, "PAIR", { bits: 6, size });
  // Five had 6 bits or more in each of eight weeks; a ninth is what bits say.
  assert.ok(Math.abs(rate - (40 + size * 2 ** -3) / 9) < 1e-9);
});

test("the stranger, the less often, also beyond all that was seen", () => {
  const rates = eightWeeks();
  let before = Number.POSITIVE_INFINITY;
  for (let bits = 3; bits < 60; bits++) {
    const rate = rateOf(rates, "PAIR", { bits, size });
    assert.ok(rate < before);
    before = rate;
  }
});

test("one group counts once a week, by its strangest", () => {
  const [one, hundred] = [newRates(0), newRates(0)];
  note(one, { bits: 9, code: "PAIR", group: "SUBJECT n", rate: 1 });
  for (let i = 0; i < 100; i++) note(hundred, { bits: 9, code: "PAIR", group: "SUBJECT n", rate: 1 });
  for (const each of [one, hundred]) closeWeek(each, 1, size);
  assert.equal(rateOf(one, "PAIR", { bits: 8, size }), rateOf(hundred, "PAIR", { bits: 8, size }));
  assert.equal(questionsAt(one, 2), questionsAt(hundred, 2));
});

test("a week older than eight says nothing", () => {
  const rates = eightWeeks();
  for (let week = 9; week <= 16; week++) closeWeek(rates, week, size);
  assert.ok(rateOf(rates, "PAIR", { bits: 40, size }) < 1e-3);
  assert.equal(rateOf(rates, "PAIR", { bits: 6, size }), (size * 2 ** -3) / 9);
});
