import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { NOTIFICATION_TYPES } from "../../src/domain/monitoring/webhooks/notification.ts";
import { freePorts } from "../support/freePorts.ts";

const page = readFileSync("docs/webhooks.md", "utf8");
const block = (language: string): string => {
  const [, found] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "s").exec(page) ?? [];
  assert.ok(found !== undefined, language);
  return found;
};
const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes, ok").toString("base64")}`;
const event = block("json");

test("the receiver that webhooks.md shows takes what is signed, once, and nothing else", {
  timeout: 300_000,
}, async () => {
  const port = String(await freePorts());
  const receiver = spawn(process.execPath, ["--input-type=module", "-e", block("js")], {
    env: { ...process.env, WEBHOOK_SECRET: SECRET, PORT: port },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(receiver, "exit");
  let printed = "";
  receiver.stdout.on("data", (part) => (printed += part));
  try {
    const at = new Date();
    const { id } = JSON.parse(event);
    const post = async (body: string, signature: string): Promise<number> => {
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": signature,
      };
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
      await response.body?.cancel();
      return response.status;
    };
    const signature = new Webhook(SECRET).sign(id, at, event);
    for (let tries = 0; ; tries++) {
      try {
        assert.equal(await post(event, signature), 204);
        break;
      } catch (error) {
        if (tries === 1_000 || error instanceof assert.AssertionError) throw error;
        await sleep(50);
      }
    }
    assert.equal(await post(event, signature), 204);
    assert.equal(await post(event.replace("OPEN", "APPROVED"), signature), 400);
    const { type, subject } = JSON.parse(event);
    assert.equal(printed, `${type} ${subject} OPEN\n`);
  } finally {
    receiver.kill();
    await exited;
  }
});

test("webhooks.md lists every type of notification, and no other", () => {
  const listed = [...page.matchAll(/^\| `(scopewarden\.[a-z_.]+)` \|/gm)].map(([, type]) => type);
  assert.deepEqual(listed, [...NOTIFICATION_TYPES]);
});
