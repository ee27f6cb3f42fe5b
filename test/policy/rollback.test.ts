import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyOperations, applyRollback, type ChangeFacts } from "../../src/domain/policy/apply.ts";
import { NO_TERMS } from "../../src/domain/policy/conditions.ts";
import type { PolicyOperation } from "../../src/domain/policy/operations.ts";
import { emptySnapshot, type Snapshot } from "../../src/domain/policy/snapshot.ts";
import { changesBetween } from "../support/policies.ts";

/* A rollback restores what the policy said; it turns no scope's life back (docs/scopes.md, "How a scope lives"). */

const NOW = Date.parse("2026-11-24T12:00:00Z");
const facts: ChangeFacts = {
  now: NOW,
  newId: () => "id",
  checkCondition: () => null,
  readCondition: () => NO_TERMS,
};
const DAY = 86_400_000;

function apply(s: Snapshot, ...operations: PolicyOperation[]): Snapshot {
  const applied = applyOperations(s, operations, facts);
  assert.ok(applied.ok, JSON.stringify(applied));
  return applied.snapshot;
}
async function back(s: Snapshot, past: Snapshot, now = NOW + 5) {
  const breathe = () => Promise.resolve();
  const rollback = { toRevision: past.revision, facts: { ...facts, now }, breathe };
  const applied = await applyRollback(s, changesBetween(s, past), rollback);
  assert.ok(applied.ok);
  const kept = applied.findings.filter(({ code }) => code === "SCOPE_NOT_RESTORED");
  return { ...applied, findings: kept, told: kept.map(({ message }) => message) };
}
const put = (name: string, ...actions: string[]): PolicyOperation => ({
  putScope: { name, atoms: [{ resourceType: "Observation", actions }] },
});
const activate = (name: string): PolicyOperation => ({ activateScope: { name } });
const states = (s: Snapshot, name: string): string[] =>
  (s.scopes.get(name) ?? []).map((v) => `v${v.version} ${v.state} ${v.declarations[0]?.actions.join()}`);

const draft = apply(emptySnapshot(), put("labs", "read"), { putClient: { id: "ehr", name: "EHR" } });
const active = apply(draft, activate("labs"));
/** Another change that is to be undone with it. */
const other: PolicyOperation = { putRole: { name: "new" } };

describe("a rollback of scopes", () => {
  test("leaves what was retired retired, says so, and undoes the rest", async () => {
    const { snapshot, told, findings } = await back(apply(active, { retireScope: { name: "labs" } }, other), active);
    assert.deepEqual(states(snapshot, "labs"), ["v1 RETIRED read"]);
    assert.equal(snapshot.roles.has("new"), false);
    assert.deepEqual(told, ["labs v1 stays RETIRED, although it was ACTIVE: nothing leaves this state"]);
    assert.deepEqual(
      findings.map(({ code, noun, key }) => [code, noun, key]),
      [["SCOPE_NOT_RESTORED", "scope", '["labs",1]']],
    );
  });

  test("leaves an announced end announced", async () => {
    const ending = apply(active, { deprecateScope: { name: "labs", sunsetAt: NOW + DAY } });
    const { snapshot, told, changes } = await back(ending, active);
    assert.deepEqual(states(snapshot, "labs"), ["v1 DEPRECATED read"]);
    assert.deepEqual(changes, []);
    assert.match(told.join(), /labs v1 stays DEPRECATED, although it was ACTIVE/);
  });

  test("restores another sunset of what is deprecated", async () => {
    const one = apply(active, { deprecateScope: { name: "labs", sunsetAt: NOW + DAY } });
    const two = apply(one, { deprecateScope: { name: "labs", sunsetAt: NOW + 2 * DAY } });
    assert.equal((await back(two, one)).snapshot.scopes.get("labs")?.[0]?.sunsetAt, NOW + DAY);
  });

  test("retires what has come into force since: a draft that was activated, and a new scope", async () => {
    const { snapshot, told } = await back(apply(active, put("vitals", "read"), activate("vitals")), draft);
    assert.deepEqual(states(snapshot, "labs"), ["v1 RETIRED read"]);
    assert.deepEqual(states(snapshot, "vitals"), ["v1 RETIRED read"]);
    assert.equal(snapshot.scopes.get("labs")?.[0]?.retiredAt, NOW + 5);
    assert.deepEqual(told.sort(), [
      "labs v1 is RETIRED by this: it was DRAFT",
      "vitals v1 is RETIRED by this: it was not there",
    ]);
  });

  test("says again what was active, as the next version, where another took its place", async () => {
    const wider = apply(active, put("labs", "read", "search"), activate("labs"));
    assert.deepEqual(states(wider, "labs"), ["v1 RETIRED read", "v2 ACTIVE read,search"]);
    const { snapshot, told } = await back(wider, active);
    assert.deepEqual(states(snapshot, "labs"), ["v1 RETIRED read", "v2 RETIRED read,search", "v3 ACTIVE read"]);
    assert.match(told.join(), /labs v3 is ACTIVE, and says what v1 said at revision 2/);
    const again = await back(snapshot, active);
    assert.deepEqual(states(again.snapshot, "labs"), states(snapshot, "labs"), "a second rollback has nothing to do");
    assert.deepEqual(again.changes, []);
  });

  test("restores and removes drafts, with their content", async () => {
    const two = apply(draft, put("labs", "search"), put("vitals", "read"));
    const { snapshot, told } = await back(two, draft);
    assert.deepEqual([states(snapshot, "labs"), states(snapshot, "vitals")], [["v1 DRAFT read"], []]);
    assert.deepEqual(told, []);
  });

  test("brings back what was in force and is deleted as retired, so that what named it has its name", async () => {
    const grant: PolicyOperation = { grantScope: { clientId: "ehr", scope: "labs" } };
    const granted = apply(active, grant);
    const gone = apply(
      granted,
      { revokeScope: { clientId: "ehr", scope: "labs" } },
      { retireScope: { name: "labs" } },
      { deleteScope: { name: "labs" } },
    );
    const { snapshot, told } = await back(gone, granted);
    assert.deepEqual(states(snapshot, "labs"), ["v1 RETIRED read"]);
    assert.equal(snapshot.grants.get("ehr")?.has("labs"), true);
    assert.match(told.join(), /was deleted, and comes back as RETIRED/);
  });

  test("does not activate a draft that took the name of a deleted version", async () => {
    const gone = apply(active, { retireScope: { name: "labs" } }, { deleteScope: { name: "labs" } });
    const { snapshot, told } = await back(apply(gone, put("labs", "delete")), active);
    assert.deepEqual(states(snapshot, "labs"), ["v1 DRAFT delete"]);
    assert.match(told.join(), /stays a DRAFT, although it was ACTIVE: only activateScope puts a version in force/);
  });

  test("forgets a successor that it removes", async () => {
    const named = apply(active, put("vitals", "read"), {
      deprecateScope: { name: "labs", sunsetAt: NOW + DAY, replacedBy: "vitals" },
    });
    const { snapshot } = await back(named, active);
    assert.deepEqual([snapshot.scopes.has("vitals"), snapshot.scopes.get("labs")?.[0]?.replacedBy], [false, null]);
  });
});

test("a rollback restores rows as they were, ends that have come since included", async () => {
  const held = apply(active, {
    grantScope: { clientId: "ehr", scope: "labs", validUntil: NOW + 1 },
  });
  const { snapshot, findings } = await back(apply(held, { revokeScope: { clientId: "ehr", scope: "labs" } }), held);
  assert.equal(snapshot.grants.get("ehr")?.get("labs")?.validUntil, NOW + 1);
  assert.deepEqual(findings, []);
});
