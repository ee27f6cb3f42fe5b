import assert from "node:assert/strict";
import { test } from "node:test";
import { createExportProofs } from "../../src/domain/audit/export/exportProofs.ts";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import type { RecordStore } from "../../src/domain/record/tree/store.ts";

const proofs = (sign: () => Promise<never>) =>
  createExportProofs({
    archives: async () => [],
    sign,
    store: { untilGrown: async () => undefined } as RecordStore,
    stored: { end: async () => 12, acts: async () => ({ acts: [], reached: 12 }) },
  });

test("where the private key is lost, an export has all that is on record all the same", async () => {
  const lost = proofs(() => Promise.reject(new ScopewardenError("CONFLICT", "no key")));
  assert.equal(await lost.end(), 12);
  const other = proofs(() => Promise.reject(new ScopewardenError("INTERNAL", "not the one that was signed")));
  await assert.rejects(other.end(), { code: "INTERNAL" });
});
