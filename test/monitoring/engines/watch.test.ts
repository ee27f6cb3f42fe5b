import assert from "node:assert/strict";
import { test } from "node:test";
import { newMemory } from "../../../src/domain/monitoring/engines/memory.ts";
import type { ReasonCode } from "../../../src/domain/monitoring/engines/reasons.ts";
import { changedStates, type KeptState, restore } from "../../../src/domain/monitoring/engines/stateText.ts";
import { createWatch, groupKey, type Spoken, type Watch } from "../../../src/domain/monitoring/engines/watch.ts";
import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, feed, HOUR, ofClient, ordinary, patient, START, treated } from "./house.ts";

const WEEKS = 9;
const LATER = START + WEEKS * 7 * DAY;
/** A house of forty with nine weeks of ordinary work. */
function house(alertsPerWeek: number | null = null): Watch {
  const watch = createWatch({ alertsPerWeek, weights: {}, shadow: [] });
  feed(watch, ordinary({ people: 40, days: WEEKS * 7 }));
  return watch;
}
const codesOf = (spoken: readonly Spoken[]): readonly ReasonCode[] => [...new Set(spoken.map(({ code }) => code))];
const least = (spoken: readonly Spoken[]): number => Math.min(...spoken.map(({ rate }) => rate ?? 0));

test("ordinary work opens no question but the rarest", () => {
  const watch = house();
  const week = feed(watch, ordinary({ people: 40, days: 7, from: LATER }));
  const opened = new Set(week.filter(({ opens }) => opens).map(({ group }) => groupKey(group)));
  assert.ok(opened.size <= 3, `${[...opened].join(", ")}`);
});

test("a look at somebody's own family is rarer than one at a patient elsewhere", () => {
  const [family, elsewhere] = [house(), house()];
  const by = { subject: { type: "user", id: "n3" }, unit: "ward-3" };
  const close = feed(family, [decision(LATER, { ...by, patients: [patient("child", { relation: "RELATIVE" })] })]);
  const far = feed(elsewhere, [decision(LATER, { ...by, patients: [patient("other")] })]);
  assert.deepEqual(codesOf(close), ["FAMILY_OR_SELF"]);
  assert.ok(close.some(({ opens }) => opens));
  assert.ok(far.every(({ opens }) => !opens));
  assert.ok(least(close) < (far.length === 0 ? Number.POSITIVE_INFINITY : least(far)));
});

test("a relation that was entered for one patient is no cover for others", () => {
  const [watch, plain] = [house(), house()];
  const by = { subject: { type: "user", id: "n3" }, unit: "ward-3" };
  feed(watch, [decision(LATER, { ...by, patients: [treated("entered", { relation: "RELATIVE" })] })]);
  const one = feed(watch, [decision(LATER + HOUR, { ...by, patients: [patient("sister", { relation: "RELATIVE" })] })]);
  const two = feed(plain, [decision(LATER + HOUR, { ...by, patients: [patient("sister", { relation: "RELATIVE" })] })]);
  assert.ok(least(one) < 3 * least(two));
  assert.ok(one.some(({ opens }) => opens));
});

test("looks that come back are rarer each time", () => {
  const watch = house();
  const by = { subject: { type: "user", id: "n3" }, unit: "ward-3" };
  let before = 0;
  for (let day = 0; day < 4; day++) {
    const found = feed(watch, [decision(LATER + day * DAY, { ...by, patients: [patient("neighbour")] })]);
    const bits = Math.max(0, ...found.filter(({ patient: of }) => of !== undefined).map((each) => each.bits));
    assert.ok(bits > before, `day ${day}`);
    before = bits;
  }
});

test("what a person does many times in a day is said at the decision that makes it rare, before the day is over", () => {
  const watch = house();
  const all = Array.from({ length: 60 }, (_, n) =>
    decision(LATER + 9 * HOUR + n * 20_000, {
      ...{ subject: { type: "user", id: "n3" }, unit: "ward-3", patients: [treated(`q${n}`)] },
    }),
  );
  const spoken = feed(watch, all);
  const first = spoken.find(({ code, opens }) => code === "MANY_PATIENTS" && opens);
  assert.ok(first !== undefined && first.position < (all.at(-1)?.position ?? 0));
});

test("300 noisy questions of one person hide none of another's", () => {
  const [noisy, quiet] = [house(2), house(2)];
  for (let n = 0; n < 300; n++)
    feed(noisy, [
      decision(LATER + n * 60_000, {
        ...{ subject: { type: "user", id: "n1" }, unit: "ward-1" },
        patients: [patient(`v${n}`, { vip: true, underCare: false })],
      }),
    ]);
  const other = (): WatchedDecision =>
    decision(LATER + 6 * HOUR, {
      ...{ subject: { type: "user", id: "n2" }, unit: "ward-2" },
      patients: [patient("child", { relation: "RELATIVE" })],
    });
  assert.ok(feed(quiet, [other()]).some(({ opens }) => opens));
  assert.ok(feed(noisy, [other()]).some(({ opens }) => opens));
});

test("one person teaches a role no more than a twentieth, and 50 looks, in a week", () => {
  const watch = house();
  const before = watch.memory.house.looks.get("nurse")?.of.get("DORMANT") ?? 0;
  for (let n = 0; n < 400; n++)
    feed(watch, [
      decision(LATER + n * 60_000, {
        ...{ subject: { type: "user", id: "n1" }, unit: "ward-1" },
        patients: [patient(`far${n}`, { underCare: false })],
      }),
    ]);
  const learnt = (watch.memory.house.looks.get("nurse")?.of.get("DORMANT") ?? 0) - before;
  assert.ok(learnt <= 75, `${learnt}`);
});

test("facts are said whatever else there is: a role that somebody gave themselves and used", () => {
  const watch = house(0.001);
  const gives = { at: LATER, author: "user/otto", subject: "user/otto", clientId: null, gives: "clinician" };
  watch.policy({ kind: "GIVEN", ...gives });
  const [own] = feed(watch, [
    decision(LATER + HOUR, { subject: { type: "user", id: "otto" }, roles: ["clinician"], patients: [treated("p1")] }),
  ]);
  assert.deepEqual([own?.code, own?.rate, own?.opens], ["SELF_GIVEN", null, true]);
  watch.policy({ kind: "GIVEN", ...gives, author: "user/admin", subject: "user/nora" });
  const given = feed(watch, [
    decision(LATER + HOUR, { subject: { type: "user", id: "nora" }, roles: ["clinician"], patients: [treated("p1")] }),
  ]);
  assert.ok(!codesOf(given).includes("SELF_GIVEN"));
});

const probe = (at: number, type: string, outcome: "ALLOW" | "DENY") => ofClient(at, { resourceType: type, outcome });
test("a client that is denied three things and then allowed one has looked for it, unless something had changed", () => {
  const tries = ["Patient", "Condition", "Claim"].map((type, n) => probe(LATER + n * 60_000, type, "DENY"));
  const hit = probe(LATER + 10 * 60_000, "Observation", "ALLOW");
  assert.ok(codesOf(feed(house(), [...tries, hit])).includes("PROBED_THEN_ALLOWED"));
  const changed = house();
  feed(changed, tries);
  changed.policy({ kind: "CHANGED", at: LATER + 5 * 60_000 });
  assert.ok(!codesOf(feed(changed, [hit])).includes("PROBED_THEN_ALLOWED"));
  assert.ok(!codesOf(feed(house(), [...tries.slice(1), hit])).includes("PROBED_THEN_ALLOWED"));
});

test("a key in a country where nobody is, of a client that is known", () => {
  const watch = house();
  for (let day = 0; day < 10; day++) feed(watch, [ofClient(LATER + day * DAY)]);
  const abroad = { network: "203.0.113.0/24", autonomousSystem: 2, country: "XK" };
  const found = feed(watch, [ofClient(LATER + 10 * DAY, { place: abroad })]);
  assert.ok(codesOf(found).includes("KEY_ABROAD"));
  assert.ok(codesOf(found).includes("NEW_COUNTRY"));
});

test("a scope that goes beyond all that was asked for is told, and one within it is not", () => {
  const watch = house();
  const ask = (day: number, scope: string) => ofClient(LATER + day * DAY, { kind: "GRANT", scopesAsked: [scope] });
  for (let day = 0; day < 20; day++) feed(watch, [ask(day, "system/Observation.cru")]);
  assert.deepEqual(codesOf(feed(watch, [ask(20, "system/Observation.c")])), []);
  const wide = feed(watch, [ask(21, "system/*.cruds")]);
  assert.deepEqual(codesOf(wide), ["NEW_SCOPE"]);
});

test("a reason in SHADOW opens nothing, and a part of a look adds nothing", () => {
  const watch = createWatch({ alertsPerWeek: 100, weights: {}, shadow: ["FAMILY_OR_SELF", "MANY_PATIENTS"] });
  feed(watch, ordinary({ people: 40, days: 21 }));
  const at = START + 21 * DAY;
  const found = feed(watch, [decision(at, { patients: [patient("child", { relation: "RELATIVE" })] })]);
  assert.ok(!codesOf(found).includes("FAMILY_OR_SELF"));
  const many = feed(
    watch,
    Array.from({ length: 80 }, (_, n) =>
      decision(at + n * 60_000, { subject: { type: "user", id: "n3" }, patients: [treated(`q${n}`)] }),
    ),
  );
  const shadow = many.filter(({ code }) => code === "MANY_PATIENTS");
  assert.ok(shadow.length > 0 && shadow.every(({ isShadow, opens }) => isShadow && !opens));
});

test("killed after any decision, with what was kept every so often, it is as one that was never interrupted", () => {
  const all = [...ordinary({ people: 12, days: 30 })];
  const tellable = (spoken: readonly Spoken[]) => JSON.stringify(spoken);
  const whole = createWatch();
  const expected = all.map((each) => tellable(whole.take(each)));
  for (const every of [13, 97, 700]) {
    const kept = new Map<string, KeptState>();
    let watch = createWatch();
    all.forEach((each, n) => {
      assert.equal(tellable(watch.take(each)), expected[n], `every ${every}, at ${n}`);
      if (n % every !== 0) return;
      for (const state of changedStates(watch.memory)) kept.set(`${state.part} ${state.id}`, state);
      const memory = newMemory();
      restore(memory, kept.values());
      watch = createWatch(undefined, memory);
    });
  }
});

test("nothing of a person or a patient is there 90 days after their last decision", () => {
  const watch = house();
  const told = feed(watch, [
    decision(LATER, {
      subject: { type: "user", id: "gone-person" },
      place: { network: "203.0.113.0/24", autonomousSystem: 9, country: "XK" },
      patients: [patient("gone-patient", { vip: true })],
    }),
    decision(LATER, {
      subject: { type: "Patient", id: "gone-patient" },
      roles: [],
      patients: [treated("gone-patient")],
    }),
  ]);
  assert.ok(told.length > 0);
  const text = (): string => {
    const all: string[] = [];
    for (const part of ["people", "clients", "patients", "networks", "places"] as const)
      for (const [id] of watch.memory[part].entries()) watch.memory[part].change(id);
    for (const { id, text: kept } of changedStates(watch.memory)) if (kept !== null) all.push(id, kept);
    return all.join("\n");
  };
  assert.match(text(), /gone-person/);
  assert.match(text(), /gone-patient/);
  watch.advance(LATER + 92 * DAY);
  assert.doesNotMatch(text(), /gone-p/);
});
