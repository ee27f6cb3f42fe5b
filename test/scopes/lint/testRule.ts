import assert from "node:assert/strict";
import { test } from "node:test";
import { type AtomDeclaration, atomsOf } from "../../../src/domain/scopes/atom.ts";
import type { LintCode, LintInput, LintSeverity } from "../../../src/domain/scopes/lint/finding.ts";
import type { LintRule } from "../../../src/domain/scopes/lint/lintScope.ts";

interface ScopeParts {
  readonly name?: string;
  /** Left out: it asks for none. */
  readonly title?: string;
  /** What is left out: any context, Observation, read, no constraint. */
  readonly atoms?: readonly Partial<AtomDeclaration>[];
}

function scope({ name = "x", title, atoms = [{}] }: ScopeParts): LintInput {
  const parsed = atomsOf(
    atoms.map((part) => ({
      context: "ANY",
      resourceType: "Observation",
      actions: ["read"],
      constraint: null,
      ...part,
    })),
  );
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.message);
  return { name, title: title ?? null, atoms: parsed.value };
}

/** Scopes in which a rule finds something, with a part of its message, and scopes that it leaves alone. */
export function testRule(
  rule: LintRule,
  expected: {
    readonly code: LintCode;
    readonly severity: LintSeverity;
    readonly finds: readonly (readonly [ScopeParts, text: string])[];
    readonly leaves: readonly ScopeParts[];
  },
): void {
  for (const [parts, text] of expected.finds) {
    test(`${rule.name} finds ${JSON.stringify(parts)}`, () => {
      const finding = rule(scope(parts));
      assert.ok(finding !== null);
      const { code, severity, message, narrowing } = finding;
      assert.deepEqual({ code, severity }, { code: expected.code, severity: expected.severity });
      assert.ok(`${message} ${narrowing}`.includes(text), `${message} ${narrowing}`);
    });
  }
  for (const parts of expected.leaves) {
    test(`${rule.name} leaves ${JSON.stringify(parts)} alone`, () => {
      assert.equal(rule(scope(parts)), null);
    });
  }
}
