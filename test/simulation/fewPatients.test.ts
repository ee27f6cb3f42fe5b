import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import {
  concernedBy,
  fewest,
  givenNumber,
  givenPeople,
  isFew,
  mostGivenAlike,
  Patients,
  People,
} from "../../src/domain/simulation/fewPatients.ts";
import { accessRequest, allowedRecord } from "../support/records.ts";

const UP_TO = Array.from({ length: 400 }, (_, n) => n);

test("1 to 10 patients are few, nobody and eleven are not", () => {
  assert.deepEqual(UP_TO.filter(isFew), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("a number of few patients is never given, 0 of nobody always, and another exactly where the answer has no small one", () => {
  for (const value of UP_TO)
    for (const patients of [0, 1, 10, 11, 200]) {
      const exact = givenNumber(value, { patients, isRounded: false });
      assert.equal(exact, isFew(patients) ? null : value);
      const rounded = givenNumber(value, { patients, isRounded: true });
      if (isFew(patients) || (value > 0 && value < 10)) assert.equal(rounded, null);
      else assert.equal(rounded, Math.floor(value / 10) * 10);
    }
});

test("what is given is the same for ten numbers at least, so that none tells one of them", () => {
  const rounded = (value: number) => givenNumber(value, { patients: value, isRounded: true });
  const alike = new Map<number | null, number[]>();
  for (const value of UP_TO.slice(1)) alike.set(rounded(value), [...(alike.get(rounded(value)) ?? []), value]);
  for (const values of alike.values()) assert.ok(values.length >= 9, String(values));
});

test("what is compared with a bound is the same for all that is given alike, and no less than any of it", () => {
  assert.deepEqual([0, 1, 9, 10, 11, 19, 20, 29, 30].map(mostGivenAlike), [0, 10, 10, 10, 19, 19, 29, 29, 39]);
  for (const value of UP_TO) {
    const most = mostGivenAlike(value);
    assert.ok(most >= value);
    const given = (n: number) => givenNumber(n, { patients: n, isRounded: true });
    assert.deepEqual([given(most), mostGivenAlike(most)], [given(value), most], String(value));
  }
});

test("the least is of those that there are any of", () => {
  assert.equal(fewest([]), 0);
  assert.equal(fewest([0, 0]), 0);
  assert.equal(fewest([12, 0, 3]), 3);
});

test("patients count once, and past eleven no more", () => {
  const patients = new Patients();
  patients.add(["a", "b"]);
  patients.add(["b"]);
  assert.deepEqual([patients.size, patients.ids], [2, ["a", "b"]]);
  patients.add(UP_TO.map((n) => `p-${n}`));
  assert.equal(patients.size, 11);
  assert.ok(!isFew(patients.size));
});

test("a decision concerns its patients, else the patient in context, else who asked, else nobody", () => {
  const of = (more: Parameters<typeof accessRequest>[0], erased?: AccessRecord["erased"]) =>
    concernedBy({ ...allowedRecord(accessRequest(more), "s", 1), ...(erased !== undefined && { erased }) });
  const subject = { id: "rose", type: "user", organization: null, roles: null, attributes: null };
  const context = { patient: "ada" } as NonNullable<ReturnType<typeof accessRequest>["context"]>;
  assert.deepEqual(of({ subject, context, resource: { patients: ["ben", "cy"] } }), ["ben", "cy"]);
  assert.deepEqual(of({ subject, context, resource: { type: "Patient", id: "dan" } }), ["dan"]);
  assert.deepEqual(of({ subject, context }), ["ada"]);
  assert.deepEqual(of({ subject }), ["user/rose"]);
  assert.deepEqual(of({}), []);
  // Whose an erased one was is not known: it counts as somebody.
  assert.equal(of({}, 1 as unknown as NonNullable<AccessRecord["erased"]>).length, 1);
});

test("people count once; a number of them is given neither of few people nor of few patients", () => {
  const people = new People();
  for (const person of ["user/a", "user/b", null, "user/a"]) people.add(person);
  assert.equal(people.size, 2);
  for (const patients of [0, 1, 10, 11, 200])
    for (const value of UP_TO) {
      const exact = givenPeople(value, { patients, isRounded: false });
      assert.equal(exact, isFew(value) || isFew(patients) ? null : value);
    }
  assert.equal(givenPeople(27, { patients: 30, isRounded: true }), 20);
  assert.equal(givenPeople(undefined, { patients: 30, isRounded: false }), null, "it was not counted");
});
