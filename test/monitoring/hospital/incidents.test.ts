import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { DAYS, SCORED_FROM, startOf } from "../../../bench/src/monitoring/hospital/calendar.ts";
import { makeHospital } from "../../../bench/src/monitoring/hospital/hospital.ts";
import { tiesBetween } from "../../../bench/src/monitoring/hospital/plan.ts";
import { storiesOf } from "../../../bench/src/monitoring/incidents/fromFile.ts";
import { DOSES } from "../../../bench/src/monitoring/incidents/incident.ts";
import { readIncidentFile } from "../../../bench/src/monitoring/incidents/incidentFile.ts";
import {
  HARMLESS_KINDS,
  INCIDENT_KINDS,
  INCIDENTS,
  plantIncident,
  standardStories,
} from "../../../bench/src/monitoring/incidents/plant.ts";
import { createRandom } from "../../../bench/src/monitoring/random.ts";

const hospital = makeHospital(3);
const random = () => createRandom("incidents");

describe("incidents", () => {
  test("are of 18 kinds, and 12 that look like one", () => {
    assert.equal(INCIDENT_KINDS.length, 18);
    assert.equal(HARMLESS_KINDS.length, 12);
  });

  for (const kind of INCIDENT_KINDS)
    test(`${kind}: a larger dose is more, in the scored weeks, and labelled`, () => {
      const sizes = DOSES.map((dose) => {
        const { decisions, story } = plantIncident(hospital, random(), { id: "one", kind, dose, day: null });
        assert.deepEqual(story, { id: "one", bad: true, kind, dose, snooping: INCIDENTS[kind].snooping });
        for (const { at, label } of decisions) {
          assert.ok(at >= startOf(SCORED_FROM) && at < startOf(DAYS), `${at}`);
          assert.deepEqual(label, { kind: "INCIDENT", id: "one" });
        }
        return decisions.length;
      });
      const [small = 0, medium = 0, large = 0] = sizes;
      assert.ok(small > 0 && small < medium && medium < large, sizes.join(", "));
    });

  for (const kind of INCIDENT_KINDS.filter((one) => INCIDENTS[one].snooping))
    test(`${kind}: nothing ties who looks, or a colleague of the unit, to the patient`, () => {
      const { decisions } = plantIncident(hospital, random(), { id: "one", kind, dose: "LARGE", day: null });
      for (const { at, subject, unit, patients } of decisions) {
        assert.ok(subject !== null && unit !== null);
        const team = hospital.people.staffOf.get(unit) ?? [];
        for (const patient of patients)
          for (const { id } of team)
            assert.equal(tiesBetween(hospital.plan.tiesOf(patient), { id, unit }, at), undefined, `${id} ${patient}`);
      }
    });

  test("stand in each hospital once a kind, in a dose that goes round", () => {
    const doses = [1, 2, 3].map((seed) =>
      standardStories(hospital, seed, random()).flatMap(({ story }) =>
        story.bad ? [`${story.kind} ${story.dose}`] : [],
      ),
    );
    for (const one of doses) assert.equal(one.length, 18);
    assert.equal(new Set(doses.flat()).size, 54);
  });
});

describe("an incident file", () => {
  const read = (incidents: readonly unknown[], beside: object = {}) =>
    readIncidentFile({ version: 1, incidents, ...beside });

  test("as in the docs plants what it says", () => {
    const file = readIncidentFile(
      JSON.parse(readFileSync("bench/src/monitoring/incidents/example.json", "utf8")) as unknown,
    );
    const stories = new Map(storiesOf(file, makeHospital(3), random()).map((one) => [one.story.id, one]));
    assert.equal(stories.size, 4 + 12);
    const letters = stories.get("letters");
    assert.deepEqual(letters?.story, {
      id: "letters",
      bad: true,
      kind: "READS_LETTERS_OF_A_COLLEAGUE",
      dose: null,
      snooping: true,
    });
    assert.equal(letters?.decisions.length, 4);
    const [first] = letters?.decisions ?? [];
    const reader = hospital.people.staff.filter(({ role, unit }) => role === "physician" && unit === "ward-4")[1];
    assert.equal(first?.subject?.id, reader?.id);
    assert.equal(first?.at, startOf(63) + (13 * 60 + 20) * 60_000);
    assert.ok(hospital.people.records.get(first?.patients[0] ?? "")?.unit === "ward-4");
    const stocktaking = stories.get("stocktaking");
    assert.equal(new Set(stocktaking?.decisions.flatMap(({ patients }) => patients)).size, 200);
    assert.ok(stocktaking?.decisions.every(({ label }) => label.kind === "HARMLESS"));
  });

  const REFUSED: readonly (readonly [object, RegExp])[] = [
    [{ kind: "FAMILY" }, /incidents\[0\]\.id: is missing/],
    [{ id: "a", kind: "FAMILLY" }, /incidents\[0\]\.kind: must be one of FAMILY, /],
    [{ id: "a", kind: "FAMILY", dose: "HUGE" }, /incidents\[0\]\.dose: must be one of SMALL, MEDIUM, LARGE/],
    [{ id: "a", kind: "FAMILY", day: 84 }, /incidents\[0\]\.day: must be a whole number from 0 to 76/],
    [{ id: "a", kind: "FAMILY", size: 3 }, /incidents\[0\]\.size: is unknown/],
    [{ id: "a", accesses: [] }, /incidents\[0\]\.accesses: must have at least one/],
    [
      { id: "a", accesses: [{ day: 1, time: "25:00", patient: { of: "AUNT" } }] },
      /accesses\[0\]\.time: must be a time such as 14:05 \(and 1 more\)/,
    ],
  ];
  for (const [incident, message] of REFUSED)
    test(`is refused with the place and what is expected: ${JSON.stringify(incident)}`, () => {
      assert.throws(() => read([incident]), message);
    });

  test("is refused with an id that stands twice, and of another version", () => {
    const one = { id: "a", kind: "FAMILY" };
    assert.throws(() => read([one, one]), /incidents\[1\]\.id: stands twice/);
    assert.throws(() => read([one], { version: 2 }), /version: must be a whole number from 1 to 1/);
  });

  test("that names whom the hospital has not says so", () => {
    const access = { day: 60, time: "10:00", patient: { id: "patient-99999" } };
    assert.throws(() => storiesOf(read([{ id: "a", accesses: [access] }]), hospital, random()), /patient-99999/);
    const nobody = { ...access, staff: { role: "nurse", number: 5000 } };
    assert.throws(
      () => storiesOf(read([{ id: "a", accesses: [nobody] }]), hospital, random()),
      /whom this hospital has not/,
    );
  });
});
