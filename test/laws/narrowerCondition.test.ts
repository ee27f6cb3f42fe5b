import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { compileCondition } from "../../src/engine/conditions.ts";
import { variablesFor } from "../../src/engine/conditionVariables.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { client, condition, whole } from "../engine/partial/support.ts";
import { atLeast, runs } from "../support/budget.ts";
import { NOW } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

/** Pairs of which many are narrower, and many only seem to be: as they stand where nothing fails. */
const pairs: fc.Arbitrary<readonly [before: string, after: string]> = fc
  .tuple(condition, condition, condition)
  .chain(([a, b, c]) =>
    fc.constantFrom<readonly [string, string]>(
      [a, `${a} && ${b}`],
      [a, `${b} && ${a}`],
      [a, `(${b}) ? (${a}) : false`],
      [`${a} || ${b}`, a],
      [`${a} || ${b}`, `(${b}) && (${c})`],
      [`(${a} && ${b}) || (!(${a}) && ${b})`, b],
      [`(${a}) ? (${b}) : (${b})`, b],
      [`(${a}) || !(${a})`, b],
      [a, b],
    ),
  );

/** Whether an allow rule matches: one whose condition fails does not. */
function isMet(when: string, request: Parameters<typeof variablesFor>[0]["request"]): boolean {
  try {
    return compileCondition(when)(variablesFor({ request, client, now: NOW }, "read", "user/*.rs"));
  } catch {
    return false;
  }
}

test("a condition that is proved to be narrower is met by no request by which the other is not", () => {
  const [proved, open] = [{ count: 0 }, { count: 0 }];
  fc.assert(
    fc.property(pairs, fc.array(whole, { minLength: 10, maxLength: 10 }), ([was, is], requests) => {
      if (!engine.isNarrower(was, is)) {
        open.count++;
        return;
      }
      proved.count++;
      for (const request of requests)
        if (isMet(is, request))
          assert.ok(isMet(was, request), `${is} is met, and ${was} is not, by ${JSON.stringify(request)}`);
    }),
    { numRuns: runs(4000) },
  );
  assert.ok(proved.count > atLeast(200), `only ${proved.count} were proved`);
  assert.ok(open.count > atLeast(200), `only ${open.count} were not`);
});

test("what it proves, and what it can't", () => {
  const TREAT = 'purposeOfUse == "TREAT"';
  const LEVEL = "resource.attributes.level > 3";
  const OWN = "subject.id == resource.patient";
  for (const [was, is] of [
    [TREAT, `${TREAT} && ${OWN}`],
    [LEVEL, `${LEVEL} && has(resource.labels)`],
    ['purposeOfUse in ["TREAT", "HOPERAT"]', TREAT],
    [`${LEVEL} || ${OWN}`, OWN],
    [OWN, "resource.patient == subject.id"],
    [`${TREAT} && ${LEVEL}`, `${LEVEL} && ${TREAT}`],
  ] as const)
    assert.equal(engine.isNarrower(was, is), true, `${was} => ${is}`);
  for (const [was, is] of [
    [TREAT, null],
    [TREAT, 'purposeOfUse in ["TREAT", "HOPERAT"]'],
    [LEVEL, "resource.attributes.level > 2"],
    // Met where the parts of the other fail: nobody sent a level, or a subject.
    [`(${LEVEL} && ${TREAT}) || (!(${LEVEL}) && ${TREAT})`, TREAT],
    [`${LEVEL} ? ${TREAT} : ${TREAT}`, TREAT],
    [`${OWN} || !(${OWN})`, "true"],
    [`${OWN} || !(${OWN})`, null],
    // It may take more steps than it may.
    ["resource.attributes.list.all(x, x > 1) || true", TREAT],
    // A name of the policy is not taken as it is.
    ['client.name == "EHR" || client.name != "EHR"', "true"],
    ["no condition", TREAT],
    [TREAT, "no condition"],
  ] as const)
    assert.equal(engine.isNarrower(was, is), false, `${was} => ${is}`);
});
