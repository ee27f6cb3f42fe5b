import assert from "node:assert/strict";
import { test } from "node:test";
import { createTrustedRetention, MOST_AHEAD_MS } from "../../src/domain/audit/retention/trustedRetention.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const YEAR = 366 * 86_400_000;

onEveryBackend("the clock of retention", ({ backend, open }) => {
  async function world(acts: readonly number[]) {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(acts.map((decidedAt, n) => decision(n + 1, { decidedAt })));
    await storage.journalSpan();
    await storage.watched.ofDecision("absent");
    return { url, storage };
  }
  const time = { now: NOW };
  async function retentionOf(storage: Storage, clock = () => time.now) {
    const snapshot = await storage.policy.load();
    let ids = 0;
    return createTrustedRetention({
      store: storage.retention,
      snapshot: () => snapshot,
      hash: recordHash,
      clock,
      newId: () => `e-${++ids}`,
      giveWay: async () => undefined,
    });
  }

  test("that goes on as a clock does is believed", async () => {
    time.now = NOW;
    const { storage } = await world([NOW - 6 * YEAR + 1, NOW - 1]);
    const retention = await retentionOf(storage);
    assert.deepEqual(await retention.eraseDue().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [0, 0]);
    time.now += MOST_AHEAD_MS;
    assert.deepEqual(await retention.eraseDue().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [1, 0]);
  });

  test("that has leapt erases nothing, on any instance and after a restart, until it is right or somebody says so", async () => {
    time.now = NOW;
    const { storage, url } = await world([NOW - 5 * YEAR, NOW - 1]);
    const retention = await retentionOf(storage);
    assert.equal((await retention.eraseDue()).clockAheadMs, 0);
    time.now = NOW + 2 * YEAR;
    // By a decision that was made meanwhile it is ahead as well.
    await storage.journal.append([decision(9, { decidedAt: time.now })]);
    await storage.journalSpan();
    await storage.watched.ofDecision("absent");
    for (const each of [retention, await retentionOf(storage), await retentionOf(await open(url))]) {
      assert.deepEqual(await each.eraseDue().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [0, 2 * YEAR]);
      assert.deepEqual(await each.preview().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [1, 2 * YEAR]);
    }
    time.now = NOW + 1;
    assert.deepEqual(await retention.eraseDue().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [0, 0]);
    time.now = NOW + 2 * YEAR;
    await retention.trustClock();
    assert.deepEqual(await retention.eraseDue().then(({ acts, clockAheadMs }) => [acts, clockAheadMs]), [1, 0]);
  });

  test("that leaps while a look is under way erases no more than it was believed for", async () => {
    time.now = NOW;
    const { storage } = await world([NOW - 6 * YEAR, NOW - 5 * YEAR, NOW - 1]);
    let looks = 0;
    const retention = await retentionOf(storage, () => (++looks === 1 ? NOW : NOW + 9 * YEAR));
    assert.equal((await retention.eraseDue()).acts, 1);
  });

  test("that was ahead when it was believed is not believed there again once it was set right; one of 1970 costs nothing", async () => {
    time.now = NOW + 70 * YEAR;
    const { storage } = await world([]);
    const retention = await retentionOf(storage);
    assert.equal((await retention.eraseDue()).clockAheadMs, 0);
    time.now = NOW;
    await storage.journal.append([decision(1, { decidedAt: NOW })]);
    assert.equal((await retention.eraseDue()).clockAheadMs, 0);
    time.now = NOW + 70 * YEAR;
    assert.equal((await retention.eraseDue()).clockAheadMs, 70 * YEAR);
    time.now = 0;
    assert.equal((await retention.eraseDue()).clockAheadMs, 0);
    time.now = NOW + 1;
    assert.equal((await retention.eraseDue()).clockAheadMs, 0);
  });

  test("was never believed: it may be ahead of the newest act by a few days, and of nothing by any time", async () => {
    time.now = NOW;
    const { storage } = await world([NOW - 7 * YEAR, NOW - MOST_AHEAD_MS - 1]);
    assert.equal((await (await retentionOf(storage)).eraseDue()).clockAheadMs, MOST_AHEAD_MS + 1);
    const empty = await world([]);
    assert.equal((await (await retentionOf(empty.storage)).eraseDue()).clockAheadMs, 0);
  });
});
