import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Caller } from "../../src/domain/callers/types.ts";
import type { JobState, ReplayJob } from "../../src/domain/simulation/replay/jobs.ts";
import { type HospitalMonth, openHospitalMonth } from "../support/hospitalMonth.ts";

let month: HospitalMonth;
before(async () => {
  month = await openHospitalMonth();
});
after(() => month.close());

const callerOf = (id: string, ...roles: readonly ("admin" | "reviewer")[]): Caller => ({
  id,
  roles: new Set(roles),
  defaultClientId: null,
});
const reviewer = callerOf("key:reviewer", "reviewer");
const DELETE = { deleteRule: { id: "lab-tech-view-labs" } } as const;

async function ended(id: string): Promise<ReplayJob> {
  for (;;) {
    const job = await month.domain.replayJobs.find(id);
    assert.ok(job);
    if (job.endedAt !== null) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a replay that is made apart", () => {
  test("says what the same replay says at once", async () => {
    const input = { operations: [DELETE], samples: 20 };
    const { id, state } = await month.domain.replayJobs.start(reviewer, input);
    assert.equal(state, "QUEUED" satisfies JobState);
    const job = await ended(id);
    assert.deepEqual([job.state, job.reason, job.progress], ["DONE", null, 1]);
    assert.ok(job.replay);
    const { samples, ...apart } = await month.domain.replays.seen(reviewer, job.replay);
    const { samples: others, ...atOnce } = await month.domain.replays.replay(reviewer, input);
    assert.deepEqual(apart, atOnce);
    assert.deepEqual(samples, others);
    assert.ok(atOnce.allowToDeny > 0 && atOnce.complete);
  });
});
