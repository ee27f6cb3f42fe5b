import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { openStorage } from "../../src/storage/storage.ts";
import { decision } from "../storage/samples.ts";
import { cli, temporaryFolder } from "./support.ts";

const YEAR = 366 * 86_400_000;
let url: string;
const retain = (...more: readonly string[]) => cli(["record", "retain", ...more], { env: { DATABASE_URL: url } });

before(async () => {
  url = `sqlite:${join(await temporaryFolder(), "record.db")}`;
  const storage = await openStorage({ url, clock: Date.now });
  await storage.journal.append([
    ...[1, 2].map((n) => decision(n, { decidedAt: Date.now() - 7 * YEAR })),
    decision(3, { decidedAt: Date.now() - 5 * YEAR }),
  ]);
  await storage.decisions.decisions({ filter: { outcome: "ALLOW" }, page: { first: 1, after: null } });
  await storage.watched.ofDecision("absent");
  await storage.close();
});

test("tells what would be erased, erases it once, and says when the next act's time is over", async () => {
  const told = await retain("--dry-run", "--json");
  assert.equal(told.code, 0, told.stderr);
  const would = JSON.parse(told.stdout);
  assert.deepEqual([would.dryRun, would.acts, would.held], [true, 2, 0]);
  // The newest act is years old: the service stood still, or the clock is wrong.
  assert.ok(would.clockAheadMs > 4 * YEAR);
  const refused = await retain();
  assert.match(
    refused.stdout,
    /^Nothing was erased\.\nThe clock is 18\d\d days ahead .* say so with --clock-is-right\.\n$/,
  );
  assert.deepEqual(JSON.parse((await retain("--dry-run", "--json")).stdout).acts, 2);
  assert.equal((await retain("--dry-run", "--clock-is-right")).code, 2);
  assert.ok(would.values > 2);
  assert.ok(Date.parse(would.nextAt) > Date.now());

  const text = await retain("--dry-run");
  assert.match(
    text.stdout,
    /^\d+ values of 2 acts would be erased\.\nThat would not be done now\. The clock is .*\nThe time of the next act is over at \d{4}-.*Z\.\n$/,
  );
  const done = await retain("--json", "--clock-is-right");
  assert.deepEqual(JSON.parse(done.stdout), { ...would, dryRun: false, clockAheadMs: 0 });
  const again = await retain();
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^Nothing was erased: no act's time is over\.\nThe time of the next act/);
  const verified = await cli(["record", "verify", "--json"], { env: { DATABASE_URL: url } });
  // No checkpoint speaks for the act of erasure yet, and that is all.
  const findings = JSON.parse(verified.stdout).findings as readonly {
    readonly kind: string;
    readonly unsigned?: true;
  }[];
  assert.deepEqual(
    findings.map(({ kind, unsigned }) => [kind, unsigned]),
    [
      ["ERASED", true],
      ["ERASED", true],
    ],
  );
});

test("a database that can't be used is told, with 3", async () => {
  const failed = await cli(["record", "retain"], { env: { DATABASE_URL: "postgres://127.0.0.1:1/none" } });
  assert.equal(failed.code, 3, failed.stderr);
});

test("what a legal hold keeps is counted each time, and no act is said not to be over", async () => {
  const held = `sqlite:${join(await temporaryFolder(), "held.db")}`;
  const storage = await openStorage({ url: held, clock: Date.now });
  await storage.journal.append([1, 2].map((n) => decision(n, { decidedAt: Date.now() - 7 * YEAR })));
  await storage.retention.place({
    ...{ id: "case-17", patient: null, clientId: null, from: 1, to: null, reason: "Case 17", placedAt: Date.now() },
    ...{ placedBy: { callerId: "kim", subject: null }, lifted: null },
  });
  await storage.decisions.decisions({ filter: { outcome: "ALLOW" }, page: { first: 1, after: null } });
  await storage.watched.ofDecision("absent");
  await storage.close();
  const run = (...args: readonly string[]) => cli(["record", "retain", ...args], { env: { DATABASE_URL: held } });
  const kept = "2 acts whose time is over are kept by a legal hold.\n";
  const would = await run("--dry-run");
  assert.equal(would.stdout, `Nothing would be erased.\n${kept}`, would.stderr);
  const done = await run();
  assert.equal(done.stdout, `Nothing was erased.\n${kept}`, done.stderr);
  for (const args of [["--json"], ["--json", "--dry-run"]]) {
    const { acts, held: counted } = JSON.parse((await run(...args)).stdout);
    assert.deepEqual([acts, counted], [0, 2], args.join(" "));
  }
});
