import assert from "node:assert/strict";
import { test } from "node:test";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { type DecisionRow, encodeDecision } from "../../src/storage/decisionRow.ts";
import { readToPrimary } from "../../src/workers/messages.ts";
import { createRemoteJournal } from "../../src/workers/remoteJournal.ts";
import { accessRequest, allowedRecord } from "../support/records.ts";

const record = (): DecisionRecord => allowedRecord(accessRequest(), "s", 1);
const turn = () => new Promise((resolve) => setImmediate(resolve));

function journalWith(maxInFlight = 10) {
  const sent: { id: number; rows: readonly DecisionRow[] }[] = [];
  let now = 0;
  const journal = createRemoteJournal({
    send(message) {
      const read = readToPrimary(structuredClone(message));
      assert(read?.kind === "append");
      sent.push({ id: read.id, rows: read.rows });
    },
    clock: () => now,
    maxInFlight,
    findByRequestId: async () => null,
    ready: true,
  });
  return { journal, sent, at: (time: number) => (now = time) };
}

const refusal = (error: unknown): boolean => error instanceof ScopewardenError && error.code === "JOURNAL_UNAVAILABLE";

/** What has become of a promise by now. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  const pending = Symbol();
  try {
    return (await Promise.race([promise, turn().then(() => pending)])) === pending ? "pending" : "resolved";
  } catch {
    return "rejected";
  }
}

test("what one turn brings goes in one message, and resolves only when the primary says so", async () => {
  const { journal, sent, at } = journalWith();
  const [a, b, c] = [record(), record(), record()];
  const one = journal.append([a]);
  const two = journal.append([b, c]);
  assert.deepEqual([journal.queued, sent.length], [3, 0]);
  await turn();
  assert.deepEqual(sent, [{ id: 1, rows: [a, b, c].map(encodeDecision) }]);
  at(7);
  assert.equal(journal.lagMs, 7);
  assert.deepEqual([await stateOf(one), await stateOf(two)], ["pending", "pending"]);
  journal.keep(2, []);
  assert.deepEqual([await stateOf(one), journal.queued], ["pending", 3], "that was about another message");
  journal.keep(1, []);
  assert.deepEqual(await two, [b, c]);
  // The very records: the recorder tells by that, that nobody was there before.
  assert.equal((await one)[0], a);
  assert.deepEqual([journal.queued, journal.lagMs, sent.length], [0, 0, 1]);
});

test("while a message is on its way, what comes waits for the next", async () => {
  const { journal, sent } = journalWith();
  const first = journal.append([record()]);
  await turn();
  const later = [record(), record()];
  const second = [journal.append(later.slice(0, 1)), journal.append(later.slice(1))];
  await turn();
  assert.equal(sent.length, 1);
  journal.keep(1, []);
  await first;
  await turn();
  assert.deepEqual(sent[1], { id: 2, rows: later.map(encodeDecision) });
  journal.keep(2, []);
  assert.deepEqual((await Promise.all(second)).flat(), later);
});

test("a record that stood there before comes back in its place", async () => {
  const { journal } = journalWith();
  const [a, b, c, earlier] = [record(), record(), record(), record()];
  const appended = [journal.append([a]), journal.append([b, c])];
  await turn();
  journal.keep(1, [{ at: 2, record: encodeDecision(earlier).record }]);
  assert.deepEqual(await Promise.all(appended), [[a], [b, earlier]]);
});

test("a refusal reaches all that were in the message, and what can't be stored is refused by itself", async () => {
  const { journal, sent } = journalWith();
  const odd = record();
  const bad = journal.append([{ ...odd, scope: "\0" }]);
  const good = [journal.append([record()]), journal.append([record()])];
  await assert.rejects(bad, (e) => e instanceof ScopewardenError && e.code === "BAD_USER_INPUT");
  await turn();
  assert.deepEqual([sent[0]?.rows.length, journal.queued], [2, 2]);
  journal.refuse(1, new ScopewardenError("JOURNAL_UNAVAILABLE", "no"));
  for (const one of good) await assert.rejects(one, refusal);
  assert.equal(journal.queued, 0);
});

test("it takes no more than its bound, and none while the primary can't write", async () => {
  const { journal } = journalWith(3);
  journal.admit(3);
  assert.throws(() => journal.admit(4), refusal);
  const held = journal.append([record(), record()]);
  journal.admit(1);
  assert.throws(() => journal.admit(2), refusal);
  await assert.rejects(journal.append([record(), record()]), refusal);
  await turn();
  journal.keep(1, []);
  await held;
  journal.admit(3);

  const heard: boolean[] = [];
  const end = journal.onChange((ready) => void heard.push(ready));
  journal.setReady(false);
  assert.equal(journal.ready, false);
  assert.throws(() => journal.admit(1), refusal);
  journal.setReady(true);
  journal.admit(1);
  end();
  journal.setReady(false);
  assert.deepEqual(heard, [false, true]);
});

test("when the primary is gone, what is in flight is refused, sent or not, and nothing is taken any more", async () => {
  const { journal, sent } = journalWith();
  const first = journal.append([record()]);
  await turn();
  const second = journal.append([record()]);
  journal.lose();
  await assert.rejects(first, refusal);
  await assert.rejects(second, refusal);
  await turn();
  assert.equal(sent.length, 1, "what had not been sent never is");
  assert.equal(journal.ready, false);
  assert.throws(() => journal.admit(1), refusal);
  // An answer that was on its way changes nothing.
  journal.keep(1, []);
  assert.equal(journal.queued, 0);
});
