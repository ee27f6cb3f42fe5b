import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../../src/domain/policy/types.ts";
import { changeSummary } from "../../src/graphql/changeSummary.ts";

const LONG = `purposeOfUse in ["TREAT", "ETREAT", "HOPERAT"] && resource.organization == subject.organization`;
const rule = (when: string | null): Rule => ({
  id: "d1",
  role: "nurse",
  scope: "view_labs",
  action: "read",
  resourceType: "Observation",
  effect: "DENY",
  when,
  obligations: [],
  description: null,
  justification: null,
});
const summary = (before: Rule | null, after: Rule): string => changeSummary({ noun: "rule", key: "d1", before, after });

test("a condition stands in the summary in full, however long: somebody approves by it", () => {
  assert.ok(LONG.length > 80);
  assert.equal(
    summary(null, rule(LONG)),
    `rule d1: created; DENY; role nurse; scope view_labs; action read; resource type Observation; when ${LONG}`,
  );
  const [was, is] = [rule(LONG), rule('purposeOfUse == "TREAT"')];
  assert.equal(summary(was, is), `rule d1: when ${LONG} -> purposeOfUse == "TREAT"`);
});
