import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { apply, at } from "../graphql/world.ts";
import { admin, openWard, reviewer } from "./world.ts";

const world = await openWard();
const TREAT = 'purposeOfUse == "TREAT"';
/** The same as TREAT, but for requests without a level, by which it fails. */
const FAILING = `(resource.attributes.level > 3 && ${TREAT}) || (!(resource.attributes.level > 3) && ${TREAT})`;
await apply(world, [{ updateRule: { id: "nurse-labs", when: FAILING } }]);

const TRY = `mutation ($operations: [PolicyOperation!]!) {
  applyPolicy(input: { operations: $operations, reason: "a try", dryRun: true }) { findings { code message } } }`;
const COMPARE = `query ($operations: [PolicyOperation!]!) {
  simulate(input: { operations: $operations, requests: [] }) { access { complete cells { change } } } }`;

async function judged(when: string) {
  const operations = [{ updateRule: { id: "nurse-labs", when } }];
  const findings = at(await world.data(TRY, { operations }, admin), "applyPolicy", "findings");
  const access = at(await world.data(COMPARE, { operations }, reviewer), "simulate", "access");
  return { findings, access };
}

describe("an attacker passes a condition off as a narrower one", () => {
  test("with one that is met where the other fails: it is told as what may allow more", async () => {
    const { access, findings } = await judged(TREAT);
    assert.equal(at(findings, 0, "code"), "WIDENS_ALLOW");
    assert.deepEqual(access, { complete: true, cells: [{ change: "WIDER" }] });
  });

  test("not with one that is surely narrower, of which there is no alarm", async () => {
    const { access, findings } = await judged(`${FAILING} && subject.id == resource.patient`);
    assert.deepEqual(findings, []);
    assert.deepEqual(access, { complete: true, cells: [{ change: "NARROWER" }] });
  });
});
