import assert from "node:assert/strict";
import { test } from "node:test";
import { createWatching } from "../../src/storage/monitoring/watching.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { grantDecision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const TODAY = NOON - (NOON % DAY);

onEveryBackend("blind spots", ({ open, backend }) => {
  test("what requests leave out is counted by the day, and counted alike anew", async () => {
    const storage = await open();
    const full = accessOf("full");
    const context = {
      attributes: null,
      ipAddress: "192.0.2.1",
      patient: null,
      region: null,
      tokenId: null,
      userAgent: null,
    };
    await storage.journal.append([
      { ...full, request: { ...full.request, context } },
      accessOf("no-address"),
      accessOf("no-purpose", { purposeOfUse: null, outcome: "DENY" }),
      accessOf("nobody", { patient: null }),
      accessOf("a-patient", { patient: null, resource: { type: "Patient", id: "ann" } }),
      accessOf("search", { patient: null, resource: { type: "Patient", id: null } }),
      accessOf("several", { patient: null, resource: { patients: ["ann", "ben"] } }),
      accessOf("shared", { patient: null, resource: { type: "Organization", id: "o" } }),
      accessOf("tomorrow", { at: NOON + DAY }),
      grantDecision(1),
    ]);
    const expected = { accesses: 8, withoutAddress: 7, ofPatients: 7, withoutPatient: 2, withoutPurpose: 1 };
    const today = { from: TODAY, to: TODAY + DAY };
    await storage.journalSpan();
    const counts = async (window: { readonly from: number; readonly to: number }) => {
      const { asOf: _, ...found } = await storage.blindSpots.counts(window);
      return found;
    };
    assert.deepEqual(await counts(today), expected);
    const tomorrow = await counts({ from: TODAY + DAY, to: TODAY + 2 * DAY });
    assert.deepEqual([tomorrow.accesses, tomorrow.withoutAddress, tomorrow.withoutPatient], [1, 1, 0]);
    await storage.rebuildIndex();
    assert.deepEqual(await counts(today), expected);
    assert.deepEqual(await storage.blindSpots.totals(), {
      ...{ accesses: 9, withoutAddress: 8, ofPatients: 8, withoutPatient: 2, withoutPurpose: 1 },
    });
    const none = { accesses: 0, withoutAddress: 0, ofPatients: 0, withoutPatient: 0, withoutPurpose: 0 };
    assert.deepEqual(await counts({ from: 0, to: DAY }), none);
  });

  test("of what nothing explains it is told how much is of people or patients of whom the directory knows nothing", async () => {
    const url = await backend().fresh();
    const storage = await open(url, { following: { consumers: [[createWatching()]] } });
    const put = [
      { type: "user", id: "nina", properties: {} },
      { type: "Patient", id: "ann", properties: {} },
      { type: "Patient", id: "gone", properties: {} },
    ];
    const change = { author: "key:hr", reason: "r", committedAt: NOON - DAY };
    await storage.directory.commit({ ...change, put, remove: [] });
    await storage.journal.append([
      accessOf("known", { patient: "ann" }),
      accessOf("no-patient", { patient: "ben" }),
      accessOf("no-person", { patient: "ann", person: "zed" }),
      accessOf("removed", { patient: "gone" }),
      accessOf("own", { patient: "nina", person: "nina", type: "patient" }),
      accessOf("later", { patient: "ben", at: NOON + DAY }),
    ]);
    await storage.directory.commit({ ...change, reason: "gone", put: [], remove: [{ type: "Patient", id: "gone" }] });
    await storage.untilFollowed();
    const today = { from: TODAY, to: TODAY + DAY };
    const { asOf, ...unexplained } = await storage.blindSpots.unexplained(today);
    assert.deepEqual(unexplained, { accesses: 4, unknown: 3 });
    assert.ok(asOf > NOON);
    assert.equal((await storage.blindSpots.unexplained({ from: 0, to: DAY })).accesses, 0);
  });

  test("a baseline of any detector counts, once for each client or subject", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    for (const [detector, kind, entity] of [
      ["NEW_SCOPE", "CLIENT", "ehr"],
      ["FREQUENCY", "CLIENT", "ehr"],
      ["MANY_PATIENTS", "SUBJECT", "user/nina"],
      ["MANY_PATIENTS", "ROLE", "nurse"],
    ])
      await backend().raw(url, `INSERT INTO watch_baseline VALUES ('${detector}', '${kind}', '${entity}', '{}', 1)`);
    const detectors = ["FREQUENCY", "NEW_SCOPE", "MANY_PATIENTS"] as const;
    const withoutBaseline = async (of: Parameters<typeof storage.blindSpots.withoutBaseline>[0]) =>
      [...(await storage.blindSpots.withoutBaseline(of))].sort();
    const ids = ["ehr", "portal", "user/nina", "nurse"];
    assert.deepEqual(await withoutBaseline({ kind: "CLIENT", ids, detectors }), ["nurse", "portal", "user/nina"]);
    assert.deepEqual(await withoutBaseline({ kind: "SUBJECT", ids, detectors }), ["ehr", "nurse", "portal"]);
    assert.deepEqual(await withoutBaseline({ kind: "CLIENT", ids: ["ehr"], detectors: ["FREQUENCY"] }), []);
    assert.deepEqual(await withoutBaseline({ kind: "CLIENT", ids: ["ehr"], detectors: ["OFF_HOURS"] }), ["ehr"]);
    assert.deepEqual(await withoutBaseline({ kind: "CLIENT", ids: ["ehr"], detectors: [] }), ["ehr"]);
    assert.deepEqual(await withoutBaseline({ kind: "CLIENT", ids: [], detectors }), []);
  });
});
