import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallerRole, Identity } from "../../src/domain/callers/types.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { createFindingDecisions } from "../../src/domain/monitoring/alerts/findingDecisions.ts";
import { accessOf } from "../support/watchedAccess.ts";

const caller = (...roles: readonly CallerRole[]): Identity => ({
  ...{ id: "key:x", kind: "KEY", name: "x", subject: null, defaultClientId: null, expiresAt: null },
  roles: new Set(roles),
});

function openDecisions(records: readonly DecisionRecord[]) {
  const reads: number[] = [];
  const acts: string[] = [];
  const ask = createFindingDecisions({
    decisions: {
      async decisionsById(ids) {
        reads.push(ids.length);
        return new Map(records.filter(({ id }) => ids.includes(id)).map((record) => [record.id, record]));
      },
    },
    pseudonym: async () => (text) => `~${text}`,
    // The person of d2 is a patient there, whom reviewers see under a pseudonym.
    ownSubjects: async (id) => new Set(id === "d2" ? ["nora"] : []),
    recordAudit: async (_, { field, shown }) => void acts.push(`${field} ${shown}`),
  });
  return { acts, ask, reads };
}

const of = (id: string): DecisionRecord => accessOf(id, { person: "nora" });
const finding = (more: object = {}) => ({
  ...{ id: 1, decisionId: "d1", evidence: ["d2", "d3"], subjectId: "nora", first: 10 },
  ...more,
});

test("decisions behind findings are read at once, and an auditor's look at all of them is one act", async () => {
  const { acts, ask, reads } = openDecisions([of("d1"), of("d2")]);
  const shown = await ask(caller("auditor"), [finding() as never, finding({ evidence: [] }) as never]);
  // d3 is no longer on record.
  assert.deepEqual(
    shown.map((each) => each.map(({ id }) => id)),
    [["d1", "d2"], ["d1"]],
  );
  assert.deepEqual([reads, acts], [[3], ["findingDecisions 2"]]);
});

test("a reviewer is not shown a decision that calls the finding's person by another name", async () => {
  const { acts, ask } = openDecisions([of("d1"), of("d2"), of("d3")]);
  const [shown = []] = await ask(caller("reviewer"), [finding() as never]);
  assert.deepEqual(
    shown.map(({ id }) => id),
    ["d1", "d3"],
  );
  assert.deepEqual(acts, []);
});

test("nobody else sees them, and no more than 500 are read for an answer", async () => {
  const { ask, reads } = openDecisions([]);
  for (const role of ["admin", "service", "consent"] as const)
    await assert.rejects(ask(caller(role), [finding() as never]), { code: "FORBIDDEN" });
  const evidence = Array.from({ length: 500 }, (_, n) => `e${n}`);
  await assert.rejects(ask(caller("auditor"), [finding({ evidence, first: 501 }) as never]), {
    code: "LIMIT_EXCEEDED",
    message: /rest on 501 decisions; at most 500/,
  });
  assert.deepEqual(reads, []);
});
