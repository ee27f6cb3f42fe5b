import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CLOUD_EVENTS_MEDIA_TYPE } from "../../src/domain/audit/sink/sinkEvent.ts";
import type { SinkAttempt, SinkFollowing } from "../../src/process/sink/followRecord.ts";
import { createPostEvents } from "../../src/process/sink/postEvents.ts";
import { createRotatingFile } from "../../src/process/sink/rotatingFile.ts";
import type { SinkTarget } from "../../src/process/sink/sinkTarget.ts";
import { createSignedPost } from "../../src/process/webhooks/signedPost.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { eventually } from "../support/eventually.ts";
import { program } from "../support/program.ts";
import { WEBHOOK_SECRET } from "../support/receiver.ts";
import { type SinkReceiver, startSinkReceiver } from "../support/sinkReceiver.ts";
import { followedBy } from "../support/sinks.ts";
import { killRounds, momentOf } from "./killRounds.ts";
import { decision, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const LEASE = 60_000;

onEveryBackend("sinks", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  let folder: string;
  const opened: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
    folder = await mkdtemp(join(tmpdir(), "scopewarden-sink-"));
    opened.push(() => rm(folder, { recursive: true, force: true }));
  });
  after(async () => {
    for (const close of opened.reverse()) await close();
  });

  /** Groups of appends, among them repeated request ids, which leave gaps in the positions of some databases. */
  const append = async (from: number, to: number) => {
    for (let n = from; n < to; n += 10) {
      const group = Array.from({ length: Math.min(10, to - n) }, (_, i) => decision(n + i));
      await storage.journal.append([...group, withRequestId(decision(1_000_000 + n), `shared-${n % 40}`)]);
    }
  };
  const stored = async () =>
    (await backend().raw(url, "SELECT id FROM journal ORDER BY seq")).map(({ id }) => String(id));
  const idsOf = async (path: string) =>
    (await readFile(path, "utf8").catch(() => ""))
      .split("\n")
      .slice(0, -1)
      .map((line) => String(JSON.parse(line).id));
  const started = (sink: SinkFollowing): SinkFollowing => {
    opened.push(sink.stop);
    return sink;
  };
  const fileIn = (name: string) =>
    createRotatingFile({ path: join(folder, name), maxBytes: 1e9, daily: false, keep: 1, clock: Date.now });
  async function posting(more: { readonly timeoutMs?: number; readonly attempts?: number } = {}) {
    const { attempts = 2, timeoutMs = 5_000 } = more;
    const receiver: SinkReceiver = await startSinkReceiver();
    opened.push(receiver.stop);
    const outcomes: SinkAttempt[] = [];
    const lines: string[] = [];
    const signing = { secrets: [WEBHOOK_SECRET], timeoutMs, clock: Date.now, mediaType: CLOUD_EVENTS_MEDIA_TYPE };
    const post = createSignedPost({ url: new URL(receiver.url), ...signing });
    const target = createPostEvents({ post, format: "NDJSON", source: "/test", timeoutMs });
    const follow = () => started(followedBy({ storage, target, sink: "webhook", attempts, outcomes, lines }));
    return { receiver, outcomes, lines, follow };
  }

  test("a position begins now or at the first act, once; and moves for who has the work alone", async () => {
    await append(0, 20);
    const { sinks } = storage;
    await sinks.begin("file", "NOW");
    await sinks.begin("webhook", "START");
    await append(20, 30);
    await sinks.begin("file", "START");
    const [now, start] = [await sinks.look("file"), await sinks.look("webhook")];
    assert.ok(now.position > 0 && now.position < now.end);
    assert.deepEqual([start.position, start.end], [0, now.end]);

    const other = (await open(url)).sinks;
    assert.equal((await sinks.claim("webhook", LEASE))?.position, 0);
    assert.equal(await other.claim("webhook", LEASE), null);
    assert.equal((await other.look("webhook")).taken, true);
    assert.equal(await other.move("webhook", { from: 0, until: 5, leaseMs: LEASE }), false);
    assert.equal(await sinks.move("webhook", { from: 1, until: 5, leaseMs: LEASE }), false);
    assert.equal(await sinks.move("webhook", { from: 0, until: 5, leaseMs: LEASE }), true);
    await sinks.release("webhook");
    assert.equal((await other.claim("webhook", 1))?.position, 5);
    await eventually("the lease is over", async () => (await sinks.claim("webhook", LEASE)) !== null);
    assert.equal(await other.move("webhook", { from: 5, until: 6, leaseMs: LEASE }), false);
    assert.equal(
      await other.putAside("webhook", { from: 5, until: 6, leaseMs: LEASE }, { id: "a", position: 6 }, REFUSAL),
      false,
    );
    assert.equal(await sinks.dead("webhook"), 0);
  });

  test("a position beyond the end goes back to it: a server that has failed over gives positions anew", async () => {
    await append(0, 10);
    const { sinks } = storage;
    await sinks.begin("file", "START");
    await backend().raw(url, "UPDATE journal_follower SET position = 1000000 WHERE name = 'sink_file'");
    const place = await sinks.claim("file", LEASE);
    assert.ok(place !== null && place.position === place.end && place.end < 1_000);
  });

  test("a file has each act, in order; one sink goes on where another stopped, and stops in between", async () => {
    await append(0, 60);
    const path = join(folder, "record.ndjson");
    const first = followedBy({ storage, target: fileIn("record.ndjson") });
    await eventually("the file has some", async () => (await idsOf(path)).length > 0);
    await first.stop();
    await append(60, 90);
    const second = started(followedBy({ storage, target: fileIn("record.ndjson") }));
    await eventually("it has all", async () => second.status.lag === 0 && (await idsOf(path)).length >= 90);
    assert.deepEqual(await idsOf(path), await stored());
    await append(90, 100);
    await eventually("what comes later is there", async () => (await idsOf(path)).length === (await stored()).length);
    assert.deepEqual(await idsOf(path), await stored());
  });

  test("killed between the file and the position: no gap, and what is told twice has the same id and bytes", {
    timeout: 300_000,
  }, async () => {
    await append(0, 200);
    const path = join(folder, "record.ndjson");
    const { file, flags } = program("test/storage/sinkChild.ts");
    const rounds = killRounds(3);
    for (let round = 0; round < rounds; round++) {
      const child = fork(file, [url, path, round === 0 ? "hold" : ""], { execArgv: [...flags], stdio: "inherit" });
      const gone = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve, reject) => {
        child.once("message", resolve);
        child.once("exit", () => reject(new Error("the child ended by itself")));
      });
      if (round > 0) await sleep(momentOf(round));
      child.kill("SIGKILL");
      await gone;
      await append(200 + round * 40, 240 + round * 40);
    }
    const heir = started(followedBy({ storage, target: fileIn("record.ndjson") }));
    await eventually(
      "the heir has all",
      async () => heir.status.lag === 0 && new Set(await idsOf(path)).size === (await stored()).length,
    );
    const lines = (await readFile(path, "utf8")).split("\n").slice(0, -1);
    const byId = new Map<string, string>();
    for (const line of lines) {
      const { id } = JSON.parse(line);
      assert.equal(byId.get(id) ?? line, line, "told again it is the same");
      byId.set(id, line);
    }
    assert.deepEqual([...byId.keys()], await stored(), "each act, in the order of the record");
    assert.ok(lines.length > byId.size, "what was in the file before the position moved came again");
  });

  test("of two instances one works at a time, and the other goes on when it stops", async () => {
    const other = await open(url);
    await append(0, 50);
    const one = followedBy({ storage, target: fileIn("one.ndjson") });
    const two = started(followedBy({ storage: other, target: fileIn("two.ndjson") }));
    const [first, second] = [join(folder, "one.ndjson"), join(folder, "two.ndjson")];
    const both = async () => [...(await idsOf(first)), ...(await idsOf(second))];
    await eventually(
      "both know that all is there",
      async () => one.status.lag === 0 && two.status.lag === 0 && (await both()).length > 0,
    );
    for (let n = 50; n < 100; n += 10) {
      await append(n, n + 10);
      await eventually("the next are there", async () => (await both()).length === (await stored()).length);
    }
    assert.deepEqual((await both()).sort(), [...(await stored())].sort(), "none twice");
    const [worked] = [(await idsOf(first)).length > 0, (await idsOf(second)).length > 0];
    assert.deepEqual([worked, (await idsOf(second)).length > 0], [worked, !worked], "the same did all of it");
    await one.stop();
    await append(100, 120);
    await eventually("the other goes on", async () => (await both()).length === (await stored()).length);
    assert.deepEqual((await both()).sort(), [...(await stored())].sort());
  });

  test("posts signed batches in order; while the receiver fails, moves away or is silent the lag grows, and nothing is lost", async () => {
    await append(0, 250);
    const w = await posting({ timeoutMs: 150 });
    const elsewhere = await startSinkReceiver();
    opened.push(elsewhere.stop);
    const answers = [
      { status: 503 },
      { status: 307, headers: { location: elsewhere.url } },
      { status: 401 },
      { status: 410 },
      null,
    ];
    let asked = 0;
    w.receiver.answer = () => answers[asked++ % answers.length] as { status: number } | null;
    const sink = w.follow();
    await eventually("it was asked often", () => asked > 10);
    const before = sink.status.lag;
    assert.ok(before >= 250);
    await append(250, 260);
    await eventually("the lag grows", () => sink.status.lag > before);
    assert.equal(w.receiver.taken.length + elsewhere.batches.length, 0);
    assert.deepEqual([...new Set(w.outcomes)], ["failed"]);
    w.receiver.answer = () => ({ status: 204 });
    await eventually("all is there", () => sink.status.lag === 0);
    // What the receiver has taken while nobody waited any more comes again.
    assert.deepEqual([...new Set(w.receiver.taken.map(({ id }) => id))], await stored());
    assert.deepEqual(w.receiver.refused, []);
    assert.ok(w.receiver.batches.every(({ events }) => events.length <= 100));
    assert.equal(sink.status.dead, 0);
    const [told] = w.receiver.taken as readonly {
      data: { position: number };
      sequence?: string;
      type: string;
      source: string;
    }[];
    assert.deepEqual(
      [told?.type, told?.source, Number(told?.sequence)],
      ["scopewarden.record.decision", "/test", told?.data.position],
    );
    assert.ok(
      w.lines.some((line) => line.includes("a sink can't go on")) &&
        w.lines.some((line) => line.includes("goes on again")),
    );
  });

  test("what is too much is sent in smaller batches", async () => {
    await append(0, 100);
    const w = await posting();
    w.receiver.answer = ({ bytes }) => ({ status: bytes > 20_000 ? 413 : 200 });
    const sink = w.follow();
    await eventually("all is there", () => sink.status.lag === 0 && w.receiver.taken.length > 0);
    assert.deepEqual(
      w.receiver.taken.map(({ id }) => id),
      await stored(),
    );
    assert.equal(sink.status.dead, 0);
  });

  test("who sends smaller and smaller batches keeps the work: no other instance takes it meanwhile", async () => {
    await append(0, 30);
    const other = (await open(url)).sinks;
    const sent: { readonly events: number; readonly isTaken: boolean }[] = [];
    const target: SinkTarget = {
      most: 32,
      // With what is spared beyond it a lease of three seconds.
      timeoutMs: -7_000,
      async deliver(events) {
        sent.push({ events: events.length, isTaken: (await other.look("file")).taken });
        if (events.length === 1) return { kind: "DELIVERED" };
        await sleep(1_100);
        return { kind: "REFUSED", status: 413, error: "too much" };
      },
      async close() {},
    };
    const sink = started(followedBy({ storage, target }));
    await eventually("one act is sent by itself", () => sent.some(({ events }) => events === 1));
    await sink.stop();
    const first = sent.slice(0, sent.findIndex(({ events }) => events === 1) + 1);
    assert.ok(first.length > 4);
    assert.deepEqual(
      first.filter(({ isTaken }) => !isTaken),
      [],
    );
  });

  test("an act that is refused by itself is put aside and listed, the others go on, and somebody has it sent anew", async () => {
    await append(0, 60);
    const bad = decision(37).id;
    const w = await posting({ attempts: 3 });
    w.receiver.answer = ({ events }) => ({ status: events.some(({ id }) => id === bad) ? 422 : 200 });
    const sink = w.follow();
    await eventually("all others are there", () => sink.status.lag === 0 && sink.status.dead === 1);
    assert.deepEqual(
      w.receiver.taken.map(({ id }) => id),
      (await stored()).filter((id) => id !== bad),
    );
    assert.equal(w.receiver.batches.filter(({ events }) => events.length === 1 && events[0]?.id === bad).length, 3);
    const list = async () =>
      (await storage.deliveries.page({ filter: { state: "DEAD" }, page: { first: 10, after: null } })).items.map(
        ({ node }) => node,
      );
    const [dead] = await list();
    assert.deepEqual(
      [dead?.subject, dead?.type, dead?.attempts, dead?.lastStatus],
      [bad, "scopewarden.sink.undelivered", 3, 422],
    );
    assert.deepEqual(
      Object.keys(JSON.parse(dead?.body ?? "")),
      ["sink", "position"],
      "nothing of the act is kept there",
    );

    let times = 0;
    const again = () =>
      storage.deliveries.retry(
        { event: "RETRIED", deliveryId: dead?.id ?? "", at: Date.now(), author: "key:none", text: "test" },
        `retry-${++times}`,
      );
    await again();
    await eventually("it is refused once more", async () => (await list()).length === 1);
    w.receiver.answer = () => ({ status: 200 });
    await again();
    await eventually("it has arrived", async () => w.receiver.taken.some(({ id }) => id === bad));
    await eventually(
      "and is told so",
      async () => (await storage.deliveries.find(dead?.id ?? ""))?.state === "DELIVERED",
    );
    await eventually("so are the acts of the retries", async () => w.receiver.taken.length >= (await stored()).length);
    assert.deepEqual([...new Set(w.receiver.taken.map(({ id }) => id))].sort(), [...(await stored())].sort());
  });

  test("a stop cuts off what is under way, and gives the work to others at once", async () => {
    await append(0, 10);
    const w = await posting({ timeoutMs: 30_000 });
    w.receiver.answer = () => null;
    const sink = w.follow();
    await eventually("it is asked", () => w.receiver.batches.length === 1);
    await sink.stop();
    assert.deepEqual(w.outcomes, []);
    assert.notEqual(await (await open(url)).sinks.claim("webhook", LEASE), null);
  });
});

const REFUSAL = { at: 1, status: 422, error: "HTTP status 422", attempts: 1 };
