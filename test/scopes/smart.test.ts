import assert from "node:assert/strict";
import { test } from "node:test";
import { printAtom } from "../../src/domain/scopes/atom.ts";
import { FHIR_VERSIONS, type FhirVersion } from "../../src/domain/scopes/fhir.ts";
import {
  explainSmartScope,
  isScopeToken,
  looksLikeSmart,
  parseSmartScope,
  printSmartScope,
  smartScopeIn,
  upgradeScopeText,
} from "../../src/domain/scopes/smart.ts";

const message = (text: string): string => {
  const parsed = explainSmartScope(text, "R4");
  return parsed.ok ? "" : parsed.message;
};

test("a scope gives its parts and its atoms", () => {
  const scope = parseSmartScope("patient/Condition.rs?category=x|problem-list-item");
  assert.deepEqual(scope?.actions, ["read", "search"]);
  assert.equal(scope?.version, 2);
  assert.deepEqual(scope?.atoms.map(printAtom), [
    "patient/Condition.read?category=x|problem-list-item",
    "patient/Condition.search?category=x|problem-list-item",
  ]);
  assert.deepEqual(parseSmartScope("system/*.write")?.atoms.map(printAtom), [
    "system/*.create",
    "system/*.update",
    "system/*.delete",
  ]);
});

test("what is not fully parsed grants nothing", () => {
  for (const text of [
    "patient/Observation",
    "patient/Observation.",
    "patient/.rs",
    "patient/Observation.rs ",
    " patient/Observation.rs",
    "patient/Observation.rs?",
    "patient/Observation.rs?category",
    "patient/Observation.rs?category=a?code=b",
    "patient/Observation.rs&category=a",
    "patient/Observation.rs#",
    "patient/Observation.rs.rs",
    "patient/Observation.rr",
    "patient/Observation.sr",
    "patient/Observation.dus",
    "patient/Observation.RS",
    "patient/Observation.reads",
    "patient/Observation.Read",
    "patient/Observation.**",
    "patient/Observation.create",
    "patient/observation.rs",
    "patient/Foo.rs",
    "patient/Resource.rs",
    "patient/DomainResource.rs",
    "patient/SubscriptionStatus.rs",
    "patient/lab_result.rs",
    "patient/**.rs",
    "patient/Obs*.rs",
    "patient/constructor.rs",
    "Patient/Observation.rs",
    "patients/Observation.rs",
    "patient//Observation.rs",
    "patient/Observation/x.rs",
    "constructor/Observation.rs",
    "__proto__/Observation.rs",
    "any/Observation.rs",
    "patient/Observation.rs?category:in=a",
    "patient/Observation.rs?subject.name=a",
    "patient/Observation.rs?_has:Condition:patient:code=a",
    "patient/Observation.rs?_filter=a",
    "patient/*.rs?category=a",
    "patient/Observation.rs\u0000",
    "patient/Observation.rs\n",
    "patient/Observаtion.rs",
  ]) {
    assert.equal(smartScopeIn("R4", text), null, JSON.stringify(text));
    assert.notEqual(message(text), "");
  }
});

test("the version of FHIR says which types and parameters a scope may name", () => {
  for (const [text, ...versions] of [
    ["patient/Observation.rs", "R4", "R5", "R4B", "STU3", "DSTU2"],
    ["patient/*.rs", "R4", "R5", "R4B", "STU3", "DSTU2"],
    ["patient/MedicationRequest.r", "R4", "R5", "R4B", "STU3"],
    ["patient/MedicationOrder.r", "DSTU2"],
    ["user/Conformance.read", "DSTU2"],
    ["user/CapabilityStatement.read", "R4", "R5", "R4B", "STU3"],
    ["patient/BodySite.r", "STU3", "DSTU2"],
    ["system/Sequence.r", "STU3"],
    ["system/MolecularSequence.r", "R4", "R5", "R4B"],
    ["system/SubstanceSpecification.r", "R4"],
    ["system/SubstanceDefinition.r", "R5", "R4B"],
    ["user/DeviceUseStatement.r", "R4", "R4B", "STU3", "DSTU2"],
    ["user/DeviceUsage.r", "R5"],
    ["patient/Encounter.rs?length=gt5||min", "R4", "R5", "R4B"],
    ["patient/Encounter.rs?length=gt5", "R4", "R5", "R4B", "STU3", "DSTU2"],
    ["patient/Observation.rs?component-value-reference=DocumentReference/1", "R5"],
    ["patient/*.rs?_source=urn:x", "R4", "R5", "R4B"],
  ] as const) {
    assert.deepEqual(parseSmartScope(text)?.fhirVersions, versions, text);
    for (const version of FHIR_VERSIONS) {
      const isKnown = (versions as readonly FhirVersion[]).includes(version);
      assert.equal(smartScopeIn(version, text) !== null, isKnown, `${text} in ${version}`);
      assert.equal(explainSmartScope(text, version).ok, isKnown, `${text} in ${version}`);
    }
  }
  assert.equal(
    message("system/SubstanceDefinition.r"),
    '"SubstanceDefinition" is no FHIR R4 resource type; it is one of R5, R4B',
  );
  const old = explainSmartScope("patient/MedicationRequest.r", "DSTU2");
  assert.match(old.ok ? "" : old.message, /no FHIR DSTU2 resource type; it is one of R4, R5, R4B, STU3/);
});

test("a version 1 scope has no constraint", () => {
  assert.equal(parseSmartScope("patient/Observation.read?category=a"), null);
  assert.match(message("patient/Observation.read?category=a"), /needs the letters of version 2: "\.rs"/);
});

test("why not, with the nearest name", () => {
  assert.equal(
    message("patient/Observaton.rs"),
    '"Observaton" is no FHIR R4 resource type; the nearest is "Observation"',
  );
  assert.equal(
    message("patient/observation.rs"),
    '"observation" is no FHIR R4 resource type; the nearest is "Observation"',
  );
  assert.match(message("patient/Observation.sr"), /the nearest is "rs"/);
  assert.match(message("patient/Observation.READ"), /the nearest is "read"/);
  assert.match(message("patient/Observation.rs?categry=a"), /the nearest is "category"/);
  assert.doesNotMatch(message("patient/Observation.xyz"), /nearest/);
});

test("a scope token is 1 to 2,048 characters of RFC 6749 section 3.3", () => {
  assert.ok(isScopeToken("a"));
  assert.ok(isScopeToken("a".repeat(2048)));
  for (const text of ["", "a".repeat(2049), "a b", 'a"b', "a\\b", "a\tb", "é", "a\u007f", "a\n"])
    assert.ok(!isScopeToken(text), text);
  for (let code = 0; code < 128; code++) {
    const permitted = code === 0x21 || (code >= 0x23 && code <= 0x5b) || (code >= 0x5d && code <= 0x7e);
    assert.equal(isScopeToken(String.fromCharCode(code)), permitted, `%x${code.toString(16)}`);
  }
  assert.equal(parseSmartScope(`patient/Observation.rs?category=${"a".repeat(2025)}`), null);
});

test("what claims to be SMART is known by its start", () => {
  for (const text of ["patient/x", "user/", "system/Observation.rs"]) assert.ok(looksLikeSmart(text));
  for (const text of ["launch/patient", "Patient/x", "patient", "view_lab_results", ""])
    assert.ok(!looksLikeSmart(text));
});

test("printing is canonical, and only version 1 scopes are upgraded", () => {
  const scope = parseSmartScope("patient/Condition.rs?code=2&category=b,a");
  assert.ok(scope);
  assert.equal(printSmartScope(scope), "patient/Condition.rs?category=a,b&code=2");
  assert.equal(scope.text, "patient/Condition.rs?code=2&category=b,a");
  assert.equal(upgradeScopeText("user/*.*"), "user/*.cruds");
  assert.equal(
    upgradeScopeText("patient/Condition.rs?code=2&category=b,a"),
    "patient/Condition.rs?code=2&category=b,a",
  );
  assert.equal(upgradeScopeText("patient/Foo.read"), "patient/Foo.read");
});
