import { subjectNeverThere } from "../../../src/domain/policy/lint/subjectNeverThere.ts";
import { testRuleCheck } from "./testRuleCheck.ts";

const atoms = [{ context: "SYSTEM" as const }];
testRuleCheck(subjectNeverThere, {
  code: "SUBJECT_NEVER_THERE",
  finds: [
    [
      { atoms, when: 'subject.id == "ann"' },
      "WARNING",
      "looks at subject.id, and under view there never is a subject: it never matches",
    ],
    [{ atoms, when: 'subject.attributes.unit == "x"', effect: "DENY" }, "WARNING", "it always matches"],
  ],
  leaves: [
    { atoms },
    { atoms, when: 'client.id == "etl"' },
    { atoms, when: "!has(subject.id)" },
    { when: 'subject.id == "ann"' },
    { atoms: [...atoms, { context: "USER", actions: ["search"] }], when: 'subject.id == "ann"' },
    { atoms: null, when: 'subject.id == "ann"' },
  ],
});
