import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createRecordReads } from "../../src/domain/audit/recordReads.ts";
import type { Caller } from "../../src/domain/callers/types.ts";
import { archiveAct } from "../../src/domain/record/acts.ts";
import { createArchivedIn } from "../../src/domain/record/archive/archivedIn.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import { provesConsistency } from "../../src/domain/record/tree/verifyProof.ts";
import { findingText } from "../../src/domain/record/verify/finding.ts";
import { lineFindingText } from "../../src/domain/record/verify/lineOrder.ts";
import { verifyExport } from "../../src/domain/record/verify/verifyExport.ts";
import { verifyRecord } from "../../src/domain/record/verify/verifyRecord.ts";
import { noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { DIMENSIONS, type DimensionName } from "../../src/storage/journal/rollup/dimensions.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { cleanEnv, cli, MAIN } from "../cli/support.ts";
import {
  decisionAt,
  decisionOf,
  followed,
  linesOfMonth,
  recordMonths,
  sign,
  signer,
  tombstone,
} from "../support/archives.ts";
import { countedIn } from "../support/counted.ts";
import type { Backend } from "./backends.ts";
import { killRounds } from "./killRounds.ts";
import { onEveryBackend } from "./suite.ts";

const verifier = noteVerifier(signer.publicKey);
assert.ok(verifier);
const KEYS = [{ verifier, publicKey: signer.publicKey, untilSize: null }];
const MONTHS = ["2024-03", "2024-04", "2024-05"];
const EACH = 150;

const folders: string[] = [];
async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "scopewarden-archives-"));
  folders.push(made);
  return made;
}
after(async () => {
  for (const made of folders) await rm(made, { recursive: true, force: true });
});

async function verified(url: string, isTreeOnly = false, elsewhere: readonly string[] = []) {
  const record = await openRecord(url);
  assert.ok(record);
  try {
    return await verifyRecord({
      source: isTreeOnly ? record.treeOnly : record.source,
      hash: recordHash,
      keys: KEYS,
      readKey: noteVerifier,
      elsewhere,
      progress: () => undefined,
    });
  } finally {
    await record.close();
  }
}

async function foundIn(lines: readonly string[], elsewhere: readonly string[] = []): Promise<readonly string[]> {
  const found = await verifyExport({
    lines: async function* () {
      for (let at = 0; at < lines.length; at += 40) yield lines.slice(at, at + 40);
    },
    hash: recordHash,
    keys: KEYS,
    readKey: noteVerifier,
    elsewhere,
  });
  if (typeof found === "string") return [found];
  return found.findings.map((each) =>
    "finding" in each ? `${each.line}: ${findingText(each.finding)}` : lineFindingText(each),
  );
}

const archiveTo = (url: string, to: string, ...more: readonly string[]) =>
  cli(["record", "archive", "--to", to, "--reason", "Two years in the database", ...more], {
    env: { DATABASE_URL: url },
  });

const numbers = async ({ raw }: Backend, url: string, sql: string): Promise<readonly number[]> =>
  (await raw(url, sql)).map((row) => Number(Object.values(row)[0]));

/** What is derived of decisions, whose positions are in this column. */
const DERIVED = [
  ["decision_index", "seq"],
  ["watched_access", "position"],
  ["watched_decision", "position"],
] as const;
const COUNTS = Object.keys(DIMENSIONS) as readonly DimensionName[];

async function countsOf({ raw }: Backend, url: string): Promise<Record<string, readonly string[]>> {
  const all: Record<string, readonly string[]> = {};
  for (const name of COUNTS) all[name] = (await raw(url, countedIn(name))).map((row) => JSON.stringify(row)).sort();
  return all;
}

/** Triggers say no to whoever means no harm: whoever has the database's password drops them. */
async function tamper(backend: Backend, url: string, ...statements: readonly string[]): Promise<void> {
  const tables = ["journal", "journal_archive", "record_tile"];
  if (backend.name === "postgres")
    for (const table of tables) await backend.raw(url, `ALTER TABLE ${table} DISABLE TRIGGER USER`);
  else {
    const list = tables.map((table) => `'${table}'`).join(", ");
    const found = await backend.raw(
      url,
      `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN (${list})`,
    );
    for (const { name } of found) await backend.raw(url, `DROP TRIGGER "${name}"`);
  }
  for (const statement of statements) await backend.raw(url, statement);
}

onEveryBackend("archives", ({ backend, open }) => {
  /** A closed database with some months on record. */
  const recorded = async (months = MONTHS, each = EACH): Promise<string> => {
    const url = await backend().fresh();
    const storage = await open(url);
    await recordMonths(storage, months, each);
    await storage.close();
    return url;
  };

  /** As a service beside it would within a minute: an act of archiving is believed once it is signed. */
  const signed = async (url: string): Promise<void> => {
    const storage = await open(url);
    await followed(storage);
    await sign(storage);
    await storage.close();
  };

  test("whole months go to files that prove themselves, out of the database, which verifies; counts and proofs stay", async () => {
    const url = await recorded();
    const before = await countsOf(backend(), url);
    for (const name of COUNTS) assert.ok((before[name]?.length ?? 0) > 0, name);
    const earlier = await open(url);
    const oldHead = await earlier.record.checkpointUpTo(1_000);
    assert.ok(oldHead);
    await earlier.close();
    const to = await folder();
    const done = await archiveTo(url, to, "--before", "2024-05");
    assert.equal(done.code, 0, done.stderr);
    assert.match(
      done.stdout,
      /^2024-03: 150 acts in .*scopewarden-2024-03\.ndjson, and no longer in the database\nSHA-256 [0-9a-f]{64}\n2024-04: 150 acts/,
    );
    assert.deepEqual((await readdir(to)).sort(), ["scopewarden-2024-03.ndjson", "scopewarden-2024-04.ndjson"]);
    for (const month of ["2024-03", "2024-04"]) {
      const path = join(to, `scopewarden-${month}.ndjson`);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      const proved = await cli(["record", "verify", "--file", path, "--public-key", signer.publicKey]);
      assert.equal(proved.code, 0, proved.stdout + proved.stderr);
      assert.match(proved.stdout, new RegExp(`^The file has ${month} of the record as it was signed: `));
      const lines = (await readFile(path, "utf8")).slice(0, -1).split("\n");
      assert.equal(lines.length, EACH + 2);
      assert.equal(JSON.parse(lines[1] ?? "").id, decisionOf(month, 0).id);
    }

    const [least] = await numbers(backend(), url, "SELECT MIN(seq) FROM journal");
    assert.equal(least, 2 * EACH + 1);
    for (const [table, position] of DERIVED)
      assert.deepEqual(
        await numbers(backend(), url, `SELECT COUNT(*) FROM ${table} WHERE ${position} <= ${2 * EACH}`),
        [0],
        table,
      );
    assert.deepEqual(await countsOf(backend(), url), before);

    const unsigned = (await verified(url)).findings;
    assert.deepEqual(
      unsigned.map((each) => [each.kind, "unsigned" in each]),
      [
        ["WRONG_ARCHIVE", true],
        ["WRONG_ARCHIVE", true],
      ],
    );
    await signed(url);
    const found = await verified(url);
    assert.deepEqual(found.findings, []);
    assert.deepEqual(
      found.archived.map(({ file, from, gone, month, until }) => [month, file, from, until, gone]),
      [
        ["2024-03", "scopewarden-2024-03.ndjson", 1, EACH, EACH],
        ["2024-04", "scopewarden-2024-04.ndjson", EACH + 1, 2 * EACH, EACH],
      ],
    );
    assert.deepEqual((await verified(url, true, [oldHead.note])).findings, []);
    const told = await cli(["record", "verify", "--database", url, "--public-key", signer.publicKey]);
    assert.equal(told.code, 0, told.stdout);
    assert.match(
      told.stdout,
      /\nPositions 1 to 150 \(acts number 1 to 150, 2024-03\) are archived in scopewarden-2024-03\.ndjson, SHA-256 [0-9a-f]{64}; 150 of them have left\.\n/,
    );

    // The start looks at what is there; proofs over all sizes still work.
    const storage = await open(url, { beside: false });
    const proofs = createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1 });
    for (const from of [1, 100, EACH, EACH + 1, 3 * EACH - 1]) {
      const [first, last] = await storage.record.hashesOf([
        { from: 0, to: from },
        { from: 0, to: 3 * EACH },
      ]);
      const { hashes } = await proofs.consistencyProof(from, 3 * EACH);
      const pair = { earlier: { size: from, root: first ?? "" }, later: { size: 3 * EACH, root: last ?? "" } };
      assert.ok(provesConsistency({ ...pair, hashes }, recordHash), `${from}`);
    }
    assert.equal((await proofs.inclusionProof(decisionOf("2024-05", 7).id)).index, 2 * EACH + 7);
    // Nothing of it in the journal, so the same request id is a question like any other.
    await storage.close();

    // Nothing is left to do, and what is too young does not leave.
    assert.match(
      (await archiveTo(url, to, "--before", "2024-05")).stdout,
      /^Nothing of 2024-04 or before is in the database\.\n$/,
    );
  });

  test("what is derived is made again from what is left, and counts what was archived once", async () => {
    const url = await recorded();
    const before = await countsOf(backend(), url);
    const to = await folder();
    assert.equal((await archiveTo(url, to, "--month", "2024-03")).code, 0);
    const storage = await open(url);
    await storage.rebuildIndex();
    await followed(storage);
    assert.deepEqual(await countsOf(backend(), url), before);
    // What comes later is counted as ever; and made again once more it is still counted once.
    await storage.journal.append([decisionOf("2024-06", 0)]);
    await followed(storage);
    const more = await countsOf(backend(), url);
    assert.notDeepEqual(more.DECISION, before.DECISION);
    await storage.rebuildIndex();
    await followed(storage);
    assert.deepEqual(await countsOf(backend(), url), more);
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM decision_index"), [2 * EACH + 1]);
    for (const table of ["journal", "decision_index"])
      await assert.rejects(backend().raw(url, `DELETE FROM ${table} WHERE seq = ${EACH + 1}`), /append-only/);
    await storage.close();
  });

  test("nothing else may leave: not an act that no archive has, nor one more than it says", async () => {
    const url = await recorded(["2024-03", "2024-04"], 20);
    const { raw } = backend();
    for (const table of ["journal", "decision_index"]) {
      await assert.rejects(raw(url, `DELETE FROM ${table}`), /append-only/);
      await assert.rejects(raw(url, `DELETE FROM ${table} WHERE seq = 1`), /append-only/);
    }
    const row = (id: string, until: number, removed = 0) =>
      `INSERT INTO journal_archive (until_position, from_position, first, size, month, file, sha256, at, act_id, directory_revision, removed_to)
        VALUES (${until}, 1, 0, ${until}, '2024-03', 'f', 's', 1, '${id}', 0, ${removed})`;
    await assert.rejects(raw(url, row("nothing", 20)), /on record/);
    await assert.rejects(raw(url, row(decisionOf("2024-04", 19).id, 20)), /on record/);
    const storage = await open(url);
    const archive = await tombstone(storage, "2024-03");
    await assert.rejects(raw(url, "DELETE FROM journal WHERE seq = 21"), /append-only/);
    await assert.rejects(raw(url, "DELETE FROM journal"), /append-only/);
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM journal"), [41]);
    await assert.rejects(raw(url, "UPDATE journal_archive SET until_position = 40"), /stays what it is/);
    await assert.rejects(raw(url, "DELETE FROM journal_archive"), /is kept/);
    await assert.rejects(raw(url, row(archive.actId, 40)), /on record/);
    await assert.rejects(tombstone(storage, "2024-04"), /The acts of 2024-03 have not all left the database yet/);
    await assert.rejects(raw(url, "UPDATE journal SET kind = 'X' WHERE seq = 1"), /append-only/);
    if (backend().name === "postgres") await assert.rejects(raw(url, "TRUNCATE journal"), /append-only/);
    const steps: number[] = [];
    await storage.archives.remove(archive, (removed) => steps.push(removed));
    assert.equal(steps.at(-1), 20);
    assert.deepEqual(await numbers(backend(), url, "SELECT MIN(seq) FROM journal"), [21]);
    assert.deepEqual((await verified(url)).findings, []);
    await storage.close();
  });

  test("a removal without an act that says so is told, whatever the table of archives says", async () => {
    const url = await recorded(["2024-03", "2024-04"], 8);
    const storage = await open(url);
    const archive = await tombstone(storage, "2024-03");
    assert.deepEqual((await verified(url)).findings, []);
    await storage.archives.remove(archive, () => undefined);
    await storage.close();
    await tamper(backend(), url, "DELETE FROM journal WHERE seq = 12");
    assert.deepEqual((await verified(url)).findings, [{ kind: "REMOVED", position: 12, until: 12 }]);
    await tamper(
      backend(),
      url,
      "UPDATE journal_archive SET until_position = 14, size = 14",
      `UPDATE journal SET record = replace(record, '"until":8', '"until":14') WHERE kind = 'ARCHIVE'`,
    );
    const { archived, findings } = await verified(url);
    assert.deepEqual(archived, []);
    assert.deepEqual([...new Set(findings.map(({ kind }) => kind))].sort(), ["CHANGED", "REMOVED", "WRONG_ARCHIVE"]);
  });

  test("an act that is gone is not archived by a leaf that says that it stood there", async () => {
    const url = await recorded(["2024-03", "2024-04"], 50);
    const storage = await open(url);
    await storage.archives.remove(await tombstone(storage, "2024-03"), () => undefined);
    await storage.close();
    assert.deepEqual((await verified(url)).findings, []);
    const offsets = JSON.stringify(Array.from({ length: 101 }, (_, i) => (i === 69 ? 9 : i)));
    await tamper(
      backend(),
      url,
      "DELETE FROM journal WHERE seq = 70",
      `UPDATE record_tile SET offsets = '${offsets}' WHERE level = 0 AND tile = 0`,
    );
    const { findings } = await verified(url);
    assert.ok(
      findings.some(({ kind }) => kind === "TREE_DAMAGED"),
      JSON.stringify(findings),
    );
    assert.ok(
      findings.some(({ kind }) => kind === "CUT_TAIL"),
      JSON.stringify(findings),
    );
    await assert.rejects(open(url, { beside: false }), /can't be read|was removed|not what was put on record/);
  });

  test("what is archived is found again where another row of hashes can't be read", async () => {
    const url = await recorded();
    const storage = await open(url);
    await storage.archives.remove(await tombstone(storage, "2024-03"), () => undefined);
    // An act of archiving is believed where the tree can't be read if a checkpoint speaks for it.
    await followed(storage);
    await sign(storage);
    await storage.close();
    await tamper(backend(), url, "UPDATE record_tile SET offsets = 'zzz' WHERE level = 0 AND tile = 1");
    const { archived, findings } = await verified(url);
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ["TREE_DAMAGED"],
    );
    assert.deepEqual(
      archived.map(({ month }) => month),
      ["2024-03"],
    );
  });

  test("an act that says what the tree does not have archives nothing", async () => {
    for (const wrong of [{ root: `${"A".repeat(43)}=` }, { size: 41 }, { until: 51 }, { size: 4_000 }]) {
      const url = await recorded(["2024-03", "2024-04"], 50);
      const storage = await open(url);
      const { written } = await linesOfMonth(storage, "2024-03");
      const { directoryRevision: _, ...rest } = written;
      const said = {
        event: "ARCHIVED",
        at: 1,
        author: "machine:x",
        text: "",
        file: "f",
        sha256: "s",
        leftBehind: [],
      } as const;
      const act = archiveAct({ ...rest, ...said, ...wrong });
      await storage.recordAct(act);
      await storage.record.untilGrown();
      await storage.close();
      const { until } = { ...written, ...wrong };
      await tamper(
        backend(),
        url,
        `INSERT INTO journal_archive (until_position, from_position, first, size, month, file, sha256, at, act_id, directory_revision, removed_to)
          VALUES (${until}, 1, 0, 50, '2024-03', 'f', 's', 1, '${act.id}', 0, 0)`,
        "DELETE FROM journal WHERE seq = 7",
      );
      assert.deepEqual(
        (await verified(url)).findings,
        [
          { kind: "REMOVED", position: 7, until: 7 },
          { kind: "WRONG_ARCHIVE", position: 101, id: act.id },
        ],
        JSON.stringify(wrong),
      );
    }
  });

  test("a month ends before the first act that was later, however clocks were; what is younger stays", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const late = Date.parse("2024-03-31T23:59:59.999Z");
    await recordMonths(storage, [], 0);
    await storage.journal.append([
      decisionAt(late - 1_000, 1),
      // A clock that was set back: it stands in this month.
      decisionAt(Date.parse("2023-01-01T00:00:00Z"), 2),
      decisionAt(late, 3),
      decisionAt(late + 1, 4),
      decisionAt(late - 5, 5),
      decisionAt(late + 3_000, 6),
    ]);
    await followed(storage);
    await sign(storage);
    const { lines, written } = await linesOfMonth(storage, "2024-03");
    assert.deepEqual([written.from, written.until, written.counts], [1, 3, { DECISION: 3 }]);
    assert.deepEqual(await foundIn(lines), []);
    await storage.close();
    const to = await folder();
    const young = await archiveTo(url, to, "--month", new Date(Date.now() - 31 * 86_400_000).toISOString().slice(0, 7));
    assert.equal(young.code, 2);
    assert.match(young.stderr, /is too young: \d{4}-\d\d is the newest month that may leave, as --keep is 14\./);
    const other = await archiveTo(url, to, "--month", "2024-04");
    assert.match(other.stderr, /^2024-03 is the oldest month in the database/);
    assert.deepEqual([other.code, await readdir(to)], [2, []]);
  });

  test("a file that was changed is told, wherever; and speaks of its own acts alone", async () => {
    const url = await recorded(MONTHS, 70);
    const storage = await open(url);
    const notes = [await storage.record.latestCheckpoint()].map((each) => each?.note ?? "");
    await storage.archives.remove(await tombstone(storage, "2024-03"), () => undefined);
    const { lines } = await linesOfMonth(storage, "2024-04");
    assert.equal(JSON.parse(lines[0] ?? "").first, 70);
    assert.deepEqual(await foundIn(lines, notes), []);
    const with_ = (at: number, ...put: readonly string[]) => [...lines.slice(0, at), ...put, ...lines.slice(at + 1)];
    const line = (at: number) => lines.at(at) ?? "";
    const begin = JSON.parse(line(0));
    const end = JSON.parse(line(-1));
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [with_(5, line(5).replace('"read"', '"rode"')), /^6: changed: the act/],
      [with_(5, line(5).replace("patient-", "patient_")), /^6: changed: the act/],
      [with_(5), /^line 6: removed: act number 75, which stood before it, is gone$/],
      [with_(1), /^line 2: removed: act number 71/],
      [with_(5, line(6), line(5)).filter((_, i) => i !== 7), /^line 6: reordered/],
      [with_(5, line(5), line(5)), /^line 7: inserted/],
      [with_(5, ""), /^line 6: changed: it is not as an export writes it$/],
      [lines.slice(1), /^line 1: removed: acts number 1 to 70/],
      [lines.slice(0, -1), /^CUT$/],
      [[...lines.slice(0, -2), line(-1)], /cut tail/],
      [[...lines, line(-1)], /^line 73: inserted/],
      [with_(0, JSON.stringify({ ...begin, before: begin.before.toReversed() })), /rewritten/],
      [with_(0, JSON.stringify({ ...begin, before: begin.before.slice(1) })), /^line 1: changed/],
      [with_(0, JSON.stringify({ ...begin, first: 71 })), /^line/],
      [with_(0, ` ${line(0)}`), /^line 1: changed/],
      [with_(lines.length - 1, JSON.stringify({ ...end, heads: [] })), /./],
      [with_(lines.length - 1, JSON.stringify({ ...end, heads: [{ ...end.heads[0], hashes: [] }] })), /rewritten/],
      [with_(lines.length - 1, line(-1).replace("test.example", "text.example")), /forged signature/],
      [with_(lines.length - 1, JSON.stringify({ ...end, size: 141 })), /cut tail/],
    ];
    for (const [changed, why] of cases) {
      const [first = ""] = await foundIn(changed);
      assert.match(first, why, `${JSON.stringify(changed.slice(0, 1)).slice(0, 200)} ${why}`);
    }
    await storage.close();
  });

  test("what a follower has not taken does not leave, unless it is left behind by name", async () => {
    const url = await recorded(["2024-03", "2024-04"], 20);
    await tamper(backend(), url, "INSERT INTO journal_follower (name, position) VALUES ('webhook_outbox', 3)");
    const to = await folder();
    const refused = await archiveTo(url, to, "--month", "2024-03");
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /^Acts that are to leave have not been taken by webhook_outbox\.\n/);
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM journal"), [40]);
    const behind = ["--month", "2024-03", "--leave-behind", "webhook_outbox"];
    const unknown = await archiveTo(url, to, ...behind, "--leave-behind", "webhooks");
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /^--leave-behind must be a follower of the journal, and webhooks is none: .*\brecord_tree, .*\bwebhook_outbox\.\n/,
    );
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM journal"), [40]);
    const done = await archiveTo(url, to, ...behind);
    assert.equal(done.code, 0, done.stderr);
    const [act] = await backend().raw(url, "SELECT record, personal FROM journal WHERE kind = 'ARCHIVE'");
    const { author, counts, leftBehind } = JSON.parse(String(act?.record));
    assert.deepEqual([leftBehind, counts], [["webhook_outbox"], { DECISION: 20 }]);
    assert.match(author, /^machine:/);
    assert.deepEqual(JSON.parse(String(act?.personal)), { text: "Two years in the database" });
  });

  test("a decision that left reads as archived, one that never was as none", async () => {
    const url = await recorded(["2024-03", "2024-04"], 20);
    const storage = await open(url);
    await storage.archives.remove(await tombstone(storage, "2024-03"), () => undefined);
    const reads = createRecordReads({
      archivedIn: createArchivedIn(storage.archives),
      decisions: storage.decisions,
      proofs: createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1 }),
      recordAudit: async () => undefined,
    });
    const auditor = { id: "key:a", roles: new Set(["auditor"]) } as unknown as Caller;
    const service = { id: "key:s", roles: new Set(["service"]) } as unknown as Caller;
    const gone = decisionOf("2024-03", 4).id;
    for (const caller of [auditor, service])
      await assert.rejects(reads.decision(caller, gone), {
        code: "NOT_FOUND",
        message: /the acts of 2024-03 are archived in scopewarden-2024-03\.ndjson, SHA-256 (ab){32}/,
      });
    await assert.rejects(reads.inclusionProof(auditor, gone), { code: "NOT_FOUND", message: /archived in/ });
    assert.equal(await reads.decision(auditor, decisionOf("2024-05", 4).id), null);
    assert.equal((await reads.decision(auditor, decisionOf("2024-04", 4).id))?.id, decisionOf("2024-04", 4).id);
    await storage.close();
  });

  test("killed at any moment it is finished by the next one, as if it had not been", async () => {
    const wanted = await folder();
    const url = await recorded(["2024-03", "2024-04"], 400);
    const kinds: readonly ((to: string) => Promise<boolean>)[] = [
      async (to) => existsSync(join(to, "scopewarden-2024-03.ndjson.part")),
      async (to) => existsSync(join(to, "scopewarden-2024-03.ndjson")),
      async () => (await numbers(backend(), url, "SELECT COUNT(*) FROM journal_archive"))[0] === 1,
      async () => ((await numbers(backend(), url, "SELECT removed_to FROM journal_archive"))[0] ?? 0) > 4,
    ];
    for (let round = 0; round < killRounds(kinds.length); round++) {
      const args = ["record", "archive", "--to", wanted, "--reason", "Two years", "--month", "2024-03"];
      const child = spawn(process.execPath, [...MAIN, ...args], {
        env: cleanEnv({ DATABASE_URL: url }),
        stdio: "ignore",
      });
      const gone = new Promise((resolve) => child.once("exit", resolve));
      const isHere = kinds[round % kinds.length];
      for (let over = false; !over && !(await isHere?.(wanted)); ) {
        over = child.exitCode !== null || child.signalCode !== null;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      child.kill("SIGKILL");
      await gone;
      await signed(url);
      assert.deepEqual((await verified(url)).findings, [], `round ${round}`);
    }
    const done = await archiveTo(url, wanted, "--before", "2024-04");
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(await readdir(wanted), ["scopewarden-2024-03.ndjson"]);
    assert.deepEqual(await numbers(backend(), url, "SELECT MIN(seq) FROM journal"), [401]);
    for (const [table, position] of DERIVED)
      assert.deepEqual(
        await numbers(backend(), url, `SELECT COUNT(*) FROM ${table} WHERE ${position} <= 400`),
        [0],
        table,
      );
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM journal WHERE kind = 'ARCHIVE'"), [1]);
    const found = await verified(url);
    assert.deepEqual([found.findings, found.archived.map(({ gone }) => gone)], [[], [400]]);
    const lines = (await readFile(join(wanted, "scopewarden-2024-03.ndjson"), "utf8")).slice(0, -1).split("\n");
    assert.deepEqual(await foundIn(lines), []);
  });

  test("a removal that broke off goes on only where its file is at hand; two at once harm nothing", async () => {
    const url = await recorded(["2024-03", "2024-04"], 300);
    const to = await folder();
    const storage: Storage = await open(url);
    const { lines } = await linesOfMonth(storage, "2024-03");
    await tombstone(storage, "2024-03");
    await storage.close();
    await writeFile(join(to, "scopewarden-2024-03.ndjson"), lines.map((line) => `${line}\n`).join(""));
    const refused = await archiveTo(url, to, "--month", "2024-03");
    assert.equal(refused.code, 2);
    assert.match(
      refused.stderr,
      /have not all left the database, and .* is not the file that has them\.\nName the folder by --to/,
    );
    assert.deepEqual(await numbers(backend(), url, "SELECT COUNT(*) FROM journal"), [601]);

    const both = await recorded(["2024-03", "2024-04"], 300);
    const places = [await folder(), await folder()];
    const ended = await Promise.all(places.map((place) => archiveTo(both, place, "--month", "2024-03")));
    assert.ok(
      ended.some(({ code }) => code === 0),
      JSON.stringify(ended),
    );
    assert.deepEqual(await numbers(backend(), both, "SELECT COUNT(*) FROM journal WHERE kind = 'ARCHIVE'"), [1]);
    await signed(both);
    assert.deepEqual((await verified(both)).findings, []);
  });
});
