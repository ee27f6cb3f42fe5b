import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { canonicalJson, type Json } from "../../../src/domain/kernel/canonical.ts";
import { partsOfDecision } from "../../../src/domain/record/personal.ts";
import {
  commitmentOf,
  leafEntry,
  openingsOf,
  readEntry,
  type StoredAct,
} from "../../../src/domain/record/tree/leafEntry.ts";
import { leafHash } from "../../../src/domain/record/tree/merkleTree.ts";
import { recordHash } from "../../../src/process/recordHash.ts";
import { newSalt } from "../../../src/process/salts.ts";
import { decision, withRequestId } from "../../storage/samples.ts";

const actOf = (n: number): StoredAct => {
  const record = withRequestId(decision(n), `request ${n}`);
  return { position: n, kind: "DECISION", format: 1, id: record.id, salt: newSalt(), ...partsOfDecision(record) };
};
const act = actOf(3);

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer =>
  createHash("sha256")
    .update(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : part))))
    .digest();

/** As docs/audit.md says it, with nothing of the code under test. */
function strangersEntry({ position, kind, format, id, salt, record, personal }: StoredAct): string {
  const commitments: Record<string, string> = {};
  for (const [path, value] of Object.entries(JSON.parse(personal) as Record<string, Json>)) {
    const fieldSalt = createHmac("sha256", salt ?? "")
      .update(path)
      .digest();
    commitments[path] = sha256(fieldSalt, canonicalJson(value)).toString("base64");
  }
  return canonicalJson({ commitments, format, id, kind, position, record: JSON.parse(record) as Json });
}

/** The row as it is when the values of these paths are erased. */
function erased(of: StoredAct, paths: readonly string[]): StoredAct {
  const fields = Object.entries(openingsOf(of, recordHash)).map(([path, opening]) => [
    path,
    paths.includes(path) ? { commitment: commitmentOf(opening, recordHash) } : opening,
  ]);
  return { ...of, salt: null, personal: canonicalJson(Object.fromEntries(fields)) };
}

describe("a leaf's entry", () => {
  test("is the canonical JSON that the documentation says, so that a stranger comes to the same", () => {
    for (let n = 0; n < 30; n++) {
      const each = actOf(n);
      assert.equal(leafEntry(each, recordHash), strangersEntry(each));
      assert.equal(
        leafHash(leafEntry(each, recordHash), recordHash),
        sha256(Buffer.of(0), strangersEntry(each)).toString("base64"),
      );
    }
    const odd = {
      ...act,
      salt: "x".repeat(100),
      personal: canonicalJson({ "a.b": { "9": 1, "10": "\u{1f600}\u2028" } }),
    };
    assert.equal(leafEntry(odd, recordHash), strangersEntry(odd));
    const long = { ...act, record: canonicalJson({ text: "\u00e9".repeat(100_000) }) };
    assert.equal(leafEntry(long, recordHash), strangersEntry(long));
  });

  test("names nobody: the personal values are not in it", () => {
    const entry = leafEntry(act, recordHash);
    for (const [path, value] of Object.entries(JSON.parse(act.personal) as Record<string, Json>)) {
      assert.match(entry, new RegExp(`"${path.replaceAll(".", "\\.")}":"[A-Za-z0-9+/]{43}="`));
      if (typeof value === "string") assert.ok(!entry.includes(value), path);
    }
    assert.ok(act.salt !== null && !entry.includes(act.salt));
  });

  test("stays the same when values are erased: one, some, or all", () => {
    const paths = Object.keys(JSON.parse(act.personal) as object);
    assert.ok(paths.length > 3);
    const entry = leafEntry(act, recordHash);
    for (const gone of [...paths.map((path) => [path]), paths.slice(2), paths, []]) {
      const row = erased(act, gone);
      assert.equal(leafEntry(row, recordHash), entry, gone.join());
      const left = openingsOf(row, recordHash);
      assert.deepEqual(Object.keys(left).sort(), paths.filter((path) => !gone.includes(path)).sort());
      for (const [path, opening] of Object.entries(left)) assert.deepEqual(opening, openingsOf(act, recordHash)[path]);
      // From what is left, an erased value can't be found by trying values: its salt is gone.
      for (const path of gone) assert.ok(!row.personal.includes(openingsOf(act, recordHash)[path]?.salt ?? "?"), path);
    }
  });

  test("differs when anything of the act does", () => {
    const entry = leafEntry(act, recordHash);
    const others: readonly StoredAct[] = [
      { ...act, position: act.position + 1 },
      { ...act, kind: "CONSENT" },
      { ...act, format: 2 },
      { ...act, id: `${act.id}x` },
      { ...act, salt: newSalt() },
      { ...act, record: act.record.replace("ALLOW", "DENY") },
      { ...act, personal: act.personal.replace("patient-", "patient_") },
      { ...act, personal: canonicalJson({ ...JSON.parse(act.personal), more: 1 }) },
      { ...act, personal: "{}" },
    ];
    for (const other of others) assert.notEqual(leafEntry(other, recordHash), entry, JSON.stringify(other));
    assert.equal(readEntry(act, recordHash).at(act.position + 1), leafEntry(others[0] as StoredAct, recordHash));
  });

  test("tells where the personal part is written so that two readers could read two things", () => {
    assert.ok(readEntry(act, recordHash).isCanonical);
    for (const none of ["null", "[]", "0"])
      assert.ok(!readEntry({ ...act, personal: none }, recordHash).isCanonical, none);
    const twice = act.personal.replace("{", '{"request.subject.id":"somebody else",');
    assert.equal(readEntry({ ...act, personal: twice }, recordHash).entry, leafEntry(act, recordHash));
    assert.ok(!readEntry({ ...act, personal: twice }, recordHash).isCanonical);
  });

  test("a value is proved by the salt of its field, and no other value is", () => {
    const openings = openingsOf(act, recordHash);
    const { commitments } = JSON.parse(leafEntry(act, recordHash)) as { readonly commitments: Record<string, string> };
    assert.deepEqual(Object.keys(openings), Object.keys(commitments));
    for (const [path, opening] of Object.entries(openings)) {
      assert.equal(commitmentOf(opening, recordHash), commitments[path]);
      assert.notEqual(commitmentOf({ ...opening, value: "another" }, recordHash), commitments[path]);
      assert.notEqual(opening.salt, act.salt);
    }
  });
});
