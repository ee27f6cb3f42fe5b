import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { entityCountWords } from "../src/pages/policy/governance/entityCountWords.ts";
import { memberChanges } from "../src/ui/propose/memberChanges.ts";
import { hasWords, memberText, plainly } from "../src/ui/propose/memberWords.ts";

/** What the service's list of the nouns' members says: it is read as text, as the console imports nothing of the service. */
const LISTED = readFileSync(new URL("../../src/domain/policy/members.ts", import.meta.url), "utf8");

test("every member of the policy has words of its own", () => {
  const [, table = ""] = LISTED.match(/const MEMBERS = \{\n([\s\S]*?)\n\} as const/) ?? [];
  const nouns = [...table.matchAll(/^ {2}(\w+): \{\n([\s\S]*?)\n {2}\}/gm)];
  assert.equal(nouns.length, 7);
  for (const [, noun = "", members = ""] of nouns)
    for (const [, name = ""] of members.matchAll(/^ {4}(\w+):/gm)) assert.ok(hasWords(noun, name), `${noun}.${name}`);
});

/** Codes in capitals, what JSON looks like, and names that are written together. */
const OF_THE_API = /\b[A-Z]{2,}(_[A-Z]+)*\b|[{}[\]]|\b[a-z]+[A-Z]|null|undefined|not set/;
const said = (noun: string, row: object) => memberChanges(noun, null, row).map(({ label, after }) => [label, after]);

test("what a change says has neither codes nor JSON", () => {
  const scope = {
    ...{ name: "view_labs", version: 2, state: "ACTIVE", requiresConsent: true, sunsetAt: null },
    translations: [{ language: "de", title: "Laborwerte", description: null }],
    declarations: [{ context: "PATIENT", resourceType: "Observation", actions: ["read", "search"], constraint: null }],
    atoms: [{ context: "PATIENT", resourceType: "Observation", action: "read", constraint: [] }],
  };
  assert.deepEqual(said("scope", scope), [
    ["Name", "view_labs"],
    ["Version", "2"],
    ["State", "Active"],
    ["Needs the patient's consent", "yes"],
    ["In other languages", "de: Laborwerte"],
    ["Permits", "Read and search Observation of the patient in context"],
  ]);
  const rows: readonly [string, object][] = [
    ["client", { id: "portal", status: "SUSPENDED", careCritical: false, protocolScopes: ["openid"] }],
    ["assignment", { subjectId: "ada", subjectType: "user", role: "nurse", organization: "*", validUntil: null }],
    ["rule", { effect: "ALLOW", role: "*", obligations: [{ type: "redact", parameters: { labels: ["R"] } }] }],
    [
      "organization",
      { id: "*", breakGlass: { roles: ["nurse"], maxMinutes: 60, reviewWithinHours: 24 }, legalHold: true },
    ],
    ["", { name: "k", roles: ["ADMIN"], subject: { type: "user", id: "ada" }, parameters: { alertAt: 20 } }],
  ];
  for (const [noun, row] of [["scope", scope] as const, ...rows])
    for (const [label, text] of said(noun, row))
      assert.doesNotMatch(`${label} ${text}`, OF_THE_API, `${noun} ${label}`);
  assert.match(plainly({ until: "2026-11-25T12:00:00Z" }), /^until: Wed, 25 Nov 2026, /);
});

test("what is empty says what that means", () => {
  assert.equal(memberText("rule", "when", { when: null }), "always");
  assert.equal(memberText("grant", "validUntil", { validUntil: null }), "without an end");
  assert.equal(memberText("client", "protocolScopes", { protocolScopes: null }), "all but offline_access");
  assert.equal(memberText("organization", "legalHold", { id: "north", legalHold: null }), "as for all organizations");
  assert.equal(
    memberText("organization", "retentionYears", { id: "*", retentionYears: null }),
    "as without it: 6 years",
  );
});

test("a thing of the directory is counted in words", () => {
  const of = (property: string | null, put: number, deleted: number) => ({ type: "Patient", property, put, deleted });
  assert.equal(
    entityCountWords(of(null, 3, 1), [of("vip", 2, 0), of("unit", 3, 0)]),
    "Patient: 3 added or replaced, of which 2 say vip and 3 say unit; 1 removed",
  );
  assert.equal(entityCountWords(of(null, 0, 2), []), "Patient: 2 removed");
});
