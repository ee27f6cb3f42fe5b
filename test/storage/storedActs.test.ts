import assert from "node:assert/strict";
import { test } from "node:test";
import { webhookAct } from "../../src/domain/record/acts.ts";
import type { ActKind } from "../../src/domain/record/kinds.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const rare = (id: string) => webhookAct(id, { event: "RETRIED", deliveryId: id, at: 1, author: "key:a", text: "why" });

onEveryBackend("acts as they are stored", ({ backend, open }) => {
  /** All pages, with how far each had looked. */
  async function pages({ storedActs }: Storage, kinds: readonly ActKind[] | null, first: number) {
    const end = await storedActs.end();
    const found: (readonly string[])[] = [];
    for (let after = 0; after < end; ) {
      const { acts, reached } = await storedActs.acts({ after, until: end, first, kinds });
      assert.ok(reached > after && reached <= end);
      found.push(acts.map(({ id }) => id));
      after = reached;
    }
    return found;
  }

  test("are found in pages that say how far they looked, of all kinds and of some", async () => {
    const storage = await open();
    await storage.recordAct(rare("first"));
    await storage.journal.append(Array.from({ length: 230 }, (_, n) => decision(n)));
    await storage.recordAct(rare("last"));
    const all = (await pages(storage, null, 100)).flat();
    assert.deepEqual([all.length, all[0], all.at(-1)], [232, "webhook:first", "webhook:last"]);
    assert.deepEqual((await pages(storage, ["WEBHOOK"], 1)).flat(), ["webhook:first", "webhook:last"]);
    assert.deepEqual(
      (await pages(storage, ["DECISION"], 70)).map(({ length }) => length),
      [70, 70, 70, 20],
    );
    assert.deepEqual(await pages(storage, ["CONSENT"], 10), [[]]);
  });

  test("that are rare are looked for in stretches, so many of them for one page", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.recordAct(rare("first"));
    const copies = Array.from({ length: 100 }, (_, n) => decision(n));
    await storage.journal.append(copies);
    // Made of what is there: a real record of this size takes a minute.
    const series =
      backend().name === "sqlite"
        ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) SELECT i FROM n"
        : "SELECT i FROM generate_series(1, 60000) AS n(i)";
    const seq = backend().name === "sqlite" ? "" : '"seq", ';
    const next = backend().name === "sqlite" ? "" : "nextval('journal_seq'), ";
    await backend().raw(
      url,
      `INSERT INTO journal (${seq}"kind", "format", "id", "salt", "record", "personal")
        SELECT ${next}'DECISION', 1, 'copy-' || s.i, 'salt', '{}', '{}' FROM (${series}) AS s`,
    );
    await storage.recordAct(rare("last"));
    const found = await pages(storage, ["WEBHOOK"], 10);
    assert.deepEqual(
      found,
      [["webhook:first"], ["webhook:last"]],
      "the first page ends before it has looked through all",
    );
  });
});
