import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ANY,
  ANY_BOOLEAN,
  always,
  both,
  can,
  choice,
  FAILS,
  must,
  not,
  type Outcomes,
  onlyValue,
  surelyFails,
} from "../../../src/engine/partial/outcomes.ts";

/** `T`, `F` and `E`: true, false and a failure. Every set of them that is not empty. */
const SETS = ["T", "F", "E", "TF", "TE", "FE", "TFE"];
const outcomesOf = (set: string): Outcomes => ({
  values: [...(set.includes("T") ? [true] : []), ...(set.includes("F") ? [false] : [])],
  canFail: set.includes("E"),
  canExhaust: set.includes("X"),
  splits: [],
});
const setOf = (of: Outcomes): string =>
  `${can(of, true) ? "T" : ""}${can(of, false) ? "F" : ""}${of.canFail ? "E" : ""}`;
const contains = (found: string, single: string, text: string): void =>
  assert.ok(found.includes(single), `${text} can be ${single}, and ${found} was found`);

/** CEL: one side that decides does so even beside an error. */
const or = (a: string, b: string): string => (a === "T" || b === "T" ? "T" : a === "E" || b === "E" ? "E" : "F");
const and = (a: string, b: string): string => (a === "F" || b === "F" ? "F" : a === "E" || b === "E" ? "E" : "T");

test("what two sides, or a condition and its branches, come to together is among what is found", () => {
  for (const left of SETS) {
    for (const right of SETS) {
      const [l, r] = [outcomesOf(left), outcomesOf(right)];
      for (const a of left) {
        for (const b of right) {
          contains(setOf(both(true, l, r)), or(a, b), `${left} || ${right}`);
          contains(setOf(both(false, l, r)), and(a, b), `${left} && ${right}`);
          for (const test of SETS) {
            const chosen = setOf(
              choice(
                outcomesOf(test),
                () => l,
                () => r,
              ),
            );
            for (const t of test) contains(chosen, t === "E" ? "E" : t === "T" ? a : b, `${test} ? ${left} : ${right}`);
          }
        }
      }
    }
  }
});

test("of single outcomes the one that follows is found, and no other", () => {
  for (const a of "TFE") {
    assert.equal(setOf(not(outcomesOf(a))), { T: "F", F: "T", E: "E" }[a]);
    for (const b of "TFE") {
      assert.equal(setOf(both(true, outcomesOf(a), outcomesOf(b))), or(a, b));
      assert.equal(setOf(both(false, outcomesOf(a), outcomesOf(b))), and(a, b));
    }
  }
});

test("steps that may not suffice are told wherever what takes them is evaluated", () => {
  const [long, yes, no] = [outcomesOf("TFX"), outcomesOf("T"), outcomesOf("F")];
  assert.ok(!must(outcomesOf("TX"), true));
  for (const [what, found, exhausts] of [
    ["a || true", both(true, long, yes), true],
    ["true || a", both(true, yes, long), false],
    ["a && false", both(false, long, no), true],
    ["false && a", both(false, no, long), false],
    ["true && a", both(false, yes, long), true],
    ["!a", not(long), true],
    [
      "a ? true : true",
      choice(
        long,
        () => yes,
        () => yes,
      ),
      true,
    ],
    [
      "true ? a : true",
      choice(
        yes,
        () => long,
        () => yes,
      ),
      true,
    ],
    [
      "true ? true : a",
      choice(
        yes,
        () => yes,
        () => long,
      ),
      false,
    ],
  ] as const)
    assert.equal(found.canExhaust, exhausts, what);
});

test("a branch that can't be taken is not looked at", () => {
  const never = (): Outcomes => assert.fail("it was looked at");
  assert.equal(setOf(choice(always(true), () => always(false), never)), "F");
  assert.equal(setOf(choice(always(false), never, () => always(true))), "T");
  assert.equal(setOf(choice(FAILS, never, never)), "E");
});

test("sure is what is the only outcome", () => {
  for (const set of SETS) {
    assert.equal(must(outcomesOf(set), true), set === "T");
    assert.equal(must(outcomesOf(set), false), set === "F");
    assert.equal(surelyFails(outcomesOf(set)), set === "E");
    assert.equal(onlyValue(outcomesOf(set)), set === "T" ? true : set === "F" ? false : undefined);
  }
  assert.equal(setOf(ANY), "TFE");
  assert.equal(setOf(ANY_BOOLEAN), "TFE");
  assert.equal(onlyValue(always("text")), "text");
});
