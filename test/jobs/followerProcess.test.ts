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

  test("that lives, but has a transaction open that does not end, is ended", { timeout: 300_000 }, async () => {
    const url = await backend().fresh();
    const said: string[] = [];
    const module = new URL("./slowChild.mjs", import.meta.url).href;
    const storage = await open(url, { ...apart(url, { module }), log: ({ detail }) => void said.push(detail ?? "") });
    const seconds = backend().name === "sqlite" ? 1 : 5;
    await eventually("it is ended", () => said.includes(`A transaction of it was open for ${seconds} s.`));
    await eventually(
      "another begins, and dies as well",
      () => said.filter((text) => text.includes("SIGKILL")).length > 1,
    );
    await storage.close();
  });

  test("is counted for, and what can't be counted is said once", { timeout: 300_000 }, async () => {
    const said: string[] = [];
    const fails = { now: true };
    const [name, lag] = ["decision_index", 7];
    const followers = followInProcess(
      { url: await backend().fresh(), placeData: [], source: null },
      { module: new URL("./diesChild.mjs", import.meta.url).href },
    )({
      names: [name],
      log: ({ message }) => void said.push(message),
      failed() {},
      look: () =>
        fails.now ? Promise.reject(new Error("no disk")) : Promise.resolve(new Map([[name, { position: 3, lag }]])),
    });
    const NOT_COUNTED = "How far what follows the journal is behind can't be counted now.";
    await eventually("it is said", () => said.includes(NOT_COUNTED));
    fails.now = false;
    await eventually("it is counted", () => followers.status().every((each) => each.lag === lag));
    assert.equal(said.filter((text) => text === NOT_COUNTED).length, 1);
    await followers.close();
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
  const follow = followInProcess({ url: "sqlite:/never/opened.db", placeData: [], source: null }, { module });
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
