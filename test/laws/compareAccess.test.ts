import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { rolesOf } from "../../src/domain/decisions/holds/roles.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { withChange } from "../../src/domain/policy/snapshot.ts";
import { requestedAction } from "../../src/domain/scopes/atom.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import type { AccessComparison, AccessDifference } from "../../src/domain/simulation/access/accessDifference.ts";
import { compareAccess } from "../../src/domain/simulation/access/compareAccess.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { atLeast, LONG, runs } from "../support/budget.ts";
import { aimed, changesBetween, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";

const DAY = 86_400_000;
const breathe = () => Promise.resolve();
let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const SYSTEM_SEARCHES = ["search", "search-system", "history-system"];

/** Whether a region has the request in it, that a scope allows on one of the sides. */
function contains(
  cell: AccessComparison,
  request: AccessRequest,
  scope: string,
  sides: readonly DecideFacts[],
): boolean {
  const { resource, subject } = request;
  const action = requestedAction(request.action, resource);
  const held = sides.some((facts) => rolesOf(facts, request).has(cell.role ?? ""));
  const isExport = action === "$export";
  return (
    (cell.clientId === null || cell.clientId === request.clientId) &&
    (cell.subjectId === null || (cell.subjectId === subject?.id && cell.subjectType === subject.type)) &&
    (cell.role === null || cell.role === "*" || held) &&
    (cell.organization === null || cell.organization === "*" || cell.organization === resource.organization) &&
    (cell.scope === "*" || cell.scope === scope || parseSmartScope(cell.scope) !== null) &&
    (cell.resourceType === "*" || cell.resourceType === resource.type || resource.type === "*" || isExport) &&
    (cell.action === "*" ||
      cell.action === action ||
      (resource.type === "*" && SYSTEM_SEARCHES.includes(cell.action)) ||
      (isExport && ["read", "search"].includes(cell.action)))
  );
}

/** Asserts that a request whose answer flips is in a region that is told. Answers whether it flips. */
function checkFlip(
  difference: AccessDifference,
  [was, is]: readonly [DecideFacts, DecideFacts],
  request: AccessRequest,
): "WIDER" | "NARROWER" | null {
  const [a, b] = [decide(was, request), decide(is, request)];
  if (a.outcome === b.outcome) return null;
  const [change, scope] = b.outcome === "ALLOW" ? (["WIDER", b.scope] as const) : (["NARROWER", a.scope] as const);
  const told = difference.cells.filter((cell) => cell.change === change || cell.change === "INCOMPARABLE");
  assert.ok(
    !difference.complete || told.some((cell) => contains(cell, request, scope ?? "", [was, is])),
    `${change} by ${scope}: ${JSON.stringify(request)}\ntold ${JSON.stringify(told)}`,
  );
  return change;
}

const ask = fc.array(fc.tuple(requests, fc.nat({ max: 40 })), { minLength: 6, maxLength: 6 });
const allOf = (rows: Rows, asked: readonly (readonly [AccessRequest, number])[]) =>
  asked.flatMap(([request, n]) => [request, aimed(rows, request, n)]);
const factsOf = (snapshot: DecideFacts["snapshot"], now = NOW): DecideFacts => ({ snapshot, engine, now });

test("a request that another policy answers otherwise is in a region that is told, now and later", async () => {
  const flips = { WIDER: 0, NARROWER: 0 };
  await fc.assert(
    fc.asyncProperty(policies, policies, ask, async (rows, others, asked) => {
      const [one, other] = [snapshotFrom(rows), snapshotFrom(others)];
      const difference = await compareAccess(factsOf(one), factsOf(other), { breathe });
      for (const request of [...allOf(rows, asked), ...allOf(others, asked)])
        for (const now of [NOW, NOW + DAY, NOW + 2 * DAY]) {
          const flip = checkFlip(difference, [factsOf(one, now), factsOf(other, now)], request);
          if (flip !== null) flips[flip]++;
        }
    }),
    { numRuns: runs(150) },
  );
  assert.ok(flips.WIDER > atLeast(20) && flips.NARROWER > atLeast(20), JSON.stringify(flips));
});

test("the same holds row by row, and most rows that flip nothing are told to be equal or one-sided", async () => {
  const [flips, changes] = [new Map<string, number>(), new Map<string, number>()];
  await fc.assert(
    fc.asyncProperty(policies, policies, ask, async (rows, others, asked) => {
      const one = snapshotFrom(rows);
      for (const change of changesBetween(one, snapshotFrom(others))) {
        const other = withChange(one, change);
        const difference = await compareAccess(factsOf(one), factsOf(other), { breathe });
        for (const cell of difference.cells) changes.set(cell.change, (changes.get(cell.change) ?? 0) + 1);
        changes.set("EQUAL", (changes.get("EQUAL") ?? 0) + difference.equal);
        for (const request of [...allOf(rows, asked), ...allOf(others, asked)]) {
          const flip = checkFlip(difference, [factsOf(one), factsOf(other)], request);
          if (flip !== null) flips.set(`${change.noun} ${flip}`, (flips.get(`${change.noun} ${flip}`) ?? 0) + 1);
        }
      }
    }),
    { numRuns: runs(60) },
  );
  const nouns = new Set([...flips.keys()].map((key) => key.split(" ")[0]));
  assert.ok(nouns.size > atLeast(3), `only these flip anything: ${JSON.stringify([...flips])}`);
  const of = (change: string): number => changes.get(change) ?? 0;
  assert.ok(
    of("EQUAL") > atLeast(40) && of("WIDER") > atLeast(40) && of("NARROWER") > atLeast(40),
    JSON.stringify([...changes]),
  );
  if (LONG) assert.ok(of("INCOMPARABLE") < (of("WIDER") + of("NARROWER")) / 2, JSON.stringify([...changes]));
});

test("a policy and itself differ in nothing", async () => {
  await fc.assert(
    fc.asyncProperty(policies, async (rows) => {
      const nothing = await compareAccess(factsOf(snapshotFrom(rows)), factsOf(snapshotFrom(rows)), { breathe });
      assert.deepEqual([nothing.complete, nothing.cells], [true, []]);
    }),
    { numRuns: runs(50) },
  );
});
