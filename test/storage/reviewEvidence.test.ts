import assert from "node:assert/strict";
import { test } from "node:test";
import { reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
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
      {
        holder: "s:user\nrose",
        organization: "ward",
        isElsewhere: false,
        ruleIds: ["r1"],
        uses: 2,
        patients: 0,
        lastUsedAt: 300,
      },
      {
        holder: "s:user\nrose",
        organization: null,
        isElsewhere: false,
        ruleIds: ["r1", "r2"],
        uses: 1,
        patients: 0,
        lastUsedAt: 310,
      },
    ]);
    assert.deepEqual(await ask({ subjectId: null, subjectType: null, clientId: "bot" }), [
      {
        holder: "c:bot",
        organization: "ward",
        isElsewhere: false,
        ruleIds: ["r1"],
        uses: 1,
        patients: 0,
        lastUsedAt: 330,
      },
    ]);
    assert.deepEqual(await ask(), []);
    const older = await storage.evidence.usesOfHolders({ holders: [person("rose")], since: 1_000, from: 0 });
    assert.deepEqual(
      older.map(({ uses }) => uses),
      [0, 0],
    );
  });

  test("of organizations that nobody was assigned to a thousand are told by name, the rest in one; none of any other is lost", async () => {
    const storage = await open();
    const held = { subjectId: "max", subjectType: "user", clientId: null, role: "nurse", organization: "zzz-ward" };
    const changes = [changeOf("assignment", null, { ...held, validFrom: null, validUntil: null })];
    await storage.policy.commit({ revision: 1, author: "key:ada", reason: "r", committedAt: 5, changes });
    const made = Array.from({ length: 1_003 }, (_, i) =>
      record(`m${i}`, 200 + i, { organization: `org-${String(i).padStart(4, "0")}` }),
    );
    await storage.journal.append([
      ...made,
      record("last", 300, { organization: "zzz-ward" }),
      record("none", 300, { organization: null }),
      record("more", 2_000, { organization: "org-0000", rules: ["r2"] }),
    ]);
    const holders = [{ subjectId: "rose", subjectType: "user", clientId: null }];
    const uses = await storage.evidence.usesOfHolders({ holders, since: 200, from: 150 });
    assert.equal(uses.length, 1_000 + 4);
    const elsewhere = { holder: "s:user\nrose", organization: null, ruleIds: ["r1"], isElsewhere: true };
    assert.deepEqual(
      uses.filter(({ isElsewhere }) => isElsewhere),
      [{ ...elsewhere, uses: 3, patients: 0, lastUsedAt: 1_202 }],
    );
    const named = uses.filter(({ isElsewhere }) => !isElsewhere).map(({ organization }) => organization);
    assert.ok(named.includes("zzz-ward") && named.includes(null) && named.includes("org-0999"));
  });
});
