import assert from "node:assert/strict";
import { test } from "node:test";
import { followInThread } from "../../src/jobs/followerThread.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { decision } from "../storage/samples.ts";
import { onEveryBackend } from "../storage/suite.ts";
import { eventually } from "../support/eventually.ts";

const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => decision(from + i));
const lags = (storage: Storage) => storage.followers().map(({ lag }) => lag);

onEveryBackend("the thread that follows the journal", ({ open, backend }) => {
  const apart = (url: string, worker?: string) => ({
    followApart: followInThread({ url, placeData: [], source: null }, worker === undefined ? {} : { worker }),
  });

  test("has all that was appended when it is waited for, and by itself", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    await storage.journal.append(some(0, 300));
    assert.equal((await allDecisions(storage)).length, 300, "a search waits for it");
    await storage.journal.append(some(300, 400));
    await eventually("nothing is behind", () => lags(storage).length >= 4 && lags(storage).every((lag) => lag === 0));
    const rows = await backend().raw(url, 'SELECT "name", "position" FROM journal_follower ORDER BY "name"');
    const positions = new Map(rows.map(({ name, position }) => [name, Number(position)]));
    for (const name of ["decision_index", "watching", "record_tree"]) assert.equal(positions.get(name), 400, name);
    await storage.close();
  });

  test("leaves the writer to decisions between its turns, and keeps none when it is closed", {
    timeout: 60_000,
  }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    for (let n = 0; n < 3_000; n += 30) await storage.journal.append(some(n, n + 30));
    await storage.close();
    // Before another instance is opened, whose own followers hold it from step to step.
    const held = await backend().raw(url, 'SELECT "name" FROM journal_follower WHERE "holder" IS NOT NULL');
    assert.deepEqual(held, []);
    const again = await open(url);
    assert.equal((await allDecisions(again)).length, 3_000);
    await again.close();
  });

  test("says what it can't do to whoever waits, and goes on afterwards", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    await storage.journal.append(some(0, 10));
    assert.equal((await allDecisions(storage)).length, 10);
    await backend().raw(url, "ALTER TABLE decision_count RENAME TO gone");
    await storage.journal.append(some(10, 20));
    await assert.rejects(storage.journalSpan(), { code: "JOURNAL_UNAVAILABLE" });
    await eventually("a failure is counted", () => storage.followers().some(({ failures }) => failures > 0));
    await backend().raw(url, "ALTER TABLE gone RENAME TO decision_count");
    await eventually("it goes on", () =>
      storage.journalSpan().then(
        (span) => span?.end === 20,
        () => false,
      ),
    );
    await storage.close();
  });

  test("that dies is replaced; decisions go on, and what it had begun never was", { timeout: 60_000 }, async () => {
    const url = await backend().fresh();
    if (!url.startsWith("sqlite:")) return;
    const said: string[] = [];
    const worker = new URL("./followsBrieflyChild.mjs", import.meta.url).href;
    const storage = await open(url, { ...apart(url, worker), log: ({ message }) => void said.push(message) });
    await storage.journal.append(some(0, 10));
    await eventually("it dies, and dies again", () => said.filter((text) => text.includes("has died")).length >= 2);
    await storage.journal.append(some(10, 20));
    await assert.rejects(storage.journalSpan(), { code: "JOURNAL_UNAVAILABLE" });
    await storage.close();
    const heir = await open(url, apart(url));
    assert.equal((await allDecisions(heir)).length, 20);
    await heir.close();
  });
});
