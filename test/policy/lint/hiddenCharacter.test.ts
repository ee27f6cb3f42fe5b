import { hiddenCharacter } from "../../../src/domain/policy/lint/hiddenCharacter.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

testRuleCheck(hiddenCharacter, {
  code: "HIDDEN_CHARACTER",
  finds: [
    [{ when: 'purposeOfUse == "TREAT" // \u202e' }, "REFUSE", "Write the condition anew"],
    [{ when: 'subject.id == "a\u2066b"' }, "REFUSE", "Write the condition anew"],
  ],
  leaves: [{}, { when: 'purposeOfUse == "TREAT"' }, { when: 'subject.id != "\\u202e"' }],
});
