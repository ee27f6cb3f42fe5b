import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Snapshot } from "../../src/domain/policy/snapshot.ts";
import { encodeDecision } from "../../src/storage/decisionRow.ts";
import { follow } from "../../src/workers/follow.ts";
import { readToPrimary, readToWorker } from "../../src/workers/messages.ts";
import { flattened, rowsOf } from "../../src/workers/rows.ts";
import { accessRequest, allowedRecord } from "../support/records.ts";

const plain = encodeDecision(allowedRecord(accessRequest(), "s", 1));
const repeatable = encodeDecision(allowedRecord({ ...accessRequest(), requestId: "r" }, "s", 1));
const revision = { revision: 1, author: "a", reason: "r", committedAt: 1, changes: [{ noun: "client", key: "k" }] };
const error = { code: "CONFLICT", message: "m", problems: [] };

const toPrimary: readonly Record<string, unknown>[] = [
  { kind: "hello" },
  { kind: "ready", url: "http://x", policyRevision: null },
  { kind: "failed", problem: "p" },
  { kind: "append", id: 1, rows: flattened([plain, repeatable]) },
  { kind: "call", id: 1, call: { name: "commit", revision } },
  { kind: "call", id: 1, call: { name: "addKey", key: { id: "i", name: "n", secretHash: "h", roles: [] } } },
  { kind: "call", id: 1, call: { name: "revokeKey", key: "k", at: 1, author: "a", reason: "r" } },
  { kind: "call", id: 1, call: { name: "catchUp" } },
  { kind: "call", id: 1, call: { name: "metrics" } },
  { kind: "reply", id: 1, value: null },
  { kind: "error", id: 1, error },
];
const toWorker: readonly Record<string, unknown>[] = [
  { kind: "start", worker: 1, port: 0, journalReady: true },
  { kind: "journal", ready: false },
  { kind: "durable", id: 1, earlier: [{ at: 0, record: plain.record }] },
  { kind: "refused", id: 2, error },
  { kind: "call", id: 1, call: { name: "follow", revision: 1 } },
  { kind: "call", id: 1, call: { name: "forgetKey", key: "k" } },
  { kind: "call", id: 1, call: { name: "metrics" } },
  { kind: "call", id: 1, call: { name: "watchSunsets" } },
  { kind: "close" },
  { kind: "reply", id: 1, value: {} },
  { kind: "error", id: 1, error },
];

/** The message with one of its parts, however deep, replaced by something of another type. */
function* spoiled(value: unknown): Generator<unknown> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    const put = (other: unknown): unknown =>
      Array.isArray(value) ? value.map((v, i) => (String(i) === name ? other : v)) : { ...value, [name]: other };
    yield put(Symbol.for("of no type that a message has"));
    for (const other of spoiled(part)) yield put(other);
  }
}

/** Parts that are the receiver's own affair, or that storage checks: anything may stand there. */
const FREE = /^(value|call\.revision\.changes|call\.key\.roles)\b/;

for (const [name, read, messages] of [
  ["the primary", readToPrimary, toPrimary],
  ["a worker", readToWorker, toWorker],
] as const) {
  test(`${name} reads each kind of message as it is`, () => {
    for (const message of messages) {
      const { rows, ...rest } = message;
      const expected = rows === undefined ? rest : { ...rest, rows: [plain, repeatable] };
      assert.deepEqual(read(structuredClone(message)), expected);
    }
  });

  test(`${name} takes a message with anything else in it for none`, () => {
    for (const message of messages) {
      for (const wrong of spoiled(message)) {
        const path = pathOfSymbol(wrong);
        if (!FREE.test(path)) assert.equal(read(wrong), null, `${message.kind}: ${path}`);
      }
    }
    for (const wrong of [null, undefined, 1, "append", [], {}, { kind: "other" }]) assert.equal(read(wrong), null);
  });
}

function pathOfSymbol(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === "symbol") return name;
    const rest = pathOfSymbol(part);
    if (rest !== "") return `${name}.${rest}`;
  }
  return "";
}

test("rows come out as they went in, and a list of any other length is none", () => {
  assert.deepEqual(rowsOf(structuredClone(flattened([plain, repeatable]))), [plain, repeatable]);
  assert.equal(rowsOf([]), null);
  assert.equal(rowsOf(flattened([plain, repeatable]).slice(1)), null);
});

test("a worker that waits in a change of its own follows when that change has read the revision", async () => {
  let at = 1;
  let refreshes = 0;
  const policy = {
    current: () => ({ revision: at }) as Snapshot,
    refresh: () => {
      refreshes++;
      return new Promise<Snapshot>(() => undefined);
    },
  };
  const followed = follow(policy, 2).then(() => "followed");
  assert.equal(await Promise.race([followed, sleep(30, "waits")]), "waits");
  at = 2;
  assert.equal(await followed, "followed");
  await follow(policy, 2);
  assert.equal(refreshes, 1, "what is there need not be read");
  const failing = { current: policy.current, refresh: () => Promise.reject(new Error("down")) };
  await assert.rejects(follow(failing, 3));
});
