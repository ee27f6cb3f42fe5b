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

test("a caller's work is done one at a time, in order; another caller's meanwhile", async () => {
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
    turns.take({ id: "a" }, work("a1", first.until)),
    turns.take({ id: "a" }, async () => {
      log.push("a2 fails");
      throw new Error("no");
    }),
    turns.take({ id: "a" }, work("a3")),
    turns.take({ id: "b" }, work("b1")),
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
  const taken = [turns.take({ id: "a" }, () => first.until), turns.take({ id: "a" }, () => Promise.resolve())];
  await assert.rejects(
    turns.take({ id: "a" }, () => Promise.resolve()),
    { code: "LIMIT_EXCEEDED", message: /2 questions about the journal waiting; at most 2 may wait/ },
  );
  await turns.take({ id: "b" }, () => Promise.resolve());
  first.release();
  await Promise.all(taken);
  await turns.take({ id: "a" }, () => Promise.resolve());
});
