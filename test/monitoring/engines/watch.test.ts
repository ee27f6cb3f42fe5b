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

/** Fourteen weeks of a ward, clients for themselves, patients from homes, a place that one person was at once, and a scope asked for once. */
function* busy(): Generator<WatchedDecision> {
  const weeks = 14;
  for (let day = 0; day < weeks * 7; day++) {
    const at = START + day * DAY;
    yield* ordinary({ people: 12, days: 1, from: at });
    for (let n = 0; n < 4; n++) {
      const outcome = (day + n) % 5 === 0 ? "DENY" : "ALLOW";
      const place = { network: `198.51.${n}.0/24`, autonomousSystem: 3, country: day === 3 ? "BE" : "NL" };
      yield ofClient(at + 14 * HOUR + n * 60_000, { clientId: `lab-${n % 2}`, outcome, place });
    }
    for (let n = 0; n < (day % 20 === 19 ? 9 : 2); n++)
      yield decision(at + 15 * HOUR + n * 60_000, {
        ...{ subject: { type: "Patient", id: `home-${day}-${n}` }, roles: [], unit: null },
        place: { network: `203.0.${n === 0 ? day % 30 : 113}.0/24`, autonomousSystem: 7, country: "NL" },
      });
    // Seldom at one network, and at one patient, so that a part of what is known there goes.
    if (day === 2 || day === 80)
      yield decision(at + 15 * HOUR, {
        ...{ subject: { type: "Patient", id: `seldom-${day}` }, roles: [], unit: null },
        place: { network: "233.252.1.0/24", autonomousSystem: 7, country: "NL" },
      });
    if (day === 60 || day === 65)
      yield decision(at + 15 * HOUR, { subject: { type: "user", id: `n${day % 11}` }, patients: [treated("calm")] });
    if (day === 40)
      yield decision(at + 16 * HOUR, {
        ...{ subject: { type: "user", id: "n6" }, unit: "ward-2", patients: [treated("p1")] },
        place: { network: "233.252.0.0/24", autonomousSystem: 9, country: "XK" },
      });
    if (day === 5 || day === 50)
      yield ofClient(at + 15 * HOUR, { clientId: "rare", purposeOfUse: `P${day}` as "TREAT" });
    if (day === 5) {
      yield ofClient(at + 16 * HOUR, { clientId: "lab-0", kind: "GRANT", scopesAsked: ["system/Claim.r"] });
      yield decision(at + 16 * HOUR, {
        ...{ subject: { type: "user", id: "n5" }, unit: "ward-1", patients: [patient("far", { vip: true })] },
        place: { network: "233.252.0.0/24", autonomousSystem: 9, country: "XK" },
      });
    }
  }
}

/** All that a memory knows, as it would be kept. */
function allOf({ memory }: Watch): ReadonlyMap<string, string> {
  const copy = newMemory();
  for (const part of ["people", "clients", "patients", "networks", "places"] as const)
    for (const [id, state] of memory[part].entries()) {
      copy[part].set(id, state as never);
      copy[part].change(id);
    }
  Object.assign(copy.house, memory.house);
  return new Map(changedStates(copy).map(({ id, part, text }) => [`${part} ${id}`, text ?? ""]));
}

/** Rows as a table of them answers: what has gone is not there. */
function keep(rows: Map<string, KeptState>, watch: Watch): void {
  for (const state of changedStates(watch.memory)) {
    const key = `${state.part} ${state.id}`;
    if (state.text === null) rows.delete(key);
    else rows.set(key, state);
  }
}

test("killed after any decision, with what was kept every so often, it is as one that was never interrupted", () => {
  const all = [...busy()];
  const tellable = (spoken: readonly Spoken[]) => JSON.stringify(spoken);
  const whole = createWatch();
  const expected = all.map((each) => tellable(whole.take(each)));
  assert.ok(expected.some((each) => each !== "[]"));
  for (const every of [59, 700]) {
    const rows = new Map<string, KeptState>();
    let watch = createWatch();
    all.forEach((each, n) => {
      assert.equal(tellable(watch.take(each)), expected[n], `every ${every}, at ${n}`);
      if (n % every !== 0) return;
      keep(rows, watch);
      const memory = newMemory();
      // A table answers in an order of its own.
      restore(
        memory,
        [...rows.values()].sort((a, b) => (a.id < b.id ? 1 : -1)),
      );
      watch = createWatch(undefined, memory);
    });
  }
});

test("what is kept is what is known: what time has taken from the memory is not left in a row", () => {
  const rows = new Map<string, KeptState>();
  const watch = createWatch();
  let n = 0;
  for (const each of busy()) {
    watch.take(each);
    if (n++ % 37 !== 0) continue;
    keep(rows, watch);
    const known = allOf(watch);
    for (const [key, { text }] of rows) assert.equal(text, known.get(key), key);
    assert.equal(rows.size, known.size);
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
