import assert from "node:assert/strict";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import type { Holder } from "../../src/domain/policy/types.ts";
import { accessRequest, allowedRecord } from "../support/records.ts";
import { onEveryBackend } from "./suite.ts";

onEveryBackend("what holders of roles were allowed", ({ open }) => {
  const record = (
    id: string,
    at: number,
    { by = "rose", organization = "ward", rules = ["r1"], clientId = "app", outcome = "ALLOW" } = {} as {
      by?: string | null;
      organization?: string | null;
      rules?: readonly string[];
      clientId?: string;
      outcome?: "ALLOW" | "DENY";
    },
  ): AccessRecord => {
    const subject = by === null ? null : { id: by, type: "user", organization: null, roles: null, attributes: null };
    const request = accessRequest({ clientId, subject, resource: { organization } });
    const reasons = rules.map((ruleId) => reason("ALLOWED_BY_RULE", { ruleId, role: "nurse", scope: "s" }));
    return { ...allowedRecord(request, "s", at), id, outcome, reasons };
  };

  test("is counted by organization and rules, in the window, with the last use before it", async () => {
    const storage = await open();
    for (const each of [
      record("d1", 100),
      record("d2", 200),
      record("d3", 300),
      record("d4", 350, { outcome: "DENY" }),
      record("d5", 310, { organization: null, rules: ["r1", "r2"] }),
      record("d6", 320, { by: "rob" }),
      record("d7", 330, { by: null, clientId: "bot" }),
      // With a person the roles of the client do not count.
      record("d8", 340, { by: "max", clientId: "bot" }),
    ])
      await storage.journal.append([each]);
    const person = (subjectId: string, subjectType = "user"): Holder => ({ subjectId, subjectType, clientId: null });
    const ask = async (...holders: readonly Holder[]) =>
      [...(await storage.evidence.usesOfHolders({ holders, since: 200, from: 150 }))].sort((a, b) =>
        JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
      );
    assert.deepEqual(await ask(person("rose"), person("nobody"), person("\0")), [
      { holder: "s:user\nrose", organization: "ward", ruleIds: ["r1"], uses: 2, lastUsedAt: 300 },
      { holder: "s:user\nrose", organization: null, ruleIds: ["r1", "r2"], uses: 1, lastUsedAt: 310 },
    ]);
    assert.deepEqual(await ask({ subjectId: null, subjectType: null, clientId: "bot" }), [
      { holder: "c:bot", organization: "ward", ruleIds: ["r1"], uses: 1, lastUsedAt: 330 },
    ]);
    assert.deepEqual(await ask(), []);
    const older = await storage.evidence.usesOfHolders({ holders: [person("rose")], since: 1_000, from: 0 });
    assert.deepEqual(
      older.map(({ uses }) => uses),
      [0, 0],
    );
  });
});
