import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { ADMIN_KEY, AUTHORIZE, applyPolicy, type Service, SMALL_POLICY, startService } from "../http/support.ts";
import { testRows } from "./asked.ts";

const NOW = Date.parse("2026-11-30T09:40:00Z");
const READS = [
  ...["2026-11-29T22:30:00Z", "2026-11-29T22:30:00Z", "2026-11-29T23:30:00Z"],
  ...["09:00", "09:10", "09:20", "09:30", "09:39"].map((time) => `2026-11-30T${time}:00Z`),
];

describe("windows of time", () => {
  let service: Service;
  const clock = { now: NOW };
  const zone = process.env.TZ;

  before(async () => {
    process.env.TZ = "Europe/Berlin";
    clock.now = NOW - 40 * 86_400_000;
    service = await startService({}, { clock: () => clock.now });
    await applyPolicy(service, [
      ...SMALL_POLICY,
      { putRole: { name: "nurse" } },
      { assignRole: { subjectId: "nina", role: "nurse", organization: "*" } },
    ]);
    for (const at of READS) {
      clock.now = Date.parse(at);
      const resource = { type: "Observation", id: "o1", patient: "ada" };
      const input = { clientId: "reader-app", subject: { id: "nina" }, action: "read", resource };
      const { body, text } = await service.ask(AUTHORIZE, { variables: { input } });
      assert.equal(body.data?.authorize.outcome, "ALLOW", text);
    }
    clock.now = NOW;
    await service.app.storage.untilFollowed();
  });
  after(async () => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
    await service.stop();
  });

  testRows("windows", { service: () => service, keyOf: () => ADMIN_KEY });
});
