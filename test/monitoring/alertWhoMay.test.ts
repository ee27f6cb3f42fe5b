import assert from "node:assert/strict";
import { test } from "node:test";
import type { Identity } from "../../src/domain/callers/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import type { Alert } from "../../src/domain/monitoring/alerts/alert.ts";
import { findingSeen } from "../../src/domain/monitoring/alerts/seen.ts";
import { requireSomebodyElse } from "../../src/domain/monitoring/alerts/whoMay.ts";
import { keptFinding } from "../../src/domain/monitoring/watch/keptFinding.ts";
import { watchedDecision, watchedPatient } from "../support/watching.ts";

const ANNA = { type: "user", id: "anna", properties: { patientRecord: "p-7" }, version: 1 };
const directory = directoryOf([ANNA], 1);
const refused: string[] = [];
const known = {
  directory,
  store: { partiesOf: async () => new Map(), ownSubjects: async () => [] },
  field: "closeAlert",
  recordAudit: async (_: unknown, { field, filter }: { readonly field: string; readonly filter: object }) =>
    void refused.push(`${field} ${JSON.stringify(filter)}`),
};
const caller = (id: string, type: string | null = "user") =>
  ({ id: `key:${id}`, roles: new Set(["reviewer"]), subject: { id, type, issuer: null } }) as unknown as Identity;

test("the patient of an alert judges it no more by another id that the directory knows", async () => {
  const about = (id: string) => ({ id: "a", entity: { kind: "PATIENT", id } }) as Alert;
  for (const [id, patient] of [
    ["anna", "p-7"],
    ["p-7", "p-7"],
  ] as const)
    await assert.rejects(requireSomebodyElse(caller(id), about(patient), known), { code: "FORBIDDEN" });
  await requireSomebodyElse(caller("anna"), about("p-8"), known);
  // A token says no type, and a key may say another one than the directory.
  for (const type of [null, "practitioner"])
    await assert.rejects(requireSomebodyElse(caller("anna", type), about("p-7"), known), {
      code: "FORBIDDEN",
    });
  // Each refusal tells whose alert it is, and is on record before it is answered.
  assert.deepEqual(refused, Array(4).fill('closeAlert {"alertId":"a"}'));
});

test("under pseudonyms a sentence does not say beside a name that the record was their own", () => {
  const decision = watchedDecision(0, { patients: [watchedPatient("p-7")], subject: { type: "user", id: "anna" } });
  const found = keptFinding(
    {
      detector: "OWN_OR_RELATED_RECORD",
      decisionId: decision.id,
      at: decision.at,
      entity: { kind: "SUBJECT", id: "user/anna" },
      severity: "HIGH",
      points: 90,
      sentence: "This person reached their own record, and nothing explains it.",
      evidence: [],
    },
    { decision, index: 0, shadow: false },
  );
  const seen = findingSeen(found, { of: (id) => `~${id}`, own: new Set() });
  assert.equal(seen.subject?.id, "anna");
  assert.deepEqual(seen.patients, ["~p-7"]);
  assert.match(seen.sentence, /their own record, or that of somebody close/);
});

test("a sentence names no patient whom the constraint of a scope names, and whom the decision does not", () => {
  const decision = watchedDecision(0, { patients: [], subject: { type: "user", id: "paul" } });
  const sentenceOf = (scope: string) =>
    findingSeen(
      keptFinding(
        {
          ...{ detector: "NEW_SCOPE", decisionId: decision.id, at: decision.at, severity: "LOW", points: 10 },
          ...{ entity: { kind: "CLIENT", id: "app" }, evidence: [] },
          sentence: `app used the scope ${scope} for the first time in 90 days; app asked for ${scope}, which is new.`,
        },
        { decision, index: 0, shadow: false },
      ),
      { of: (id) => `~${id}`, own: new Set() },
    ).sentence;
  for (const constraint of [
    "_id=Patient/p-303",
    "patient=p-303",
    "category=a|b&subject=https://x/fhir/Patient/p-303,p-7",
  ])
    assert.equal(
      sentenceOf(`user/Observation.rs?${constraint}`),
      "app used the scope user/Observation.rs?... for the first time in 90 days; app asked for user/Observation.rs?..., which is new.",
    );
});
