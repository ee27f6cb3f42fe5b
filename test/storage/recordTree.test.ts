import assert from "node:assert/strict";
import { test } from "node:test";
import { recoveryAct } from "../../src/domain/record/acts.ts";
import { verifiedCheckpoint } from "../../src/domain/record/tree/checkpoint.ts";
import { leafEntry } from "../../src/domain/record/tree/leafEntry.ts";
import { leafHash } from "../../src/domain/record/tree/merkleTree.ts";
import type { Digest } from "../../src/domain/record/tree/recordHash.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import { provesConsistency, provesInclusion } from "../../src/domain/record/tree/verifyProof.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import { openConnection, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { storedAct } from "../../src/storage/journal/acts.ts";
import type { Consumer } from "../../src/storage/journal/consumer.ts";
import { recordTree } from "../../src/storage/record/recordTree.ts";
import { treeProblem } from "../../src/storage/record/treeProblem.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { naiveLeaf, naivePath, naiveRoot } from "../record/tree/naiveTree.ts";
import { eventually } from "../support/eventually.ts";
import type { Backend } from "./backends.ts";
import { decision, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const signer = noteSigner("test.example/record", newNoteKey());
const verifier = noteVerifier(signer.publicKey);
assert.ok(verifier);
const base64 = (bytes: Buffer): Digest => bytes.toString("base64");

/** The leaves of all that is on record, made anew from the rows of the journal. */
async function naiveLeaves(backend: Backend, url: string): Promise<readonly Buffer[]> {
  const rows = await backend.raw(url, "SELECT * FROM journal ORDER BY seq");
  return rows.map((row) => naiveLeaf(leafEntry(storedAct(row), recordHash)));
}

const proofsOf = (storage: Storage) =>
  createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1_000 });

async function appendMany(storage: Storage, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n += 100)
    await storage.journal.append(Array.from({ length: Math.min(100, from + count - n) }, (_, i) => decision(n + i)));
}

const act = (n: number) =>
  recoveryAct(String(n), {
    author: "a",
    reason: "r",
    at: n,
    finding: "ACTS_MISSING",
    expectedPosition: null,
    foundPosition: n,
  });

onEveryBackend("the tree of the record", ({ backend, open }) => {
  test("law: it is the tree of the recursive definition over all acts, however they came and however often it grew", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    assert.equal((await storage.record.head()).size, 0);
    let n = 0;
    for (const count of [1, 1, 2, 250, 1, 1, 1, 255, 256, 257]) {
      await appendMany(storage, n, count);
      n += count;
      await storage.recordAct(act(n));
      // A row that is there already is skipped, and leaves a gap in the positions of PostgreSQL.
      await storage.journal.append([
        withRequestId(decision(5_000 + n), "again"),
        withRequestId(decision(6_000 + n), "again"),
      ]);
      await storage.record.untilGrown();
      const leaves = await naiveLeaves(backend(), url);
      const head = await storage.record.head();
      assert.equal(head.size, leaves.length);
      assert.equal(head.root, base64(naiveRoot(leaves)));
    }
    const leaves = await naiveLeaves(backend(), url);
    const positions = (await backend().raw(url, "SELECT seq FROM journal ORDER BY seq")).map(({ seq }) => Number(seq));
    if (backend().name === "postgres") assert.ok((positions.at(-1) ?? 0) > positions.length, "no gap was tried");
    for (const [index, position] of positions.entries()) {
      if (index % 50 !== 0 && index !== positions.length - 1) continue;
      const [row] = await backend().raw(url, `SELECT id FROM journal WHERE seq = ${position}`);
      const leaf = await storage.record.leafOf(String(row?.id));
      assert.equal(leaf?.index, index);
      assert.equal(leafHash(leaf?.entry ?? "", recordHash), base64(leaves[index] as Buffer));
    }
    assert.equal(await storage.record.leafOf("absent"), null);
    const placed = positions.map((position, index) => ({ position, index, digest: base64(leaves[index] as Buffer) }));
    for (const [from, to] of [
      [0, 1],
      [250, 600],
      [511, 513],
      [0, positions.length],
    ] as const) {
      const wanted = placed.slice(from, to);
      const [first = 0, last = 0] = [wanted[0]?.position, wanted.at(-1)?.position];
      assert.deepEqual(await storage.record.leavesBetween(first, last), wanted);
      assert.equal(await storage.record.lastPositionOf(to), last);
    }
    const end = positions.at(-1) ?? 0;
    assert.deepEqual(await storage.record.leavesBetween(end + 1, end + 9), []);
    for (const size of [0, positions.length + 1]) assert.equal(await storage.record.lastPositionOf(size), null);
    assert.equal(await storage.record.checkpointUpTo(positions.length), null);
    const signed = await proofsOf(storage).sign();
    assert.deepEqual(await storage.record.checkpointUpTo(positions.length), signed);
    assert.equal(await storage.record.checkpointUpTo(positions.length - 1), null);
  });

  test("it keeps little more than a hash for each act, and reads few rows for a proof", async () => {
    const url = await backend().fresh();
    const storage = await open(url, {
      following: { consumers: [[recordTree]] },
    });
    await appendMany(storage, 0, 1_100);
    await storage.record.untilGrown();
    const [row] = await backend().raw(
      url,
      'SELECT COUNT(*) AS "rows", SUM(length(hashes)) AS bytes, COUNT(offsets) AS gaps FROM record_tile',
    );
    // Five rows of leaves, and one of the roots of those that are full.
    assert.deepEqual([Number(row?.rows), Number(row?.bytes), Number(row?.gaps)], [6, (1_100 + 4) * 32, 0]);
    await eventually("nothing is left to follow", () => storage.followers().every(({ lag }) => lag === 0));
    const before = storage.statements();
    const proof = await proofsOf(storage).consistencyProof(700, 1_100);
    assert.ok(proof.hashes.length > 3);
    // One look at how far the journal is may be among them.
    assert.ok(storage.statements() - before <= 7, String(storage.statements() - before));
  });

  test("has no checkpoint of a key after its end, whoever signs and exchanges it at the same time", async () => {
    const url = await backend().fresh();
    const [signs, exchanges] = [await open(url), await open(url)];
    const ends = new Map<string, number>();
    await signs.record.addFirstKey({ publicKey: "key 0", madeAt: 0, sinceSize: 0 });
    for (let n = 0; n < 25; n++)
      await Promise.all([
        signs.record.addCheckpoint({ size: n + 1, root: "r", note: "n", signedAt: n }, `key ${n}`),
        exchanges.record.rotateKey({ publicKey: `key ${n + 1}`, madeAt: n, secret: null }),
      ]);
    for (const { publicKey, untilSize } of await signs.record.keys()) ends.set(publicKey, untilSize ?? 0);
    for (const { size } of await backend().raw(url, "SELECT size FROM record_checkpoint"))
      assert.ok(Number(size) <= (ends.get(`key ${Number(size) - 1}`) ?? 0), `${size}`);
  });

  test("proves decisions and growth under checkpoints, which are signed where it has grown", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const proofs = proofsOf(storage);
    assert.equal(await proofs.sign(), null);
    assert.equal(await proofs.checkpoint(), null);
    await appendMany(storage, 0, 300);
    await storage.record.untilGrown();
    const first = await proofs.sign();
    assert.ok(first);
    assert.deepEqual(await proofs.sign(), first);
    assert.deepEqual(verifiedCheckpoint(first.note, [verifier]), { origin: signer.name, size: 300, root: first.root });
    await appendMany(storage, 300, 33);
    // Nobody has signed these yet: to ask for a proof signs them.
    const late = await proofs.inclusionProof(decision(320).id);
    assert.equal(late.checkpoint.size, 333);
    const early = await proofs.inclusionProof(decision(7).id);
    assert.equal(early.checkpoint.size, 333);
    const leaves = await naiveLeaves(backend(), url);
    for (const { checkpoint, entry, hashes, index } of [late, early]) {
      assert.deepEqual(hashes, naivePath(index, leaves).map(base64));
      const { root, size } = checkpoint;
      assert.ok(provesInclusion({ leaf: leafHash(entry, recordHash), index, size, hashes, root }, recordHash));
    }
    assert.equal(JSON.parse(early.entry).record.policyRevision, 12);
    assert.equal(early.openings["request.subject.id"]?.value, decision(7).request.subject?.id);
    const { hashes } = await proofs.consistencyProof(300, 333);
    assert.ok(provesConsistency({ earlier: first, later: late.checkpoint, hashes }, recordHash));
    for (const [from, to, path] of [
      [0, 10, "from"],
      [11, 10, "to"],
      [1, 334, "to"],
    ] as const)
      await assert.rejects(proofs.consistencyProof(from, to), {
        code: "BAD_USER_INPUT",
        message: new RegExp(`^${path}:`),
      });
    await assert.rejects(proofs.inclusionProof("absent"), { code: "NOT_FOUND" });
    await storage.recordAct(act(1));
    await assert.rejects(proofs.inclusionProof("recovery:1"), { code: "NOT_FOUND" });
  });

  test("without a key nothing is signed: what was is still proved, what is newer is told to have no checkpoint", async () => {
    const storage = await open();
    await appendMany(storage, 0, 3);
    await storage.record.untilGrown();
    await proofsOf(storage).sign();
    await appendMany(storage, 3, 1);
    const keyless = createRecordProofs({ store: storage.record, signer: async () => null, clock: () => 1 });
    await storage.record.untilGrown();
    await assert.rejects(keyless.sign(), { code: "CONFLICT" });
    assert.equal((await keyless.inclusionProof(decision(2).id)).checkpoint.size, 3);
    await assert.rejects(keyless.inclusionProof(decision(3).id), { code: "CONFLICT" });
  });

  test("a start finds nothing wrong while another instance adds to the tree", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await appendMany(storage, 0, 10);
    await storage.record.untilGrown();
    const dialect = dialectOf(url);
    const { run, close } = await openConnection({ dialect, purpose: "read", counter: statementCounter() });
    let statements = 0;
    const growing: RunSql = async (sql, parameters) => {
      const found = await run(sql, parameters);
      if (++statements === 1) {
        await appendMany(storage, 10, 10);
        await storage.record.untilGrown();
      }
      return found;
    };
    try {
      assert.equal(await treeProblem({ run: growing, dialect }), null);
      assert.ok(statements > 2);
    } finally {
      await close();
    }
  });

  test("what was read of a batch is thrown away where another instance has grown the tree meanwhile", async () => {
    const url = await backend().fresh();
    let written = 0;
    let isOvertaken = false;
    const writing = await open(url, { following: { consumers: [] } });
    await appendMany(writing, 0, 300);
    const slow: Consumer = {
      ...recordTree,
      async read(batch) {
        const read = await recordTree.read?.(batch);
        if (isOvertaken) return read;
        isOvertaken = true;
        const other = await open(url, { following: { consumers: [[recordTree]], leaseMs: 1 } });
        await other.record.untilGrown();
        await other.close();
        // So that there is something left to do.
        await appendMany(writing, 300, 50);
        return read;
      },
      async write(batch, read) {
        written++;
        await recordTree.write(batch, read);
      },
    };
    const storage = await open(url, { following: { consumers: [[slow]] } });
    await eventually("it goes on from where the other was", async () => (await storage.record.head()).size === 350);
    assert.ok(written >= 1);
    const { root } = await storage.record.head();
    assert.equal(root, base64(naiveRoot(await naiveLeaves(backend(), url))));
  });

  test("two instances keep one tree, each act in it once", async () => {
    const url = await backend().fresh();
    const [one, other] = [await open(url), await open(url)];
    for (let n = 0; n < 10; n++) {
      await Promise.all([appendMany(one, n * 100, 50), appendMany(other, n * 100 + 50, 50)]);
      await Promise.all([one.record.untilGrown(), other.record.untilGrown()]);
    }
    const head = await one.record.head();
    assert.deepEqual([head.size, head.root], [1_000, base64(naiveRoot(await naiveLeaves(backend(), url)))]);
    assert.deepEqual(await other.record.head(), head);
  });

  test("the database refuses to take anything of it back", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await appendMany(storage, 0, 300);
    await storage.record.untilGrown();
    await storage.record.addFirstKey({ publicKey: signer.publicKey, madeAt: 1, sinceSize: 0 });
    await assert.rejects(storage.record.addFirstKey({ publicKey: "other", madeAt: 1, sinceSize: 0 }), {
      code: "CONFLICT",
    });
    await proofsOf(storage).sign();
    await storage.record.toCopy.copied(300, 5);
    const shorter = backend().name === "postgres" ? "substr(hashes, 1, 32)" : "CAST(substr(hashes, 1, 32) AS BLOB)";
    for (const statement of [
      "DELETE FROM record_tile",
      `UPDATE record_tile SET hashes = ${shorter}`,
      "UPDATE record_tile SET tile = tile + 1000",
      "DELETE FROM record_checkpoint",
      "UPDATE record_checkpoint SET size = 1",
      "UPDATE record_checkpoint SET copied_at = NULL",
      "DELETE FROM record_key",
      "UPDATE record_key SET public_key = 'x'",
    ])
      await assert.rejects(backend().raw(url, statement), /only grows|stays what it is|is kept/, statement);
  });

  test("does not sign over a tree that is not the one that was signed", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await appendMany(storage, 0, 10);
    await storage.record.untilGrown();
    const { root, size } = await storage.record.head();
    await storage.record.addCheckpoint(
      {
        size,
        root: root.replace(/^./, root.startsWith("A") ? "B" : "A"),
        note: "",
        signedAt: 1,
      },
      "",
    );
    await appendMany(storage, 10, 1);
    await storage.record.untilGrown();
    await assert.rejects(proofsOf(storage).sign(), { code: "INTERNAL", message: /not the one that was signed/ });
    await storage.record.addCheckpoint({ size: 1_000, root, note: "", signedAt: 1 }, "");
    await assert.rejects(proofsOf(storage).sign(), { code: "INTERNAL", message: /shorter than what was signed/ });
  });
});
