import assert from "node:assert/strict";
import { test } from "node:test";
import { handedOut } from "../../src/cli/disclosures/handedOut.ts";
import type { Answered } from "../../src/cli/disclosures/rows.ts";
import { zoneOf } from "../../src/cli/zone.ts";
import { accountingLines } from "../../src/domain/audit/disclosures/accountingLines.ts";
import type { Disclosure } from "../../src/domain/audit/disclosures/disclosure.ts";

const told = (at: number, line: string, data: string) => ({
  ...{ at, line, recipient: { address: null } },
  inPlainWords: { recipient: "Rene", data, purpose: "research" },
});

test("what is one line is told once, with all that was disclosed, how often, the first and the last time", () => {
  const all = [told(4, "b", "labs"), told(3, "a", "notes"), told(2, "a", "labs"), told(1, "a", "labs")];
  assert.deepEqual(
    accountingLines(all).map(({ data, first, last, times }) => [data, first, last, times]),
    [
      ["labs", 4, 4, 1],
      ["labs; notes", 1, 3, 3],
    ],
  );
  // The command line writes the same lines, the oldest first.
  const answered = all.map((each) => ({ ...each, at: new Date(each.at * 1000).toISOString() }));
  const { rows } = handedOut(answered as unknown as readonly Answered<Disclosure>[], zoneOf("UTC"));
  assert.deepEqual(
    rows.map(({ what, when }) => [what, when.split(",")[0]]),
    [
      ["labs; notes", "3 times"],
      ["labs", "January 1"],
    ],
  );
});
