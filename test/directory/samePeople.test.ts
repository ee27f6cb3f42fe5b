import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSurelySamePerson, peopleOf, samePerson } from "../../src/domain/callers/samePerson.ts";
import type { CallerSubject } from "../../src/domain/callers/types.ts";
import { type Directory, directoryOf, EMPTY_DIRECTORY, withPart } from "../../src/domain/directory/directory.ts";
import type { Entity, Properties } from "../../src/domain/directory/entity.ts";
import { requireNotPatient } from "../../src/domain/directory/ownRecords.ts";
import { asKnown, identified } from "../../src/domain/directory/samePeople.ts";
import { callerOf } from "../graphql/world.ts";

const [ONE, TWO] = ["https://one.example", "https://two.example"];
const entity = (type: string, id: string, properties: Properties): Entity => ({ type, id, properties, version: 1 });
const subject = (type: string, id: string): CallerSubject => ({ type, id, issuer: null });
const account = (issuer: string, id: string): CallerSubject => ({ type: null, id, issuer });
const accounts = (...ids: readonly string[]) => ids.map((id) => ({ issuer: ONE, id }));

const ada = entity("user", "ada", {
  accounts: accounts("a-1", "a-2"),
  fhirReferences: ["Practitioner/pr-1", "PractitionerRole/role-1"],
});
const directory = directoryOf(
  [
    ada,
    entity("user", "ben", { accounts: accounts("b-1"), fhirReferences: ["Practitioner/pr-2"] }),
    // Two entries for one resource: both may be whoever that is.
    entity("employee", "cleo-1", { fhirReferences: ["Practitioner/pr-3"] }),
    entity("user", "cleo", { fhirReferences: ["Practitioner/pr-3"] }),
    entity("user", "Dora", { patientRecord: "MRN-7" }),
  ],
  1,
);
const named = (of: CallerSubject) => ({ subject: of });

const OF_ADA = [
  subject("user", "ada"),
  subject("user", "ADA"),
  subject("employee", "Ada"),
  subject("Practitioner", "pr-1"),
  subject("practitioner", "PR-1"),
  subject("PractitionerRole", "role-1"),
  subject("user", "Practitioner/pr-1"),
  subject("user", "https://fhir.example/r4/Practitioner/pr-1"),
  account(ONE, "a-1"),
  account(ONE, "A-1"),
  account(ONE, "a-2"),
];
const OF_BEN = [subject("user", "ben"), subject("Practitioner", "pr-2"), account(ONE, "b-1")];

test("whoever has an account or is a FHIR resource of an entry is one person with it, in whatever letters", () => {
  for (const one of OF_ADA)
    for (const other of OF_ADA)
      assert.equal(samePerson(asKnown(directory, one), named(other)), true, JSON.stringify([one, other]));
  for (const one of OF_ADA.filter(({ id, issuer }) => issuer === null || id !== id.toUpperCase()))
    for (const other of OF_BEN) {
      assert.equal(samePerson(asKnown(directory, one), asKnown(directory, other)), false, JSON.stringify([one, other]));
      assert.equal(samePerson(asKnown(directory, other), asKnown(directory, one)), false);
    }
});

test("an account in other letters may be two people, and is told apart from nobody by what the other has", () => {
  const other = asKnown(directory, account(ONE, "A-1"));
  assert.equal(samePerson(other, named(subject("user", "ben"))), true);
  // At its own issuer it is another account than another's.
  assert.equal(samePerson(other, named(account(ONE, "b-1"))), false);
  assert.equal(samePerson(other, named(account(ONE, "A-2"))), true);
});

test("two entries of one resource are one person where that refuses, and neither may for the other", () => {
  const [cleo, other] = [subject("user", "cleo"), subject("employee", "cleo-1")];
  assert.equal(samePerson(asKnown(directory, cleo), named(other)), true);
  assert.equal(isSurelySamePerson(asKnown(directory, cleo), named(other)), false);
  assert.equal(isSurelySamePerson(asKnown(directory, cleo), named(subject("Practitioner", "pr-3"))), false);
});

test("to the letter, who is linked may what the other may", () => {
  for (const [one, other, same] of [
    [subject("user", "ada"), subject("Practitioner", "pr-1"), true],
    [subject("Practitioner", "pr-1"), subject("user", "ada"), true],
    [subject("Practitioner", "pr-1"), account(ONE, "a-2"), true],
    [account(ONE, "a-1"), subject("Practitioner", "pr-1"), true],
    [account(ONE, "a-1"), account(ONE, "a-2"), true],
    [account(ONE, "A-1"), subject("user", "ada"), false],
    [account(TWO, "a-1"), subject("user", "ada"), false],
    [subject("user", "ADA"), subject("Practitioner", "pr-1"), false],
    [subject("Practitioner", "PR-1"), subject("user", "ada"), false],
    [subject("user", "ada"), subject("user", "ben"), false],
  ] as const)
    assert.equal(isSurelySamePerson(asKnown(directory, one), named(other)), same, JSON.stringify([one, other]));
});

test("whom nobody is linked to is as before, and who makes a program's key is behind it with all they are", () => {
  assert.deepEqual(identified(directory, [subject("user", "eve")]), {});
  assert.deepEqual(identified(directory, []), {});
  assert.deepEqual(identified(EMPTY_DIRECTORY, [subject("user", "ada")]), {});
  const bot = subject("service", "bot");
  const { people } = identified(directory, [bot], { makers: [subject("user", "ADA")] });
  assert.equal(samePerson({ subject: bot, people: people ?? [] }, named(subject("Practitioner", "pr-1"))), true);
  assert.equal(samePerson({ subject: bot, people: people ?? [] }, named(subject("user", "ben"))), false);
});

test("nobody judges their own record, under whichever id they are a patient", () => {
  const who = (of: CallerSubject) => ({
    ...callerOf("key:x", "auditor"),
    subject: of,
    ...identified(directory, [of]),
  });
  const judge = (of: CallerSubject, patient: string) => () =>
    requireNotPatient(who(of), [patient], { directory, rule: "R" });
  for (const [of, patient] of [
    [subject("user", "dora"), "mrn-7"],
    [subject("nurse", "DORA"), "MRN-7"],
    [account(TWO, "dora"), "MRN-7"],
    [subject("user", "ada"), "ADA"],
    [subject("user", "ada"), "pr-1"],
  ] as const)
    assert.throws(judge(of, patient), { code: "FORBIDDEN" }, JSON.stringify([of, patient]));
  judge(subject("user", "ben"), "MRN-7")();
  judge(subject("user", "ada"), "b-1")();
});

test("law: what is known of people is the same whichever way the directory came to it", () => {
  const id = fc.constantFrom("a", "A", "b", "c");
  const properties = fc.record({
    accounts: fc.array(id, { maxLength: 2 }).map((ids) => accounts(...ids)),
    fhirReferences: fc.array(
      id.map((each) => `Practitioner/${each}`),
      { maxLength: 2 },
    ),
  });
  const change = fc.record({ type: fc.constantFrom("user", "employee"), id, properties: fc.option(properties) });
  const textsBy = (of: Directory) =>
    JSON.stringify([...of.alike.entries()].map(([key, refs]) => [key, refs.length]).sort());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
      let made = { ...EMPTY_DIRECTORY };
      for (const { id: ofId, properties: said, type } of changes)
        made = {
          revision: 1,
          ...withPart(made, {
            gone: said === null ? [{ type, id: ofId }] : [],
            put: said === null ? [] : [entity(type, ofId, said)],
          }),
        };
      const all = [...made.entities.values()].flatMap((each) => [...each.values()]);
      assert.equal(textsBy(made), textsBy(directoryOf(all, 1)));
      for (const { type, id: ofId } of all) {
        const { people } = asKnown(made, subject(type, ofId));
        for (const text of peopleOf([subject(type, ofId)])) assert.ok(people === undefined || people.includes(text));
      }
    }),
  );
});
