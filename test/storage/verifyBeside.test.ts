import assert from "node:assert/strict";
import { test } from "node:test";
import { checkpointKeyAct } from "../../src/domain/record/acts.ts";
import { createRecordProofs } from "../../src/domain/record/tree/recordProofs.ts";
import { verifyRecord } from "../../src/domain/record/verify/verifyRecord.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../src/process/noteKeys.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import { decision } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const [first, second] = [newNoteKey(), newNoteKey()].map((pem) => noteSigner("test.example/record", pem));
assert.ok(first && second);
const verifier = noteVerifier(first.publicKey);
assert.ok(verifier);
const trusted = {
  hash: recordHash,
  keys: [{ verifier, publicKey: first.publicKey, untilSize: null }],
  readKey: noteVerifier,
  elsewhere: [] as readonly string[],
  progress: () => undefined,
};

onEveryBackend("the verification beside a service", ({ open, backend }) => {
  test("what is put on record and signed after it was opened is no finding", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const proofs = createRecordProofs({ store: storage.record, signer: async () => first, clock: () => 1 });
    await storage.journal.append(Array.from({ length: 250 }, (_, n) => decision(n)));
    await storage.record.untilGrown();
    const record = await openRecord(url);
    assert.ok(record);
    await storage.journal.append(Array.from({ length: 250 }, (_, n) => decision(250 + n)));
    await storage.record.untilGrown();
    await proofs.sign();
    const { findings } = await verifyRecord({ ...trusted, source: record.source });
    await record.close();
    assert.deepEqual(findings, []);
  });

  test("a checkpoint kept elsewhere that a successor of the given key signed is no forgery", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const signing = (signer: typeof first) =>
      createRecordProofs({ store: storage.record, signer: async () => signer, clock: () => 1 });
    const rotation = { before: first.publicKey, publicKey: second.publicKey, at: 1, author: "a", text: "yearly" };
    await storage.recordAct(checkpointKeyAct("1", { event: "ROTATED", ...rotation }));
    await storage.record.untilGrown();
    await signing(first).sign();
    await storage.journal.append([decision(1)]);
    await storage.record.untilGrown();
    const kept = (await signing(second).sign())?.note ?? "";
    const record = await openRecord(url);
    assert.ok(record);
    const { findings } = await verifyRecord({ ...trusted, source: record.source, elsewhere: [kept] });
    const { treeOnly } = record;
    const { findings: ofTree } = await verifyRecord({ ...trusted, source: treeOnly, elsewhere: [kept] });
    await record.close();
    assert.deepEqual([findings, ofTree], [[], []]);
    // The exchanged key speaks for nothing once its successor has signed, also where it was given.
    await storage.journal.append([decision(2)]);
    await storage.record.untilGrown();
    await signing(first).sign();
    const later = await openRecord(url);
    assert.ok(later);
    const { findings: ofOldKey } = await verifyRecord({ ...trusted, source: later.source });
    await later.close();
    assert.deepEqual(ofOldKey, [{ kind: "FORGED_SIGNATURE", size: 3 }]);
  });
});
