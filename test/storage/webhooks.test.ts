import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { KeptAccessRequest } from "../../src/domain/consent/accessRequests/accessRequest.ts";
import type { Campaign } from "../../src/domain/monitoring/reviews/campaign.ts";
import type { ClaimedDelivery, Outbox } from "../../src/domain/monitoring/webhooks/delivery.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { Storage, StorageOptions } from "../../src/storage/storage.ts";
import { decidedBy, keptRequest } from "../support/accessRequests.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { program } from "../support/program.ts";
import { startReceiver } from "../support/receiver.ts";
import { newCampaign, newItem } from "../support/reviews.ts";
import { decision, revision, role } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const NOTIFYING = { notifying: { source: "/test", waitingMs: 100, endingMs: 50 } } satisfies Partial<StorageOptions>;
const HOUR = 3_600_000;

onEveryBackend("webhook deliveries", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url, NOTIFYING);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const outboxOf = ({ outbox }: Storage): Outbox => {
    assert.ok(outbox !== null);
    return outbox;
  };
  const add = async (id: string, more: Partial<KeptAccessRequest> = {}, on = storage) => {
    const request = keptRequest(id, { subject: { type: "user", id: `nora-${id}` }, ...more });
    await on.accessRequests.open(request);
  };
  const approve = (number: number, id: string, validUntil = 500) =>
    storage.policy.commit(revision(number, [changeOf("role", null, role(`role-${number}`))], { author: "key:ada" }), {
      accessRequestId: id,
      step: "APPROVED",
      by: "key:ada",
      subject: { type: "user", id: "ada", issuer: null },
      at: 20,
      reason: "I know of it",
      given: { validFrom: 20, validUntil, before: null },
    });
  const ids = async () => (await raw("SELECT id FROM webhook_delivery ORDER BY seq")).map(({ id }) => id);
  const claimed = async (now: number, on = storage): Promise<ClaimedDelivery> => {
    const found = await outboxOf(on).claim(now, HOUR);
    assert.ok(found !== null);
    return found;
  };
  const newest = async (filter = {}) =>
    (await storage.deliveries.page({ filter, page: { first: 10, after: null } })).items.map(({ node }) => node);

  test("each step of an access request is told once, and nothing of people", async () => {
    await add("a1");
    await approve(1, "a1");
    await storage.accessRequests.giveBack("a1", { at: 30, by: "key:portal", reason: "nora is well" });
    await add("a2", { subject: null, role: null, organization: null, clientId: "ehr", scope: "view" });
    await storage.accessRequests.refuse("a2", decidedBy("ben"));
    await storage.journal.append([decision(1)]);
    await outboxOf(storage).collect(40);
    await outboxOf(storage).collect(40);
    const told = await newest();
    assert.deepEqual(
      told.map(({ id, state, attempts }) => [id, state, attempts]).reverse(),
      ["a1:requested", "a1:approved", "a1:returned", "a2:requested", "a2:refused"].map((id) => [
        `access-request:${id}`,
        "PENDING",
        0,
      ]),
    );
    assert.deepEqual(JSON.parse(told[3]?.body ?? ""), {
      specversion: "1.0",
      id: "access-request:a1:approved",
      source: "/test",
      type: "scopewarden.access_request.approved",
      subject: "a1",
      time: "1970-01-01T00:00:00.020Z",
      datacontenttype: "application/json",
      data: {
        state: "APPROVED",
        role: "nurse",
        organization: "ward",
        clientId: null,
        scope: null,
        minutes: 120,
        expiresAt: "1970-01-01T00:00:00.500Z",
      },
    });
    for (const { body } of told)
      for (const secret of ["nora", "ada", "ben", "portal", "a test", "I know of it", "well"])
        assert.ok(!body.includes(secret), `${secret} in ${body}`);
  });

  test("what was on record before anybody was to be told is not told; switched off and on again, nothing is lost", async () => {
    const other = await backend().fresh();
    const silent = await open(other);
    assert.equal(silent.outbox, null);
    await add("before", {}, silent);
    const first = await open(other, NOTIFYING);
    await add("while", {}, silent);
    await outboxOf(first).collect(40);
    await first.close();
    await add("off", {}, silent);
    const again = await open(other, NOTIFYING);
    await outboxOf(again).collect(40);
    const rows = await backend().raw(other, "SELECT subject FROM webhook_delivery ORDER BY seq");
    assert.deepEqual(
      rows.map(({ subject }) => subject),
      ["while", "off"],
    );
  });

  test("one instance at a time has a delivery, until it settles, gives it back, or its lease is over", async () => {
    await add("a1");
    const other = await open(url, NOTIFYING);
    await outboxOf(storage).collect(40);
    const [mine, others] = await Promise.all([outboxOf(storage).claim(40, HOUR), outboxOf(other).claim(40, HOUR)]);
    const [taken] = [mine, others].filter((each) => each !== null);
    assert.ok(taken !== undefined && (mine === null || others === null), "both have it");
    assert.equal(taken.attempts, 1);
    assert.equal(await outboxOf(other).claim(40, HOUR), null);
    await outboxOf(storage).release(taken);
    const second = await claimed(40, other);
    assert.deepEqual([second.id, second.attempts, second.body], [taken.id, 1, taken.body]);
    // What it says now is of a lease that is no longer its own.
    await outboxOf(storage).settle(taken, { at: 41, status: 500, error: "late" }, null);
    await outboxOf(storage).release(taken);
    assert.equal((await newest())[0]?.state, "PENDING");
    assert.equal(await outboxOf(storage).claim(40, HOUR), null);
    await raw('UPDATE webhook_delivery SET "lease_until" = 1');
    const third = await claimed(40);
    assert.equal(third.attempts, 2);
    // That it has arrived holds whoever says it.
    await outboxOf(other).settle(second, { at: 42, status: 200, error: null }, null);
    await outboxOf(storage).settle(third, { at: 43, status: 500, error: "no" }, 50);
    assert.deepEqual(
      (await newest()).map(({ state, endedAt, lastStatus }) => [state, endedAt, lastStatus]),
      [["DELIVERED", 42, 200]],
    );
  });

  test("a lease of a time when the clock was ahead keeps nobody waiting", async () => {
    await add("a1");
    await outboxOf(storage).collect(40);
    await claimed(40);
    await raw(`UPDATE webhook_delivery SET "lease_until" = ${Date.now() + 3 * HOUR}`);
    assert.equal((await claimed(40)).attempts, 2);
  });

  test("a failed attempt is followed by the next at its time, a last one by none until somebody retries", async () => {
    await add("a1");
    await outboxOf(storage).collect(40);
    const failed = { at: 41, status: null, error: "no connection: ECONNREFUSED" };
    await outboxOf(storage).settle(await claimed(40), failed, 90);
    assert.equal(await outboxOf(storage).claim(89, HOUR), null);
    assert.deepEqual(await outboxOf(storage).counts(), { pending: 1, dead: 0 });
    await outboxOf(storage).settle(await claimed(90), { at: 91, status: 410, error: "HTTP status 410" }, null);
    assert.equal(await outboxOf(storage).claim(HOUR, HOUR), null);
    const [dead] = await newest({ state: "DEAD" });
    assert.deepEqual(
      [dead?.attempts, dead?.lastStatus, dead?.lastError, dead?.lastAttemptAt, dead?.endedAt],
      [2, 410, "HTTP status 410", 91, 91],
    );
    assert.deepEqual(await outboxOf(storage).counts(), { pending: 0, dead: 1 });
    const act = {
      event: "RETRIED",
      deliveryId: dead?.id ?? "",
      at: 100,
      author: "jwt:x#ada",
      text: "it is back",
    } as const;
    await storage.deliveries.retry(act, "r1");
    const again = await claimed(100);
    assert.equal(again.attempts, 1);
    await outboxOf(storage).settle(again, { at: 101, status: 204, error: null }, null);
    await assert.rejects(storage.deliveries.retry(act, "r2"), { code: "CONFLICT" });
    await assert.rejects(storage.deliveries.retry({ ...act, author: "key:aaaaaaaaaaaa" }, "r3"), {
      code: "UNAUTHENTICATED",
    });
    const acts = await raw(`SELECT id, record, personal FROM journal WHERE kind = 'WEBHOOK'`);
    assert.deepEqual(acts, [
      {
        id: "webhook:r1",
        record: `{"at":100,"author":"jwt:x#ada","deliveryId":"access-request:a1:requested","event":"RETRIED"}`,
        personal: `{"text":"it is back"}`,
      },
    ]);
  });

  test("of an emergency each step is told, and once that nobody has reviewed it in time, with nobody's name", async () => {
    const kept = keptBreakGlass("b1", { startedAt: 10, endsAt: 100, reviewDueAt: 200 });
    await storage.breakGlasses.open(kept);
    await storage.breakGlasses.open(
      keptBreakGlass("b2", { patient: "other", startedAt: 10, endsAt: 90, reviewDueAt: 150 }),
    );
    await storage.breakGlasses.end("b1", { at: 50, by: kept.openedBy.callerId, reason: "It was a drill" });
    await storage.breakGlasses.review("b2", {
      at: 120,
      by: decidedBy("ben").by,
      justified: false,
      text: "No emergency",
    });
    await outboxOf(storage).collect(199);
    const told = ["b1:opened", "b2:opened", "b1:ended", "b2:reviewed"].map((step) => `break-glass:${step}`);
    assert.deepEqual(await ids(), told);
    await Promise.all([1, 2].map(() => outboxOf(storage).collect(200)));
    assert.deepEqual(await ids(), [...told, "reminder:break-glass:b1:overdue"]);
    for (const { body } of await newest()) {
      for (const name of [kept.patient, kept.subject.id, kept.reason, "a drill", "No emergency", "ben"])
        assert.ok(!body.includes(`"${name}"`), `${name} in ${body}`);
      assert.equal(JSON.parse(body).data.organization, kept.organization);
    }
    const [, reviewed] = await newest();
    assert.equal(JSON.parse(reviewed?.body ?? "").data.justified, false);
  });

  test("of an access review is told that it began and how it goes on, and once that it is due and that nobody closes it", async () => {
    const begun = newCampaign("c1", { role: "nurse", items: 0, leftOut: 0, policyRevision: 0 });
    await storage.reviews.start(begun, [], "digest");
    const holding = { subjectId: "rose", subjectType: "user", clientId: null, role: "nurse", organization: "ward" };
    const row = { ...holding, validFrom: null, validUntil: null };
    const revision = { revision: 1, author: "key:ada", reason: "r", committedAt: 5 };
    await storage.policy.commit({ ...revision, changes: [changeOf("assignment", null, row)] });
    await storage.reviews.start(
      newCampaign("c2", { role: "nurse" }),
      [newItem("c2.1", { campaignId: "c2" })],
      "digest",
    );
    await outboxOf(storage).collect(999);
    const started = ["access-review:c1:started", "access-review:c2:started"];
    assert.deepEqual(await ids(), started);
    // Of the other nothing is undecided.
    await Promise.all([1, 2].map(() => outboxOf(storage).collect(1_000)));
    const due = [...started, "reminder:access-review:c2:due"];
    assert.deepEqual(await ids(), due);
    await outboxOf(storage).collect(2_000);
    const overdue = ["c1", "c2"].map((id) => `reminder:access-review:${id}:overdue`);
    assert.deepEqual([...(await ids())].sort(), [...due, ...overdue].sort());
    const campaign = (await storage.reviews.find("c1")) as Campaign;
    await storage.reviews.close(campaign, { at: 2_001, by: "key:ada", reason: null, outcomes: [], reportSha256: "s" });
    await outboxOf(storage).collect(2_002);
    assert.ok((await ids()).includes("access-review:c1:closed"));
    for (const { body } of await newest())
      for (const name of ["rose", "Nurses in autumn", "fiona", "The yearly review"])
        assert.ok(!body.includes(name), `${name} in ${body}`);
  });

  test("what waits and what is about to end is reminded of once, over instances and restarts", async () => {
    await add("waits", { createdAt: 10, expiresAt: 1_000 });
    await add("given", { createdAt: 10 });
    await add("refused", { createdAt: 10 });
    await approve(1, "given");
    await storage.accessRequests.refuse("refused", decidedBy("ben"));
    const other = await open(url, NOTIFYING);
    const reminders = async () => (await ids()).filter((id) => String(id).startsWith("reminder:"));
    await outboxOf(storage).collect(109);
    assert.deepEqual(await reminders(), []);
    await Promise.all([storage, other, storage].map((each) => outboxOf(each).collect(110)));
    assert.deepEqual(await reminders(), ["reminder:access-request:waits:waiting"]);
    await outboxOf(other).collect(449);
    assert.equal((await reminders()).length, 1);
    await Promise.all([other, storage].map((each) => outboxOf(each).collect(450)));
    const all = ["reminder:access-request:waits:waiting", "reminder:access-request:given:ending"];
    assert.deepEqual(await reminders(), all);
    const reminder = (await newest()).find(({ id }) => id === all[1]);
    assert.deepEqual(
      [reminder?.type, reminder?.subject, JSON.parse(reminder?.body ?? "").data.state],
      ["scopewarden.access_request.ending", "given", "APPROVED"],
    );
    // Also when the delivery is gone.
    for (let taken = 0; ; taken++) {
      const next = await outboxOf(storage).claim(450, HOUR);
      if (next === null) break;
      assert.ok(taken < 10, "there is always another");
      await outboxOf(storage).settle(next, { at: 460, status: 200, error: null }, null);
    }
    await outboxOf(storage).removeDelivered(460);
    assert.ok((await ids()).length > 0);
    await outboxOf(storage).removeDelivered(461);
    assert.deepEqual(await ids(), []);
    const restarted = await open(url, NOTIFYING);
    await outboxOf(restarted).collect(470);
    assert.deepEqual(await ids(), []);
  });

  test("what is over is not reminded of, nor before half of its time, nor what is switched off", async () => {
    await add("late", { createdAt: 10, expiresAt: 200 });
    await add("short");
    await approve(1, "short", 60);
    const count = async () => Number((await raw("SELECT COUNT(*) AS n FROM reminder"))[0]?.n);
    await outboxOf(storage).collect(200);
    assert.equal(await count(), 0);
    await outboxOf(storage).collect(39);
    assert.equal(await count(), 0);
    const off = await open(url, { notifying: { source: "/test", waitingMs: 0, endingMs: 0 } });
    await outboxOf(off).collect(110);
    await outboxOf(off).collect(40);
    assert.equal(await count(), 0);
    await outboxOf(storage).collect(40);
    assert.equal(await count(), 1);
  });

  test("killed again and again, nothing is lost, and nothing is told under two ids", { timeout: 180_000 }, async () => {
    const receiver = await startReceiver();
    const { file, flags } = program("test/storage/webhookChild.ts");
    const start = () => fork(file, [url, receiver.url], { execArgv: [...flags], stdio: "inherit" });
    try {
      const all: string[] = [];
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 10; n++) {
          await add(`r${round}-${n}`, { createdAt: Date.now() - HOUR, expiresAt: Date.now() + HOUR });
          all.push(`access-request:r${round}-${n}:requested`, `reminder:access-request:r${round}-${n}:waiting`);
        }
        const before = receiver.received.length;
        const child = start();
        const gone = new Promise((resolve) => child.once("exit", resolve));
        while (receiver.received.length < before + 1 + 3 * round && child.exitCode === null) await sleep(1);
        child.kill("SIGKILL");
        await gone;
        await raw(`UPDATE webhook_delivery SET "lease_until" = 0`);
      }
      assert.ok(receiver.received.length < all.length, "it was killed in the middle");
      const child = start();
      const gone = new Promise((resolve) => child.once("exit", resolve));
      const done = async () =>
        Number((await raw(`SELECT COUNT(*) AS n FROM webhook_delivery WHERE state = 'DELIVERED'`))[0]?.n) ===
        all.length;
      while (!(await done())) await sleep(20);
      child.kill("SIGKILL");
      await gone;
      assert.deepEqual((await ids()).map(String).sort(), [...all].sort());
      assert.deepEqual([...new Set(receiver.received.map(({ id }) => id))].sort(), [...all].sort());
      assert.deepEqual(receiver.refused, []);
    } finally {
      await receiver.stop();
    }
  });
});
