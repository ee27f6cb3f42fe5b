import assert from "node:assert/strict";
import { test } from "node:test";
import { createJournalTurns } from "../../../src/graphql/door/journalTurns.ts";

const held = () => {
  let release = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release };
};

test("a caller's work of one kind is done one at a time, in order; another caller's meanwhile", async () => {
  const turns = createJournalTurns(10);
  const log: string[] = [];
  const first = held();
  const work =
    (name: string, until: Promise<void> = Promise.resolve()) =>
    async () => {
      log.push(`${name} begins`);
      await until;
      log.push(`${name} ends`);
      return name;
    };
  const all = [
    turns.take({ caller: { id: "a" }, kind: "decisions" }, work("a1", first.until)),
    turns.take({ caller: { id: "a" }, kind: "decisions" }, async () => {
      log.push("a2 fails");
      throw new Error("no");
    }),
    turns.take({ caller: { id: "a" }, kind: "decisions" }, work("a3")),
    turns.take({ caller: { id: "b" }, kind: "decisions" }, work("b1")),
  ];
  assert.equal(await all[3], "b1");
  assert.deepEqual(log, ["a1 begins", "b1 begins", "b1 ends"]);
  first.release();
  assert.deepEqual(
    (await Promise.allSettled(all)).map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual(log.slice(3), ["a1 ends", "a2 fails", "a3 begins", "a3 ends"]);
});

test("too many that wait are refused with words, and those of others are not", async () => {
  const turns = createJournalTurns(2);
  const first = held();
  const taken = [
    turns.take({ caller: { id: "a" }, kind: "decisions" }, () => first.until),
    turns.take({ caller: { id: "a" }, kind: "decisions" }, () => Promise.resolve()),
  ];
  await assert.rejects(
    turns.take({ caller: { id: "a" }, kind: "decisions" }, () => Promise.resolve()),
    { code: "LIMIT_EXCEEDED", message: /2 questions about the journal waiting; at most 2 may wait/ },
  );
  await turns.take({ caller: { id: "b" }, kind: "decisions" }, () => Promise.resolve());
  first.release();
  await Promise.all(taken);
  await turns.take({ caller: { id: "a" }, kind: "decisions" }, () => Promise.resolve());
});

test("work of another kind does not wait, and counts among what the caller may have waiting", async () => {
  const turns = createJournalTurns(2);
  const first = held();
  const slow = turns.take({ caller: { id: "a" }, kind: "decisions" }, () => first.until);
  assert.equal(await turns.take({ caller: { id: "a" }, kind: "stats" }, async () => "stats"), "stats");
  const other = turns.take({ caller: { id: "a" }, kind: "inbox" }, () => first.until);
  await assert.rejects(
    turns.take({ caller: { id: "a" }, kind: "stats" }, async () => "stats"),
    { code: "LIMIT_EXCEEDED" },
  );
  first.release();
  await Promise.all([slow, other]);
});
