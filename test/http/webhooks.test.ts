import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../support/eventually.ts";
import { startReceiver, WEBHOOK_SECRET } from "../support/receiver.ts";
import { ADMIN_KEY, applyPolicy, type Service, startService } from "./support.ts";

const opened: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

const MINUTE = 60_000;
const POLICY = [
  { putRole: { name: "nurse" } },
  { putOrganization: { id: "ward", settings: { accessRequestMaxMinutes: 240 } } },
];
const REQUEST = `mutation { requestAccess(input: { subject: { id: "nora" }, role: "nurse", organization: "ward", minutes: 4, reason: "Covers for Nina" }) { id } }`;
const LIST = `query ($filter: WebhookDeliveryFilter) { webhookDeliveries(filter: $filter) {
  edges { node { id type subject state body at attempts nextAttemptAt lastAttemptAt lastStatus lastError endedAt } } pageInfo { hasNextPage } } }`;

async function world(env: Record<string, string> = {}) {
  const receiver = await startReceiver();
  opened.push(receiver.stop);
  const time = { now: Date.now() };
  const service = await startService(
    {
      SCOPEWARDEN_WEBHOOK_URL: receiver.url,
      SCOPEWARDEN_WEBHOOK_SECRET: WEBHOOK_SECRET,
      SCOPEWARDEN_WEBHOOK_POLL_MS: "20",
      SCOPEWARDEN_PUBLIC_URL: "https://pdp.example.org",
      ...env,
    },
    { clock: () => time.now },
  );
  opened.push(service.stop);
  assert.equal((await applyPolicy(service, POLICY)).body.errors, undefined);
  const data = async (query: string, variables: unknown = {}, key?: string) => {
    const { body, text } = await service.ask(query, { variables, ...(key !== undefined && { key }) });
    assert.equal(body?.errors, undefined, text);
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    return Object.values(body.data)[0] as any;
  };
  const keyOf = async (roles: readonly string[], id: string): Promise<string> =>
    (
      await data(
        'mutation($roles: [CallerRole!]!, $id: ID!) { createApiKey(input: { name: "a key", roles: $roles, subject: { id: $id } }, reason: "test") { key } }',
        { roles, id },
      )
    ).key;
  const deliveries = async (filter: object = {}) =>
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    (await data(LIST, { filter })).edges.map(({ node }: any) => node);
  return {
    service,
    receiver,
    time,
    data,
    deliveries,
    ada: await keyOf(["ADMIN"], "ada"),
    portal: await keyOf(["SERVICE"], "portal"),
    rita: await keyOf(["REVIEWER", "AUDITOR", "CONSENT"], "rita"),
    async until(types: number) {
      for (let looks = 0; receiver.received.length < types; looks++) {
        assert.ok(looks < 8_000, `it was told ${receiver.received.length} times, and refused ${receiver.refused}`);
        await sleep(5);
      }
    },
  };
}
const metric = async (service: Service, name: string): Promise<string | undefined> =>
  (await service.get("/metrics", { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text
    .split("\n")
    .find((line) => line.startsWith(name));

describe("webhooks", { timeout: 300_000 }, () => {
  test("a request, its answer and its reminders are told to the receiver, without a name or a word of anybody", async () => {
    const w = await world({ SCOPEWARDEN_REMIND_WAITING_MINUTES: "1", SCOPEWARDEN_REMIND_ENDING_MINUTES: "30" });
    const { id } = await w.data(REQUEST, {}, w.portal);
    await w.until(1);
    // Not far: the receiver refuses what is signed more than five minutes off.
    w.time.now += MINUTE;
    await w.until(2);
    await w.data(
      `mutation { decideAccessRequest(id: "${id}", approve: true, reason: "Agreed with the ward") { state } }`,
      {},
      w.ada,
    );
    await w.until(3);
    w.time.now += 2 * MINUTE;
    await w.until(4);
    // Counted once the answer is there and noted.
    const delivered = 'scopewarden_webhook_attempts_total{outcome="delivered"} 4';
    await eventually(
      "all are counted",
      async () => (await metric(w.service, "scopewarden_webhook_attempts_total")) === delivered,
    );
    const { received, refused } = w.receiver;
    assert.deepEqual(refused, []);
    assert.deepEqual(
      received.map(({ type, subject, source }) => [type.replace("scopewarden.access_request.", ""), subject, source]),
      ["requested", "waiting", "approved", "ending"].map((type) => [type, id, "https://pdp.example.org"]),
    );
    // As words: ids are made of hexadecimal digits, and some have "ada" in them.
    for (const { body } of received)
      for (const word of ["nora", "Nina", "Agreed", "portal", "ada"])
        assert.doesNotMatch(body, new RegExp(`\\b${word}\\b`));
    const all = await w.deliveries();
    assert.equal(all.length, 4);
    assert.deepEqual(all[3].body, JSON.parse(received[0]?.body ?? ""));
    assert.deepEqual(
      [all[3].state, all[3].attempts, all[3].lastStatus, all[3].nextAttemptAt, all[3].endedAt !== null],
      ["DELIVERED", 1, 204, null, true],
    );
    assert.equal((await w.deliveries({ type: "scopewarden.access_request.ending", subject: id })).length, 1);
    assert.equal((await w.deliveries({ subject: "other" })).length, 0);
    assert.equal(await metric(w.service, "scopewarden_webhook_pending"), "scopewarden_webhook_pending 0");
  });

  test("a dead letter is listed, counted, and sent anew by an admin who says why", async () => {
    const w = await world({ SCOPEWARDEN_WEBHOOK_ATTEMPTS: "1" });
    w.receiver.answer = () => ({ status: 503 });
    await w.data(REQUEST, {}, w.portal);
    let dead = await w.deliveries({ state: "DEAD" });
    while (dead.length === 0) dead = await w.deliveries({ state: "DEAD" });
    const { id } = dead[0];
    while ((await metric(w.service, "scopewarden_webhook_dead")) !== "scopewarden_webhook_dead 1") await sleep(10);
    const RETRY = `mutation ($id: ID!, $reason: String!) { retryWebhookDelivery(id: $id, reason: $reason) { id state attempts nextAttemptAt } }`;
    const refused = async (code: string, variables: object, key: string) => {
      const { body } = await w.service.ask(RETRY, { key, variables });
      assert.equal(body.errors?.[0].extensions.code, code, JSON.stringify(body));
      assert.equal((await w.deliveries({ state: "DEAD" })).length, 1);
      return body.errors[0].extensions.problems;
    };
    for (const key of [w.portal, w.rita]) {
      await refused("FORBIDDEN", { id, reason: "r" }, key);
      assert.equal((await w.service.ask(LIST, { key })).body.errors[0].extensions.code, "FORBIDDEN");
    }
    assert.equal((await refused("BAD_USER_INPUT", { id, reason: " " }, w.ada))[0].path, "reason");
    assert.equal((await refused("BAD_USER_INPUT", { id: "", reason: "r" }, w.ada))[0].path, "id");
    await refused("NOT_FOUND", { id: "none", reason: "r" }, w.ada);
    w.receiver.answer = () => ({ status: 200 });
    const retried = await w.data(RETRY, { id, reason: "The receiver is back" }, w.ada);
    assert.equal(retried.id, id);
    await w.until(2);
    while ((await w.deliveries({ state: "DELIVERED" })).length === 0) await sleep(5);
    assert.deepEqual([...new Set(w.receiver.received.map((received) => received.id))], [id]);
    const { body } = await w.service.ask(RETRY, { key: w.ada, variables: { id, reason: "r" } });
    assert.equal(body.errors[0].extensions.code, "CONFLICT");
  });

  test("nobody is told of anything where nothing is configured", async () => {
    const w = await world({ SCOPEWARDEN_WEBHOOK_URL: "", SCOPEWARDEN_WEBHOOK_SECRET: "" });
    await w.data(REQUEST, {}, w.portal);
    await sleep(100);
    assert.deepEqual(await w.deliveries(), []);
    assert.equal(w.receiver.received.length, 0);
    assert.equal(await metric(w.service, "scopewarden_webhook_pending"), undefined);
  });
});
