import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HTTP_STATUS } from "../../src/doors/status.ts";
import { APOLLO_STATUS } from "../../src/graphql/door/wireErrors.ts";
import { createMetrics } from "../../src/process/metrics.ts";

const page = readFileSync("docs/runbook.md", "utf8");
const [byCode = "", byMetric = ""] = page.split("## By metric");
/** The names of each row, whose other three cells say something. */
function rowsOf(section: string): readonly string[] {
  return [...section.matchAll(/^\| (`[^`]+`(?:, `[^`]+`)*) \|(.*)\|$/gm)].flatMap(([, names = "", cells = ""]) => {
    const filled = cells.split(" | ").filter((cell) => cell.trim() !== "");
    assert.equal(filled.length, 3, names);
    return [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  });
}

test("the runbook has an entry for every metric that is exported, and for no other", async () => {
  const metrics = createMetrics({
    checkpointAgeMs: () => 0,
    policyRevision: () => 1,
    policyAgeMs: () => 0,
    hintsUp: () => true,
    journal: () => ({ queued: 0, queuedBytes: 0, lagMs: 0, failures: 0 }),
    webhooks: () => ({ pending: 0, dead: 0 }),
    restrictions: async () => ({ STEP_UP: 0, SUSPENSION: 0 }),
    blind: async () => ({ accesses: 0, withoutAddress: 0, ofPatients: 0, withoutPatient: 0, withoutPurpose: 0 }),
    withoutBaseline: async () => ({ clients: { ids: [], of: 0 }, people: { count: 0, of: 0 } }),
    sinks: () => new Map(),
    retention: async () => ({ erased: 0, ageMs: 0, oldestMs: 0, clockAheadMs: 0 }),
    followers: () => [],
    explained: async () => [],
    breakGlasses: async () => ({ open: 0, waiting: 0, overdue: 0 }),
    openAlerts: async () => ({ INFO: 0, LOW: 0, MEDIUM: 0, HIGH: 0 }),
    detectorFailures: () => new Map(),
  });
  const exported = [...(await metrics.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
  assert.ok(exported.length > 50);
  assert.deepEqual([...rowsOf(byMetric)].sort(), exported.sort());
});

test("the runbook has an entry for every error code, and for no other", () => {
  assert.deepEqual([...rowsOf(byCode)].sort(), Object.keys({ ...HTTP_STATUS, ...APOLLO_STATUS }).sort());
});

test("runbook and operating.md name no metric that is not exported", () => {
  const known = new Set(rowsOf(byMetric));
  for (const [name] of `${page}${readFileSync("docs/operating.md", "utf8")}`.matchAll(
    /scopewarden_[a-z_0-9]*[a-z0-9]/g,
  ))
    assert.ok(known.has(name), name);
});
