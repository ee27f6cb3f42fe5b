import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConsentChange, changedSince, KnownConsents } from "../../src/storage/consent/knownConsents.ts";
import { consentOf } from "../support/consents.ts";

const change = (position: number, patient: string): ConsentChange => ({
  position,
  id: `c-${patient}`,
  version: position,
  patient,
});
const said = (characters: number, ...patients: readonly string[]) =>
  new Map(patients.map((patient) => [patient, { consents: [consentOf({ patient })], characters }] as const));
const changed = (seen: ConsentChange | null, changes: readonly ConsentChange[]) => {
  const found = changedSince(seen ?? { position: 0, id: "", version: 0 }, changes);
  return found === null ? null : [...found].join(" ");
};
const isKnown = (known: KnownConsents, ...patients: readonly string[]) =>
  patients.map((patient) => (known.get(patient) === undefined ? "-" : patient)).join(" ");

test("of whom something changed is told only where no change is missing", () => {
  const [one, two, three] = [change(1, "ann"), change(2, "bob"), change(3, "ann")];
  assert.equal(changed(null, []), "");
  assert.equal(changed(null, [one, two]), "ann bob");
  assert.equal(changed(null, [two]), null);
  assert.equal(changed(one, [one]), "");
  assert.equal(changed(one, [one, two, three]), "bob ann");
  assert.equal(changed(one, [two, three]), null);
  assert.equal(changed(one, []), null);
  // A database that went back has other changes at the same positions.
  assert.equal(changed(two, [{ ...two, id: "other" }, three]), null);
  assert.equal(changed(two, [{ ...two, version: 7 }, three]), null);
});

test("what is remembered goes with a change of the patient's, and all of it where changes are missing", () => {
  const known = new KnownConsents(10_000);
  known.take(null, [change(1, "ann")], said(10, "ann", "bob", "eve"));
  assert.equal(isKnown(known, "ann", "bob", "eve"), "ann bob eve");
  known.take(known.seen, [change(1, "ann"), change(2, "bob")], said(10, "sue"));
  assert.equal(isKnown(known, "ann", "bob", "eve", "sue"), "ann - eve sue");
  assert.equal(known.seen?.position, 2);
  known.take(known.seen, [change(4, "ann")], said(10, "joe"));
  assert.equal(isKnown(known, "ann", "bob", "eve", "sue", "joe"), "- - - - -");
  assert.equal(known.seen, null);
});

test("what a statement read that began before what is known was seen is not remembered", () => {
  const known = new KnownConsents(10_000);
  known.take(null, [], said(10, "ann"));
  const early = known.seen;
  known.take(early, [change(1, "ann")], said(10, "bob"));
  known.take(early, [], said(10, "ann", "eve"));
  known.take(null, [], said(10, "ann", "eve"));
  assert.equal(isKnown(known, "ann", "bob", "eve"), "- bob -");
  assert.equal(known.seen?.position, 1);
  // Of the same moment it is.
  const same = known.seen;
  known.take(same, [change(1, "ann")], said(10, "eve"));
  known.take(same, [change(1, "ann")], said(10, "joe"));
  assert.equal(isKnown(known, "bob", "eve", "joe"), "bob eve joe");
});

test("so much is remembered and no more, and what was asked for lately stays", () => {
  const known = new KnownConsents(4_000);
  known.take(null, [], said(3_000, "large"));
  assert.equal(isKnown(known, "large"), "-");
  for (let n = 0; n < 100; n++) {
    known.take(known.seen, [], said(300, `p${n}`));
    assert.equal(isKnown(known, "p0"), "p0");
  }
  const kept = Array.from({ length: 100 }, (_, n) => `p${n}`).filter((patient) => known.get(patient) !== undefined);
  assert.ok(kept.length >= 4 && kept.length <= 10, kept.join(" "));
});
