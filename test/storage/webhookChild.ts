/** Sends the webhooks of a database until it is killed. */
import { createLog } from "../../src/process/log.ts";
import { sendWebhooks } from "../../src/process/webhooks/sendWebhooks.ts";
import { createSignedPost } from "../../src/process/webhooks/signedPost.ts";
import { openStorage } from "../../src/storage/storage.ts";
import { WEBHOOK_SECRET } from "../support/receiver.ts";

const [, , url = "", receiver = ""] = process.argv;
const storage = await openStorage({
  url,
  clock: Date.now,
  beside: true,
  notifying: { source: "/child", waitingMs: 1, endingMs: 0 },
});
const { outbox } = storage;
if (outbox === null) throw new Error("nobody is told of anything");
const timeoutMs = 5_000;
sendWebhooks({
  outbox,
  post: createSignedPost({ url: new URL(receiver), secrets: [WEBHOOK_SECRET], timeoutMs, clock: Date.now }),
  clock: Date.now,
  chance: () => 0,
  attempts: 12,
  timeoutMs,
  keepDays: 30,
  everyMs: 10,
  count: () => undefined,
  log: createLog({ level: "error" }),
});
setInterval(() => {}, 1000);
