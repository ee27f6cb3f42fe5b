import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { WEBHOOK_SECRET } from "../support/receiver.ts";
import { startSinkReceiver } from "../support/sinkReceiver.ts";
import {
  ADMIN_KEY,
  AUTHORIZE,
  applyPolicy,
  type Service,
  SMALL_POLICY,
  SMALL_REQUEST,
  startService,
} from "./support.ts";

const opened: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});
const DEAD = `{ webhookDeliveries(filter: { state: DEAD, type: "scopewarden.sink.undelivered" }) {
  edges { node { id subject type attempts lastStatus lastError body } } } }`;

async function world(env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-http-sink-"));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const database = `sqlite:${join(folder, "test.db")}`;
  const start = async (more: Record<string, string> = {}) => {
    const service = await startService({ DATABASE_URL: database, SCOPEWARDEN_SINK_POLL_MS: "20", ...env, ...more });
    opened.push(service.stop);
    return service;
  };
  const decide = async (service: Service, patient: string): Promise<string> => {
    const input = { ...SMALL_REQUEST, subject: { id: "nina" }, resource: { ...SMALL_REQUEST.resource, patient } };
    const { body, text } = await service.ask(AUTHORIZE, { variables: { input } });
    assert.equal(body.errors, undefined, text);
    return body.data.authorize.id;
  };
  const metric = async (service: Service, name: string) =>
    (await service.get("/metrics", { headers: { authorization: `Bearer ${ADMIN_KEY}` } })).text
      .split("\n")
      .find((line) => line.startsWith(name));
  return { folder, start, decide, metric };
}

describe("sinks", { timeout: 300_000 }, () => {
  test("a file has what is put on record from the first start on, without people, over restarts", async () => {
    const w = await world({});
    const path = join(w.folder, "record.ndjson");
    const before = await w.start();
    await applyPolicy(before, SMALL_POLICY);
    await before.stop();
    const first = await w.start({ SCOPEWARDEN_SINK_FILE: path });
    const lines = async () =>
      (await readFile(path, "utf8").catch(() => ""))
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    await eventually(
      "the sink has begun",
      async () => (await w.metric(first, "scopewarden_sink_lag"))?.endsWith(" 0") === true,
    );
    const one = await w.decide(first, "ada-the-patient");
    await eventually("it is in the file", async () => (await lines()).some(({ id }) => id === one));
    await first.stop();
    const second = await w.start({ SCOPEWARDEN_SINK_FILE: path });
    const two = await w.decide(second, "ada-the-patient");
    await eventually("the next one too", async () => (await lines()).some(({ id }) => id === two));
    const ids = (await lines()).filter(({ kind }) => kind === "DECISION").map(({ id }) => id);
    assert.deepEqual(ids, [one, two]);
    assert.ok(!(await lines()).some(({ kind }) => kind === "POLICY_REVISION"), "what was before is not told");
    assert.doesNotMatch(await readFile(path, "utf8"), /ada-the-patient|nina|o-1/);
    await eventually(
      "its age is told",
      async () => (await w.metric(second, 'scopewarden_sink_age_seconds{sink="file"}')) !== undefined,
    );
    await eventually("what was delivered is counted", async () =>
      /sink="file",outcome="delivered"} [1-9]/.test((await w.metric(second, "scopewarden_sink_attempts_total")) ?? ""),
    );
  });

  test("a receiver gets all that is on record, with people where that is set; what it refuses is listed and sent anew", async () => {
    const receiver = await startSinkReceiver();
    opened.push(receiver.stop);
    const w = await world({
      SCOPEWARDEN_SINK_URL: receiver.url,
      SCOPEWARDEN_SINK_SECRET: WEBHOOK_SECRET,
      SCOPEWARDEN_SINK_PERSONAL: "all",
      SCOPEWARDEN_SINK_BEGIN: "start",
      SCOPEWARDEN_SINK_FORMAT: "ocsf",
      SCOPEWARDEN_SINK_ATTEMPTS: "1",
      SCOPEWARDEN_PUBLIC_URL: "https://pdp.example.org",
    });
    receiver.answer = ({ events }) => ({ status: JSON.stringify(events).includes("the-refused") ? 400 : 202 });
    const service = await w.start();
    await applyPolicy(service, SMALL_POLICY);
    const one = await w.decide(service, "ada");
    const bad = await w.decide(service, "the-refused");
    const two = await w.decide(service, "ada");
    await eventually("the others arrive", () => receiver.taken.some(({ id }) => id === two));
    assert.deepEqual(
      receiver.taken.map(({ id }) => id),
      [one, two],
    );
    assert.deepEqual(receiver.refused, []);
    const [event] = receiver.taken as readonly {
      source: string;
      data: { unmapped: { patients: string[] }; class_uid: number };
    }[];
    assert.deepEqual(
      [event?.source, event?.data.unmapped.patients, event?.data.class_uid],
      ["https://pdp.example.org", ["ada"], 6003],
    );
    await eventually(
      "it is counted",
      async () => (await w.metric(service, 'scopewarden_sink_dead{sink="webhook"}'))?.endsWith(" 1") === true,
    );
    const dead = async () =>
      (await service.ask(DEAD)).body.data.webhookDeliveries.edges.map(({ node }: { node: object }) => node);
    const [letter] = await dead();
    assert.deepEqual(
      [letter.subject, letter.attempts, letter.lastStatus, letter.lastError],
      [bad, 1, 400, "HTTP status 400"],
    );
    assert.doesNotMatch(JSON.stringify(letter), /the-refused|nina/);

    receiver.answer = () => ({ status: 200 });
    const retried = await service.ask(
      'mutation ($id: ID!) { retryWebhookDelivery(id: $id, reason: "The receiver is mended") { state } }',
      { variables: { id: letter.id } },
    );
    assert.equal(retried.body.errors, undefined, retried.text);
    await eventually("it has arrived", () => receiver.taken.some(({ id }) => id === bad));
    await eventually("none is left", async () => (await dead()).length === 0);
    assert.ok(service.lines.some((line) => line.includes("a sink put an act aside") && line.includes(bad)));
    assert.ok(!service.lines.some((line) => line.includes("the-refused")));
  });

  test("decisions go on, and are as soon, while a file can't be written", async () => {
    const w = await world({});
    const service = await w.start({
      SCOPEWARDEN_SINK_FILE: join(w.folder, "not", "there", "record.ndjson"),
      SCOPEWARDEN_SINK_BEGIN: "start",
    });
    await applyPolicy(service, SMALL_POLICY);
    await w.decide(service, "ada");
    await eventually("it is told once", () =>
      service.lines.some((line) => line.includes("a sink can't go on") && line.includes("ENOENT")),
    );
    await eventually("the lag is told", async () =>
      /\} [1-9]/.test((await w.metric(service, 'scopewarden_sink_lag{sink="file"}')) ?? ""),
    );
    assert.equal((await service.get("/readyz")).status, 200);
    await w.decide(service, "ada");
  });
});
