// The process that follows the journal was stopped (SIGSTOP) and held all decisions: no answer, no error, ready, nothing in the log.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { test } from "node:test";
import { followInProcess } from "../../src/jobs/startFollowerProcess.ts";
import { standsStill } from "../../src/storage/journal/followers.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { followersOf, isAlive } from "../jobs/followerProcesses.ts";
import { decision } from "../storage/samples.ts";
import { onEveryBackend } from "../storage/suite.ts";
import { eventually } from "../support/eventually.ts";

const options = { timeout: 120_000, skip: process.platform === "linux" ? false : "there is no /proc" };
const HANGS = "The process that follows the journal hangs. It is ended, and another begins.";
const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => decision(from + i));
/** Decisions wait for what is so far behind. */
const MOST_BEHIND = 200;

onEveryBackend("a process that follows the journal and is stopped", ({ backend, open }) => {
  async function opened(url: string, module?: string) {
    const said: string[] = [];
    // What is stopped inside its read beats no sooner than it is loaded.
    const own = module === undefined ? {} : { module, silentMs: 15_000 };
    const options = { mostBehind: MOST_BEHIND, ...own };
    const storage = await open(url, {
      followApart: followInProcess({ url, placeData: [], source: null }, options),
      log: ({ message }) => void said.push(message),
    });
    return { said, storage };
  }

  /** As many decisions as a follower may be behind, and as many again: each has its answer before the next is asked for. */
  async function decisionsGoOn(storage: Storage, from: number): Promise<number> {
    const to = from + 2 * MOST_BEHIND + 20;
    for (let n = from; n < to; n += 20) await storage.journal.append(some(n, n + 20));
    return to;
  }
  async function isReplaced({ said, storage }: Awaited<ReturnType<typeof opened>>, stopped: number, end: number) {
    await eventually("it is said to stand still", () => storage.followers().some(standsStill) || said.includes(HANGS));
    await eventually("it has ended", () => !isAlive(stopped));
    assert.ok(said.includes(HANGS));
    await eventually("nothing is behind", () => storage.followers().every(({ lag }) => lag === 0));
    assert.equal((await storage.journalSpan())?.end, end);
    assert.ok(!storage.followers().some(standsStill));
  }

  test("at its very beginning holds no decision, and another begins", options, async () => {
    const world = await opened(await backend().fresh());
    const [first = 0] = followersOf(process.pid);
    process.kill(first, "SIGSTOP");
    const end = await decisionsGoOn(world.storage, 0);
    await isReplaced(world, first, end);
    await world.storage.close();
  });

  test("while it takes its share holds no decision, and another begins", options, async () => {
    const world = await opened(await backend().fresh());
    await world.storage.journal.append(some(0, 10));
    assert.equal((await world.storage.journalSpan())?.end, 10);
    const [first = 0] = followersOf(process.pid);
    process.kill(first, "SIGSTOP");
    const end = await decisionsGoOn(world.storage, 10);
    await isReplaced(world, first, end);
    await world.storage.close();
  });

  test(
    "inside an open read holds no decision, and a file's log of commits no longer than it lives",
    options,
    async () => {
      const [folder, url] = [mkdtempSync(join(tmpdir(), "scopewarden-stopped-")), await backend().fresh()];
      const marker = join(folder, "stopped");
      Object.assign(process.env, { STOPS_IN: url, STOPS_ONCE: marker });
      const world = await opened(
        url,
        new URL(`./stopsInsideReadChild${extname(import.meta.url)}`, import.meta.url).href,
      );
      await eventually("it has stopped", () => existsSync(marker));
      const stopped = Number(readFileSync(marker, "utf8"));
      /** Of a file: commits in its log, and those of them that are in the file itself. */
      const log = async () => (await backend().raw(url, "PRAGMA wal_checkpoint(PASSIVE)"))[0];
      let end = await decisionsGoOn(world.storage, 0);
      const read = backend().name === "sqlite" ? await log() : undefined;
      const held = Number(read?.checkpointed) < Number(read?.log) ? read : undefined;
      // On a slow machine it may have been ended before its log was looked at.
      if (read !== undefined && isAlive(stopped)) assert.ok(held !== undefined, "what it reads is held");
      await isReplaced(world, stopped, end);
      if (held !== undefined)
        await eventually("the log begins anew", async () => {
          await world.storage.journal.append(some(end, end + 20));
          end += 20;
          return Number((await log())?.log) < Number(held.log) / 2;
        });
      await world.storage.close();
      rmSync(folder, { recursive: true });
    },
  );
});
