import assert from "node:assert/strict";
import { test } from "node:test";
import type { HintListener } from "../../src/domain/kernel/hints.ts";
import { followHints } from "../../src/process/policyWatch.ts";

test("a hint about policy or directory brings a look, one about a key forgets it, and what may have been missed is all", () => {
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
    directory: { look: () => done.push("look at the directory") },
    keys: { forget: (id) => done.push(`forget ${id}`), forgetAll: () => done.push("forget all") },
  });
  assert.deepEqual(done, []);
  listener?.policy();
  listener?.directory();
  listener?.apiKey("k");
  const each = ["look", "look at the directory", "forget k"];
  assert.deepEqual(done, each);
  listener?.missed();
  assert.deepEqual(done, [...each, "forget all", "look", "look at the directory"]);
});
