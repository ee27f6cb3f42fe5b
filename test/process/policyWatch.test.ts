import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { createLog } from "../../src/process/log.ts";
import { watchPolicy } from "../../src/process/policyWatch.ts";

/** A policy whose looks are answered when the test says so. */
function watched(everyMs: number) {
  const looks: { found(): void; failed(): void }[] = [];
  const lines: string[] = [];
  let failures = 0;
  const watch = watchPolicy({
    policy: {
      refresh: () =>
        new Promise((resolve, reject) => {
          looks.push({ found: () => resolve({ revision: 1 } as Snapshot), failed: () => reject(new Error("away")) });
        }),
    },
    everyMs,
    metrics: { policyRefreshFailures: { inc: () => void failures++ } } as never,
    log: createLog({ level: "info", destination: { write: (line) => void lines.push(line) } }),
  });
  return { watch, looks, lines, failures: () => failures };
}
const turn = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

test("a hint during a look brings one look more, however many hints there are", async () => {
  const { watch, looks } = watched(3_600_000);
  const first = watch.look();
  for (let i = 0; i < 5; i++) void watch.look();
  assert.equal(looks.length, 1);
  looks[0]?.found();
  await turn();
  assert.equal(looks.length, 2);
  looks[1]?.found();
  await first;
  await turn();
  assert.equal(looks.length, 2);
  watch.stop();
});

test("without hints it looks at intervals; the age is that of the last look that succeeded", async () => {
  const { watch, looks, failures } = watched(10);
  void watch.look();
  looks[0]?.found();
  while (looks.length < 2) await turn(1);
  looks[1]?.failed();
  while (looks.length < 3) await turn(1);
  assert.equal(failures(), 1);
  // Two intervals, and timers may be a little early.
  assert.ok(watch.ageMs >= 15, `${watch.ageMs}`);
  looks[2]?.found();
  await turn();
  assert.ok(watch.ageMs < 20_000);
  watch.stop();
});

test("a failure is told once, in other words before there was any policy, and not after the end", async () => {
  const { watch, looks, lines, failures } = watched(3_600_000);
  const look = async (how: "found" | "failed"): Promise<void> => {
    const done = watch.look();
    looks.at(-1)?.[how]();
    await done;
  };
  await look("failed");
  await look("failed");
  await look("found");
  await look("failed");
  await look("found");
  const texts = lines.map((line) => JSON.parse(line).msg);
  assert.deepEqual(texts, [
    "policy can't be read yet",
    "policy is read again",
    "policy can't be read; the last one goes on deciding",
    "policy is read again",
  ]);
  const last = watch.look();
  watch.stop();
  looks.at(-1)?.failed();
  await last;
  assert.equal(lines.length, 4);
  assert.equal(failures(), 3);
});
