import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { DecideGrantInput } from "../../src/domain/decisions/granting/grantInput.ts";

/** One token that is asked for. seeds/README.md says what each field of `expect` means. */
export interface GrantCase {
  readonly name: string;
  /** The clock, in milliseconds since 1970. */
  readonly now: number;
  readonly request: DecideGrantInput;
  readonly expect: {
    readonly scope: string | null;
    readonly outcomes: readonly string[];
    readonly reasons: readonly string[];
    readonly message?: string;
    readonly newScopes?: readonly string[];
    readonly successor?: string;
    readonly sunsetAt?: string;
    /** Of the first scope that is asked for. */
    readonly title?: string | null;
    readonly description?: string | null;
    readonly reaches?: readonly string[];
    readonly validUntil?: string | null;
  };
}

const EXPECTATIONS = [
  ...["scope", "outcomes", "reasons", "message", "newScopes", "successor", "sunsetAt"],
  ...["title", "description", "reaches", "validUntil"],
];

/** Reads the table, and refuses one with a misspelt or missing expectation: it would be a test that cannot fail. */
export function readGrantCases(path: string): { readonly now: number; readonly cases: readonly GrantCase[] } {
  const { now, grants } = parse(readFileSync(path, "utf8"), { merge: true }) as {
    now: string;
    grants: (Omit<GrantCase, "now"> & { readonly now?: string })[];
  };
  for (const { name, expect } of grants) {
    const names = Object.keys(expect);
    assert.deepEqual(
      names.filter((key) => !EXPECTATIONS.includes(key)),
      [],
      `unknown expectations in "${name}"`,
    );
    for (const needed of ["scope", "outcomes", "reasons"])
      assert.ok(names.includes(needed), `"${name}" does not say ${needed}`);
  }
  return { now: Date.parse(now), cases: grants.map((item) => ({ ...item, now: Date.parse(item.now ?? now) })) };
}

/** What both doors answer; `sunsetAt` in milliseconds, or as GraphQL writes it. */
export interface GrantAnswer {
  readonly scope: string | null;
  readonly outcome: string;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly newScopes: readonly string[];
  readonly scopes: readonly {
    readonly outcome: string;
    readonly successor: string | null;
    readonly sunsetAt: string | number | null;
    readonly title?: string | null;
    readonly description?: string | null;
    readonly reaches?: readonly string[];
    readonly validUntil?: string | number | null;
  }[];
}

export function compareWithGrantCase({ expect }: GrantCase, answer: GrantAnswer): void {
  const told = answer.reasons.map((reason) => `${reason.code}: ${reason.message}`).join("\n");
  assert.equal(answer.scope, expect.scope, told);
  assert.equal(answer.outcome, expect.scope === null ? "DENY" : "ALLOW");
  assert.deepEqual(
    answer.scopes.map(({ outcome }) => outcome),
    expect.outcomes,
    told,
  );
  assert.deepEqual([...new Set(answer.reasons.map(({ code }) => code))].sort(), [...expect.reasons].sort(), told);
  if (expect.message !== undefined) assert.ok(told.includes(expect.message), `no "${expect.message}" in:\n${told}`);
  if (expect.newScopes !== undefined) assert.deepEqual(answer.newScopes, expect.newScopes);
  const [first] = answer.scopes;
  if (expect.successor !== undefined) assert.equal(first?.successor, expect.successor);
  if (expect.sunsetAt !== undefined)
    assert.equal(new Date(first?.sunsetAt ?? Number.NaN).toISOString(), expect.sunsetAt);
  for (const member of ["title", "description", "reaches"] as const)
    if (expect[member] !== undefined) assert.deepEqual(first?.[member], expect[member]);
  if (expect.validUntil !== undefined) {
    const end = first?.validUntil ?? null;
    assert.equal(end === null ? null : new Date(end).toISOString(), expect.validUntil);
  }
}
