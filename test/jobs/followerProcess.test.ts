import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mock, test } from "node:test";
import { followInProcess } from "../../src/jobs/startFollowerProcess.ts";
import { allDecisions } from "../storage/allDecisions.ts";
import { decision } from "../storage/samples.ts";
import { onEveryBackend } from "../storage/suite.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { followersOf, isAlive } from "./followerProcesses.ts";

const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => decision(from + i));
const onLinux = { timeout: 300_000, skip: process.platform === "linux" ? false : "there is no /proc" };

onEveryBackend("the process that follows the journal", ({ open, backend }) => {
  const apart = (url: string, options: { readonly module?: string } = {}) => ({
    followApart: followInProcess({ url, placeData: [], source: null }, options),
  });

  test("has all that was appended, by itself", { timeout: 300_000 }, async () => {
    const url = await backend().fresh();
    const storage = await open(url, apart(url));
    await storage.journal.append(some(0, 400));
    assert.equal((await allDecisions(storage)).length, 400);
    const names = ["decision_index", "watching", "record_tree"];
    await eventually("nothing is behind", () => {
      const taken = new Map(storage.followers().map(({ name, position }) => [name, position]));
      return names.every((name) => taken.get(name) === 400);
    });
    assert.ok(storage.followers().every(({ failures, lag, stillMs }) => failures + lag + stillMs === 0));
    await storage.close();
    const held = await backend().raw(url, 'SELECT "name" FROM journal_follower WHERE "holder" IS NOT NULL');
    assert.deepEqual(held, []);
  });

  test("that dies is replaced, and decisions go on", { timeout: 300_000 }, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const module = new URL("./followsBrieflyChild.mjs", import.meta.url).href;
    const storage = await open(url, {
      ...apart(url, { module }),
      log: ({ message }) => void said.push(message),
      following: { indexWaitMs: 500 },
    });
    await storage.journal.append(some(0, 10));
    await eventually("it dies, and dies again", () => said.filter((text) => text.includes("has died")).length >= 2);
    const lags = (lag: number) => () => storage.followers().every((each) => each.lag === lag);
    await eventually("what waits is counted without it", lags(10));
    await storage.journal.append(some(10, 20));
    await eventually("what waits goes on being counted", lags(20));
    await assert.rejects(storage.usageOnRecord.ofScope("any", 0), { code: "JOURNAL_UNAVAILABLE" });
    await storage.close();
    const heir = await open(url, apart(url));
    await eventually("the next one goes on", () => heir.followers().some(({ position }) => position === 20));
    assert.equal((await heir.journalSpan())?.end, 20);
    await heir.close();
  });

  test("that the service is killed beside does not go on without it", onLinux, async () => {
    const url = await backend().fresh();
    const { file, flags } = program("test/jobs/followedChild.ts");
    const service = fork(file, [url], { execArgv: [...flags], stdio: "inherit" });
    await once(service, "message");
    const [follower = 0] = followersOf(service.pid ?? 0);
    assert.ok(isAlive(follower));
    service.kill("SIGKILL");
    await eventually("it has ended", () => !isAlive(follower));
  });

  test("leaves the signals of a terminal and a supervisor to the service", onLinux, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const storage = await open(url, { ...apart(url), log: ({ message }) => void said.push(message) });
    await storage.journal.append(some(0, 10));
    await eventually("it follows", () => storage.followers().some(({ position }) => position === 10));
    const [follower = 0] = followersOf(process.pid);
    assert.ok(isAlive(follower));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(follower, signal);
    await storage.journal.append(some(10, 20));
    assert.equal((await storage.journalSpan())?.end, 20);
    assert.deepEqual(followersOf(process.pid), [follower]);
    await storage.close();
    assert.deepEqual(said, []);
    assert.equal(isAlive(follower), false, "a service that is closed leaves none behind");
  });
});

test("one that has not loaded what it runs is not waited for when its service is closed", async () => {
  const module = new URL("./neverLoadsChild.mjs", import.meta.url).href;
  const follow = followInProcess({ url: "sqlite::memory:", placeData: [], source: null }, { module });
  const never = () => Promise.resolve(new Map());
  const followers = follow({ names: ["decision_index"], log: () => {}, failed: () => {}, look: never });
  // The time that one under way has does not pass.
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await followers.close();
  } finally {
    mock.timers.reset();
  }
});
