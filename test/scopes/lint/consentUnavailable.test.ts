import { consentUnavailable } from "../../../src/domain/scopes/lint/consentUnavailable.ts";
import { testRule } from "./testRule.ts";

testRule(consentUnavailable, {
  code: "CONSENT_UNAVAILABLE",
  severity: "WARNING",
  finds: [[{ lacksConsent: true }, "it can't be activated"]],
  leaves: [{}, { lacksConsent: false }],
});
