import assert from "node:assert/strict";
import { test } from "node:test";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import type { Follower } from "../../src/storage/journal/follower.ts";
import { stepEnd } from "../../src/storage/journal/stepEnd.ts";
import { createWatching } from "../../src/storage/monitoring/watching.ts";
import { recordTree } from "../../src/storage/record/recordTree.ts";
import { eventually } from "../support/eventually.ts";
import { accessOf } from "../support/watchedAccess.ts";
import { onEveryBackend } from "./suite.ts";

const KIB = 1024;
/** A decision of about so many bytes. */
const large = (id: string, bytes: number) => {
  const made = accessOf(id);
  return { ...made, request: { ...made.request, action: "é".repeat(bytes / 2) } };
};

onEveryBackend("the end of a step", ({ open, backend }) => {
  const follow = (followers: readonly Follower[]) => ({ followers, idle: () => true });

  test("is the last act that fits, by bytes, and one at least", async () => {
    const url = await backend().fresh();
    const storage = await open(url, { following: { followers: [] } });
    const sizes = [40, 2, 2, 30, 60, 2].map((kib) => kib * KIB);
    await storage.journal.append(sizes.map((bytes, i) => large(`d${i}`, bytes)));
    const dialect = dialectOf(url);
    const { close, run } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    try {
      const select = async (sql: string, parameters: readonly unknown[]) => (await run(sql, parameters)).rows;
      const [{ first } = { first: 0 }] = await select('SELECT MIN("seq") AS "first" FROM journal', []);
      const before = Number(first) - 1;
      const ends = async (kib: number, after = 0) =>
        (await stepEnd({ select, dialect }, { after: before + after, until: before + 6, bytes: kib * KIB })) - before;
      assert.deepEqual(await Promise.all([300, 150, 90, 50, 42, 10].map((kib) => ends(kib))), [6, 6, 4, 3, 1, 1]);
      assert.deepEqual([await ends(40, 3), await ends(40, 4), await ends(400, 4)], [4, 5, 6]);
    } finally {
      await close();
    }
  });

  for (const [what, follower] of [
    ["watching", createWatching()],
    ["the tree", recordTree],
  ] as readonly (readonly [string, Follower])[])
    test(`a step of ${what} takes no more than 2 MiB of acts, however many small ones it took before`, async () => {
      const steps: (readonly [after: number, until: number])[] = [];
      const noted: Follower = {
        ...follower,
        // However fast or slow the machine is.
        acts: { fewest: 200, most: 200 },
        ...("plan" in follower
          ? {
              async plan(batch) {
                steps.push([batch.after, batch.until]);
                return follower.plan(batch);
              },
            }
          : {
              async write(batch, read) {
                steps.push([batch.after, batch.until]);
                await follower.write(batch, read);
              },
            }),
      };
      const url = await backend().fresh();
      const writing = await open(url, { following: { followers: [] } });
      for (let at = 0; at < 2_000; at += 500)
        await writing.journal.append(Array.from({ length: 500 }, (_, i) => accessOf(`s${at + i}`)));
      for (let at = 0; at < 120; at += 30)
        await writing.journal.append(Array.from({ length: 30 }, (_, i) => large(`l${at + i}`, 60 * KIB)));
      const storage = await open(url, { following: follow([noted]) });
      await eventually("all is taken", () => storage.followers().every(({ lag }) => lag === 0));
      const rows = await backend().raw(url, "SELECT seq, record, personal FROM journal ORDER BY seq");
      const bytesOf = ([after, until]: readonly [number, number]): number =>
        rows
          .filter(({ seq }) => Number(seq) > after && Number(seq) <= until)
          .reduce((sum, row) => sum + Buffer.byteLength(`${row.record}${row.personal}`), 0);
      assert.ok(
        steps.some(([after, until]) => until - after > 35),
        "small ones are taken many at a time",
      );
      for (const step of steps) assert.ok(bytesOf(step) <= 2048 * KIB, `${bytesOf(step)} bytes in one step`);
      assert.equal(
        steps.reduce((sum, step) => sum + bytesOf(step), 0),
        bytesOf([0, Number.MAX_SAFE_INTEGER]),
        "each act is in one step",
      );
    });
});
