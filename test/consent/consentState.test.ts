import assert from "node:assert/strict";
import { test } from "node:test";
import { consentState } from "../../src/domain/consent/consentState.ts";
import type { Consent, RecipientTerms } from "../../src/domain/consent/types.ts";
import { consentOf } from "../support/consents.ts";

const ANY = { clientId: null, subject: null, role: null, organization: null, group: null, identifier: null };
const to = (more: Partial<RecipientTerms>): RecipientTerms => ({ ...ANY, ...more });
const consent = (id: string, madeAt: number | null, more: Partial<Consent> = {}): Consent =>
  consentOf({
    id,
    madeAt,
    recordedAt: madeAt ?? 0,
    recipients: [to({ clientId: "app" }), to({ role: "nurse" })],
    purposes: ["s|TREAT", "s|HRESCH"],
    ...more,
  });
const old = consent("old", 100);
/** Of `old` at a time, beside others. */
const stateOf = (now: number, ...others: readonly Consent[]): string => consentState(old, [old, ...others], now);

test("a consent is active until its end, which is excluded", () => {
  assert.equal(stateOf(100), "ACTIVE");
  const ends = consent("e", 100, { validUntil: 200 });
  assert.equal(consentState(ends, [ends], 199), "ACTIVE");
  assert.equal(consentState(ends, [ends], 200), "EXPIRED");
});

test("an older version is superseded, also by a withdrawal; the withdrawal itself is withdrawn", () => {
  const taken = { ...old, version: 2, step: "WITHDRAWN", recordedAt: 300 } as const;
  assert.equal(consentState(old, [taken], 300), "SUPERSEDED");
  assert.equal(consentState(taken, [taken], 300), "WITHDRAWN");
});

for (const [what, newer] of [
  ["the same", {}],
  ["a refusal", { effect: "DENY" }],
  [
    "the same in another order",
    { recipients: [...(old.recipients ?? [])].reverse(), purposes: ["s|HRESCH", "s|TREAT"] },
  ],
  ["what has expired since", { validUntil: 250 }],
  ["what was withdrawn since", { step: "WITHDRAWN", version: 2, recordedAt: 250 }],
] as const)
  test(`a newer consent replaces an older one for good: ${what}`, () => {
    assert.equal(stateOf(300, consent("new", 200, newer as Partial<Consent>)), "SUPERSEDED");
  });

for (const [what, other] of [
  ["an older one", consent("new", 99)],
  ["one of the same instant", consent("new", 100)],
  ["one of no date", consent("new", null)],
  ["another patient's", consent("new", 200, { patient: "bob" })],
  ["one for fewer recipients", consent("new", 200, { recipients: [to({ clientId: "app" })] })],
  ["one for everyone", consent("new", 200, { recipients: null })],
  ["one for other purposes", consent("new", 200, { purposes: ["s|TREAT"] })],
  ["one for any purpose", consent("new", 200, { purposes: null })],
  ["one that has not begun", consent("new", 200, { validFrom: 301 })],
  [
    "one that was withdrawn before it began",
    consent("new", 200, { validFrom: 260, step: "WITHDRAWN", recordedAt: 250 }),
  ],
] as const)
  test(`nothing is replaced by ${what}`, () => {
    assert.equal(stateOf(300, other), "ACTIVE");
  });

test("what says no date is not replaced", () => {
  const undated = consent("old", null);
  assert.equal(consentState(undated, [undated, consent("new", 200)], 300), "ACTIVE");
});
