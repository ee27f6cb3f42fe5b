import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuleCheck } from "../../../src/domain/policy/lint/lintRule.ts";
import type { RuleLintCode, RuleLintFinding, RuleLintInput } from "../../../src/domain/policy/lint/ruleFinding.ts";
import type { RuleTerms } from "../../../src/domain/policy/ruleGroup.ts";
import { type AtomDeclaration, atomsOf } from "../../../src/domain/scopes/atom.ts";
import { readCondition } from "../../../src/engine/conditionTerms.ts";

/** What is left out: nurses may read Observations under `view`, whose atom is just that. */
interface RuleParts extends Partial<RuleTerms> {
  /** Null: of the scope nothing is known. */
  readonly atoms?: readonly Partial<AtomDeclaration>[] | null;
}

function input({ atoms = [{}], ...parts }: RuleParts): RuleLintInput {
  const rule: RuleTerms = {
    role: "nurse",
    scope: "view",
    action: "read",
    resourceType: "Observation",
    when: null,
    effect: "ALLOW",
    ...parts,
  };
  const parsed = atomsOf(
    (atoms ?? [{}]).map((part) => ({
      context: "ANY",
      resourceType: "Observation",
      actions: ["read"],
      constraint: null,
      ...part,
    })),
  );
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  const terms = rule.when === null ? null : readCondition(rule.when);
  return { rule, terms, atoms: atoms === null ? null : parsed.value, isOrganization: (id) => id === "lakeside" };
}

/** Rules in which a check finds something, with a part of its message, and rules that it leaves alone. */
export function testRuleCheck(
  check: RuleCheck,
  expected: {
    readonly code: RuleLintCode;
    readonly finds: readonly (readonly [RuleParts, severity: RuleLintFinding["severity"], text: string])[];
    readonly leaves: readonly RuleParts[];
  },
): void {
  for (const [parts, severity, text] of expected.finds) {
    test(`${check.name} finds ${JSON.stringify(parts)}`, () => {
      const finding = check(input(parts));
      assert.ok(finding !== null);
      assert.deepEqual([finding.code, finding.severity], [expected.code, severity]);
      const said = `${finding.message} ${finding.narrowing}`;
      assert.ok(said.includes(text), said);
    });
  }
  for (const parts of expected.leaves) {
    test(`${check.name} leaves ${JSON.stringify(parts)} alone`, () => assert.equal(check(input(parts)), null));
  }
}
