import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyBlocks } from "../../src/storage/database/migrations/emptyBlocks.ts";
import { emptyTables } from "../../src/storage/database/migrations/emptyIndex.ts";
import { openReadOnly } from "../../src/storage/readOnly.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

onEveryBackend("reading beside a service", ({ open, backend }) => {
  test("a search is refused while the index is made anew, as it would leave decisions out", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append(Array.from({ length: 30 }, (_, i) => decision(i)));
    const span = await storage.journalSpan();
    await storage.close();
    const beside = await openReadOnly(url);
    try {
      const search = () =>
        beside.decisions.decisions({
          filter: { kind: "ACCESS" },
          page: { first: 100, after: Number(span?.end) + 1 },
        });
      assert.equal((await search()).items.length, 30);
      const postgres = backend().name === "postgres";
      const back = `UPDATE journal_follower SET position = 0, wanted = 0 WHERE name = 'decision_index'`;
      for (const statement of [...emptyBlocks(postgres), ...emptyTables(postgres, true), back])
        await backend().raw(url, statement);
      await assert.rejects(search(), { code: "JOURNAL_UNAVAILABLE" });
      await (await open(url)).rebuildIndex();
      assert.equal((await search()).items.length, 30);
    } finally {
      await beside.close();
    }
  });
});
