import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { keptLinks } from "../../src/domain/consent/recipientLinks.ts";
import { directoryOf, EMPTY_DIRECTORY, linkedTo, withPart } from "../../src/domain/directory/directory.ts";
import type { Entity } from "../../src/domain/directory/entity.ts";
import { readEntities } from "../../src/domain/directory/readEntities.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";

const REFERENCES = ["Practitioner/a", "Practitioner/b", "PractitionerRole/c"];
const entity: fc.Arbitrary<Entity> = fc
  .record({
    id: fc.constantFrom("x", "y", "z"),
    type: fc.constantFrom("user", "identity"),
    references: fc.option(fc.uniqueArray(fc.constantFrom(...REFERENCES), { maxLength: 2 })),
  })
  .map(({ id, references, type }) => ({
    id,
    type,
    version: 1,
    properties: references === null ? null : { fhirReferences: references },
  }));
const change = fc.record({
  gone: fc.array(fc.record({ id: fc.constantFrom("x", "y", "z"), type: fc.constantFrom("user", "identity") }), {
    maxLength: 2,
  }),
  put: fc.array(entity, { maxLength: 3 }),
});

test("who is linked to a FHIR resource is who has it now, whatever was put and removed before", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
      const naive = new Map<string, Entity>();
      let known: Parameters<typeof withPart>[0] = EMPTY_DIRECTORY;
      for (const part of changes) {
        for (const { id, type } of part.gone) naive.delete(`${type}/${id}`);
        for (const each of part.put) naive.set(`${each.type}/${each.id}`, each);
        known = withPart(known, part);
      }
      for (const reference of REFERENCES) {
        const linked = linkedTo(known, reference).map(({ id, type }) => `${type}/${id}`);
        const expected = [...naive].flatMap(([key, { properties }]) =>
          (properties?.fhirReferences as readonly string[] | undefined)?.includes(reference) ? [key] : [],
        );
        assert.deepEqual(linked.toSorted(), expected.toSorted());
      }
    }),
  );
});

test("FHIR resources of a person are kept in one form, and nothing else stands among them", () => {
  const put = (properties: object) => readEntities([{ type: "user", id: "nina", properties }]);
  const [nina] = put({
    fhirReferences: ["https://fhir.example.org/Practitioner/nina", "Practitioner/nina/_history/2"],
  });
  assert.deepEqual(nina?.properties, { fhirReferences: ["Practitioner/nina"] });
  assert.deepEqual(linkedTo(directoryOf([{ ...(nina as Entity), version: 1 }], 1), "Practitioner/nina"), [
    { id: "nina", type: "user" },
  ]);
  for (const [properties, message] of [
    [{ fhirReferences: "Practitioner/nina" }, "must be a list of texts"],
    [{ fhirReferences: ["nina"] }, "must be Type/id, such as Practitioner/nina (item 0)"],
    [{ fhirReferences: ["Practitoner/nina"] }, "Practitoner is no type of FHIR; did you mean Practitioner? (item 0)"],
    [{ fhirUser: "Practitioner/nina" }, "is what callers send; what the directory knows are fhirReferences"],
  ] as const)
    assert.throws(
      () => put(properties),
      (error: unknown) => error instanceof ScopewardenError && error.problems[0]?.message === message,
    );
});

test("that a link ended takes no refusal away: who was linked to an earlier version stays", () => {
  const refuses = (id: string) => ({
    effect: "DENY" as const,
    recipients: [
      {
        subject: { id, type: "Practitioner" },
        ...{ clientId: null, group: null, identifier: null, organization: null, role: null },
      },
    ],
    exceptions: [],
  });
  const link = (id: string, ...users: readonly string[]) => ({
    reference: `Practitioner/${id}`,
    subjects: users.map((user) => ({ id: user, type: "user" })),
  });
  const before = { links: [link("paul", "doc"), link("eve", "eve")] };
  assert.deepEqual(keptLinks(refuses("paul"), before), [link("paul", "doc")]);
  assert.deepEqual(keptLinks({ ...refuses("paul"), links: [link("paul")] }, before), [link("paul", "doc")]);
  assert.deepEqual(keptLinks({ ...refuses("paul"), links: [link("paul", "new")] }, before), [
    link("paul", "new", "doc"),
  ]);
  assert.deepEqual(keptLinks({ ...refuses("paul"), links: [link("paul", "new")] }, null), [link("paul", "new")]);
  assert.equal(keptLinks(refuses("nobody"), before), undefined);
});
