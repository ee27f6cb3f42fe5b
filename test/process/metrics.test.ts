import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "../../src/process/metrics.ts";

test("gauges say what the vitals say when they are asked", async () => {
  let queued = 3;
  let isDown = false;
  let reads = 0;
  const metrics = createMetrics({
    blind: async () => ({ accesses: 9, withoutAddress: 3, ofPatients: 6, withoutPatient: 2, withoutPurpose: 0 }),
    withoutBaseline: async () => ({ clients: { ids: ["ehr"], of: 4 }, people: { count: 5, of: 30 } }),
    checkpointAgeMs: () => 0,
    retention: async () => ({ erased: 0, ageMs: 0, oldestMs: 0, clockAheadMs: 0 }),
    policyRevision: () => 7,
    policyAgeMs: () => 1_500,
    hintsUp: null,
    journal: () => ({ queued, queuedBytes: queued * 1_000, lagMs: 250, failures: 2 }),
    openAlerts: async () => ({ INFO: 0, LOW: 1, MEDIUM: 2, HIGH: 3 }),
    restrictions: () => (isDown ? Promise.reject(new Error("down")) : Promise.resolve({ STEP_UP: 2, SUSPENSION: 1 })),
    detectorFailures: () => new Map([["FREQUENCY", 3]]),
    breakGlasses: () => {
      reads++;
      return isDown ? Promise.reject(new Error("down")) : Promise.resolve({ open: 2, waiting: 3, overdue: 1 });
    },
    explained: async () => {
      if (isDown) throw new Error("down");
      return [
        { organization: "north", role: "nurse", explained: true, count: 9 },
        { organization: null, role: null, explained: false, count: 4 },
      ];
    },
    webhooks: null,
    sinks: () => new Map([["file", { lag: 12, dead: 1, ageMs: 2_500 }]]),
    followers: () => [{ name: "decision_index", lag: 9, failures: 1, stillMs: 1_500 }],
  });
  await metrics.text();
  queued = 5;
  const text = await metrics.text();
  for (const line of [
    "scopewarden_policy_revision 7",
    'scopewarden_sink_lag{sink="file"} 12',
    'scopewarden_sink_dead{sink="file"} 1',
    'scopewarden_sink_age_seconds{sink="file"} 2.5',
    "scopewarden_policy_look_age_seconds 1.5",
    "scopewarden_journal_queued 5",
    "scopewarden_journal_queued_bytes 5000",
    "scopewarden_journal_lag_seconds 0.25",
    "scopewarden_journal_failures 2",
    'scopewarden_break_glass{state="open"} 2',
    'scopewarden_break_glass{state="waiting"} 3',
    'scopewarden_break_glass{state="overdue"} 1',
    'scopewarden_explained_accesses_total{organization="north",role="nurse",explained="true"} 9',
    'scopewarden_explained_accesses_total{organization="",role="",explained="false"} 4',
    'scopewarden_restrictions_in_force{response="STEP_UP"} 2',
    'scopewarden_restrictions_in_force{response="SUSPENSION"} 1',
    'scopewarden_detector_failures{detector="FREQUENCY"} 3',
    'scopewarden_blind_accesses_total{member="address",missing="true"} 3',
    'scopewarden_blind_accesses_total{member="address",missing="false"} 6',
    'scopewarden_blind_accesses_total{member="patient",missing="true"} 2',
    'scopewarden_blind_accesses_total{member="patient",missing="false"} 4',
    'scopewarden_blind_accesses_total{member="purpose",missing="true"} 0',
    'scopewarden_blind_accesses_total{member="purpose",missing="false"} 9',
    'scopewarden_watched_entities{kind="client",baseline="false"} 1',
    'scopewarden_watched_entities{kind="client",baseline="true"} 3',
    'scopewarden_watched_entities{kind="person",baseline="false"} 5',
    'scopewarden_watched_entities{kind="person",baseline="true"} 25',
    'scopewarden_follower_lag{follower="decision_index"} 9',
    'scopewarden_follower_failures{follower="decision_index"} 1',
    'scopewarden_follower_still_seconds{follower="decision_index"} 1.5',
  ])
    assert.ok(text.split("\n").includes(line), line);
  assert.ok(!text.includes("hints_up"));
  // Many who look at once are one reading.
  reads = 0;
  await Promise.all(Array.from({ length: 50 }, () => metrics.text()));
  assert.equal(reads, 1);
  isDown = true;
  assert.doesNotMatch(
    await metrics.text(),
    /^scopewarden_(break_glass|explained_accesses_total|restrictions_in_force)\{/m,
  );
});
