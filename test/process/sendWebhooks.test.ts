import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createLog } from "../../src/process/log.ts";
import { type AttemptOutcome, sendWebhooks } from "../../src/process/webhooks/sendWebhooks.ts";
import { createSignedPost } from "../../src/process/webhooks/signedPost.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { keptRequest } from "../support/accessRequests.ts";
import { type Answering, startReceiver, WEBHOOK_SECRET } from "../support/receiver.ts";

const opened: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

const OTHER_SECRET = `whsec_${Buffer.from("another secret of thirty-two byte").toString("base64")}`;

async function world({ attempts = 3, timeoutMs = 30_000, secrets = [WEBHOOK_SECRET] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-webhooks-"));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const receiver = await startReceiver();
  opened.push(receiver.stop);
  const time = { now: Date.now() };
  const clock = () => time.now;
  const storage = await openStorage({
    url: `sqlite:${join(folder, "test.db")}`,
    clock,
    notifying: { source: "/test", waitingMs: 0, endingMs: 0 },
  });
  opened.push(storage.close);
  const { outbox, deliveries } = storage;
  assert.ok(outbox !== null);
  let broken = false;
  const collect: typeof outbox.collect = (now) =>
    broken ? Promise.reject(new Error("the database is away")) : outbox.collect(now);
  const outcomes: AttemptOutcome[] = [];
  const lines: string[] = [];
  const start = (url = receiver.url) =>
    sendWebhooks({
      outbox: { ...outbox, collect },
      post: createSignedPost({ url: new URL(url), secrets, timeoutMs, clock }),
      clock,
      chance: () => 0.5,
      attempts,
      timeoutMs,
      keepDays: 1,
      everyMs: 5,
      count: (outcome) => void outcomes.push(outcome),
      log: createLog({ level: "info", destination: { write: (line: string) => void lines.push(line) } }),
    });
  return {
    receiver,
    time,
    outcomes,
    lines,
    async add(...ids: readonly string[]) {
      for (const id of ids) {
        const request = keptRequest(id, { organization: id, createdAt: time.now, expiresAt: time.now + 1e6 });
        await storage.accessRequests.open(request);
      }
    },
    start(url?: string) {
      const sending = start(url);
      opened.push(sending.stop);
      return sending;
    },
    breakOutbox() {
      broken = true;
      return () => {
        broken = false;
      };
    },
    delivery: (id: string) => deliveries.find(`access-request:${id}:requested`),
    async until(condition: () => boolean | Promise<boolean>) {
      for (let looks = 0; !(await condition()); looks++) {
        assert.ok(looks < 15_000, `it did not come to that: ${outcomes}, ${lines}`);
        await sleep(2);
      }
    },
  };
}
const answering =
  (...statuses: readonly number[]): Answering =>
  () => ({ status: statuses.length > 1 ? ((statuses as number[]).shift() as number) : (statuses[0] as number) });

describe("the sender of webhooks", { timeout: 300_000 }, () => {
  test("sends what waits, once, signed and as a CloudEvent", async () => {
    const w = await world();
    await w.add("a1", "a2");
    const sending = w.start();
    await w.until(() => w.outcomes.length === 2);
    await sleep(50);
    assert.deepEqual(w.receiver.received.map(({ subject }) => subject).sort(), ["a1", "a2"]);
    assert.deepEqual(w.receiver.refused, []);
    const [first] = w.receiver.received;
    assert.equal(first?.headers["content-type"], "application/cloudevents+json; charset=utf-8");
    assert.equal(first?.headers["webhook-id"], first?.id);
    assert.equal((await w.delivery("a1"))?.state, "DELIVERED");
    assert.deepEqual(w.outcomes, ["delivered", "delivered"]);
    assert.deepEqual(sending.counts, { pending: 0, dead: 0 });
  });

  test("tries again with the same id and the same bytes, later each time, and gives up after so many", async () => {
    const w = await world();
    w.receiver.answer = answering(500);
    await w.add("a1");
    const sending = w.start();
    await w.until(() => w.outcomes.length === 1);
    const once = await w.delivery("a1");
    assert.deepEqual([once?.state, once?.attempts, once?.lastError], ["PENDING", 1, "HTTP status 500"]);
    assert.equal((once?.nextAt ?? 0) - w.time.now, 5_000);
    await sleep(50);
    assert.equal(w.outcomes.length, 1, "it waits for its time");
    w.time.now += 5_000;
    await w.until(() => w.outcomes.length === 2);
    assert.equal(((await w.delivery("a1"))?.nextAt ?? 0) - w.time.now, 15_000);
    w.time.now += 15_000;
    await w.until(() => w.outcomes.length === 3);
    await w.until(() => sending.counts.dead === 1);
    assert.deepEqual(w.outcomes, ["failed", "failed", "dead"]);
    assert.equal((await w.delivery("a1"))?.state, "DEAD");
    assert.equal(w.receiver.received.length, 3);
    for (const member of ["id", "body"] as const)
      assert.equal(new Set(w.receiver.received.map((received) => received[member])).size, 1);
    assert.equal(w.lines.filter((line) => line.includes("a notification was given up")).length, 1);
    assert.ok(!w.lines.some((line) => line.includes("what a receiver says")));
    w.time.now += 1e9;
    await sleep(50);
    assert.equal(w.receiver.received.length, 3);
  });

  test("410 stops it at once; a redirect is not followed", async () => {
    const w = await world();
    const elsewhere = await startReceiver();
    opened.push(elsewhere.stop);
    w.receiver.answer = ({ subject }) =>
      subject === "gone" ? { status: 410 } : { status: 307, headers: { location: elsewhere.url } };
    await w.add("gone", "moved");
    w.start();
    await w.until(() => w.outcomes.length === 2);
    const [gone, moved] = [await w.delivery("gone"), await w.delivery("moved")];
    assert.deepEqual([gone?.state, gone?.attempts, gone?.lastStatus], ["DEAD", 1, 410]);
    assert.deepEqual([moved?.state, moved?.attempts, moved?.lastStatus], ["PENDING", 1, 307]);
    assert.equal(elsewhere.received.length + elsewhere.refused.length, 0);
  });

  test("a receiver that does not answer, or is not there, is a failed attempt", async () => {
    const w = await world({ timeoutMs: 150 });
    w.receiver.answer = () => null;
    await w.add("silent");
    const sending = w.start();
    await w.until(() => w.outcomes.length === 1);
    const silent = await w.delivery("silent");
    assert.deepEqual([silent?.lastError, silent?.lastStatus], ["no answer within 150 ms", null]);
    await sending.stop();
    const without = await world();
    await without.receiver.stop();
    await without.add("away");
    without.start();
    await without.until(() => without.outcomes.length === 1);
    assert.equal((await without.delivery("away"))?.lastError, "no connection: ECONNREFUSED");
  });

  test("sends no more than four at once, and what is cut off by a stop is no attempt", async () => {
    const w = await world();
    w.receiver.answer = () => null;
    await w.add(..."abcdefghij");
    const sending = w.start();
    await w.until(() => w.receiver.received.length === 4);
    await sleep(100);
    assert.equal(w.receiver.received.length, 4);
    await sending.stop();
    assert.deepEqual(w.outcomes, []);
    const held = await Promise.all([..."abcdefghij"].map(w.delivery));
    assert.deepEqual(
      held.map((delivery) => [delivery?.state, delivery?.attempts]),
      Array(10).fill(["PENDING", 0]),
    );
    w.receiver.answer = () => ({ status: 200 });
    w.start();
    await w.until(() => w.outcomes.length === 10);
    assert.deepEqual([...new Set(w.outcomes)], ["delivered"]);
  });

  test("while the database can't be reached it says so once, and goes on when it can", async () => {
    const w = await world();
    await w.add("a1");
    const mended = w.breakOutbox();
    w.start();
    const told = (text: string) => w.lines.filter((line) => line.includes(text)).length;
    await w.until(() => told("notifications can't be taken in or sent") > 0);
    await sleep(100);
    assert.equal(told("notifications can't be taken in or sent"), 1);
    mended();
    await w.until(() => w.outcomes.length === 1);
    await w.until(() => told("notifications are sent again") === 1);
  });

  test("while a secret is exchanged, the old and the new one sign", async () => {
    const w = await world({ secrets: [OTHER_SECRET, WEBHOOK_SECRET] });
    await w.add("a1");
    w.start();
    await w.until(() => w.outcomes.length === 1);
    assert.deepEqual(w.outcomes, ["delivered"]);
    const stranger = await world({ secrets: [OTHER_SECRET] });
    await stranger.add("a1");
    stranger.start();
    await stranger.until(() => stranger.outcomes.length === 1);
    assert.deepEqual([stranger.outcomes, stranger.receiver.refused.length], [["failed"], 1]);
  });
});
