import assert from "node:assert/strict";
import { test } from "node:test";
import {
  REASON_CODES,
  sentenceOf,
  shownCode,
  shownNumbers,
  shownSentence,
  titleOf,
} from "../../../src/domain/monitoring/engines/reasons.ts";

const NUMBERS = {
  ...{ days: 2, count: 4, usual: 1.5, units: 3, targets: 3, minutes: 14, hour: 2 },
  value: "system/*.rs",
};

test("each reason has a title and a sentence, which ends", () => {
  for (const code of REASON_CODES) {
    assert.match(titleOf(code), /^[A-Z]/);
    assert.match(
      sentenceOf(code, { ...NUMBERS, country: "NL", network: "n", from: "NL", to: "BE", gives: "r" }, 0.3),
      /\.$/,
    );
  }
});

test("a sentence says how often the like is seen here", () => {
  assert.equal(
    sentenceOf("MANY_PATIENTS", NUMBERS, 0.3),
    "This person reached 4 patients in a day; usually it is 1.5. The like, or stranger, is seen here 0.3 times a week.",
  );
  assert.equal(
    sentenceOf("SELF_GIVEN", { gives: "clinician", minutes: 1 }, null),
    "This person gave clinician to themselves, and used it 1 minute later.",
  );
  assert.match(sentenceOf("VIP", {}, 0.01), /less than once in 20 weeks/);
});

test("under pseudonyms nothing is told of the patient, and no count under 11", () => {
  for (const code of REASON_CODES) {
    const said = `${shownCode(code)} ${titleOf(shownCode(code))} ${shownSentence(code, NUMBERS, 20)}`;
    assert.doesNotMatch(said, /VIP|family|relative|household|colleague|own record|sensitive/i, code);
  }
  assert.doesNotMatch(shownSentence("MANY_PATIENTS", NUMBERS, 20), /\b4\b/);
  assert.match(shownSentence("MANY_PATIENTS", { count: 40, usual: 12 }, 20), /40 patients/);
  assert.deepEqual(shownNumbers({ count: 4, days: 12, value: "x", also: "VIP" }), { days: 12, value: "x" });
});
