import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { applyPolicy, request, type Service, SMALL_POLICY, SMALL_REQUEST, startService } from "./support.ts";

let folder: string;
let env: Record<string, string>;
let service: Service;
let reviewer: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "scopewarden-replays-"));
  env = { DATABASE_URL: `sqlite:${join(folder, "test.db")}` };
  service = await startService(env);
  await applyPolicy(service, SMALL_POLICY);
  const inputs = Array.from({ length: 100 }, () => SMALL_REQUEST);
  for (let i = 0; i < 12; i++) {
    const { body } = await service.ask(
      "query ($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { outcome } }",
      { variables: { inputs } },
    );
    assert.equal(body.data.authorizeBatch[0].outcome, "ALLOW");
  }
  reviewer = (await service.createKey("REVIEWER")).key;
});
after(async () => {
  await service.stop();
  await rm(folder, { recursive: true, force: true });
});

const DELETE = [{ deleteRule: { id: "allow-observations" } }];
const START = "mutation ($input: ReplayInput!) { startReplay(input: $input) { id state progress } }";
const JOB =
  "query ($id: ID!) { job(id: $id) { id state progress read reason replay { read allowToDeny complete groups { clientId decisions } } } }";
const CANCEL = "mutation ($id: ID!) { cancelJob(id: $id) { state } }";

async function start(input: object = { operations: DELETE }): Promise<string> {
  const { body } = await service.ask(START, { variables: { input }, key: reviewer });
  assert.equal(body.errors, undefined, JSON.stringify(body));
  return body.data.startReplay.id;
}
/** Keeps jobs from being done until it is called, or one of them has failed. */
function holdJobs(): () => void {
  const { jobs } = service.app.storage;
  const { change } = jobs;
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held: typeof change = async (id, changed) => {
    if (changed.state === "DONE") await released;
    const isChanged = await change(id, changed);
    if (changed.state === "FAILED") release();
    return isChanged;
  };
  Object.assign(jobs, { change: held });
  return release;
}
const jobOf = async (id: string) => (await service.ask(JOB, { variables: { id }, key: reviewer })).body.data.job;

interface Event {
  readonly name: string;
  readonly id: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  readonly data: any;
}

/** A client of the stream, as the HTML standard has it: events to its end. */
async function* eventsOf(id: string, key = reviewer): AsyncGenerator<Event> {
  const response = await fetch(`${service.url}/jobs/${id}/events`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal(response.status, 200);
  assert.match(String(response.headers.get("content-type")), /^text\/event-stream/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  let text = "";
  for await (const part of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = new Map(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      text = text.slice(end + 2);
      const data = fields.get("data");
      if (data !== undefined)
        yield { name: fields.get("event") ?? "message", id: fields.get("id"), data: JSON.parse(data) };
    }
  }
}

async function all(events: AsyncGenerator<Event>): Promise<readonly Event[]> {
  const seen: Event[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe("replays over HTTP", () => {
  test("are followed by events until they end, and their result is kept", async () => {
    const id = await start();
    const events = await all(eventsOf(id));
    const last = events.at(-1);
    assert.deepEqual([last?.name, last?.id, last?.data.state, last?.data.progress], ["ended", "ended", "DONE", 1]);
    assert.equal(last?.data.read, null);
    assert.ok(events.slice(0, -1).every(({ name, data }) => name === "progress" && data.id === id));
    const job = await jobOf(id);
    assert.deepEqual(job, {
      id,
      state: "DONE",
      progress: 1,
      // How many were read by then is for auditors; to others the result tells it, where it may.
      read: null,
      reason: null,
      replay: { read: 1200, allowToDeny: 1200, complete: true, groups: [{ clientId: "reader-app", decisions: 1200 }] },
    });
    // Whoever comes later has the end at once; who comes again after it is told to stop.
    assert.deepEqual(
      (await all(eventsOf(id))).map(({ name }) => name),
      ["ended"],
    );
    const headers = { authorization: `Bearer ${reviewer}`, "last-event-id": "ended" };
    assert.equal((await request(`${service.url}/jobs/${id}/events`, { headers })).status, 204);
  });

  test("that are cancelled end their streams, and the next is made", async () => {
    const release = holdJobs();
    const [one, two] = [await start(), await start()];
    const streams = [all(eventsOf(one)), all(eventsOf(two))];
    for (const id of [two, one]) {
      const { body } = await service.ask(CANCEL, { variables: { id }, key: reviewer });
      assert.equal(body.data.cancelJob.state, "CANCELLED");
    }
    release();
    const [first, second] = await Promise.all(streams);
    for (const events of [first, second]) assert.equal(events?.at(-1)?.data.state, "CANCELLED");
    assert.equal((await jobOf(two)).replay, null);
    assert.equal((await all(eventsOf(await start()))).at(-1)?.data.state, "DONE");
  });

  test("strangers, services and unknown ids get no stream", async () => {
    const id = await start();
    const path = `${service.url}/jobs/${id}/events`;
    const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
    assert.equal((await request(path)).status, 401);
    assert.equal((await request(path, as((await service.createKey("SERVICE")).key))).status, 403);
    const unknown = await request(`${service.url}/jobs/none/events`, as(reviewer));
    assert.deepEqual([unknown.status, unknown.body.errors[0].extensions.code], [404, "NOT_FOUND"]);
    await all(eventsOf(id));
    const { body } = await service.ask(JOB, { variables: { id: "none" }, key: reviewer });
    assert.equal(body.data.job, null);
  });

  test("one caller follows at most five at a time", async () => {
    const release = holdJobs();
    const id = await start();
    const { key } = await service.createKey("REVIEWER");
    const headers = { authorization: `Bearer ${key}` };
    const ask = () => request(`${service.url}/jobs/${id}/events`, { headers });
    let answered = 0;
    const asked = Array.from({ length: 7 }, () => ask().finally(() => answered++));
    await eventually("two are refused", () => answered === 2);
    release();
    const answers = await Promise.all(asked);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 400, 400]);
    assert.ok(answers.every(({ status, text }) => status === 400 || text.includes("event: ended")));
    assert.equal((await ask()).status, 200, "those that ended make room");
  });

  test("what is wrong is refused with its path, at once and apart", async () => {
    const window = { from: "2026-02-01T00:00:00Z", to: "2026-01-01T00:00:00Z" };
    for (const [input, path] of [
      [{ operations: DELETE, filter: window }, "input.filter.to"],
      [{ operations: [{ deleteRule: { id: "none" } }] }, "input.operations[0].deleteRule.id"],
      [{ operations: [{}] }, "input.operations[0]"],
      [{ operations: DELETE, samples: 1000 }, "input.samples"],
    ] as const)
      for (const query of [START, "query ($input: ReplayInput!) { replay(input: $input) { read } }"]) {
        const { body } = await service.ask(query, { variables: { input }, key: reviewer });
        const [error] = body.errors;
        assert.equal(error.extensions.code, "BAD_USER_INPUT");
        if (error.extensions.problems !== undefined) assert.equal(error.extensions.problems[0].path, path);
      }
    const { body } = await service.ask(START, {
      variables: { input: { operations: DELETE, filter: { outcome: "PERHAPS" } } },
      key: reviewer,
    });
    assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT");
  });

  test("a service that stops ends streams and jobs, and the next one says why", async () => {
    holdJobs();
    const ids = [await start(), await start(), await start()];
    const streams = ids.map((id) => all(eventsOf(id)).catch(() => []));
    // The first is under way: the last has to wait for two.
    while ((await jobOf(ids[0] ?? "")).state === "QUEUED");
    await service.stop();
    await Promise.all(streams);
    service = await startService(env);
    const jobs = await Promise.all(ids.map(jobOf));
    assert.ok(jobs.every(({ state }) => state === "FAILED" || state === "DONE"));
    assert.deepEqual(
      jobs.slice(1).map(({ reason }) => reason),
      ["The service was stopped.", "The service was stopped."],
    );
    // One of a service that had no time to say so.
    const left = {
      id: "left",
      owner: "key:x",
      state: "RUNNING",
      progress: 0.5,
      read: 7,
      baseRevision: 1,
      kind: "REPLAY",
    } as const;
    const times = { createdAt: Date.now(), startedAt: Date.now(), endedAt: null, seenAt: Date.now() };
    const none = { detector: null, from: null, to: null, reason: null, result: null };
    await service.app.storage.jobs.add({ ...left, ...times, ...none, inputSha256: "" }, 0);
    await service.stop();
    service = await startService(env);
    const job = await jobOf("left");
    assert.deepEqual([job.state, job.progress, job.reason], ["FAILED", 0.5, "The instance that made it has ended."]);
    assert.equal((await all(eventsOf(await start()))).at(-1)?.data.state, "DONE");
  });
});
