import assert from "node:assert/strict";
import { test } from "node:test";
import { behindTexts } from "../../src/storage/follow/followers.ts";
import { MOST_UNINDEXED } from "../../src/storage/journal/search/searchIndex.ts";

test("readiness warns of a follower from the lag at which answers are refused, and not before", () => {
  const withLag = (lag: number) => [{ name: "decision_index", position: 1, lag, failures: 0, stillMs: 0 }];
  assert.deepEqual(behindTexts(withLag(MOST_UNINDEXED)), []);
  const [text = ""] = behindTexts(withLag(MOST_UNINDEXED + 1));
  assert.match(text, new RegExp(`decision_index.* ${MOST_UNINDEXED + 1} acts behind`));
});
