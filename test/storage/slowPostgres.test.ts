// A PostgreSQL that is slow to connect: it starts, accepts late, or refuses for good.
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { createWaitForServer } from "../../src/storage/database/waitForServer.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { freePorts } from "../support/freePorts.ts";
import { type PostgresRoom, postgresRoom } from "./postgresServer.ts";
import { decision } from "./samples.ts";

let room: PostgresRoom;
before(async () => {
  room = await postgresRoom();
});
after(() => room.remove());

const WAITS = /^PostgreSQL takes no connection yet\. The start waits for it, 60 seconds at most\.$/;
const GOES_ON = "PostgreSQL takes connections: the start goes on.";

/** A server's refusal of a connection (the ErrorResponse of its protocol). */
function refusal(code: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${code}\0Mrefused\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return Buffer.concat([Buffer.from("E"), length, fields]);
}
const refusing = (code: string) => (client: Socket) => void client.once("data", () => client.end(refusal(code)));
const silent = (): void => {};
const resetting = (client: Socket): void => void client.resetAndDestroy();

/** Stands before a server: does with each connection what the list says, and then hands on to the server. */
async function inFrontOf(url: string, behaviours: readonly ((client: Socket) => void)[], port = 0) {
  const target = new URL(url);
  const [behindPort, host] = [Number(target.port), target.hostname];
  const left = [...behaviours];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client.on("error", () => {}));
    const behaviour = left.shift();
    if (behaviour !== undefined) return behaviour(client);
    const behind = connect(behindPort, host).on("error", () => client.destroy());
    sockets.add(behind);
    client.pipe(behind).pipe(client);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    left,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

for (const [what, behaviours] of [
  ["is starting", [refusing("57P03"), refusing("57P03"), refusing("57P03")]],
  ["accepts, and answers late", [silent]],
  ["resets connections", [resetting, resetting]],
  ["has no room yet", [refusing("53300")]],
] as const)
  test(`a server that ${what}: the start waits for it, and says so`, { timeout: 300_000 }, async () => {
    const url = await room.freshDatabase();
    const front = await inFrontOf(url, behaviours);
    const said: string[] = [];
    const storage = await openStorage({
      url: front.url,
      clock: Date.now,
      log: ({ message }) => void said.push(message),
    });
    assert.deepEqual(front.left, []);
    assert.match(said[0] ?? "", WAITS);
    assert.deepEqual(said.slice(1), [GOES_ON]);
    await storage.journal.append([decision(1)]);
    await storage.close();
    front.close();
  });

test("one that does not listen yet: the same", { timeout: 300_000 }, async () => {
  const port = await freePorts();
  const url = new URL(await room.freshDatabase());
  const target = url.href;
  url.port = String(port);
  const said: string[] = [];
  let saysSo = (): void => {};
  const waits = new Promise<void>((resolve) => (saysSo = resolve));
  const opening = openStorage({
    url: url.href,
    clock: Date.now,
    log: ({ message }) => {
      said.push(message);
      saysSo();
    },
  });
  await waits;
  const front = await inFrontOf(target, [], port);
  const storage = await opening;
  assert.match(said[0] ?? "", WAITS);
  assert.deepEqual(said.slice(1), [GOES_ON]);
  await storage.close();
  front.close();
});

test("a wrong password, user or database is refused at once, and so is a host that nobody knows", async () => {
  const url = await room.freshDatabase();
  const said: string[] = [];
  const open = (to: string) => openStorage({ url: to, clock: Date.now, log: ({ message }) => void said.push(message) });
  for (const code of ["28P01", "28000", "3D000", "42501"]) {
    const front = await inFrontOf(url, [refusing(code)]);
    await assert.rejects(open(front.url), { code });
    assert.deepEqual(front.left, []);
    front.close();
  }
  const absent = new URL(url);
  absent.pathname = "/not_there";
  await assert.rejects(open(absent.href), { code: "3D000" });
  assert.deepEqual(said, []);
});

test("a command answers at once where there is no server, and a start gives up in the end", async () => {
  const port = await freePorts();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/x`;
  await assert.rejects(openStorage({ url, clock: Date.now, beside: true }), { code: "ECONNREFUSED" });
  let tries = 0;
  const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  const open = (): Promise<void> => {
    tries++;
    return Promise.reject(refused);
  };
  await assert.rejects(createWaitForServer(() => {}, 1)(open), refused);
  assert.ok(tries >= 1);
});
