import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Consent } from "../../src/domain/consent/types.ts";
import { createNewestOfPatients } from "../../src/storage/consent/newestOfPatients.ts";
import { consentOf } from "../support/consents.ts";

interface Read {
  readonly patients: readonly string[];
  /** Null: more than one statement may read. */
  readonly end: (found: readonly Consent[] | null) => void;
  readonly fail: (error: Error) => void;
}

/** Statements that end when the test says so. */
function manual(atOnce = 1) {
  const reads: Read[] = [];
  const read = (patients: readonly string[]) =>
    new Promise<readonly Consent[] | null>((end, fail) => void reads.push({ patients, end, fail }));
  return { reads, newestOf: createNewestOfPatients({ read, rows: 3, atOnce }) };
}
const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await nextTurn();
};
const ids = (consents: readonly Consent[]) => consents.map(({ id }) => id).join(" ");
const said = (...pairs: readonly (readonly [id: string, patient: string])[]) =>
  pairs.map(([id, patient]) => consentOf({ id, patient }));

test("those who ask in one turn share a statement, and each has those of its own patients, of each by id", async () => {
  const { reads, newestOf } = manual();
  const asked = [newestOf(["ann"]), newestOf(["bob", "ann"]), newestOf(["eve"])];
  await turns();
  assert.deepEqual(
    reads.map(({ patients }) => patients),
    [["ann", "bob", "eve"]],
  );
  reads[0]?.end(said(["c", "bob"], ["b", "ann"], ["a", "bob"]));
  assert.deepEqual((await Promise.all(asked)).map(ids), ["b", "a c b", ""]);
});

test("nobody is answered by a statement that began before they asked", async () => {
  const { reads, newestOf } = manual();
  const early = newestOf(["ann"]);
  await turns();
  const late = [newestOf(["ann"]), newestOf(["bob"])];
  await turns();
  assert.equal(reads.length, 1);
  reads[0]?.end(said(["old", "ann"]));
  assert.equal(ids(await early), "old");
  await turns();
  assert.deepEqual(
    reads.map(({ patients }) => patients),
    [["ann"], ["ann", "bob"]],
  );
  reads[1]?.end(said(["new", "ann"]));
  assert.deepEqual((await Promise.all(late)).map(ids), ["new", ""]);
});

test("so many statements as may be are under way at once", async () => {
  const { reads, newestOf } = manual(2);
  const asked: Promise<readonly Consent[]>[] = [];
  for (const patient of ["a", "b", "c", "d"]) {
    asked.push(newestOf([patient]));
    await turns();
  }
  assert.deepEqual(
    reads.map(({ patients }) => patients),
    [["a"], ["b"]],
  );
  reads[1]?.end([]);
  await turns();
  assert.deepEqual(reads[2]?.patients, ["c", "d"]);
  for (const read of reads) read.end([]);
  await Promise.all(asked);
});

test("one that fails fails those who share it, and the next goes on", async () => {
  const { reads, newestOf } = manual();
  const failed = [newestOf(["ann"]), newestOf(["bob"])];
  for (const each of failed) each.catch(() => undefined);
  await turns();
  const next = newestOf(["ann"]);
  reads[0]?.fail(new Error("down"));
  for (const each of failed) await assert.rejects(each, /down/);
  await turns();
  reads[1]?.end(said(["a", "ann"]));
  assert.equal(ids(await next), "a");
});

test("very many patients are read in parts, and nobody else waits for more than one of them", async () => {
  const { reads, newestOf } = manual();
  const many = Array.from({ length: 600 }, (_, i) => `p${i}`);
  const asked = newestOf(many);
  const other = newestOf(["ann"]);
  for (let i = 0; i < 3; i++) {
    await turns();
    const read = reads[i];
    assert.ok(read !== undefined && read.patients.length <= 250);
    read.end(said(...read.patients.filter((p) => /00$|^ann$/.test(p)).map((p) => [`c-${p}`, p] as const)));
  }
  assert.equal(ids(await other), "c-ann");
  assert.equal(ids(await asked), "c-p100 c-p200 c-p300 c-p400 c-p500");
  assert.equal(reads.length, 3);
});

test("of a statement that never ends nobody waits longer than a lookup may take, nor do those who come after", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const { reads, newestOf } = manual();
  const stuck = assert.rejects(newestOf(["ann"]), /did not answer within 2000 ms/);
  await turns();
  t.mock.timers.tick(1_500);
  const waits = newestOf(["bob"]);
  t.mock.timers.tick(500);
  await stuck;
  await turns();
  assert.deepEqual(reads[1]?.patients, ["bob"]);
  reads[1]?.end(said(["b", "bob"]));
  assert.equal(ids(await waits), "b");
});

test("where patients have more than a statement reads, each who asked is answered alone, and who is bounded is refused", async () => {
  const { reads, newestOf } = manual();
  const few = newestOf(["ann"], 3);
  const many = assert.rejects(newestOf(["bob", "eve"], 3), (error: { code?: string; message: string }) => {
    assert.equal(error.code, "BAD_USER_INPUT");
    return /have more than 3 consents/.test(error.message);
  });
  const all = newestOf(["bob", "eve", "ann"]);
  const failing = assert.rejects(newestOf(["sue"]), /down/);
  await turns();
  const next = async (patients: readonly string[], found: readonly Consent[] | null): Promise<void> => {
    const read = reads.shift();
    assert.deepEqual(read?.patients, patients);
    read?.end(found);
    await turns();
  };
  await next(["ann", "bob", "eve", "sue"], null);
  await next(["ann"], said(["a", "ann"]));
  await next(["bob", "eve"], null);
  await next(["bob", "eve", "ann"], null);
  await next(["bob"], said(["b", "bob"], ["c", "bob"], ["d", "bob"]));
  await next(["eve", "ann"], said(["e", "eve"], ["a", "ann"]));
  reads[0]?.fail(new Error("down"));
  assert.equal(ids(await few), "a");
  await many;
  assert.equal(ids(await all), "b c d e a");
  await failing;
});

test("who asks for less than a statement reads is refused what is more, and so is who asks in parts", async () => {
  const { reads, newestOf } = manual();
  const answered = async (asked: Promise<readonly Consent[]>, ...found: readonly (readonly Consent[])[]) => {
    const refused = assert.rejects(asked, /have more than 2 consents/);
    for (const each of found) {
      await turns();
      reads.shift()?.end(each);
    }
    await refused;
  };
  await answered(newestOf(["ann"], 2), said(["a", "ann"], ["b", "ann"], ["c", "ann"]));
  const patients = Array.from({ length: 260 }, (_, i) => `p${i}`);
  await answered(newestOf(patients, 2), said(["a", "p0"], ["b", "p1"]), said(["c", "p255"]));
});
