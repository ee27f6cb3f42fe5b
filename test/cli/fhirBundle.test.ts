import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { CliError, EXIT } from "../../src/cli/exit.ts";
import { MAX_FILE_BYTES, onlyPatient, parseBundle, readBundle } from "../../src/cli/fhirBundle.ts";
import type { ResourceFacts } from "../../src/cli/fhirResource.ts";

type Entry = { readonly fullUrl?: string; readonly resource?: unknown };
const bundle = (...entry: readonly unknown[]): string =>
  JSON.stringify({ resourceType: "Bundle", type: "collection", entry });
const factsOf = (...entries: readonly Entry[]): readonly ResourceFacts[] =>
  parseBundle("b.json", bundle(...entries)).resources;
const one = (resource: object): ResourceFacts | undefined => factsOf({ resource })[0];

const LIZ = "urn:uuid:ee9f8dd8-0000-4000-8000-000000000001";
const patient: Entry = { fullUrl: LIZ, resource: { resourceType: "Patient", id: "liz" } };
const about = (reference: string, ...others: readonly Entry[]): ResourceFacts | undefined =>
  factsOf({ resource: { resourceType: "Observation", subject: { reference } } }, ...others)[0];

test("a patient's patient is the patient", () => {
  assert.deepEqual(factsOf(patient)[0], {
    type: "Patient",
    id: "liz",
    patient: "liz",
    patients: null,
    patientUnresolved: false,
    labels: null,
    // All that it refers to and is coded with: nothing.
    attributes: { codes: [], references: [] },
  });
});

test("references to the patient", () => {
  const resolved: readonly [string, string | null, boolean][] = [
    ["Patient/123", "123", false],
    ["Patient/123/_history/2", "123", false],
    [LIZ, "liz", false],
    ["urn:uuid:00000000-0000-4000-8000-000000000009", null, true],
    ["https://elsewhere.example/fhir/Patient/123", null, true],
    ["Patient?identifier=123", null, true],
    ["#contained", null, true],
    ["Group/1", null, false],
    ["https://elsewhere.example/fhir/Group/1", null, false],
    ["Device?identifier=1", null, false],
  ];
  for (const [reference, id, unresolved] of resolved) {
    const facts = about(reference, patient);
    assert.deepEqual([facts?.patient, facts?.patientUnresolved], [id, unresolved], reference);
  }
  const url = "https://here.example/fhir/Patient/9";
  assert.equal(about(url, { fullUrl: url, resource: { resourceType: "Patient", id: "9" } })?.patient, "9");
  assert.equal(about(LIZ, { fullUrl: LIZ, resource: { resourceType: "Practitioner", id: "p" } })?.patient, null);
});

test("a patient without an id goes by the uuid of its fullUrl", () => {
  const [first, second] = factsOf(
    { fullUrl: LIZ, resource: { resourceType: "Patient" } },
    { resource: { resourceType: "Coverage", beneficiary: { reference: LIZ } } },
  );
  assert.equal(first?.id, "ee9f8dd8-0000-4000-8000-000000000001");
  assert.equal(second?.patient, first?.id);
});

test("where two entries share a fullUrl and differ, neither is meant", () => {
  const facts = about(LIZ, patient, { fullUrl: LIZ, resource: { resourceType: "Patient", id: "max" } });
  assert.deepEqual([facts?.patient, facts?.patientUnresolved], [null, true]);
});

test("a resource about two patients is each one's, if the file says who they are", () => {
  const facts = one({ resourceType: "Account", subject: [{ reference: "Patient/1" }, { reference: "Patient/2" }] });
  assert.deepEqual([facts?.patient, facts?.patients, facts?.patientUnresolved], [null, ["1", "2"], false]);
  const half = one({ resourceType: "Account", subject: [{ reference: "Patient/1" }, { display: "Somebody" }] });
  assert.deepEqual([half?.patient, half?.patients, half?.patientUnresolved], [null, null, true]);
  assert.equal(
    one({ resourceType: "Account", subject: [{ reference: "Patient/1" }, { reference: "Patient/1" }] })?.patient,
    "1",
  );
  assert.equal(
    one({ resourceType: "Claim", patient: { reference: "Patient/1" }, subject: { reference: "Group/2" } })?.patient,
    "1",
  );
  assert.deepEqual(one({ resourceType: "Claim", patient: { display: "Somebody" } })?.patientUnresolved, true);
});

test("attributes: tokens of category, code and type, and plain codes", () => {
  const facts = one({
    resourceType: "Observation",
    status: "final",
    category: [
      { coding: [{ system: "http://c", code: "laboratory" }, { code: "bare" }, { system: "http://c" }] },
      { text: "no code" },
    ],
    code: {
      coding: [
        { system: "http://loinc.org", code: "1-8" },
        { system: "http://loinc.org", code: "1-8" },
      ],
    },
    type: { system: "http://t|x", code: "dubious" },
    interpretation: [{ coding: [{ code: "H" }] }],
  });
  assert.deepEqual(facts?.attributes, {
    category: ["http://c|laboratory", "bare"],
    code: ["http://loinc.org|1-8"],
    status: "final",
    // No `codes`: what is bare or said in words alone can't be told.
    references: [],
  });
  assert.deepEqual(one({ resourceType: "AllergyIntolerance", category: ["food", "medication"] })?.attributes, {
    category: ["food", "medication"],
    codes: [],
    references: [],
  });
});

test("labels: the codes of meta.security, and no word of them where there are none", () => {
  assert.equal(one({ resourceType: "Basic", meta: { tag: [] } })?.labels, null);
  assert.equal(one({ resourceType: "Basic", meta: { security: [] } })?.labels, null);
  assert.deepEqual(
    one({ resourceType: "Basic", meta: { security: [{ code: "R" }, { system: "s", code: "SUD" }, { code: "R" }] } })
      ?.labels,
    ["R", "SUD"],
  );
});

test("types that FHIR does not know are read like all others", () => {
  assert.equal(one({ resourceType: "Tricorder", id: "1" })?.type, "Tricorder");
});

test("auto is the only patient, or an error", () => {
  assert.equal(onlyPatient(parseBundle("b.json", bundle(patient, patient))), "liz");
  assert.throws(
    () => onlyPatient(parseBundle("b.json", bundle({ resource: { resourceType: "Basic" } }))),
    /b\.json has none\. Give the id/,
  );
  assert.throws(
    () => onlyPatient(parseBundle("b.json", bundle({ resource: { resourceType: "Patient" } }))),
    /one without an id/,
  );
  assert.throws(
    () => onlyPatient(parseBundle("b.json", bundle(patient, { resource: { resourceType: "Patient", id: "max" } }))),
    /has 2\./,
  );
});

const refused: readonly { readonly what: string; readonly text: string; readonly message: RegExp }[] = [
  { what: "no JSON", text: "<Bundle/>", message: /^b\.json is not JSON\./ },
  { what: "nested beyond measure", text: `${"[".repeat(200_000)}`, message: /^b\.json is not JSON\./ },
  {
    what: "another resource",
    text: '{"resourceType":"Patient"}',
    message: /^b\.json is not a FHIR Bundle but a Patient: /,
  },
  { what: "a list", text: "[]", message: /^b\.json is not a FHIR Bundle: / },
  { what: "null", text: "null", message: /^b\.json is not a FHIR Bundle: / },
  {
    what: "entries that are no list",
    text: '{"resourceType":"Bundle","entry":{}}',
    message: /its entry must be a list/,
  },
  { what: "no entries", text: '{"resourceType":"Bundle"}', message: /has no entries/ },
  {
    what: "too many entries",
    text: `{"resourceType":"Bundle","entry":[${"0,".repeat(100_000)}0]}`,
    message: /has 100001 entries; at most 100000/,
  },
  { what: "an entry that is no object", text: bundle(patient, 1), message: /^b\.json: entry\[1\] is no object$/ },
  {
    what: "an entry without resource",
    text: bundle(patient, patient, { request: { method: "DELETE" } }),
    message: /^b\.json: entry\[2\] has no resource$/,
  },
  {
    what: "a resource that is no object",
    text: bundle({ resource: [] }),
    message: /entry\[0\] has a resource that is no object$/,
  },
  {
    what: "a resource without a type",
    text: bundle({ resource: { id: "1" } }),
    message: /entry\[0\] has a resource without resourceType$/,
  },
  {
    what: "an id that is no text",
    text: bundle({ resource: { resourceType: "Basic", id: 1 } }),
    message: /entry\[0\] has a resource whose id is no text$/,
  },
  {
    what: "a label without a code",
    text: bundle({ resource: { resourceType: "Basic", meta: { security: [{ display: "secret" }] } } }),
    message: /entry\[0\] has a security label without a code$/,
  },
  {
    what: "labels that are no list",
    text: bundle({ resource: { resourceType: "Basic", meta: { security: {} } } }),
    message: /entry\[0\] has a meta\.security that is no list$/,
  },
];
for (const { what, text, message } of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => parseBundle("b.json", text),
      (error: unknown) => error instanceof CliError && error.exitCode === EXIT.badInput && message.test(error.message),
    );
  });
}

test("all wrong entries are named, up to a point", () => {
  assert.throws(
    () => parseBundle("b.json", bundle(...Array(25).fill({}))),
    /entry\[0\] has no resource\n[\s\S]*entry\[19\] has no resource\nb\.json: and 5 more$/,
  );
});

test("files: too large, not text, not there, a folder, with a byte order mark", async () => {
  const dir = await mkdtemp(join(tmpdir(), "bundle-"));
  try {
    const file = join(dir, "b.json");
    await writeFile(file, `\ufeff${bundle(patient)}`);
    assert.equal((await readBundle(file)).resources.length, 1);
    await writeFile(file, Uint8Array.from([0x22, 0xff, 0x22]));
    await assert.rejects(readBundle(file), /is not UTF-8 text/);
    await truncate(file, MAX_FILE_BYTES + 1);
    await assert.rejects(readBundle(file), /at most 67108864 are read\. Split the bundle\./);
    await assert.rejects(readBundle(join(dir, "none.json")), /can't be read/);
    await assert.rejects(readBundle(dir), /is not a file/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test("the example bundle: one patient, everything resolved, labels on the last two", async () => {
  const example = await readBundle("examples/fhir/liz-conn.json");
  const id = onlyPatient(example);
  assert.equal(example.resources.length, 19);
  assert.deepEqual(
    example.resources
      .filter(({ patient: of }) => of !== id)
      .map(({ type }) => type)
      .sort(),
    ["Organization", "Practitioner"],
  );
  assert.ok(example.resources.every(({ patientUnresolved }) => !patientUnresolved));
  assert.deepEqual(
    example.resources.slice(-2).map(({ labels }) => labels),
    [["SUD"], ["R", "PSYTHPN"]],
  );
});
