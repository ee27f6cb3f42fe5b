import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReasonCode } from "../../src/domain/decisions/reason.ts";
import { SEMANTICS_VERSION } from "../../src/domain/decisions/semantics.ts";

/** The version of the semantics that first gave each code. A code without its row does not compile. */
const FIRST: { readonly [Code in ReasonCode]: number } = {
  ALLOWED_BY_RULE: 1,
  UNKNOWN_CLIENT: 1,
  CLIENT_SUSPENDED: 1,
  NO_SCOPES: 1,
  UNKNOWN_SCOPE: 1,
  SCOPE_NOT_ACTIVE: 1,
  SCOPE_RETIRED: 1,
  SCOPE_DEPRECATED: 1,
  SCOPE_NOT_GRANTED: 1,
  SCOPE_DOES_NOT_COVER: 1,
  NO_MATCHING_RULE: 1,
  DENIED_BY_RULE: 1,
  CONDITION_ERROR: 1,
  FACTS_DISAGREE: 2,
  FACTS_REPLACED: 2,
  SCOPE_NARROWED: 2,
  CONSENT_REQUIRED: 4,
  CONSENT_REFUSED: 4,
  CONSENT_WITHDRAWN: 4,
  CONSENT_EXPIRED: 4,
  CONSENT_OTHER_PURPOSE: 4,
  CONSENT_OTHER_RECIPIENT: 4,
  CONSENT_DATA_EXCEPTED: 4,
  ALLOWED_BY_CONSENT: 4,
  BREAK_GLASS_REQUIRED: 4,
  BREAK_GLASS: 5,
  SUSPENDED_FOR_REVIEW: 6,
  PURPOSE_REQUIRED: 7,
  ALLOWED_BY_PROTOCOL_SCOPES: 7,
};

test("a new reason code comes with a new version of the semantics", () => {
  for (const [code, version] of Object.entries(FIRST))
    assert.ok(version <= SEMANTICS_VERSION, `${code} is of version ${version}: raise SEMANTICS_VERSION`);
  const ofNow = Object.entries(FIRST).filter(([, version]) => version <= 8);
  assert.equal(
    ofNow.length,
    29,
    "what version 8 and those before it say is on record: a new code is of the next version, and none goes",
  );
});
