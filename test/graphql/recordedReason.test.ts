import assert from "node:assert/strict";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import { reasonsOf } from "../../src/graphql/recordedReason.ts";

test("a reason's message and parameters are made where they are asked for, and only there", () => {
  let printed = 0;
  const recorded = reason("CLIENT_SUSPENDED", { personal: { clientId: "app" } });
  Object.defineProperty(recorded, "personal", {
    get: () => {
      printed++;
      return { clientId: "app" };
    },
  });
  const [shown] = reasonsOf([recorded]);
  assert.deepEqual(
    [shown?.code, shown?.scope, shown?.role, shown?.ruleId, printed],
    ["CLIENT_SUSPENDED", null, null, null, 0],
  );
  assert.deepEqual([shown?.message, printed], ["Client app is suspended.", 1]);
  assert.deepEqual([shown?.parameters, printed], [{ clientId: "app" }, 2]);
});
