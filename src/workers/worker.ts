import cluster from "node:cluster";
import { startApp } from "../app.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../http/log.ts";
import { within } from "../http/shutdown.ts";
import { startProblem } from "../startProblem.ts";
import { createLink, type Link } from "./link.ts";
import { readToWorker, type Sent, type ToPrimary, type ToWorker } from "./messages.ts";

/** How long those in flight have to be told that nothing was decided, when the primary is gone. */
const LAST_WORDS_MS = 1000;

// A signal to the whole group, such as Ctrl-C, is the primary's to act on: it says when to close.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => undefined);

// The primary has read the same environment: it is valid.
const config = loadConfig();
const log = createLog({ level: config.logLevel });
let link: Link | null = null;
let close: (() => Promise<void>) | null = null;

function send(message: Sent<ToPrimary>, sent: () => void = () => undefined): void {
  // With a callback, a primary that is gone is not an error here: `disconnect` tells it.
  process.send?.(message, undefined, {}, sent);
}

async function end(code: number): Promise<never> {
  const inTime = await (close?.() ?? Promise.resolve()).then(
    () => true,
    () => false,
  );
  return process.exit(inTime ? code : 1);
}

async function start({ worker, port, journalReady }: Extract<ToWorker, { readonly kind: "start" }>): Promise<void> {
  const { databaseUrl, journalQueue: maxInFlight } = config;
  link = createLink({ send, clock: () => Date.now(), databaseUrl, maxInFlight, journalReady });
  try {
    const options = { log: log.child({ worker }), primary: link };
    const app = await startApp({ ...config, port }, options);
    close = app.close;
    send({ kind: "ready", url: app.url, policyRevision: app.policyRevision() });
  } catch (error) {
    send({ kind: "failed", problem: startProblem(error, config) }, () => process.exit(1));
  }
}

process.on("message", (received) => {
  const message = readToWorker(received);
  if (message === null) {
    log.fatal("a message of the primary is none; ending");
    process.exit(1);
  }
  if (message.kind === "start") void start(message);
  else if (message.kind === "close") void end(0);
  else link?.take(message);
});

// Of `process`, the event comes after Node has ended a worker.
cluster.worker?.once("disconnect", () => {
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  link?.lose();
  void within(LAST_WORDS_MS, end(1)).then(() => process.exit(1));
});

send({ kind: "hello" });
