import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reason } from "../../../src/domain/decisions/reason.ts";
import type { AccessRecord } from "../../../src/domain/decisions/types.ts";
import { basisOf } from "../../../src/domain/monitoring/widened/basis.ts";
import type { PolicyThen, Version } from "../../../src/domain/monitoring/widened/policyThen.ts";
import { wideningOf } from "../../../src/domain/monitoring/widened/wideningOf.ts";
import {
  type Assignment,
  type Grant,
  holderKey,
  type PolicyRows,
  type Role,
  type Rule,
  type ScopeVersion,
} from "../../../src/domain/policy/types.ts";
import { grant, role, rule, scope } from "../../storage/samples.ts";
import { accessOf, DAY, NOON } from "../../support/watchedAccess.ts";

const notes = (more: Partial<ScopeVersion> = {}) =>
  scope("view_notes", {
    atoms: [{ context: "ANY", resourceType: "DocumentReference", action: "read", constraint: [] }],
    ...more,
  });
const held = (more: Partial<Assignment> = {}): Assignment => ({
  subjectId: "nina",
  subjectType: "user",
  clientId: null,
  role: "nurse",
  organization: "north",
  validFrom: null,
  validUntil: null,
  ...more,
});
const allow = rule("r", { role: "nurse", scope: "view_notes", resourceType: "DocumentReference" });

/** A row with the revisions at which it began and ended. */
const from = <Row extends PolicyRows[keyof PolicyRows]>(
  since: number,
  row: Row,
  until: number | null = null,
): Version<Row> => ({ row, since, until });

interface Policy {
  readonly rules: readonly Version<Rule>[];
  readonly roles: readonly Version<Role>[];
  readonly assignments: readonly Version<Assignment>[];
  readonly scopes: readonly Version<ScopeVersion>[];
  readonly grants: readonly Version<Grant>[];
}
const OLD: Policy = {
  rules: [from(1, allow)],
  roles: [],
  assignments: [from(1, held())],
  scopes: [from(1, notes())],
  grants: [from(1, grant("ehr", "view_notes"))],
};

/** Revision n was made n days after the first, by the person `by-n`; the decision is on the 20th day. */
const at = (revision: number): number => NOON - (20 - revision) * DAY;
function then(policy: Partial<Policy>, by: PolicyThen["revision"] | null = null): PolicyThen {
  const rows = { ...OLD, ...policy };
  return {
    from: 0,
    rules: (id) => rows.rules.filter(({ row }) => row.id === id),
    roles: (name) => rows.roles.filter(({ row }) => row.name === name),
    assignments: (holder) => rows.assignments.filter(({ row }) => holderKey(row) === holderKey(holder)),
    scopes: (name) => rows.scopes.filter(({ row }) => row.name === name),
    grants: (clientId) => rows.grants.filter(({ row }) => row.clientId === clientId),
    revision: by ?? ((revision) => ({ at: at(revision), by: { type: "user", id: `by-${revision}`, issuer: null } })),
  };
}
const access = (more: Parameters<typeof accessOf>[1] = {}): AccessRecord =>
  accessOf("d", { policyRevision: 19, ...more });
function widened(policy: Partial<Policy>, record: AccessRecord = access(), by: PolicyThen["revision"] | null = null) {
  const basis = basisOf(record, record.request);
  return basis === null ? null : wideningOf(basis, then(policy, by));
}
/** In the place of the reason of `accessOf`. */
const allowedBy = (...reasons: readonly { readonly role: string | null; readonly ruleId: string }[]): AccessRecord => ({
  ...access(),
  reasons: reasons.map((each) => reason("ALLOWED_BY_RULE", { ...each, scope: "view_notes" })),
});
const by = (revision: number) => ({ at: at(revision), by: `user/by-${revision}` });

describe("by which change of the policy an access was allowed", () => {
  test("is nothing where all that it rests on is older than seven days, or it was denied", () => {
    assert.equal(widened({}), null);
    assert.equal(widened({ rules: [from(13, allow)] }), null);
    assert.equal(widened({ rules: [from(15, allow)] }, access({ outcome: "DENY" })), null);
  });

  test("is a young rule, assignment, grant or version of the scope, the newest of several", () => {
    assert.deepEqual(widened({ rules: [from(14, allow)] }), by(14));
    assert.deepEqual(widened({ assignments: [from(15, held())] }), by(15));
    assert.deepEqual(widened({ assignments: [from(15, held({ organization: "*" }))] }), by(15));
    assert.deepEqual(widened({ grants: [from(16, grant("ehr", "view_notes"))] }), by(16));
    assert.deepEqual(widened({ scopes: [from(2, notes({ state: "DRAFT" }), 17), from(17, notes())] }), by(17));
    assert.deepEqual(
      widened({
        rules: [from(14, allow)],
        grants: [from(18, grant("ehr", "view_notes"))],
        assignments: [from(16, held())],
      }),
      by(18),
    );
  });

  test("is a rule, grant or assignment that allows more than before, not one that was only written anew", () => {
    const rules = (before: Partial<Rule>) => [from(1, { ...allow, ...before }, 15), from(15, allow)];
    for (const before of [{ description: "old" }, { role: "*" }, { action: "*", resourceType: "*" }] as const)
      assert.equal(widened({ rules: rules(before) }), null, JSON.stringify(before));
    for (const before of [{ when: "true" }, { effect: "DENY" }, { role: "clerk" }, { action: "search" }] as const)
      assert.deepEqual(widened({ rules: rules(before) }), by(15), JSON.stringify(before));
    const periods = (validUntil: number) => [from(1, held({ validUntil }), 15), from(15, held({ validUntil: null }))];
    assert.equal(widened({ assignments: periods(NOON + 1) }), null, "it would hold still");
    assert.deepEqual(widened({ assignments: periods(NOON) }), by(15));
    assert.equal(widened({ scopes: [from(1, notes(), 15), from(15, notes({ title: "Notes" }))] }), null);
    const version2 = notes({ version: 2 });
    const retired = notes({ state: "RETIRED" });
    assert.equal(
      widened({ scopes: [from(1, notes(), 15), from(15, retired), from(15, version2)] }),
      null,
      "the version before permitted it too",
    );
    const reports = notes({
      atoms: [{ context: "ANY", resourceType: "DiagnosticReport", action: "read", constraint: [] }],
    });
    assert.deepEqual(widened({ scopes: [from(1, reports, 15), from(15, version2)] }), by(15));
  });

  test("is what was taken away and given again", () => {
    assert.deepEqual(
      widened({ grants: [from(1, grant("ehr", "view_notes"), 14), from(16, grant("ehr", "view_notes"))] }),
      by(16),
    );
    assert.equal(
      widened({ assignments: [from(1, held(), 15), from(15, held({ organization: "*" }))] }),
      null,
      "from one organization to all it was never away",
    );
  });

  test("is not what is young beside an older way by which it was allowed as well", () => {
    const both = allowedBy({ role: "nurse", ruleId: "r" }, { role: null, ruleId: "young" });
    const young = { ...allow, id: "young", role: "*" };
    assert.equal(widened({ rules: [from(1, allow), from(15, young)] }, both), null);
    assert.deepEqual(widened({ rules: [from(16, allow), from(15, young)] }, both), by(15));
  });

  test("is a role that inherits more; what the caller asserts is assigned by nobody", () => {
    const path = allowedBy({ role: "charge -> nurse", ruleId: "r" });
    const assignments = [from(1, held({ role: "charge" }))];
    const roles = [from(1, role("charge"), 15), from(15, role("charge", ["nurse"]))];
    assert.deepEqual(widened({ assignments, roles }, path), by(15));
    assert.equal(widened({ assignments, roles: [from(1, role("charge", ["nurse"]))] }, path), null);
    const asserted = allowedBy({ role: "nurse (asserted by the caller)", ruleId: "r" });
    assert.equal(widened({ assignments: [] }, asserted), null);
    assert.deepEqual(widened({ assignments: [], rules: [from(15, allow)] }, asserted), by(15));
  });

  test("of SMART scopes is by all that the client is granted together", () => {
    const smart = "user/DocumentReference.r";
    const record = access({ scope: smart });
    const rules = [from(1, { ...allow, scope: "*" })];
    const grants = (...of: readonly (readonly [number, string])[]) =>
      of.map(([since, name]) => from(since, grant("ehr", name)));
    assert.equal(widened({ rules, grants: grants([1, "user/*.rs"], [15, smart]) }, record), null);
    assert.deepEqual(widened({ rules, grants: grants([1, "user/Observation.rs"], [15, "user/*.r"]) }, record), by(15));
    assert.equal(widened({ rules, grants: grants([1, smart], [15, "user/Observation.rs"]) }, record), null);
    const wide = access({ scope: "user/*.cruds" });
    assert.equal(widened({ rules, grants: grants([1, smart], [15, "user/Observation.rs"]) }, wide), null);
    assert.deepEqual(widened({ rules, grants: grants([15, smart], [1, "user/Observation.rs"]) }, wide), by(15));
  });

  test("is the beginning of a time, by who made it, however long before", () => {
    const begins = NOON - 3_600_000;
    assert.deepEqual(widened({ assignments: [from(2, held({ validFrom: begins }))] }), { at: begins, by: "user/by-2" });
    assert.deepEqual(widened({ grants: [from(15, { ...grant("ehr", "view_notes"), validFrom: at(1) })] }), by(15));
    assert.equal(
      widened({ assignments: [from(2, held({ validFrom: begins })), from(2, held({ organization: "*" }))] }),
      null,
    );
  });

  test("is by the policy as it stood, whatever came later", () => {
    assert.equal(widened({ rules: [from(1, allow, 20), from(20, { ...allow, when: "true" })] }), null);
    assert.deepEqual(widened({ rules: [from(15, allow, 20)] }), by(15));
    assert.equal(widened({ rules: [from(20, allow)] }), null, "the record names what was not there");
  });

  test("is by the subject where that may be the person who made it, by whatever key or token", () => {
    const made = (
      subject: { readonly type: string | null; readonly id: string; readonly issuer: string | null } | null,
    ) => widened({ rules: [from(15, allow)] }, access(), () => ({ at: at(15), by: subject }))?.by;
    assert.equal(made({ type: "user", id: "nina", issuer: null }), "user/nina");
    assert.equal(made({ type: null, id: "nina", issuer: "https://idp" }), "user/nina");
    assert.equal(made({ type: "client", id: "nina", issuer: null }), "client/nina");
    assert.equal(made({ type: null, id: "ada", issuer: "https://idp" }), "user/ada");
    assert.equal(made(null), null);
  });

  test("is no later than the decision, where another instance's clock is ahead", () => {
    const by = () => ({ at: NOON + 500, by: null });
    assert.deepEqual(widened({ rules: [from(19, allow)] }, access(), by), { at: NOON, by: null });
  });
});
