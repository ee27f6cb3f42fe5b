/**
 * The load generator, a process of its own: sends a number of requests over some connections, one at a time on each,
 * and waits for every answer, so that none is cut off. It writes requests that were made beforehand to plain sockets:
 * that costs half the CPU of the usual tools, and on a small machine what the generator takes, the servers lack.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answer } from "../lib/processes.ts";
import { quantile } from "../lib/stats.ts";

export interface Load {
  /** The connections are shared out among them. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Taken in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly requests: number;
  /** Begun at this rate, and their times are from when each was due: one that had to wait for a connection waited. Absent: as fast as they are answered. */
  readonly perSecond?: number;
  /** What the body of each answer must begin with. */
  readonly expect: string;
}
export interface LoadResult {
  readonly seconds: number;
  /** Answers with 2xx that begin as expected. */
  readonly answered: number;
  readonly others: number;
  /** The first of the others, for people. */
  readonly sample: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Each of a load at a rate, the shortest first: rounds together say more of the slowest than the median of each round's. */
  readonly timesMs: readonly number[];
  /** How many each port has answered, in the order of `ports`. */
  readonly byPort: readonly number[];
}

const HEAD_END = Buffer.from("\r\n\r\n");

const LINE_END = HEAD_END.subarray(0, 2);

/** A body in chunks (RFC 9112 section 7.1), or null while some of it is missing. */
function readChunks(bytes: Buffer, from: number): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf(LINE_END, at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const end = line + LINE_END.length + size;
    if (bytes.length < end + LINE_END.length) return null;
    if (size === 0) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + LINE_END.length, end));
    at = end + LINE_END.length;
  }
}

/** The whole answer at the beginning of the bytes, or null while some of it is missing. */
function readAnswer(bytes: Buffer): { readonly status: number; readonly body: Buffer } | null {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const from = end + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    const body = readChunks(bytes, from);
    return body === null ? null : { status, body };
  }
  return bytes.length < from + Number(length) ? null : { status, body: bytes.subarray(from, from + Number(length)) };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

async function run(load: Load): Promise<LoadResult> {
  const headers = Object.entries({
    host: "127.0.0.1",
    "content-type": "application/json",
    ...load.headers,
  });
  const requests = load.bodies.map((body) => {
    const lines = [...headers, ["content-length", Buffer.byteLength(body)]].map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    return Buffer.from(`POST ${load.path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
  });
  const expected = Buffer.from(load.expect);
  const times = new Float64Array(load.requests);
  let sent = 0;
  let answered = 0;
  let others = 0;
  let sample: string | null = null;
  const byPort = load.ports.map(() => 0);

  let started = 0;
  const drive = (socket: Socket, connection: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let since = 0;
      let turn = 0;
      let parts: Buffer[] = [];
      const send = (): void => {
        const due = load.perSecond === undefined ? 0 : started + (sent * 1000) / load.perSecond;
        const early = due - performance.now();
        if (early > 0 && sent < load.requests) setTimeout(send, early);
        else sendNow(due);
      };
      const sendNow = (due: number): void => {
        if (sent === load.requests) {
          socket.removeAllListeners("close");
          socket.destroy();
          resolve();
          return;
        }
        turn = sent++;
        since = load.perSecond === undefined ? performance.now() : due;
        socket.write(requests[turn % requests.length] ?? "");
      };
      socket.on("data", (part) => {
        parts.push(part);
        const whole = readAnswer(parts.length === 1 ? part : Buffer.concat(parts));
        if (whole === null) return;
        times[turn] = performance.now() - since;
        parts = [];
        const fine =
          whole.status >= 200 && whole.status < 300 && whole.body.subarray(0, expected.length).equals(expected);
        const place = connection % byPort.length;
        byPort[place] = (byPort[place] ?? 0) + 1;
        if (fine) answered++;
        else {
          others++;
          sample ??= `${whole.status} ${whole.body.toString("utf8").slice(0, 300)}`;
        }
        send();
      });
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("a server closed a connection")));
      send();
    });

  const sockets = await Promise.all(
    Array.from({ length: load.connections }, (_, i) => open(load.ports[i % load.ports.length] ?? 0)),
  );
  started = performance.now();
  await Promise.all(sockets.map(drive));
  const seconds = (performance.now() - started) / 1000;
  times.sort();
  const [p50Ms, p99Ms] = [quantile(times, 0.5), quantile(times, 0.99)];
  const timesMs = load.perSecond === undefined ? [] : [...times];
  return { seconds, answered, others, sample, p50Ms, p99Ms, timesMs, byPort };
}

if (process.send !== undefined) answer<Load, LoadResult>({ started: true }, run);
