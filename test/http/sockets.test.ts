import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ADMIN_KEY, type Service, startService } from "./support.ts";

let service: Service;
before(async () => {
  service = await startService({ SCOPEWARDEN_REQUEST_TIMEOUT_MS: "1000", SCOPEWARDEN_SEND_TIMEOUT_MS: "1000" });
});
after(() => service.stop());

function open(): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** What came until the server ended the connection. */
async function untilEnded(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on("data", (data) => void parts.push(data));
  await new Promise((resolve) => socket.once("end", resolve).once("close", resolve).once("error", resolve));
  socket.destroy();
  return Buffer.concat(parts).toString("latin1");
}

const cut = async (slow: string): Promise<number> => {
  const { text } = await service.get("/metrics", { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  return Number(new RegExp(`^scopewarden_connections_cut_total\\{slow="${slow}"\\} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
};

const HEADERS = `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\ncontent-type: application/json\r\n`;

for (const [what, sent] of [
  ["nothing", ""],
  ["half of the headers", HEADERS],
  ["half of the body", `${HEADERS}content-length: 100\r\n\r\n{"query":`],
] as const) {
  test(`a client that sends ${what} is cut off after the set time`, { timeout: 300_000 }, async () => {
    const before = await cut("request");
    const since = performance.now();
    const socket = await open();
    socket.write(sent);
    assert.match(await untilEnded(socket), /^HTTP\/1\.1 408 /);
    assert.ok(performance.now() - since > 900, "not before its time");
    assert.equal(await cut("request"), before + 1);
  });
}

test("a client that goes on sending, byte by byte, is cut off after the same time", { timeout: 300_000 }, async () => {
  const since = performance.now();
  const socket = await open();
  socket.write(HEADERS);
  const dripping = setInterval(() => socket.write("x"), 50);
  try {
    await untilEnded(socket);
    assert.ok(performance.now() - since > 900, "not before its time");
  } finally {
    clearInterval(dripping);
  }
});

test("a client whose connection was ended, and who does not close it, is not waited for", {
  timeout: 300_000,
}, async () => {
  const socket = await open();
  socket.write("GARBAGE\r\n\r\n");
  await new Promise((resolve) => socket.resume().once("end", resolve));
  const reset = new Promise((resolve) => socket.once("error", resolve).once("close", resolve));
  const writing = setInterval(() => socket.write("x"), 50);
  await reset;
  clearInterval(writing);
  socket.destroy();
});

/** Asks so much over one connection that the answers don't fit into what lies between: the service has to wait. */
async function askMuch(): Promise<{ readonly socket: Socket; readonly asked: number }> {
  const asked = 2000;
  const socket = await open();
  socket.on("error", () => undefined).pause();
  socket.write(`GET /metrics HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ADMIN_KEY}\r\n\r\n`.repeat(asked));
  return { socket, asked };
}
const answers = (text: string): number => text.split("HTTP/1.1 200 OK").length - 1;

test("a client that does not read its answers is cut off after the set time", { timeout: 300_000 }, async () => {
  const before = await cut("answer");
  const { socket, asked } = await askMuch();
  const since = performance.now();
  while ((await cut("answer")) === before) {
    assert.ok(performance.now() - since < 50_000, "it is still connected");
    await delay(20);
  }
  const text = await untilEnded(socket.resume());
  assert.ok(answers(text) < asked, "what lay between the two, and no more");
  assert.equal(await cut("answer"), before + 1);
});

test("a client that reads a little now and then is cut off as well", { timeout: 300_000 }, async () => {
  const before = await cut("answer");
  const { socket } = await askMuch();
  const sipping = setInterval(() => socket.read(1000), 50);
  const since = performance.now();
  while ((await cut("answer")) === before) {
    assert.ok(performance.now() - since < 50_000, "it is still connected");
    await delay(20);
  }
  clearInterval(sipping);
  socket.destroy();
});

test("a client that reads has all its answers, however many it asks for at once", { timeout: 300_000 }, async () => {
  const { socket, asked } = await askMuch();
  let found = 0;
  let rest = "";
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (data) => {
      rest += data.toString("latin1");
      const parts = rest.split("HTTP/1.1 200 OK");
      found += parts.length - 1;
      rest = (parts.at(-1) ?? "").slice(-20);
      if (found === asked) resolve();
    });
    socket.once("close", () => reject(new Error(`only ${found} answers`)));
  });
  socket.resume();
  await done;
  socket.destroy();
});
