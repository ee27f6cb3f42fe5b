import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkCondition } from "../../src/engine/conditions.ts";
import { conditionTells } from "../../src/engine/identifyingCondition.ts";

/** What asks of what many have, or whether something is there that all have. */
const OF_NOBODY = [
  'purposeOfUse == "TREAT"',
  'purposeOfUse in ["TREAT", "ETREAT"] && action != "search"',
  'has(resource.labels) && ("R" in resource.labels || "V" in resource.labels)',
  'client.id == "nursing-app" && context.region != "on-premises"',
  'subject.organization == resource.organization && subject.type == "user"',
  'resource.attributes.category == "laboratory" && resource.attributes["clinical-status"] in ["active"]',
  'now.getHours("Europe/Berlin") < 20 && size(resource.labels) < 3',
  'now >= timestamp("2026-11-30T00:00:00Z") && timestamp("2026-12-01T00:00:00.000Z") > now',
  'now.getDayOfWeek() in [0, 6] || now.getHours() >= 20 || now.getMonth("Europe/Berlin") == 11',
  'scope == "view_labs" || scope in ["user/Observation.rs", "user/Observation.r?category=laboratory"]',
  'resource.attributes.date >= "2026-11" && resource.attributes["date"] != "2026-11-30"',
  "has(context.userAgent)",
  "has(resource.patients) && has(subject.id) && has(context.ipAddress)",
  '["a", "b"].exists(label, label in resource.labels)',
];

/** What is so of people: whether identities of one request meet, and whether something is there that names people. */
const OF_PEOPLE = [
  "has(subject.attributes.patientRecord)",
  "has(subject.attributes.relatives) && resource.patient in subject.attributes.relatives",
  "subject.attributes.household == resource.attributes.household",
  "subject.attributes.relatives.exists(r, true)",
  "subject.attributes.relatives == subject.attributes.relatives",
  "cel.bind(r, subject.attributes.relatives, true)",
  "subject.attributes.unit == resource.attributes.unit && has(resource.attributes.vip)",
  "has(resource.attributes) && has(resource.attributes.careTeam)",
  "subject.id == resource.patient",
  "has(subject.id) && subject.id != context.patient && context.patient in resource.patients",
  "subject.id in resource.attributes.careTeam || resource.patient in subject.attributes.represents",
  "resource.attributes.careTeam.exists(member, member == subject.id)",
  "resource.patients.all(p, p == context.patient)",
  "subject.id in [resource.patient, context.patient]",
  "resource.attributes.prescriber == subject.id",
  "subject.attributes.ward == resource.attributes.ward",
  "cel.bind(who, subject.id, who in resource.attributes.careTeam)",
];

/** What asks for somebody, and what may. */
const OF_SOMEBODY = [
  "resource.attributes.vip",
  "has(resource.attributes.vip) && resource.attributes.vip == true",
  'resource.attributes.unit == "ward-7"',
  'subject.attributes.departments.exists(d, d == "icu")',
  'resource.patient == "p-303"',
  // Whoever writes the directory, or the policy, words these.
  "has(subject.attributes.status) && resource.patient == subject.attributes.status",
  "resource.patient == subject.organization",
  "resource.patient in resource.labels",
  "context.patient == resource.attributes.code",
  "subject.id in [resource.patient, subject.organization]",
  "resource.patient == client.id",
  "resource.id == resource.type",
  '"p-303" == resource.patient',
  'resource["patient"] != "p-303"',
  '"p-303" in resource.patients',
  'resource.patient in ["p-303", "p-404"]',
  'subject.id == "omar"',
  'resource.id == "obs-1"',
  'context.patient == "p-303"',
  'context.ipAddress == "10.1.2.3"',
  'context.tokenId == "t"',
  'context.ipAddress.startsWith("10.")',
  'resource.patient.startsWith("p-3")',
  'resource.patient.endsWith("303")',
  'resource.patient.contains("30")',
  "size(resource.patient) == 5",
  "resource.patient.size() == 5",
  'resource.patient < "p-304"',
  "resource.patient < subject.id",
  "size(resource.patients) == 1",
  'subject.id + "x" == "omarx"',
  'subject.id == "om" + "ar"',
  'string(resource.patient) == "p-303"',
  'dyn(resource.patient) == "p-303"',
  'resource.patients[0] == "p-303"',
  'resource.patients == ["p-303"]',
  '[resource.patient] == ["p-303"]',
  'subject.id in [resource.patient, "omar"]',
  '[resource.patient].exists(p, p == "p-303")',
  '["p-303"].exists(p, p == resource.patient)',
  '{"p-303": true}.exists(p, p == resource.patient)',
  '{resource.patient: true}["p-303"]',
  'resource.patient in {"p-303": true}',
  '[{"p": resource.patient}].exists(m, m.p == "p-303")',
  '["p-303"].map(p, p + "") == [resource.patient]',
  '["p-303"].filter(p, p == resource.patient) == ["p-303"]',
  'resource.patients.filter(p, p == context.patient) == ["p-303"]',
  'resource.patients.map(p, p) == ["p-303"]',
  'cel.bind(p, resource.patient, p == "p-303")',
  'cel.bind(p, "p-303", p in resource.patients)',
  'resource.patients.exists(p, ["p-303"].exists(q, q == p))',
  '["p-303"].exists(resource, [subject.id].exists(p, p == resource))',
  '(has(subject.id) ? resource.patient : "p-303") == "p-303"',
  '"p-303" == (true ? resource.patient : subject.id)',
  "resource.patient == client.name",
  "resource.patient == scope",
  "subject.id in [scope]",
  'subject.attributes.fhirUser == "Practitioner/omar"',
  'resource.attributes.subject == "Patient/p-303"',
  'resource.attributes["subject"] == "Patient/p-303"',
  '"Patient/p-303" in resource.attributes.references',
  'resource.attributes["_id"] == "obs-1"',
  'resource.attributes.identifier == "mrn|1"',
  'resource.attributes.birthdate == "1970-01-01"',
  'resource.attributes.family == "Doe"',
  'resource.attributes.household == "h-1"',
  '"omar" in resource.attributes.careTeam',
  'resource.attributes.careTeam.exists(m, m == "omar")',
  // A scope that was presented may name whom it is for.
  'scope == "user/Observation.r?subject=Patient/p-303"',
  'scope in ["view_labs", "user/Observation.r?_id=obs-1"]',
  'scope.contains("p-303")',
  'scope.startsWith("user/")',
  'cel.bind(s, scope, s == "user/Observation.r?subject=Patient/p-303")',
  '["p-303"].exists(p, scope.endsWith(p))',
  "scope == client.name",
  // A device, or a moment, which somebody may know of a patient.
  'context.userAgent == "Phone 7 of the ward"',
  'context.userAgent.startsWith("Phone")',
  'now > timestamp("2026-11-30T10:05:00Z")',
  'now >= timestamp("2026-11-30T00:00:00.001Z")',
  'timestamp("2026-11-30T00:00:00+05:17") < now',
  'now == timestamp("2026-11-30T00:00:00Z")',
  'now < timestamp("2026-11-30T00:00:00Z") + duration("605m")',
  'now - duration("605m") < timestamp("2026-11-30T00:00:00Z")',
  "now > timestamp(resource.attributes.date)",
  'resource.attributes.date == "2026-11-30T10:05:17Z"',
  'resource.attributes.date.startsWith("2026-11-30T10:05")',
  "now.getMinutes() == 5",
  "now.getSeconds() < 30",
  'now.getHours("+05:17") == 3',
  // A part of an hour, by zones that begin theirs elsewhere.
  'now.getHours("UTC") == 14 && now.getHours("Asia/Kathmandu") == 20',
  'now.getHours("Asia/Kolkata") == 19',
  'now.getHours("Australia/Lord_Howe") == 1',
  'now.getDayOfWeek("Asia/Kolkata") == 1',
  'now.getHours("No/Such_Zone") == 1',
  'now.getDayOfMonth("-00:01") == 30',
  'cel.bind(t, now, t > timestamp("2026-11-30T10:05:00Z"))',
  '[now].exists(t, t > timestamp("2026-11-30T10:05:00Z"))',
  // Nobody knows whose number that is.
  'resource.attributes.mrn == "12345"',
  "resource.attributes.deceasedFriend",
  "has(resource.attributes.p303)",
  "has(resource.attributes.mine.p303)",
  "has(resource.attributes.careTeam.omar)",
  'resource.attributes.careTeam["omar"] == resource.attributes.careTeam["omar"]',
  '"p-303" in resource.attributes',
  'resource.attributes.exists(k, k == "p-303")',
  'resource.attributes[purposeOfUse] == "p-303"',
  'resource.attributes["pat" + "ient"] == "p-303"',
];

describe("a condition by which past decisions are asked", () => {
  for (const when of OF_NOBODY)
    test(`tells nothing of whose they are: ${when}`, () => {
      assert.equal(checkCondition(when), null);
      assert.equal(conditionTells(when), "NOBODY");
    });
  for (const when of OF_PEOPLE)
    test(`tells what is so of those who are asked about: ${when}`, () => {
      assert.equal(checkCondition(when), null);
      assert.equal(conditionTells(when), "PEOPLE");
    });
  for (const when of OF_SOMEBODY)
    test(`tells it, or may: ${when}`, () => {
      assert.equal(checkCondition(when), null);
      assert.equal(conditionTells(when), "WHOSE");
    });
  test("may be any, where its text can't be read", () => {
    assert.equal(conditionTells("resource.patient =="), "WHOSE");
  });
});
