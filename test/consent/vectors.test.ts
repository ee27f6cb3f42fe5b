// The third-party cases of test/vectors/consent: each row is one test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConsents } from "../../src/domain/consent/checkConsents.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import {
  expectedObligations,
  imported,
  meanings,
  questionOf,
  REASONS,
  type Row,
  resourceOf,
  rows,
  silencePermits,
} from "./vectorRows.ts";

/** The consents of a row; null: the importer refused one, where the row says that it may. */
function consentsOf(row: Row): readonly Consent[] | null {
  const { refused } = row.expect.import ?? {};
  try {
    return row.consents.map((each) => imported(resourceOf(each), row));
  } catch (error) {
    if (refused === undefined || !(error instanceof ScopewardenError)) throw error;
    assert.equal(error.code, "BAD_USER_INPUT");
    assert.deepEqual(
      error.problems.map(({ path }) => path),
      [refused],
    );
    return null;
  }
}

test("there are all rows", () => assert.equal(rows.length, 53 + 9 + 119));

for (const row of rows)
  test(`${row.id} ${row.kind}: ${row.expect.why}`, () => {
    const { basedOn, effect, outcome, reason } = row.expect;
    const consents = consentsOf(row);
    if (consents === null) return;
    const answer = checkConsents(consents, questionOf(row));
    const told = JSON.stringify(answer);
    assert.equal(answer.outcome, outcome, told);
    if (effect !== undefined) {
      const isSilence = answer.outcome === "NO_CONSENT" && answer.silence === "COUNTS" && silencePermits(row);
      assert.equal(answer.outcome === "PERMIT" || isSilence ? "PERMIT" : "DENY", effect, told);
    }
    if (basedOn !== undefined)
      assert.deepEqual(
        answer.basedOn.map(({ id }) => id),
        basedOn,
      );
    if (reason !== undefined) {
      const words = answer.outcome === "PERMIT" ? [] : REASONS[answer.problem];
      assert.ok(
        words.some((word) => reason.includes(word)),
        `${told} is none of ${reason.join()}`,
      );
    }
    if (answer.outcome === "PERMIT")
      assert.deepEqual(meanings(answer.obligations, row), meanings(expectedObligations(row), row));
  });
