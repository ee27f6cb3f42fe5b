// The third-party cases of test/vectors/smart-scopes.jsonl: each row is one test.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { anyOf, covers } from "../../src/domain/scopes/algebra.ts";
import { type Atom, type Constraint, interactions, parseConstraint } from "../../src/domain/scopes/atom.ts";
import type { Confinement } from "../../src/domain/scopes/confinement.ts";
import { matchAtom } from "../../src/domain/scopes/match.ts";
import { classifyScope } from "../../src/domain/scopes/protocol.ts";
import { parseSmartScope, printSmartScope, smartLetters, upgradeScopeText } from "../../src/domain/scopes/smart.ts";

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly input: unknown;
  readonly expect: unknown;
}

interface Ask {
  readonly granted: readonly string[];
  readonly context: string;
  readonly resource: string;
  readonly interaction: string;
  readonly action: string;
}

const text = readFileSync(new URL("../vectors/smart-scopes.jsonl", import.meta.url), "utf8");
const rows = text
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Row);

const atoms = (scopes: readonly string[]): readonly Atom[] =>
  scopes.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);

function parsed(input: string): unknown {
  const scope = parseSmartScope(input);
  if (scope === null) return null;
  return {
    context: scope.context.toLowerCase(),
    resource: scope.resourceType,
    interactions: smartLetters(scope.actions),
    query: scope.constraint.map(({ parameter, values }) => [parameter, values.join(",")]),
    version: scope.version,
  };
}

function constraintOf(within: Confinement | null, resourceType: string): Constraint {
  const condition = within?.condition ?? null;
  const parsed = condition?.type === "constraint" ? parseConstraint(condition.constraint, resourceType) : null;
  return parsed?.ok ? parsed.value : [];
}

/** Is it allowed, and under which values? A resource that has every value that any of the scopes asks for. */
function authorize(ask: Ask): unknown {
  const action = interactions.find((name) => name.startsWith(ask.interaction)) ?? "";
  const matches = atoms(ask.granted).map((atom) =>
    matchAtom(atom, {
      action,
      resourceType: ask.resource,
      resourcePatients: ["p1"],
      reachesShared: false,
      contextPatient: ask.context === "patient" ? "p1" : null,
      hasSubject: ask.context === "user",
      resourceId: null,
      labels: null,
      fhirVersion: "R4",
      attributes: {},
    }),
  );
  const filters = matches.flatMap((match) => (match.matches ? [constraintOf(match.within, ask.resource)] : []));
  if (filters.length === 0) return false;
  const wanted = anyOf(filters).flat();
  if (wanted.length === 0) return true;
  const byParameter = Object.fromEntries(wanted.map(({ parameter, values }) => [parameter, new Set(values)]));
  return { allowed: true, searchConstraint: byParameter };
}

/** The order of the values in an expected search constraint means nothing. */
function asSets(expect: unknown): unknown {
  if (typeof expect !== "object" || expect === null || !("searchConstraint" in expect)) return expect;
  const entries = Object.entries(expect.searchConstraint as Record<string, string[]>);
  return { ...expect, searchConstraint: Object.fromEntries(entries.map(([name, values]) => [name, new Set(values)])) };
}

const answers: Readonly<Record<string, (input: never) => unknown>> = {
  parse: parsed,
  "parse-invalid": parsed,
  "not-clinical": (input: string) => parseSmartScope(input) === null,
  classify: (input: string) => classifyScope(input).toLowerCase(),
  v1map: (input: string) => smartLetters(parseSmartScope(input)?.actions ?? []),
  upgrade: upgradeScopeText,
  roundtrip: (input: string) => {
    const scope = parseSmartScope(input);
    return scope === null ? null : printSmartScope(scope);
  },
  authorize,
  // Any context will do: what is asked is asked in the context of the granted scopes.
  "authorize-v1": (ask: Ask) => covers(atoms(ask.granted), atoms([`user/${ask.resource}.${ask.action}`])),
};

test("there are 114 rows, of known kinds only", () => {
  assert.equal(rows.length, 114);
  for (const row of rows) assert.ok(Object.hasOwn(answers, row.kind), `${row.id}: kind ${row.kind}`);
});

for (const row of rows) {
  test(`${row.id} ${row.kind} ${JSON.stringify(row.input)}`, () => {
    assert.deepEqual(answers[row.kind]?.(row.input as never), asSets(row.expect));
  });
}
