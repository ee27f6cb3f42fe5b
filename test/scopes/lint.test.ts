import assert from "node:assert/strict";
import { test } from "node:test";
import { type Atom, type AtomDeclaration, atomsOf } from "../../src/domain/scopes/atom.ts";
import type { LintFinding } from "../../src/domain/scopes/lint/finding.ts";
import { lintRules, lintScope } from "../../src/domain/scopes/lint/lintScope.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";

function atoms(...declarations: readonly Partial<AtomDeclaration>[]): readonly Atom[] {
  const parsed = atomsOf(
    declarations.map((part) => ({
      context: "ANY",
      resourceType: "Observation",
      actions: ["read"],
      constraint: null,
      ...part,
    })),
  );
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return parsed.value;
}

const codes = (name: string, list: readonly Atom[], title: string | null = null): readonly string[] =>
  lintScope({ name, title, atoms: list }).map((finding) => finding.code);
const smart = (text: string): readonly string[] => codes(text, parseSmartScope(text)?.atoms ?? []);
const find = (code: string, name: string, list: readonly Atom[]): LintFinding | undefined =>
  lintScope({ name, title: null, atoms: list }).find((finding) => finding.code === code);

const CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category";
const LAB = atoms({ actions: ["read", "search"], constraint: `category=${CATEGORY}|laboratory` });

test("scopes of one kind of action on one type are not refused", () => {
  assert.deepEqual(codes("view_lab_results", LAB, "View laboratory results"), []);
  assert.deepEqual(
    codes("view_lab_results", atoms({ actions: ["read", "search"], constraint: "category=laboratory" })),
    [],
  );
  assert.deepEqual(
    codes("update_medication_records", atoms({ resourceType: "MedicationRequest", actions: ["create", "update"] })),
    [],
  );
  assert.deepEqual(codes("approve_order", atoms({ resourceType: "ServiceRequest", actions: ["approve"] })), []);
  assert.deepEqual(codes("view_todos", atoms({ resourceType: "todo", actions: ["can_read_todos"] })), []);
  assert.deepEqual(
    codes("view_allergies", atoms({ resourceType: "AllergyIntolerance", actions: ["read", "search"] })),
    [],
  );
  assert.deepEqual(smart("patient/Immunization.rs"), []);
  for (const name of ["allocate_beds", "view_wall_chart", "company_data", "fulfil_orders", "many"]) {
    assert.ok(!codes(name, LAB).includes("BROAD_NAME"), name);
  }
});

test("broad scopes are refused", () => {
  assert.ok(codes("view_things", atoms({ resourceType: "*" })).includes("WILDCARD_TYPE"));
  const everything = atoms({ actions: ["create", "read", "update", "delete", "search"] });
  assert.ok(codes("manage_observations", everything).includes("WILDCARD_ACTIONS"));
  for (const name of [
    "read_all_data",
    "readAllData",
    "any.observation",
    "full-access",
    "observations.*",
    "ALL_DATA",
    "all",
  ]) {
    assert.ok(codes(name, LAB).includes("BROAD_NAME"), name);
  }
  const unrelated = atoms(
    { resourceType: "Condition", constraint: "category=a" },
    { resourceType: "Slot", actions: ["create"] },
  );
  assert.deepEqual(codes("x", unrelated), ["UNRELATED_ATOMS", "READ_AND_WRITE"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot", actions: ["read", "update"] })), ["READ_AND_WRITE"]);
  assert.deepEqual(smart("patient/*.*"), [
    "WILDCARD_TYPE",
    "WILDCARD_ACTIONS",
    "READ_AND_WRITE",
    "SENSITIVE_UNCONSTRAINED",
  ]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot" }, { resourceType: "todo", actions: ["approve"] })), [
    "UNRELATED_ATOMS",
  ]);
});

test("a mistyped code system is an error that names the right one", () => {
  const wrong = atoms({
    constraint: "category=http://terminology.hl7.org//CodeSystem-observation-category|social-history",
  });
  const finding = find("CODE_SYSTEM_WRONG", "view_social_history", wrong);
  assert.equal(finding?.severity, "ERROR");
  assert.equal(finding?.narrowing, `Write ${CATEGORY}.`);
  assert.deepEqual(codes("x", atoms({ constraint: `category=${CATEGORY}|social-history` })), []);
  assert.deepEqual(
    codes("x", atoms({ constraint: "identifier=mrn|5" })),
    [],
    "the issuer of an identifier is no code system",
  );
});

test("warnings about codes and ranges", () => {
  assert.match(
    find("CODE_UNKNOWN", "x", atoms({ constraint: `category=${CATEGORY}|labratory` }))?.narrowing ?? "",
    /^Write laboratory if/,
  );
  assert.deepEqual(codes("x", atoms({ constraint: "code=http://terminology.hl7.org/CodeSystem/brand-new|a" })), [
    "CODE_SYSTEM_UNRECOGNISED",
  ]);
  assert.deepEqual(codes("x", atoms({ constraint: "date=ap2020" })), ["CONSTRAINT_UNVERIFIABLE"]);
  assert.deepEqual(codes("x", atoms({ actions: ["search"], constraint: "date=ap2020" })), []);
  assert.deepEqual(codes("x", atoms({ constraint: "date=ge2020-01-01" })), []);
});

test("a scope that names its sensitive category gets one finding, not two", () => {
  assert.deepEqual(codes("view_psychotherapy_notes", atoms({ resourceType: "DocumentReference" })), [
    "SENSITIVE_CATEGORY",
  ]);
});

test("sensitive categories without a constraint are pointed out", () => {
  assert.deepEqual(codes("view_conditions", atoms({ resourceType: "Condition" })), ["SENSITIVE_UNCONSTRAINED"]);
  for (const name of [
    "view_hiv_results",
    "view_psychotherapy_notes",
    "substance_use_records",
    "view_pregnancy_data",
    "mentalHealthNotes",
  ]) {
    assert.deepEqual(codes(name, atoms({ resourceType: "Communication" })), ["SENSITIVE_CATEGORY"], name);
    assert.deepEqual(codes(name, atoms({ resourceType: "Communication", constraint: "category=a" })), [], name);
  }
  assert.deepEqual(codes("view_notes", atoms({ resourceType: "Communication" }), "Notes on mental health"), [
    "SENSITIVE_CATEGORY",
  ]);
  assert.deepEqual(codes("view_substance", atoms({ resourceType: "Substance" })), [], "a chemical is no substance use");
});

test("warnings about scopes that do less, or other, than they seem to", () => {
  assert.deepEqual(codes("x", []), ["GRANTS_NOTHING"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot" }, { resourceType: "Schedule" })), ["SEVERAL_TYPES"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot", actions: ["read", "approve"] })), ["SEVERAL_KINDS"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Group", actions: ["$export"] })), ["WHOLE_RECORD_OPERATION"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot", actions: ["write"] })), ["ACTION_NOT_AN_INTERACTION"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "Slot", actions: ["Read"] })), ["ACTION_NOT_AN_INTERACTION"]);
  assert.deepEqual(codes("x", atoms({ resourceType: "observation" })), ["TYPE_LOOKS_LIKE_FHIR"]);
  assert.deepEqual(codes("x", atoms({ context: "PATIENT", resourceType: "Slot" })), ["OUTSIDE_PATIENT_COMPARTMENT"]);
  assert.deepEqual(codes("x", LAB, "Full blood count"), ["BROAD_TITLE"]);
});

test("every finding says how to narrow, no code is found twice, and nothing is refused without a reason", () => {
  const everyWrong = atoms(
    { resourceType: "*" },
    {
      context: "PATIENT",
      resourceType: "Slot",
      actions: ["write", "read", "update", "create", "delete", "search", "$export"],
    },
    { constraint: "category=http://terminology.hl7.org//CodeSystem-observation-category|x&date=ge2020" },
    { resourceType: "todo", actions: ["approve"] },
  );
  const findings = lintScope({ name: "all_hiv", title: "All", atoms: everyWrong });
  assert.ok(findings.length >= 9);
  assert.equal(new Set(findings.map((finding) => finding.code)).size, findings.length);
  for (const finding of findings) {
    for (const sentence of [finding.message, finding.narrowing])
      assert.match(sentence, /^[^a-z].*\.$|^(?:category|date)\b.*\.$/, finding.code);
  }
  // What can't be overridden comes first, what is only pointed out last.
  const order = ["ERROR", "REFUSE", "WARNING"];
  const severities = findings.map((finding) => order.indexOf(finding.severity));
  assert.deepEqual(severities, [...severities].sort());
  assert.equal(new Set(lintRules).size, lintRules.length);
});
