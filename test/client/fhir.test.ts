import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  attributesOf,
  isWithheld,
  matches,
  redact,
  toFhirSearch,
  toResource,
} from "../../clients/node/src/fhir/fhir.ts";
import { SEARCH_PATHS } from "../../clients/node/src/fhir/searchPaths.ts";
import { parseBundle } from "../../src/cli/fhirBundle.ts";
import { fhirTypesOf, parameterKind, parameterNames } from "../../src/domain/scopes/fhir.ts";

const HL7 = "http://terminology.hl7.org/CodeSystem/";
const NORMAL = { system: `${HL7}v3-Confidentiality`, code: "N" };
const CATEGORY = `${HL7}observation-category`;
const observation = (more: object = {}) => ({
  resourceType: "Observation",
  id: "o1",
  meta: { security: [NORMAL] },
  status: "final",
  category: [{ coding: [{ system: CATEGORY, code: "laboratory" }] }],
  code: { coding: [{ system: "http://loinc.org", code: "4548-4" }] },
  subject: { reference: "Patient/ada" },
  effectiveDateTime: "2026-03-01",
  valueQuantity: { value: 6.1, system: "http://unitsofmeasure.org", code: "%" },
  ...more,
});
interface Bundle {
  readonly entry: readonly {
    readonly fullUrl: string;
    readonly resource: { readonly id: string; readonly resourceType: string };
  }[];
}
const base = "https://fhir.example/r4";

describe("where the values of search parameters stand", () => {
  test("every path is of a parameter that the service knows", () => {
    let paths = 0;
    for (const [type, parameters] of Object.entries(SEARCH_PATHS))
      for (const name of Object.keys(parameters)) {
        paths++;
        assert.notEqual(parameterKind(type, name, "R4"), null, `${type}.${name}`);
      }
    const parameters = [...fhirTypesOf("R4")].flatMap((type) => parameterNames(type, "R4").map((name) => [type, name]));
    const own = parameters.filter(
      ([type = "", name = ""]) => SEARCH_PATHS[type]?.[name] ?? SEARCH_PATHS.Resource?.[name],
    );
    assert.ok(own.length / parameters.length > 0.95, `${own.length} of ${parameters.length}`);
    assert.ok(paths > 1200, String(paths));
  });
});

describe("attributesOf", () => {
  test("says what the command says of a bundle, and more", () => {
    const file = new URL("../../examples/fhir/liz-conn.json", import.meta.url);
    const written = readFileSync(file, "utf8");
    const urls = (JSON.parse(written) as Bundle).entry.map(
      ({ fullUrl, resource: { id, resourceType } }) => [fullUrl, `${resourceType}/${id}`] as const,
    );
    // The command resolves what the bundle names by its own addresses; a server has done so when it has stored them.
    const text = urls.reduce(
      (all, [url, reference]) => all.replaceAll(`"reference": "${url}"`, `"reference": "${reference}"`),
      written,
    );
    const entries = (JSON.parse(text) as Bundle).entry;
    const facts = parseBundle("liz-conn.json", text).resources;
    assert.ok(facts.length > 10);
    for (const [i, expected] of facts.entries()) {
      const { attributes, id, patients, type } = attributesOf(entries[i]?.resource ?? {});
      assert.equal(type, expected.type);
      assert.equal(id, expected.id);
      assert.deepEqual(patients, expected.patients ?? (expected.patient === null ? [] : [expected.patient]), type);
      for (const name of ["codes", "references"]) assert.deepEqual(attributes[name], expected.attributes[name], type);
      for (const name of ["category", "code", "status", "type"]) {
        const said = expected.attributes[name];
        if (said !== undefined && attributes[name] !== undefined)
          assert.deepEqual(attributes[name], typeof said === "string" ? [said] : said, `${type}.${name}`);
      }
    }
  });

  test("of an Observation", () => {
    assert.deepEqual(
      attributesOf(observation({ performer: [{ reference: `${base}/Practitioner/paul/_history/2` }] }), { base }),
      {
        type: "Observation",
        id: "o1",
        patients: ["ada"],
        labels: [`${NORMAL.system}|N`],
        attributes: {
          date: ["2026-03-01"],
          status: ["final"],
          code: ["http://loinc.org|4548-4"],
          "combo-code": ["http://loinc.org|4548-4"],
          category: [`${CATEGORY}|laboratory`],
          patient: ["Patient/ada"],
          subject: ["Patient/ada"],
          performer: ["Practitioner/paul"],
          references: ["Patient/ada", "Practitioner/paul"],
          codes: [
            `${NORMAL.system}|N`,
            `${CATEGORY}|laboratory`,
            "http://loinc.org|4548-4",
            "http://unitsofmeasure.org|%",
          ],
          "value-quantity": ["6.1|http://unitsofmeasure.org|%"],
          "combo-value-quantity": ["6.1|http://unitsofmeasure.org|%"],
        },
      },
    );
  });

  test("what can't be said whole is left out", () => {
    const of = (more: object) => attributesOf(observation(more)).attributes;
    for (const [more, name] of [
      [{ category: [{ text: "Laboratory" }] }, "category"],
      [{ category: [{ coding: [{ system: "a|b", code: "c" }] }] }, "category"],
      [{ category: [{ coding: [{ system: CATEGORY, code: "laboratory" }] }, { text: "?" }] }, "category"],
      [{ category: "laboratory" }, "category"],
      [{ status: undefined, _status: { extension: [] } }, "status"],
      [{ effectivePeriod: { start: "2026-01-01" } }, "date"],
      [{ valueQuantity: { value: 5, comparator: "<" } }, "value-quantity"],
      [{ valueQuantity: JSON.parse('{ "value": 6.1234567890123456789 }') }, "value-quantity"],
      [{ valueQuantity: { value: "6.1" } }, "value-quantity"],
      [{ performer: [{ reference: "#p" }] }, "performer"],
      [{ performer: [{ reference: "urn:uuid:1" }] }, "performer"],
      [{ performer: [{ display: "Paul" }] }, "references"],
      [{ code: { text: "HbA1c" } }, "codes"],
      [{ identifier: [{ value: "x".repeat(5000) }] }, "identifier"],
    ] as const) {
      assert.ok(!(name in of(more)), `${name} of ${JSON.stringify(more)}`);
    }
    assert.deepEqual(of({ meta: { tag: [{ code: "SUBSETTED" }] } }), {});
    const many = Array.from({ length: 9 }, (_, i) => ({ reference: `Practitioner/${i}${"x".repeat(60)}` }));
    const long = of({ performer: many, focus: many, identifier: many.map(({ reference }) => ({ value: reference })) });
    assert.ok(JSON.stringify(long).length <= 16_384);
  });

  test("numbers are texts, as exact as they were", () => {
    const of = (value: unknown) => attributesOf(observation({ valueQuantity: { value } })).attributes["value-quantity"];
    assert.deepEqual(of(6.1), ["6.1"]);
    assert.deepEqual(of(-0.000001), ["-0.000001"]);
    assert.deepEqual(of(1e21), ["1e21"]);
    assert.deepEqual(of(123456789012345), ["123456789012345"]);
    assert.equal(of(1234567890123456), undefined);
  });

  test("whose it is, or that this can't be read", () => {
    const of = (resource: object, options = {}) => attributesOf(resource, options).patients;
    assert.deepEqual(of({ resourceType: "Patient", id: "ada" }), ["ada"]);
    assert.equal(of({ resourceType: "Patient" }), null);
    assert.deepEqual(of(observation({ subject: { reference: `${base}/Patient/ada` } }), { base }), ["ada"]);
    for (const reference of [
      `${base}/Patient/ada`,
      "urn:uuid:1",
      "#p",
      "Patient?identifier=1",
      "patient/ada",
      undefined,
    ])
      assert.equal(of(observation({ subject: { reference, display: "Ada" } })), null, String(reference));
    assert.deepEqual(of(observation({ subject: { reference: "Device/d" } })), []);
    assert.deepEqual(of(observation({ subject: undefined })), []);
    const actor = (reference: string) => ({ actor: { reference } });
    const appointment = {
      resourceType: "Appointment",
      participant: [actor("Patient/a"), actor("Patient/b"), actor("Location/c")],
    };
    assert.deepEqual(of(appointment), ["a", "b"]);
    assert.deepEqual(of({ resourceType: "Coverage", beneficiary: { reference: "Patient/ada" } }), ["ada"]);
    assert.deepEqual(of({ resourceType: "Group", member: [{ entity: { reference: "Patient/ada" } }] }), ["ada"]);
    assert.deepEqual(of({ resourceType: "Location" }), []);
    assert.equal(toResource(attributesOf(observation({ subject: { display: "Ada" } }))), null);
    assert.deepEqual(toResource(attributesOf(appointment), "clinic")?.patients, ["a", "b"]);
    assert.equal(toResource(attributesOf(observation()))?.patient, "ada");
  });

  test("a label that can't be read makes the labels unknown, and is not left out", () => {
    const of = (security: unknown) => attributesOf(observation({ meta: { security } })).labels;
    assert.deepEqual(of([NORMAL, { code: "ward" }]), [`${NORMAL.system}|N`, "ward"]);
    for (const security of [undefined, [], [NORMAL, { display: "secret" }], "N", [NORMAL, null]])
      assert.equal(of(security), undefined);
  });

  test("nothing that is no resource breaks it", () => {
    for (const odd of [
      [],
      "x",
      null,
      { resourceType: 7 },
      { resourceType: "constructor", id: [] },
      { resourceType: "Nope" },
    ])
      assert.equal(typeof attributesOf(odd as object).type, "string");
  });
});

describe("matches", () => {
  const filter = (...allOf: readonly object[][]) => ({ allOf: allOf.map((anyOf) => ({ anyOf })) });
  const laboratory = { type: "constraint", constraint: `category=${CATEGORY}|laboratory` };
  const ben = { type: "patient", patient: "ben" };
  const unknown = { type: "moon", phase: 1 };

  test("of each clause one, three-valued", () => {
    for (const [allOf, expected] of [
      [filter([laboratory]), true],
      [filter([ben]), false],
      [filter([laboratory, ben]), true],
      [filter([laboratory], [ben]), false],
      [filter([unknown]), null],
      [filter([unknown, laboratory]), true],
      [filter([laboratory], [unknown]), null],
      [filter([ben], [unknown]), false],
      [filter([]), false],
      [filter(), true],
      [{ allOf: [{ anyOf: [laboratory], but: 1 }] }, null],
      [{ allOf: [laboratory] }, null],
      [{ allOf: "all" }, null],
      [{ ...filter([laboratory]), more: 1 }, null],
      [filter([{ ...laboratory, unless: "x" }]), null],
      [filter([{ type: "constraint", constraint: "category:not=x" }]), null],
      [filter([{ type: "all", of: [] }]), null],
      [null, null],
    ] as const)
      assert.equal(matches(allOf, observation()), expected, JSON.stringify(allOf));
  });

  test("what can't be read does not match", () => {
    assert.equal(matches(filter([laboratory]), observation({ category: [{ text: "Laboratory" }] })), null);
    assert.equal(matches(filter([{ ...ben }]), observation({ subject: { display: "Ben" } })), null);
    assert.equal(matches(filter([{ type: "resourceType", resourceType: "Condition" }]), observation()), false);
  });
});

describe("redact", () => {
  const labels = { type: "redact", parameters: { anyOf: [{ type: "labels", labels: [`${HL7}v3-ActCode|ETH`] }] } };
  const types = { type: "redact", parameters: { anyOf: [{ type: "resourceTypes", resourceTypes: ["Medication"] }] } };
  const ETH = { system: `${HL7}v3-ActCode`, code: "ETHUD" };

  test("a resource is itself, or withheld", () => {
    const plain = observation();
    assert.equal(redact(plain, labels), plain);
    assert.equal(isWithheld(labels.parameters, plain), false);
    const secret = observation({ meta: { security: [NORMAL, { ...ETH, code: "ETH" }] } });
    assert.equal(redact(secret, labels), null);
    assert.equal(isWithheld(labels.parameters, secret), true);
    const unlabelled = observation({ meta: {} });
    assert.equal(redact(unlabelled, labels), null);
    assert.equal(isWithheld(labels.parameters, unlabelled), null);
  });

  test("an obligation of another form withholds all", () => {
    for (const obligation of [
      { type: "redact", parameters: null },
      { type: "redact", parameters: { elements: ["name"] } },
      { type: "redact", parameters: { ...labels.parameters, elements: ["name"] } },
      { type: "redact", parameters: { anyOf: [{ type: "moon" }] } },
      { ...labels, type: "filter" },
    ])
      assert.equal(redact(observation(), obligation), null);
  });

  test("what is contained and withheld goes, with what refers to it and the narrative, and the rest says so", () => {
    const request = {
      resourceType: "MedicationRequest",
      id: "m1",
      meta: { security: [NORMAL] },
      text: { status: "generated", div: "<div>Methadone</div>" },
      contained: [
        { resourceType: "Medication", id: "m", code: { text: "Methadone" } },
        { resourceType: "Practitioner", id: "p", text: { div: "<div>Paul</div>" } },
      ],
      subject: { reference: "Patient/ada" },
      medicationReference: { reference: "#m", display: "Methadone" },
      requester: { reference: "#p" },
    };
    const kept = redact(request, types) as typeof request;
    assert.ok(kept !== null);
    assert.doesNotMatch(JSON.stringify(kept), /Methadone|div/);
    assert.deepEqual(kept.contained, [{ resourceType: "Practitioner", id: "p" }]);
    assert.deepEqual(kept.requester, { reference: "#p" });
    assert.deepEqual(
      (kept.meta as { tag?: { code: string }[] }).tag?.map(({ code }) => code),
      ["SUBSETTED"],
    );
    assert.deepEqual(kept.meta.security, [NORMAL]);
    assert.equal(redact(kept, types), kept);
    assert.match(JSON.stringify(request), /Methadone/);
  });
});

describe("toFhirSearch", () => {
  const constraint = (text: string) => ({ type: "constraint", constraint: text });
  const patient = { type: "patient", patient: "ada" };
  test("says of a filter what a search can", () => {
    for (const [allOf, type, parameters, complete] of [
      [
        [[constraint("category=a,b&code=x")]],
        "Observation",
        [
          ["category", "a,b"],
          ["code", "x"],
        ],
        true,
      ],
      [[[constraint("category=a"), constraint("category=b")]], "Observation", [["category", "a,b"]], true],
      [[[patient]], "Observation", [["patient", "Patient/ada"]], true],
      [[[patient]], "Patient", [["_id", "ada"]], true],
      [[[patient], [constraint("category=a"), patient]], "Observation", [["patient", "Patient/ada"]], false],
      [[[constraint("category=a"), constraint("code=x")]], "Observation", [], false],
      [[[{ type: "labels", labels: ["N"] }]], "Observation", [], false],
      [[[{ type: "resourceType", resourceType: "Observation" }, patient]], "Observation", [], true],
      [[[patient]], "Location", [], false],
      [[[constraint("nope=a")]], "Observation", [], false],
      [[], "Observation", [], true],
    ] as const)
      assert.deepEqual(
        toFhirSearch({ allOf: allOf.map((anyOf) => ({ anyOf })) }, type),
        { parameters, complete },
        JSON.stringify(allOf),
      );
    for (const odd of [null, {}, { allOf: 1 }, { allOf: [patient] }, { allOf: [], more: 1 }])
      assert.equal(toFhirSearch(odd, "Observation"), null);
  });
});
