import assert from "node:assert/strict";
import { test } from "node:test";
import { openReadOnly } from "../../src/storage/readOnly.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

onEveryBackend("reading beside a service", ({ open, backend }) => {
  test("a search is refused while the index is made anew, but for what is read from the journal itself", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(Array.from({ length: 2_100 }, (_, i) => decision(i)));
    const span = await storage.journalSpan();
    await storage.close();
    const beside = await openReadOnly(url);
    try {
      const search = (after = Number(span?.end) + 1) =>
        beside.decisions.decisions({ filter: { kind: "ACCESS" }, page: { first: 100, after } });
      const few = Number(span?.end) - 2_000;
      const [newest, oldest] = [await search(), await search(few)];
      assert.equal(newest.items.length, 100);
      assert.equal(oldest.items.length, 99);
      await backend().raw(url, `UPDATE journal_follower SET position = 0 WHERE name = 'decision_index'`);
      await assert.rejects(search(), { code: "JOURNAL_UNAVAILABLE" });
      assert.deepEqual(await search(few), oldest);
      await (await open(url)).rebuildIndex();
      assert.deepEqual(await search(), newest);
    } finally {
      await beside.close();
    }
  });
});
