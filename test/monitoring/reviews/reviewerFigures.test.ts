import assert from "node:assert/strict";
import { test } from "node:test";
import { reviewerFigures } from "../../../src/domain/monitoring/reviews/reviewerFigures.ts";
import { decidedAs, reviewItem } from "../../support/reviews.ts";

const by = (id: string) => ({ callerId: `key:${id}`, subject: { type: "user", id, issuer: null } });
const MINUTE = 60_000;

test("tells of each reviewer the share kept, what was decided in bulk, the median pause, and what went against advice", () => {
  const at = [0, 1_000, 2_000, 62_000, 62_000 + 40 * MINUTE, 72_000 + 40 * MINUTE];
  const verdicts = ["KEEP", "KEEP", "KEEP", "REMOVE", "REDUCE", "KEEP"] as const;
  const items = at.map((time, i) =>
    reviewItem(`${i}`, {
      decision: decidedAs(verdicts[i] ?? "KEEP", { at: time, by: by("rita") }),
      ...(i === 5 ? { advice: null } : {}),
    }),
  );
  const others = [reviewItem("8", { decision: decidedAs("REMOVE", { by: by("rob") }) }), reviewItem("9")];
  assert.deepEqual(reviewerFigures([...others, ...items]), [
    {
      callerId: "key:rita",
      person: "rita",
      decided: 6,
      kept: 4,
      removed: 1,
      reduced: 1,
      shareKept: 4 / 6,
      inBulk: 2,
      // Of 1, 1, 10 and 60 seconds: the pause of 40 minutes is a break.
      medianSeconds: 5.5,
      // All but the one removal, of five with advice to remove.
      againstAdvice: 4,
      withAdvice: 5,
    },
    {
      callerId: "key:rob",
      person: "rob",
      decided: 1,
      kept: 0,
      removed: 1,
      reduced: 0,
      shareKept: 0,
      inBulk: 0,
      medianSeconds: null,
      againstAdvice: 0,
      withAdvice: 1,
    },
  ]);
  assert.deepEqual(reviewerFigures([reviewItem("1")]), []);
});
