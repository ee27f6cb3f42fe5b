import { hiddenCharacter } from "../../../src/domain/scopes/lint/hiddenCharacter.ts";
import { testRule } from "./testRule.ts";

testRule(hiddenCharacter, {
  code: "HIDDEN_CHARACTER",
  severity: "WARNING",
  finds: [
    [{ title: "Read \u202esnoitavresbo" }, "U+202E"],
    [{ title: "Lab\u200boratory" }, "U+200B"],
  ],
  leaves: [
    {},
    { title: "Laboratory results" },
    { title: "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0915\u094d\u200d\u0937" },
  ],
});
