import { purposeUnknown } from "../../../src/domain/policy/lint/purposeUnknown.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(purposeUnknown, {
  code: "PURPOSE_UNKNOWN",
  finds: [
    [{ when: 'purposeOfUse == "TRAET"' }, "REFUSE", "Write TREAT if that is meant"],
    [{ when: 'purposeOfUse != "research"', effect: "DENY" }, "REFUSE", "compares the purpose with research"],
    [{ when: 'has(subject.id) && purposeOfUse in ["BTG", "T-TREAT"]' }, "REFUSE", "Write TREAT if that is meant"],
  ],
  leaves: [
    {},
    { when: 'purposeOfUse in ["TREAT", "ETREAT", "BTG", "HPAYMT", "PATRQT"]' },
    { when: 'purposeOfUse == "https://lakeside.example/purposes|teaching"' },
    // Brought to the one form when it is compiled.
    { when: 'purposeOfUse in ["treat", "http://terminology.hl7.org/CodeSystem/v3-ActReason|BTG"]' },
    { when: 'resource.labels == ["TRAET"]' },
  ],
});
