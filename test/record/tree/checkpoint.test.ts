import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readCheckpoint, signCheckpoint, verifiedCheckpoint } from "../../../src/domain/record/tree/checkpoint.ts";
import { EMPTY_ROOT } from "../../../src/domain/record/tree/merkleTree.ts";
import { isSigned, readNote } from "../../../src/domain/record/tree/signedNote.ts";
import { readTlogProof, writeTlogProof } from "../../../src/domain/record/tree/tlogProof.ts";
import { newNoteKey, noteSigner, noteVerifier } from "../../../src/process/noteKeys.ts";

const ORIGIN = "pdp.example.org/record";
const signer = noteSigner(ORIGIN, newNoteKey());
const verifier = noteVerifier(signer.publicKey);
assert.ok(verifier);
const head = { origin: ORIGIN, size: 8, root: "XcnaeacGWamtVZy3Ad7Zoqudgjqtnylgz+Nw7/RgQyg=" };
const note = signCheckpoint(head, signer);

describe("a checkpoint", () => {
  test("is a note as others sign and read them", () => {
    // The example of golang.org/x/mod/sumdb/note, the format's first implementation.
    const known = noteVerifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    assert.ok(known);
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    const read = readNote(text);
    assert.ok(read);
    assert.ok(isSigned(read, [known]));
  });

  test("says origin, size and root in three lines, under a signature of the origin", () => {
    assert.deepEqual(verifiedCheckpoint(note, [verifier]), head);
    const [origin, size, root, empty, signature, end] = note.split("\n");
    assert.deepEqual([origin, size, root, empty, end], [ORIGIN, "8", head.root, "", ""]);
    assert.match(signature ?? "", /^\u2014 pdp\.example\.org\/record [A-Za-z0-9+/]{91}=$/);
    assert.equal(Buffer.from(signature?.split(" ")[2] ?? "", "base64").length, 4 + 64);
    const none = { size: 0, root: EMPTY_ROOT };
    assert.equal(verifiedCheckpoint(signCheckpoint(none, signer), [verifier])?.size, 0);
  });

  test("with one bit changed anywhere is nobody's", () => {
    const bytes = Buffer.from(note, "utf8");
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 1; bit < 256; bit *= 2) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ bit;
        assert.equal(verifiedCheckpoint(changed.toString("utf8"), [verifier]), null, `byte ${at}, bit ${bit}`);
      }
    for (let length = 0; length < note.length; length++)
      assert.equal(verifiedCheckpoint(note.slice(0, length), [verifier]), null);
  });

  test("is of no use under another key, of the same name or of another", () => {
    const other = noteVerifier(noteSigner(ORIGIN, newNoteKey()).publicKey);
    assert.ok(other);
    assert.equal(verifiedCheckpoint(note, [other]), null);
    assert.equal(verifiedCheckpoint(note, []), null);
    const foreign = noteSigner("elsewhere.example", newNoteKey());
    const foreignVerifier = noteVerifier(foreign.publicKey);
    assert.ok(foreignVerifier);
    // What is signed by a key that speaks for another record.
    const text = `${ORIGIN}\n8\n${head.root}\n`;
    const forged = `${text}\n\u2014 ${foreign.name} ${foreign.sign(text)}\n`;
    assert.equal(verifiedCheckpoint(forged, [verifier, foreignVerifier]), null);
  });

  test("may have signatures of others beside, but no wrong one of a known key", () => {
    const other = noteSigner("witness.example", newNoteKey());
    const text = note.slice(0, note.indexOf("\n\n") + 1);
    const witnessed = `${note}\u2014 ${other.name} ${other.sign(text)}\n`;
    assert.deepEqual(verifiedCheckpoint(witnessed, [verifier]), head);
    const wrong = `${note}\u2014 ${ORIGIN} ${signer.sign("something else\n")}\n`;
    assert.equal(verifiedCheckpoint(wrong, [verifier]), null);
  });

  test("a text that is none is read as none", () => {
    for (const text of [
      "",
      "a\n\n",
      note.trimEnd(),
      note.replace("\n8\n", "\n08\n"),
      note.replace("\n8\n", "\n-8\n"),
      note.replace("\n8\n", "\n9007199254740993\n"),
      note.replace(head.root, "abc="),
      note.replace("\u2014 ", "- "),
      `\n${note}`,
    ])
      assert.equal(readCheckpoint(text), null, text);
  });
});

describe("a public key", () => {
  test("with one character changed is none, or another one", () => {
    const { publicKey } = signer;
    for (let at = 0; at < publicKey.length; at++) {
      const other = publicKey[at] === "A" ? "B" : "A";
      const read = noteVerifier(publicKey.slice(0, at) + other + publicKey.slice(at + 1));
      assert.equal(read === null ? null : verifiedCheckpoint(note, [read]), null);
    }
    for (const text of ["", "a+b+c", `${publicKey}A`, ` ${publicKey}`]) assert.equal(noteVerifier(text), null);
  });

  test("a file that is no Ed25519 key in PEM is refused, and not printed", () => {
    assert.throws(() => noteSigner(ORIGIN, "secret"), /no private key in PEM/);
  });
});

describe("a proof for a file of its own", () => {
  test("is read as it was written, with and without what goes with it", () => {
    for (const extra of [null, "YWJj"]) {
      const proof = { extra, index: 3, hashes: [head.root, EMPTY_ROOT], checkpoint: note };
      assert.deepEqual(readTlogProof(writeTlogProof(proof)), proof);
    }
    const alone = { extra: null, index: 0, hashes: [], checkpoint: note };
    assert.deepEqual(readTlogProof(writeTlogProof(alone)), alone);
  });

  test("a text that is none is read as none", () => {
    const text = writeTlogProof({ extra: null, index: 3, hashes: [head.root], checkpoint: note });
    for (const other of [
      "",
      text.replace("@v1", "@v2"),
      text.replace("index 3", "index 03"),
      text.replace(head.root, "x"),
    ])
      assert.equal(readTlogProof(other), null, other);
  });
});
