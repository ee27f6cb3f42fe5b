import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "../../src/domain/kernel/canonical.ts";
import { signCheckpoint } from "../../src/domain/record/tree/checkpoint.ts";
import { leafEntry } from "../../src/domain/record/tree/leafEntry.ts";
import { leafHash } from "../../src/domain/record/tree/merkleTree.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import type { NoteSigner } from "../../src/domain/record/tree/signedNote.ts";
import type { TrustedKey } from "../../src/domain/record/verify/checkpointCheck.ts";
import type { RecordFinding } from "../../src/domain/record/verify/finding.ts";
import { type Verification, verifyRecord } from "../../src/domain/record/verify/verifyRecord.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { storedAct } from "../../src/storage/journal/acts.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Backend } from "./backends.ts";
import { decision } from "./samples.ts";
import { type Bench, onEveryBackend } from "./suite.ts";

const signer = noteSigner("test.example/record", newNoteKey());
const keyOf = ({ publicKey }: NoteSigner): TrustedKey => {
  const verifier = noteVerifier(publicKey);
  assert.ok(verifier);
  return { verifier, publicKey, untilSize: null };
};
const KEYS = [keyOf(signer)];
const ACTS = 300;

/** A database with acts, checkpoints over a third, two thirds and all of them, and the notes of these. */
async function signedRecord({
  backend,
  open,
}: Bench): Promise<{ readonly url: string; readonly notes: readonly string[] }> {
  const url = await backend().fresh();
  const storage = await open(url);
  const proofs = createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1 });
  const notes: string[] = [];
  for (let n = 0; n < ACTS; n += 100) {
    await storage.journal.append(Array.from({ length: 100 }, (_, i) => decision(n + i)));
    await storage.record.untilGrown();
    notes.push((await proofs.sign())?.note ?? "");
  }
  await storage.close();
  return { url, notes };
}

/** Does what whoever has the database's password, or its file, can do. */
async function tamper(backend: Backend, url: string, ...statements: readonly string[]): Promise<void> {
  const tables = ["journal", "record_tile", "record_checkpoint", "record_key"];
  if (backend.name === "postgres") {
    for (const table of tables) await backend.raw(url, `ALTER TABLE ${table} DISABLE TRIGGER USER`);
  } else {
    const list = tables.map((table) => `'${table}'`).join(", ");
    const triggers = await backend.raw(
      url,
      `SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name IN (${list})`,
    );
    for (const { name } of triggers) await backend.raw(url, `DROP TRIGGER "${name}"`);
  }
  for (const statement of statements) await backend.raw(url, statement);
}

async function verified(
  url: string,
  {
    elsewhere = [],
    isTreeOnly = false,
    keys = KEYS,
  }: { elsewhere?: readonly string[]; isTreeOnly?: boolean; keys?: readonly TrustedKey[] } = {},
): Promise<Verification> {
  const record = await openRecord(url);
  assert.ok(record);
  try {
    return await verifyRecord({
      source: isTreeOnly ? record.treeOnly : record.source,
      hash: recordHash,
      keys,
      readKey: noteVerifier,
      elsewhere,
      progress: () => undefined,
    });
  } finally {
    await record.close();
  }
}

const kinds = (findings: readonly RecordFinding[]): readonly string[] => findings.map(({ kind }) => kind);
/** The columns of a row but its position, so that a row can be put at another. */
const REST = "kind, format, id, caller_id, request_id, salt, record, personal";

onEveryBackend("the verification of the record", (bench) => {
  const { backend, open } = bench;
  const tampered = async (...statements: readonly string[]): Promise<string> => {
    const { url } = await signedRecord(bench);
    await tamper(backend(), url, ...statements);
    return url;
  };
  const idAt = (position: number): string => decision(position - 1).id;
  const copyTo = (from: number, to: number, id: string): string =>
    `INSERT INTO journal (seq, ${REST}) SELECT ${to}, ${REST.replace(" id,", ` '${id}',`)} FROM journal WHERE seq = ${from}`;
  const exchange = (one: number, other: number): readonly string[] => [
    `UPDATE journal SET seq = 100000 WHERE seq = ${one}`,
    `UPDATE journal SET seq = ${one} WHERE seq = ${other}`,
    `UPDATE journal SET seq = ${other} WHERE seq = 100000`,
  ];
  /** All rows of an open database from a position on get other positions: downwards first, so that none meets another. */
  const moved = (from: number, by: number): readonly string[] => [
    `UPDATE journal SET seq = -(seq + ${by}) WHERE seq >= ${from}`,
    "UPDATE journal SET seq = -seq WHERE seq < 0",
  ];

  test("finds nothing where nothing was changed, and says what is signed and what is not yet", async () => {
    const { notes, url } = await signedRecord(bench);
    const found = await verified(url, { elsewhere: notes });
    assert.deepEqual(found.findings, []);
    assert.deepEqual([found.size, found.signedSize, found.checkpoints, found.pending], [ACTS, ACTS, 3, 0]);
    const storage = await open(url);
    await storage.journal.append([decision(ACTS)]);
    await storage.record.untilGrown();
    await storage.close();
    const later = await verified(url, { elsewhere: notes });
    assert.deepEqual([later.size, later.signedSize, later.findings.length], [ACTS + 1, ACTS, 0]);
    assert.deepEqual((await verified(url, { isTreeOnly: true, elsewhere: notes })).findings, []);
    assert.deepEqual(
      await openRecord(`${url}x`).then(
        (record) => record,
        () => null,
      ),
      null,
    );
  });

  test("an act that was changed is named, whatever of it was", async () => {
    for (const change of [
      `record = replace(record, '"outcome":"ALLOW"', '"outcome":"DENY"')`,
      `personal = replace(personal, 'patient-', 'patient_')`,
      "kind = 'CONSENT'",
      "format = 9",
      "salt = 'AAAAAAAAAAAAAAAAAAAAAAAA'",
      "salt = NULL",
      "id = 'another'",
      "record = 'x'",
      "personal = ''",
      // Read as the first by one reader, and as the second by another.
      `personal = '{"request.subject.id":"somebody",' || substr(personal, 2)`,
      // What all records would inherit.
      `personal = '{"__proto__":{"patients":["x"]},' || substr(personal, 2)`,
      // Bytes in the place of a text: whoever asks by the id finds nothing.
      ...(backend().name === "sqlite" ? ["id = CAST(id AS BLOB)", "kind = CAST(kind AS BLOB)"] : []),
    ]) {
      const url = await tampered(`UPDATE journal SET ${change} WHERE seq = 123`);
      const { findings } = await verified(url);
      assert.deepEqual(kinds(findings), ["CHANGED"], change);
      assert.equal(findings[0]?.kind === "CHANGED" && findings[0].position, 123, change);
      assert.deepEqual((await verified(url, { isTreeOnly: true })).findings, []);
    }
  });

  test("of several that were changed the first one is named first", async () => {
    const url = await tampered(
      "UPDATE journal SET format = 9 WHERE seq IN (250, 17, 18)",
      "DELETE FROM journal WHERE seq = 30",
    );
    assert.deepEqual((await verified(url)).findings, [
      { kind: "CHANGED", position: 17, id: idAt(17) },
      { kind: "CHANGED", position: 18, id: idAt(18) },
      { kind: "REMOVED", position: 30, until: 30 },
      { kind: "CHANGED", position: 250, id: idAt(250) },
    ]);
  });

  test("many that are wrong hide none: not the first, and no tail that was cut", async () => {
    const { notes, url } = await signedRecord(bench);
    await tamper(
      backend(),
      url,
      "UPDATE journal SET format = 9 WHERE seq IN (17, 18)",
      "DELETE FROM journal WHERE seq BETWEEN 30 AND 54",
      "DELETE FROM journal WHERE seq BETWEEN 60 AND 120 AND seq % 2 = 0",
    );
    const { findings, more } = await verified(url);
    assert.deepEqual(findings.slice(0, 4), [
      { kind: "CHANGED", position: 17, id: idAt(17) },
      { kind: "CHANGED", position: 18, id: idAt(18) },
      { kind: "REMOVED", position: 30, until: 54 },
      { kind: "REMOVED", position: 60, until: 60 },
    ]);
    assert.deepEqual([findings.length, more], [20, 2 + 1 + 31 - 20]);
    await tamper(
      backend(),
      url,
      "UPDATE journal SET format = 9 WHERE seq BETWEEN 1 AND 90",
      "DELETE FROM record_checkpoint WHERE size = 300",
      "DELETE FROM record_tile WHERE level = 0 AND tile = 1",
    );
    // The last row of hashes is gone with the checkpoint over it.
    const cut = await verified(url, { elsewhere: notes });
    assert.deepEqual(
      kinds(cut.findings.slice(0, 20)),
      Array.from({ length: 20 }, () => "CHANGED"),
    );
    assert.deepEqual(cut.findings.slice(20), [{ kind: "CUT_TAIL", position: null, size: 256, expected: ACTS }]);
  });

  test("an act that was removed is named, also where those after it were numbered anew", async () => {
    assert.deepEqual((await verified(await tampered("DELETE FROM journal WHERE seq = 256"))).findings, [
      { kind: "REMOVED", position: 256, until: 256 },
    ]);
    const closed = await verified(await tampered("DELETE FROM journal WHERE seq = 280", ...moved(281, -1)));
    assert.deepEqual(closed.findings[0], { kind: "REMOVED", position: 280, until: 280 });
  });

  test("an act that was inserted is named, also where those after it were numbered anew", async () => {
    assert.deepEqual((await verified(await tampered(copyTo(5, -1, "before all")))).findings, [
      { kind: "INSERTED", position: -1, id: "before all" },
    ]);
    const url = await tampered(...moved(101, 1), copyTo(5, 101, "inserted"));
    assert.deepEqual((await verified(url)).findings[0], { kind: "INSERTED", position: 101, id: "inserted" });
    if (backend().name === "sqlite") return;
    // A gap of the positions is a place for one.
    const gap = await backend().fresh();
    const storage = await open(gap);
    await storage.journal.append([decision(0)]);
    await backend().raw(gap, "SELECT nextval('journal_seq')");
    await storage.journal.append([decision(1)]);
    await storage.record.untilGrown();
    await storage.close();
    await tamper(backend(), gap, copyTo(1, 2, "inserted"));
    assert.deepEqual((await verified(gap)).findings, [{ kind: "INSERTED", position: 2, id: "inserted" }]);
  });

  test("acts that were reordered are named: neighbours, and others", async () => {
    for (const [one, other] of [
      [40, 41],
      [40, 290],
    ] as const)
      assert.deepEqual((await verified(await tampered(...exchange(one, other)))).findings, [
        { kind: "REORDERED", position: one, id: idAt(other) },
        { kind: "REORDERED", position: other, id: idAt(one) },
      ]);
    const turnedRound = [
      "UPDATE journal SET seq = -(299 - seq) WHERE seq BETWEEN 100 AND 199",
      "UPDATE journal SET seq = -seq WHERE seq < 0",
    ];
    const many = await verified(await tampered(...turnedRound));
    assert.deepEqual(
      kinds(many.findings),
      Array.from({ length: 20 }, () => "REORDERED"),
    );
    assert.equal(many.more, 80);
    const turned = await tampered(...exchange(10, 11), ...exchange(11, 12));
    assert.deepEqual(kinds((await verified(turned)).findings), ["REORDERED", "REORDERED", "REORDERED"]);
  });

  test("a tail that was cut is told: of the acts, of the tree with them, and of all with the checkpoint kept elsewhere", async () => {
    const acts = "DELETE FROM journal WHERE seq > 260";
    assert.deepEqual((await verified(await tampered(acts))).findings, [
      { kind: "CUT_TAIL", position: 261, size: 260, expected: ACTS },
    ]);
    const { notes, url } = await signedRecord(bench);
    const first = backend().name === "postgres" ? "substr(hashes, 1, 6400)" : "CAST(substr(hashes, 1, 6400) AS BLOB)";
    await tamper(
      backend(),
      url,
      "DELETE FROM journal WHERE seq > 200",
      "DELETE FROM record_tile WHERE level = 1 OR tile = 1",
      `UPDATE record_tile SET hashes = ${first}, last_position = 200`,
      "UPDATE journal_follower SET position = 200 WHERE name = 'record_tree'",
    );
    const cut = { kind: "CUT_TAIL", position: null, size: 200, expected: ACTS };
    assert.deepEqual((await verified(url)).findings, [cut]);
    assert.deepEqual((await verified(url, { isTreeOnly: true })).findings, [cut]);
    await tamper(backend(), url, "DELETE FROM record_checkpoint WHERE size = 300");
    // Nothing in the database tells any more; what was kept elsewhere does.
    assert.deepEqual((await verified(url)).findings, []);
    assert.deepEqual((await verified(url, { elsewhere: notes.slice(0, 2) })).findings, []);
    assert.deepEqual((await verified(url, { elsewhere: notes })).findings, [cut]);
  });

  test("a tree that was made anew over a change is told by the checkpoints about it", async () => {
    const { notes, url } = await signedRecord(bench);
    await tamper(
      backend(),
      url,
      `UPDATE journal SET record = replace(record, '"nurse"', '"clerk"') WHERE seq = 122`,
      "DELETE FROM record_tile",
      "UPDATE journal_follower SET position = 0 WHERE name = 'record_tree'",
    );
    const storage = await open(url);
    await storage.record.untilGrown();
    await storage.close();
    const rewritten = [{ kind: "REWRITTEN", after: 100, until: 200 }];
    assert.deepEqual((await verified(url)).findings, rewritten);
    await tamper(backend(), url, "DELETE FROM record_checkpoint");
    assert.deepEqual((await verified(url)).findings, []);
    assert.deepEqual((await verified(url, { elsewhere: notes.slice(2) })).findings, [
      { kind: "REWRITTEN", after: 0, until: 300 },
    ]);
  });

  test("hashes that were changed are told from acts that were", async () => {
    const zeros = backend().name === "postgres" ? "decode(repeat('00', 32), 'hex')" : "zeroblob(32)";
    const [head, tail] =
      backend().name === "postgres"
        ? ["substr(hashes, 1, 320)", "substr(hashes, 353)"]
        : ["substr(hashes, 1, 320)", "substr(hashes, 353)"];
    const joined =
      backend().name === "postgres" ? `${head} || ${zeros} || ${tail}` : `CAST(${head} || ${zeros} || ${tail} AS BLOB)`;
    const one = `UPDATE record_tile SET hashes = ${joined} WHERE level = 0 AND tile = 0`;
    const damaged = { kind: "TREE_DAMAGED", size: ACTS };
    const url = await tampered(one);
    assert.deepEqual((await verified(url)).findings, [damaged]);
    assert.deepEqual(kinds((await verified(url, { isTreeOnly: true })).findings), ["REWRITTEN", "TREE_DAMAGED"]);
    const two = backend().name === "postgres" ? "decode(repeat('00', 64), 'hex')" : "zeroblob(64)";
    const all = backend().name === "postgres" ? "decode(repeat('00', 8192), 'hex')" : "zeroblob(8192)";
    for (const change of [
      `UPDATE record_tile SET hashes = ${all} WHERE level = 0 AND tile = 0`,
      "DELETE FROM record_tile",
      "DELETE FROM record_tile WHERE level = 0 AND tile = 0",
      "UPDATE record_tile SET offsets = 'zzz' WHERE level = 0 AND tile = 0",
      "UPDATE record_tile SET offsets = '[0,1]' WHERE level = 0 AND tile = 1",
      `UPDATE record_tile SET hashes = ${two} WHERE level = 0 AND tile = 1`,
    ]) {
      const { findings, more } = await verified(await tampered(change));
      assert.deepEqual([kinds(findings), more], [["TREE_DAMAGED"], 0], change);
    }
    // Of acts that were changed as well the others are not accused, as far as a checkpoint speaks for them.
    for (const change of [
      "format = 9",
      "record = 'x'",
      "kind = 'CHECKPOINT_KEY', record = 'x'",
      "kind = 'CHECKPOINT_KEY', record = 'null'",
    ])
      assert.deepEqual(
        (await verified(await tampered(one, `UPDATE journal SET ${change} WHERE seq = 250`))).findings,
        [
          { kind: "CHANGED", position: 250, id: idAt(250) },
          { kind: "TREE_DAMAGED", size: 200 },
          { kind: "REWRITTEN", after: 200, until: ACTS },
        ],
        change,
      );
    // What can't be read is not what was signed, and stands in nobody's way.
    const unread = await verified(
      await tampered(one, "UPDATE journal SET salt = NULL, personal = 'null' WHERE seq = 250"),
    );
    assert.deepEqual(unread.findings, [{ kind: "CHANGED", position: 250, id: idAt(250) }, damaged]);
    const removed = await verified(await tampered(one, "DELETE FROM journal WHERE seq BETWEEN 40 AND 41"));
    assert.deepEqual(removed.findings, [{ kind: "REMOVED", position: 40, until: 41 }, damaged]);
    const { notes, url: cut } = await signedRecord(bench);
    await tamper(
      backend(),
      cut,
      "DELETE FROM record_tile",
      "DELETE FROM record_checkpoint WHERE size = 300",
      "DELETE FROM journal WHERE seq > 220",
    );
    assert.deepEqual((await verified(cut, { elsewhere: notes })).findings, [
      { kind: "TREE_DAMAGED", size: 200 },
      { kind: "CUT_TAIL", position: null, size: 220, expected: ACTS },
    ]);
    const inner = await tampered(`UPDATE record_tile SET hashes = ${zeros} WHERE level = 1`);
    assert.deepEqual(kinds((await verified(inner)).findings), ["TREE_DAMAGED"]);
    assert.deepEqual(kinds((await verified(inner, { isTreeOnly: true })).findings), ["TREE_DAMAGED"]);
  });

  test("a checkpoint that another key signed is a forged signature, in the database and from elsewhere", async () => {
    const { notes, url } = await signedRecord(bench);
    const forger = noteSigner(signer.name, newNoteKey());
    assert.deepEqual(await verified(url, { keys: [keyOf(forger)] }).then(({ findings }) => kinds(findings)), [
      "FORGED_SIGNATURE",
      "FORGED_SIGNATURE",
      "FORGED_SIGNATURE",
    ]);
    const text = (notes[1] ?? "").slice(0, (notes[1] ?? "").indexOf("\n\n") + 1);
    const forged = `${text}\n\u2014 ${forger.name} ${forger.sign(text)}\n`;
    await tamper(backend(), url, `UPDATE record_checkpoint SET note = '${forged}' WHERE size = 200`);
    assert.deepEqual((await verified(url)).findings, [{ kind: "FORGED_SIGNATURE", size: 200 }]);
    const own = await signedRecord(bench);
    assert.deepEqual((await verified(own.url, { elsewhere: [forged] })).findings, [
      { kind: "FORGED_SIGNATURE", size: 200 },
    ]);
    // A note of another size in the place of one is none of this row's.
    await tamper(backend(), own.url, `UPDATE record_checkpoint SET note = '${own.notes[0]}' WHERE size = 300`);
    assert.deepEqual((await verified(own.url)).findings, [{ kind: "FORGED_SIGNATURE", size: 300 }]);
  });

  test("the newest acts and the last checkpoint are looked at at each start, which names what is wrong", async () => {
    const { url } = await signedRecord(bench);
    await (await open(url, { beside: false })).close();
    for (const [statement, why] of [
      ["UPDATE journal SET format = 9 WHERE seq = 299", /the act at position 299 is not what was put on record/],
      ["DELETE FROM journal WHERE seq = 298", /the act at position 298 was removed/],
      ["UPDATE record_checkpoint SET size = 400 WHERE size = 300", /shorter than the 400 acts that were signed/],
    ] as const) {
      const changed = await tampered(statement);
      await assert.rejects(open(changed, { beside: false }), why);
    }
  });

  test("a key that a changed act names is no successor, whatever its checkpoints say and the tree", async () => {
    const { url } = await signedRecord(bench);
    const forger = noteSigner(signer.name, newNoteKey());
    const keys = { before: signer.publicKey, publicKey: forger.publicKey };
    const said = canonicalJson({ ...keys, event: "ROTATED", at: 1, author: "machine:x" });
    await tamper(
      backend(),
      url,
      `UPDATE journal SET kind = 'CHECKPOINT_KEY', record = '${said}', personal = '{"text":"x"}' WHERE seq = 150`,
      "DELETE FROM record_tile",
      "UPDATE journal_follower SET position = 0 WHERE name = 'record_tree'",
    );
    const storage = await open(url);
    await storage.record.untilGrown();
    const head = await storage.record.head();
    await storage.close();
    const note = signCheckpoint(head, forger);
    const rewritten = { kind: "REWRITTEN", after: 100, until: 200 };
    await tamper(
      backend(),
      url,
      `UPDATE record_checkpoint SET note = '${note}', root = '${head.root}' WHERE size = ${ACTS}`,
    );
    assert.deepEqual((await verified(url)).findings, [rewritten]);
    await tamper(backend(), url, "UPDATE record_tile SET offsets = 'zzz' WHERE level = 0 AND tile = 0");
    assert.deepEqual((await verified(url)).findings, [{ kind: "TREE_DAMAGED", size: ACTS }, rewritten]);
  });

  test("a key that was exchanged speaks for nothing that was signed after it", async () => {
    const { url } = await signedRecord(bench);
    const [old] = KEYS;
    assert.ok(old);
    const { findings } = await verified(url, { keys: [{ ...old, untilSize: 200 }] });
    assert.deepEqual(findings, [{ kind: "FORGED_SIGNATURE", size: 300 }]);
  });

  test("values that were erased are told, of an act that is the one that was put on record", async () => {
    const { url } = await signedRecord(bench);
    const [row] = await backend().raw(url, "SELECT * FROM journal WHERE seq = 7");
    assert.ok(row);
    const act = storedAct(row);
    const { commitments } = JSON.parse(leafEntry(act, recordHash)) as { readonly commitments: Record<string, string> };
    const personal = JSON.stringify(
      Object.fromEntries(Object.keys(commitments).map((path) => [path, { commitment: commitments[path] }])),
    );
    assert.equal(
      leafHash(leafEntry({ ...act, salt: null, personal }, recordHash), recordHash),
      leafHash(leafEntry(act, recordHash), recordHash),
    );
    await tamper(backend(), url, `UPDATE journal SET salt = NULL, personal = '${personal}' WHERE seq = 7`);
    const values = Object.keys(commitments).length;
    assert.ok(values > 0);
    const erased = { kind: "ERASED", position: 7, id: idAt(7), values };
    assert.deepEqual((await verified(url)).findings, [erased]);
    // An act of erasure that nobody has signed explains nothing.
    await tamper(
      backend(),
      url,
      copyTo(5, ACTS + 1, "erasure"),
      `UPDATE journal SET kind = 'ERASURE', record = '{"positions":[[1,9007199254740991]]}' WHERE seq = ${ACTS + 1}`,
    );
    assert.deepEqual((await verified(url)).findings, [{ ...erased, unsigned: true }]);
    await tamper(backend(), url, `DELETE FROM journal WHERE seq = ${ACTS + 1}`);
    // Nor may a value stand beside what it was committed to as.
    const [path = ""] = Object.keys(commitments);
    const both = JSON.stringify({
      ...JSON.parse(personal),
      [path]: { commitment: commitments[path], salt: commitments[path], value: "mallory" },
    });
    await tamper(backend(), url, `UPDATE journal SET personal = '${both}' WHERE seq = 7`);
    assert.deepEqual((await verified(url)).findings, [{ kind: "CHANGED", position: 7, id: idAt(7) }]);
    await tamper(backend(), url, `UPDATE journal SET personal = '${personal}' WHERE seq = 7`);
    // Nor does it hide behind a tree that is gone.
    await tamper(backend(), url, "DELETE FROM record_tile");
    assert.deepEqual((await verified(url)).findings, [erased, { kind: "TREE_DAMAGED", size: ACTS }]);
  });
});
