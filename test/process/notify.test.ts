import assert from "node:assert/strict";
import { test } from "node:test";
import type { HintListener } from "../../src/domain/kernel/hints.ts";
import { followHints } from "../../src/process/notify.ts";

test("a hint about the policy brings a look, one about a key forgets it, and what may have been missed is both", () => {
  const done: string[] = [];
  let listener: HintListener | undefined;
  followHints({
    hints: {
      listen(given) {
        listener = given;
        return { up: true, stop: async () => {} };
      },
    },
    policy: { look: () => done.push("look") },
    keys: { forget: (id) => done.push(`forget ${id}`), forgetAll: () => done.push("forget all") },
  });
  assert.deepEqual(done, []);
  listener?.policy();
  listener?.apiKey("k");
  assert.deepEqual(done, ["look", "forget k"]);
  listener?.missed();
  assert.deepEqual(done, ["look", "forget k", "forget all", "look"]);
});
