// A purpose and a label are read once, by the readers of what comes from outside; nothing else makes one of a text.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const READERS = /import \{[^}]*\b(?:purposeOf|labelOf|labelsOf)\b[^}]*\} from "[^"]*\/(?:purposes|securityLabels)\.ts"/;
/** Each with what it reads. */
const WHERE: Readonly<Record<string, string>> = {
  "domain/decisions/purposeInput.ts": "the purpose of a question",
  "domain/decisions/accessInput.ts": "the labels of a question",
  "domain/decisions/conditionMet.ts": "the labels of a resource and of a condition, for who applies a filter",
  "domain/decisions/labelsStated.ts": "the labels among the attributes of a question",
  "domain/decisions/mergeFacts.ts": "the labels that the directory has",
  "domain/decisions/readAgain.ts": "records of older semantics",
  "domain/decisions/canonicalFilter.ts": "the purpose by which decisions are searched",
  "domain/audit/decisionStats.ts": "the purpose by which decisions are counted",
  "domain/audit/names/nameNotes.ts": "the purpose of which a name is looked for",
  "domain/consent/codes.ts": "the labels of a consent",
  "domain/consent/fhir/fhirCodes.ts": "the labels of a FHIR Consent",
  "domain/policy/organizations.ts": "the purposes of a setting",
  "domain/policy/lint/purposeUnknown.ts": "the literals of a condition",
  "domain/simulation/patientAccess/evaluations.ts": "the literals of a condition",
  "engine/canonicalLiterals.ts": "the literals of a condition",
};

test("purposes and labels are read in these places alone", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const reading = files.filter((path) => READERS.test(readFileSync(join("src", path), "utf8")));
  assert.deepEqual(reading.sort(), Object.keys(WHERE).sort());
});

test("no other file looks into the text of one", () => {
  const LOOKS =
    /(?:purposeOfUse|\blabels?\b)\??\.(?:startsWith|endsWith|toLowerCase|toUpperCase|split|slice|replace)\(/;
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const looking = files.filter((path) => LOOKS.test(readFileSync(join("src", path), "utf8")));
  assert.deepEqual(
    looking.filter((path) => !(path in WHERE) && !path.startsWith("domain/scopes/")).sort(),
    ["cli/authorizeCommand.ts", "domain/monitoring/baselines/sensitivity.ts"],
    "one splits the list of an option, the other asks whether a label that HL7 has not is in one of its systems",
  );
});
