import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AUTHORIZE, SMALL_REQUEST } from "../http/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { alive, cleanUp, launch, load, type Running, start, until } from "./support.ts";

const folder = mkdtempSync(join(tmpdir(), "scopewarden-workers-"));
after(() => rmSync(folder, { recursive: true, force: true }));
after(cleanUp);
let databases = 0;
const freshDatabase = (): string => `sqlite:${join(folder, `${++databases}.db`)}`;

async function idsIn(url: string): Promise<readonly string[]> {
  return (await sqliteRaw(url, 'SELECT "id" FROM decision')).map(({ id }) => String(id));
}

/** Every answered decision stands in the journal, once. */
async function checkKept(url: string, answered: ReadonlySet<string>): Promise<void> {
  const ids = await idsIn(url);
  assert.equal(new Set(ids).size, ids.length, "a decision stands twice");
  const kept = new Set(ids);
  assert.deepEqual(
    [...answered].filter((id) => !kept.has(id)),
    [],
  );
  assert.ok(answered.size > 100, `only ${answered.size} decisions were answered`);
}

describe("when something fails", () => {
  test("SIGKILL of a worker under load: nothing answered is lost, another takes its place, the service goes on", async () => {
    const url = freshDatabase();
    const service = await start({ DATABASE_URL: url });
    const asked = load(service.url, 12);
    await until(() => asked.answered.size > 200, service.output);
    for (const number of [1, 2]) {
      const pid = service.workers().get(number) ?? 0;
      process.kill(pid, "SIGKILL");
      await until(() => service.workers().get(number) !== pid, service.output);
    }
    const before = asked.answered.size;
    await until(() => asked.answered.size > before + 200, service.output);
    await asked.stop();
    await service.stop();
    assert.deepEqual(asked.refused, []);
    await checkKept(url, asked.answered);
    assert.equal(service.lines().filter(({ msg }) => msg === "a worker ended").length, 2);
  });

  test("SIGKILL of the primary under load: every answered decision is on disk, and no worker stays", async () => {
    const url = freshDatabase();
    const service = await start({ DATABASE_URL: url });
    const asked = load(service.url, 12);
    await until(() => asked.answered.size > 200, service.output);
    service.primary.kill("SIGKILL");
    const pids = [...service.workers().values()];
    assert.equal(pids.length, 2);
    await until(() => !pids.some(alive), service.output);
    await asked.stop();
    for (const { status, body, text } of asked.refused)
      assert.deepEqual([status, body.errors?.[0].extensions.code], [503, "JOURNAL_UNAVAILABLE"], text);
    await checkKept(url, asked.answered);
  });

  test("what is in flight when the primary goes away is answered with JOURNAL_UNAVAILABLE", async () => {
    const url = freshDatabase();
    const service = await start({ DATABASE_URL: url });
    const connections = Array.from({ length: 4 }, () => service.connect());
    for (const connection of connections) assert.equal((await connection.get("/livez")).status, 200);
    // It hears nothing any more: whatever is asked now stays in flight.
    service.primary.kill("SIGSTOP");
    const answers = connections.map((connection) => connection.ask(AUTHORIZE, { input: SMALL_REQUEST }));
    assert.equal(await Promise.race([...answers, sleep(500, "in flight")]), "in flight");
    service.primary.kill("SIGKILL");
    for (const { status, body } of await Promise.all(answers))
      assert.deepEqual([status, body.errors[0].extensions.code], [503, "JOURNAL_UNAVAILABLE"]);
    await service.stop();
    assert.deepEqual(await idsIn(url), []);
  });

  for (const [signal, toGroup] of [
    ["SIGTERM", false],
    ["SIGINT", true],
  ] as const)
    test(`${signal} ${toGroup ? "to all processes" : "to the primary"} under load: all is answered, exit code 0`, async () => {
      const url = freshDatabase();
      const service = await start({ DATABASE_URL: url }, { detached: toGroup });
      const asked = load(service.url, 12);
      await until(() => asked.answered.size > 200, service.output);
      const pids = [...service.workers().values()];
      const { pid = 0 } = service.primary;
      process.kill(toGroup ? -pid : pid, signal);
      assert.deepEqual(await service.exit, [0, null], service.output());
      assert.deepEqual(pids.filter(alive), []);
      await asked.stop();
      assert.deepEqual(asked.refused, []);
      await checkKept(url, asked.answered);
    });

  test("a signal while a worker is starting: it ends too, and the exit code is 0", async () => {
    const service = await start({ DATABASE_URL: freshDatabase() });
    process.kill(service.workers().get(1) ?? 0, "SIGKILL");
    await until(() => service.lines().some(({ msg }) => msg === "a worker ended"), service.output);
    // The next one is on its way, and far from listening.
    await sleep(200);
    await service.stop();
  });

  test("a second signal ends all at once", async () => {
    const service = await start({ DATABASE_URL: freshDatabase() });
    const { hostname, port } = new URL(service.url);
    const { connect } = await import("node:net");
    const slow = connect(Number(port), hostname);
    slow.on("error", () => undefined);
    await once(slow, "connect");
    slow.write("POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n");
    await sleep(100);
    service.primary.kill("SIGTERM");
    await until(() => service.lines().some(({ msg }) => msg === "shutting down"));
    service.primary.kill("SIGINT");
    assert.deepEqual(await service.exit, [130, null]);
    const pids = [...service.workers().values()];
    await until(() => !pids.some(alive));
    slow.destroy();
  });

  test("a port that is taken is said once, with exit code 1, and leaves no process", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { exit, output } = launch({ DATABASE_URL: freshDatabase(), PORT: String(port) });
    assert.deepEqual(await exit, [1, null]);
    assert.equal(output().split(`port ${port} on 127.0.0.1 is taken`).length, 2, output());
    server.close();
  });

  test("the first key is shown once, by the primary", async () => {
    const service = await start({ DATABASE_URL: freshDatabase(), SCOPEWARDEN_ADMIN_KEY: "" });
    const keys = [...service.output().matchAll(/swk_[a-z0-9]{12}_[A-Za-z0-9_-]{43}/g)].map(([key]) => key);
    assert.equal(keys.length, 1, service.output());
    for (const connection of [service.connect(), service.connect()])
      assert.equal((await connection.ask("{ __typename }", {}, keys[0])).status, 200);
    await service.stop();
  });

  test("workers that end at their start again and again: it gives up, with exit code 1", async () => {
    const service = await start({ DATABASE_URL: freshDatabase() });
    const children = (): number[] => {
      try {
        const out = execFileSync("ps", ["-o", "pid=", "--ppid", String(service.primary.pid)], { encoding: "utf8" });
        return out.split("\n").filter(Boolean).map(Number);
      } catch {
        return [];
      }
    };
    await until(() => {
      for (const pid of children()) process.kill(pid, "SIGKILL");
      return service.primary.exitCode !== null;
    }, service.output);
    assert.deepEqual(await service.exit, [1, null]);
    assert.ok(service.lines().some(({ level, msg }) => level === 60 && msg.startsWith("giving up")));
  });
});

const small = mkdtempSync(join(tmpdir(), "scopewarden-workers-full-"));
let mounted = false;
try {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", small], { stdio: "pipe" });
  mounted = true;
} catch {
  // Told below: without the right to mount there is no small disk to fill.
}
after(() => {
  if (mounted) execFileSync("umount", ["-l", small]);
  rmSync(small, { recursive: true, force: true });
});

test("a full disk: 503 from all workers, then it recovers by itself; what was answered stands once", {
  skip: mounted ? false : "needs the right to mount a tmpfs",
}, async () => {
  const url = `sqlite:${join(small, "full.db")}`;
  const service: Running = await start({ DATABASE_URL: url });
  const connections = Array.from({ length: 4 }, () => service.connect());
  const ballast = join(small, "ballast");
  writeFileSync(ballast, Buffer.alloc(1_500_000));
  const input = { ...SMALL_REQUEST, context: { attributes: { ballast: "x".repeat(9000) } } };
  const ask = () => Promise.all(connections.map((connection) => connection.ask(AUTHORIZE, { input })));
  const answered = new Set<string>();
  const note = (answers: Awaited<ReturnType<typeof ask>>): void => {
    for (const { status, body } of answers) if (status === 200) answered.add(body.data.authorize.id);
  };
  for (let i = 0, full = false; !full; i++) {
    assert.ok(i < 2000, "the disk never filled");
    const answers = await ask();
    note(answers);
    const refused = answers.filter(({ status }) => status !== 200);
    for (const { status, body } of refused)
      assert.deepEqual([status, body.errors[0].extensions.code], [503, "JOURNAL_UNAVAILABLE"]);
    full = refused.length === connections.length;
  }
  await until(async () =>
    (await Promise.all(connections.map((connection) => connection.get("/readyz")))).every(
      ({ status, body }) => status === 503 && body.checks.journal === "unavailable",
    ),
  );
  assert.equal((await connections[0]?.get("/livez"))?.status, 200);

  rmSync(ballast);
  await until(async () =>
    (await Promise.all(connections.map((connection) => connection.get("/readyz")))).every(
      ({ status }) => status === 200,
    ),
  );
  const again = await ask();
  assert.deepEqual(
    again.map(({ status }) => status),
    connections.map(() => 200),
  );
  note(again);
  await service.stop();
  const ids = await idsIn(url);
  assert.equal(new Set(ids).size, ids.length, "a decision stands twice");
  assert.deepEqual(
    [...answered].filter((id) => !ids.includes(id)),
    [],
  );
});
