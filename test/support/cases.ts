import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";

/** One row of a decision table. seeds/README.md says what each field of `expect` means. */
export interface Case {
  readonly name: string;
  /** The clock, in milliseconds since 1970. */
  readonly now: number;
  readonly request: AuthorizeInput;
  readonly expect: {
    readonly outcome: "ALLOW" | "DENY";
    readonly reasons?: readonly string[];
    readonly reasons_include?: readonly string[];
    readonly scope?: string;
    readonly rule?: string;
    readonly obligations?: readonly { readonly type: string; readonly parameters?: unknown }[];
    readonly message?: string;
  };
}

const EXPECTATIONS = new Set(["outcome", "reasons", "reasons_include", "scope", "rule", "obligations", "message"]);

/** Reads a decision table, and refuses one with a misspelt expectation: it would be a test that cannot fail. */
export function readCases(path: string): { readonly now: number; readonly cases: readonly Case[] } {
  const { now, requests } = parse(readFileSync(path, "utf8"), { merge: true }) as {
    now: string;
    requests: (Omit<Case, "now"> & { readonly now?: string })[];
  };
  for (const item of requests) {
    const unknown = Object.keys(item.expect).filter((key) => !EXPECTATIONS.has(key));
    assert.deepEqual(unknown, [], `unknown expectations in "${item.name}"`);
    assert.ok(item.expect.reasons ?? item.expect.reasons_include, `"${item.name}" expects no reasons`);
  }
  return { now: Date.parse(now), cases: requests.map((item) => ({ ...item, now: Date.parse(item.now ?? now) })) };
}

/** What all doors answer, in their own types. */
export interface Answer {
  readonly outcome: string;
  readonly scope: string | null;
  readonly reasons: readonly { readonly code: string; readonly message: string; readonly ruleId: string | null }[];
  readonly obligations: readonly { readonly type: string; readonly parameters: unknown }[];
}

export function compareWithCase({ expect }: Case, answer: Answer): void {
  const codes = [...new Set(answer.reasons.map((reason) => reason.code))].sort();
  const told = answer.reasons.map((reason) => `${reason.code}: ${reason.message}`).join("\n");
  assert.equal(answer.outcome, expect.outcome, told);
  if (expect.reasons !== undefined) assert.deepEqual(codes, [...expect.reasons].sort(), told);
  for (const code of expect.reasons_include ?? []) assert.ok(codes.includes(code), `${code} is missing:\n${told}`);
  if (expect.outcome === "DENY") assert.equal(answer.scope, null);
  if (expect.scope !== undefined) assert.equal(answer.scope, expect.scope);
  if (expect.rule !== undefined)
    assert.ok(
      answer.reasons.some((reason) => reason.ruleId === expect.rule),
      `no reason names rule ${expect.rule}:\n${told}`,
    );
  if (expect.message !== undefined)
    assert.ok(told.includes(expect.message), `no reason contains "${expect.message}":\n${told}`);
  const wanted = expect.obligations ?? [];
  assert.deepEqual(answer.obligations.map((o) => o.type).sort(), wanted.map((o) => o.type).sort());
  for (const { type, parameters } of wanted) {
    if (parameters === undefined) continue;
    const given = answer.obligations
      .filter((o) => o.type === type)
      .map((o) => JSON.parse(JSON.stringify(o.parameters)) as unknown);
    assert.ok(
      given.some((candidate) => isDeepEqual(candidate, parameters)),
      `obligation ${type} has ${JSON.stringify(given)}, not ${JSON.stringify(parameters)}`,
    );
  }
}

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
