import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { directoryOf } from "../../../src/domain/directory/directory.ts";
import type { PolicyFinding } from "../../../src/domain/policy/finding.ts";
import { changeOf, emptySnapshot } from "../../../src/domain/policy/snapshot.ts";
import type { RowChange } from "../../../src/domain/policy/types.ts";
import { digestOf, type KeptProposal } from "../../../src/domain/simulation/proposals/proposal.ts";
import { directoryEffect, policyEffect } from "../../../src/domain/simulation/proposals/review.ts";
import { role, scope } from "../../storage/samples.ts";
import { keptProposal } from "../../support/proposals.ts";

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");
const effectOf = async (changes: readonly RowChange[], findings: readonly PolicyFinding[] = []) => {
  let breaths = 0;
  const breathe = async () => void breaths++;
  const { effect } = await policyEffect(
    { ok: true, snapshot: emptySnapshot(), changes, findings },
    { sha256, breathe },
  );
  return { effect, breaths };
};

test("what a change does has one name: another row before or after, another row, another finding give another", async () => {
  const finding = { code: "WIDENS_ALLOW", noun: "role", key: "a", message: "m" } as const;
  const names = new Set<string>();
  const effects = [
    await effectOf([]),
    await effectOf([], [finding]),
    await effectOf([changeOf("role", null, role("a"))]),
    await effectOf([changeOf("role", null, role("b"))]),
    await effectOf([changeOf("role", role("a"), null)]),
    await effectOf([changeOf("role", role("a"), role("a", ["b"]))]),
    await effectOf([changeOf("role", role("a", ["c"]), role("a", ["b"]))]),
    await effectOf([changeOf("role", null, role("a")), changeOf("role", null, role("b"))]),
    await effectOf([changeOf("role", null, role("a"))], [finding]),
  ];
  for (const { effect } of effects) {
    assert.match(effect, /^[0-9a-f]{64}$/);
    names.add(effect);
  }
  assert.equal(names.size, effects.length);
  assert.deepEqual(
    await effectOf([changeOf("role", null, role("a"))]),
    await effectOf([changeOf("role", null, role("a"))]),
  );
});

test("the hour in which a scope is deprecated or retired is not part of it, its sunset is", async () => {
  const of = (more: object) =>
    effectOf([changeOf("scope", scope("s"), scope("s", { state: "DEPRECATED", sunsetAt: 9, ...more }))]);
  assert.deepEqual(await of({ deprecatedAt: 1 }), await of({ deprecatedAt: 2 }));
  assert.notDeepEqual(await of({}), await of({ sunsetAt: 10 }));
});

test("the name of many rows is made in parts, and no row is left out", async () => {
  const many = Array.from({ length: 1_001 }, (_, i) => changeOf("role", null, role(`r${i}`)));
  const { effect, breaths } = await effectOf(many);
  assert.equal(breaths, 5);
  for (const i of [0, 199, 200, 1_000])
    assert.notEqual(
      (await effectOf(many.map((change, at) => (at === i ? changeOf("role", null, role("x")) : change)))).effect,
      effect,
    );
});

test("of entities it is the version that each has, and what differs", () => {
  const put = [{ type: "user", id: "a", properties: { vip: true } }];
  const at = (version: number, properties: object | null = null, salt = "a secret") =>
    directoryEffect(
      directoryOf([{ type: "user", id: "a", version, properties: properties as null }], 9),
      { put, remove: [] },
      { salt, sha256 },
    );
  assert.notEqual(at(1).effect, at(2).effect);
  assert.equal(at(1).changes, 1);
  assert.equal(at(3, { vip: true }).changes, 0);
  const secret = { salt: "a secret", sha256 };
  const gone = directoryEffect(directoryOf([], 9), { put: [], remove: [{ type: "user", id: "a" }] }, secret);
  assert.equal(gone.changes, 0);
  assert.notEqual(at(1, null, "another").effect, at(1).effect);
});

test("an approval is for all that a proposal is: whatever of it differs, the digest does", () => {
  const report = (more: object = {}, filter: object = {}) =>
    ({
      at: 1,
      filter,
      replay: { from: 1, to: 2, read: 3, complete: true, allowToDeny: 1, denyToAllow: 0, ...more },
    }) as unknown as KeptProposal["report"];
  const digests = [
    {},
    { round: 2 },
    { baseRevision: 1 },
    { effect: "e2" },
    { emergency: true },
    { change: { kind: "POLICY", operations: [{ putRole: { name: "other" } }] } as const },
    { change: { kind: "ROLLBACK", toRevision: 0 } as const },
    { report: report() },
    { report: report({}, { clientId: "ehr" }) },
    { report: report({ to: 3 }) },
    { report: report({ allowToDeny: 2 }) },
  ].map((more) => digestOf(keptProposal("p", more), sha256));
  assert.equal(new Set(digests).size, digests.length);
  // Neither when its report was made nor how it is called changes what was approved.
  assert.equal(digestOf(keptProposal("q", { title: "Other" }), sha256), digests[0]);
});
