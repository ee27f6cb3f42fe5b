import assert from "node:assert/strict";
import { test } from "node:test";
import { type UsageReader, usageOfWhole } from "../../src/domain/audit/usage.ts";
import { createArchivedIn } from "../../src/domain/record/archive/archivedIn.ts";
import type { Archive } from "../../src/domain/record/archive/store.ts";

const months = ["2024-05", "2024-06"].map((month) => ({ month, file: `scopewarden-${month}.ndjson` }) as Archive);
const asked: string[] = [];
const read = (name: keyof UsageReader) => async () => {
  asked.push(name);
  return { asOf: 0, uses: [], records: [] };
};
const usage: UsageReader = {
  ofScope: read("ofScope"),
  ofClients: read("ofClients"),
  allowed: read("allowed"),
  patients: async () => {
    asked.push("patients");
    return 0;
  },
};
const whole = usageOfWhole(usage, createArchivedIn({ archives: async () => months }));
const questions: readonly ((since: number) => Promise<unknown>)[] = [
  (since) => whole.ofScope("labs", since),
  (since) => whole.ofClients(["ehr"], since),
  (since) => whole.allowed({ clientId: "ehr", scope: null, since, first: 1 }),
  (since) => whole.patients({ clientId: "ehr", scopes: ["labs"], since }),
];

test("a window that reaches into an archived month is refused, with the file of the newest, and nothing is read", async () => {
  for (const ask of questions)
    await assert.rejects(ask(Date.parse("2024-06-30T23:59:59.999Z")), (error: { code?: string; message?: string }) => {
      assert.equal(error.code, "BAD_USER_INPUT");
      assert.match(String(error.message), /2024-06.*scopewarden-2024-06\.ndjson/);
      return true;
    });
  assert.deepEqual(asked, []);
});

test("one that begins after it is answered", async () => {
  for (const ask of questions) await ask(Date.parse("2024-07-01T00:00:00Z"));
  assert.deepEqual(asked, ["ofScope", "ofClients", "allowed", "patients"]);
});
