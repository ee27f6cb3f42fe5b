import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryOf, EMPTY_DIRECTORY } from "../../../src/domain/directory/directory.ts";
import type { Alert } from "../../../src/domain/monitoring/alerts/alert.ts";
import {
  type DoneAbout,
  nextStep as nextStepAfter,
  relationToEnter,
} from "../../../src/domain/monitoring/alerts/nextStep.ts";
import type { GivenVerdict } from "../../../src/domain/monitoring/watch/story.ts";

const alert = (more: Partial<Alert> = {}): Alert => ({
  ...{ id: "a", entity: { kind: "SUBJECT", id: "user/rose" }, firstAt: 1, lastAt: 2, points: 71, count: 1 },
  ...{ week: { from: 1, points: 71 }, rank: "UNEXPLAINED", severity: "MEDIUM", detectors: ["UNRELATED_PATIENT"] },
  ...{ matter: "Patient/p7", patient: "p7", earlierId: null, partOfId: null, lastDecisionId: "d", clientId: "ehr" },
  subject: { type: "user", id: "rose" },
  alert: { openedAt: 1, acknowledged: null, closed: null, replaced: [], withheld: [] },
  ...more,
});
const closed = (verdict: GivenVerdict["verdict"], cause: GivenVerdict["cause"], more: Partial<Alert> = {}): Alert => {
  const by = { callerId: "key:rita", subject: null };
  const one = alert(more);
  return { ...one, alert: { ...one.alert, closed: { at: 3, by, verdict, cause, text: "t" } } };
};

const NOTHING: DoneAbout = { asked: [], isRestricted: false };
const nextStep = (of: Alert): string => nextStepAfter(of, NOTHING);
const question = (state: DoneAbout["asked"][number]["state"], isDenied = false) => ({
  ...{ state, isDenied, endsAt: Date.parse("2026-11-09T10:00:00Z") },
});

test("what to do next about an open alert follows from whom it is about, its severity and its rank", () => {
  const client = { entity: { kind: "CLIENT", id: "ehr" }, matter: "DENIAL_BURST", patient: null } as const;
  assert.match(nextStep(alert(client)), /^Ask whoever runs the client/);
  assert.match(nextStep(alert({ ...client, severity: "HIGH" })), /^Restrict the client's access now/);
  assert.match(
    nextStep(alert({ severity: "HIGH" })),
    /^Restrict this person's access now, and find out what happened without warning them/,
  );
  assert.match(nextStep(alert({ severity: "HIGH", subject: null })), /^Look at the decisions now/);
  assert.match(nextStep(alert({ rank: "SENSITIVE_UNEXPLAINED" })), /^Ask the person today/);
  assert.match(nextStep(alert()), /MISSING_RELATION\.$/);
  assert.match(nextStep(alert({ partOfId: "other" })), /together with the others/);
  assert.match(nextStep(alert({ matter: "RELATION", patient: null })), /NEW_DUTIES/);
  assert.match(nextStep(alert({ matter: "OFF_HOURS", rank: "UNUSUAL" })), /^Close the alert as EXPECTED/);
  assert.match(nextStep(alert({ entity: { kind: "PATIENT", id: "p7" }, matter: "RELATION" })), /^Ask each person/);
});

test("what to do next changes once somebody was asked, answers, or does not, and once access is restricted", () => {
  const after = (asked: DoneAbout["asked"], more: Partial<Alert> = {}, isRestricted = false) =>
    nextStepAfter(alert(more), { asked, isRestricted });
  const ofPatient = { entity: { kind: "PATIENT", id: "p7" }, matter: "RELATION" } as const;
  assert.match(after([question("OPEN")]), /^Wait for the answer .* until 2026-11-09 10:00/);
  assert.match(after([question("ANSWERED")]), /^Read what the person says/);
  assert.match(after([question("EXPIRED"), question("ANSWERED", true)]), /^Look at it now/);
  assert.match(after([question("EXPIRED")]), /was not answered within seven days/);
  assert.equal(after([question("WITHDRAWN")]), nextStep(alert()));
  assert.match(after([question("OPEN"), question("ANSWERED")], ofPatient), /1 of 2 asked have not answered/);
  assert.match(after([question("ANSWERED")], ofPatient), /^Read the answers/);
  // Who is restricted now is not restricted again; what was asked before it rose to HIGH comes after that.
  assert.match(after([question("ANSWERED")], { severity: "HIGH" }), /^Restrict this person's access now/);
  assert.match(after([], { severity: "HIGH" }, true), /^Find out what happened while access is restricted/);
  const client = { entity: { kind: "CLIENT", id: "ehr" }, matter: "DENIAL_BURST", patient: null } as const;
  assert.match(after([], { ...client, severity: "HIGH" }, true), /^Find out what happened while access is restricted/);
});

test("what to do next about a closed one follows from its verdict and cause", () => {
  assert.match(nextStep(closed("EXPECTED", "OTHER")), /^Enter the relation of this person/);
  assert.match(nextStep(closed("FALSE_POSITIVE", "MISSING_RELATION")), /`relationToEnter`/);
  assert.match(nextStep(closed("TRUE_POSITIVE", "STOLEN_CREDENTIALS")), /^Revoke the key/);
  assert.match(nextStep(closed("TRUE_POSITIVE", "SNOOPING")), /superior/);
  assert.equal(nextStep(closed("TRUE_POSITIVE", null)), "Nothing is left to do.");
  assert.equal(nextStep(closed("FALSE_POSITIVE", "TEST")), "Nothing is left to do.");
});

test("what to do next names nobody", () => {
  for (const each of [alert(), closed("EXPECTED", "OTHER"), alert({ severity: "HIGH" })])
    assert.doesNotMatch(nextStep(each), /rose|p7|ehr/);
});

test("the relation to enter is the patient as the directory has it, with the person among referrals", () => {
  const properties7 = { unit: "w3", referrals: ["tom"] };
  const with7 = directoryOf([{ type: "Patient", id: "p7", version: 1, properties: properties7 }], 1);
  const properties = { unit: "w3", referrals: ["tom", "rose"] };
  assert.deepEqual(relationToEnter(alert(), with7), { type: "Patient", id: "p7", properties });
  assert.deepEqual(relationToEnter(alert(), EMPTY_DIRECTORY)?.properties, { referrals: ["rose"] });
  assert.equal(relationToEnter(alert({ matter: "RELATION" }), with7), null);
  assert.equal(relationToEnter(alert({ subject: null }), with7), null);
});
