import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { reportOf } from "../../../src/domain/monitoring/reviews/report.ts";
import { assignmentAccess, campaign, decidedAs, reviewItem } from "../../support/reviews.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const items = [
  reviewItem("c1.00001", { decision: decidedAs("KEEP", { reason: '=HYPERLINK("x"), "quoted"\nand Ünïcode' }) }),
  reviewItem("c1.00002", { access: assignmentAccess({ subjectId: "rob" }), outcome: { is: "REMOVED", note: null } }),
];
const over = campaign("c1", {
  items: 2,
  decided: 1,
  state: "CLOSED",
  closed: { at: 9, by: "key:x", reportSha256: "s" },
});

test("the report says who certified what, and what nobody decided, with the digest of its bytes", () => {
  const report = reportOf({ campaign: over, items }, "JSON", sha256);
  assert.equal(report.sha256, sha256(report.text));
  assert.equal(report.fileName, "access-review-c1.json");
  const told = JSON.parse(report.text);
  assert.deepEqual([told.campaign.items, told.campaign.decided, told.campaign.undecided], [2, 1, 1]);
  assert.equal(told.reviewers[0].person, "rita");
  assert.deepEqual(
    told.items.map((item: Record<string, unknown>) => [
      item.subjectId,
      item.verdict,
      item.decidedByPerson,
      item.outcome,
    ]),
    [
      ["rose", "KEEP", "rita", null],
      ["rob", "UNDECIDED", null, "REMOVED"],
    ],
  );
});

test("the report does not tell its own digest, so that the digest of a campaign that is over stays true", () => {
  const other = { ...over, closed: { at: 9, by: "key:x", reportSha256: "another" } };
  const [one, two] = [over, other].map((each) => reportOf({ campaign: each, items }, "JSON", sha256));
  assert.equal(one?.sha256, two?.sha256);
});

test("as CSV it has a row for each item, which no spreadsheet takes for a formula", () => {
  const { mediaType, text } = reportOf({ campaign: over, items }, "CSV", sha256);
  assert.equal(mediaType, "text/csv; charset=utf-8");
  const rows: readonly Record<string, string>[] = parse(text, { columns: true });
  assert.deepEqual(
    rows.map(({ reason, subjectId, verdict }) => [subjectId, verdict, reason]),
    [
      ["rose", "KEEP", `'=HYPERLINK("x"), "quoted"\nand Ünïcode`],
      ["rob", "UNDECIDED", ""],
    ],
  );
});
