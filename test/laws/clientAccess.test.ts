import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { requestedAction } from "../../src/domain/scopes/atom.ts";
import type { AccessCell } from "../../src/domain/simulation/access/accessCell.ts";
import type { AskedOf } from "../../src/domain/simulation/access/asked.ts";
import { cellsOf, scopesOf } from "../../src/domain/simulation/access/clientAccess.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { holdsFor } from "../support/accessConditions.ts";
import { aimed, NOW, policies, requests, snapshotFrom } from "../support/policies.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

function accessOf(facts: DecideFacts, of: AskedOf): readonly AccessCell[] {
  const cells: AccessCell[] = [];
  for (const cell of cellsOf(facts, of, () => assert.fail("a small policy was cut")))
    if (cell !== null) cells.push(cell.tell());
  return cells;
}

/** The action by which cells know what is asked. */
function cellAction({ action, resource }: AccessRequest): string {
  if (resource.type !== "*" || action === "$export") return requestedAction(action, resource);
  return action === "history-system" || action === "history-type" ? "history-system" : "search-system";
}

/** The cell of a scope that a request is in: its own type's, or else that of all others. */
function cellFor(cells: readonly AccessCell[], scope: string, request: AccessRequest): AccessCell | undefined {
  const action = cellAction(request);
  const { type } = request.resource;
  const own = cells.filter((cell) => cell.scope === scope && cell.action === action);
  const exact = own.find((cell) => cell.resourceType === type);
  return exact ?? (action === "$export" ? undefined : own.find((cell) => cell.resourceType === "*"));
}

/** What of a request is told when it is asked what can be reached; the rest stays open. */
const telling = fc.record({
  purpose: fc.boolean(),
  organization: fc.boolean(),
  context: fc.boolean(),
  consents: fc.constantFrom([], [], [{ id: "k", version: 1, patient: "p1", scopes: null }]),
});

test("a cell is what decide answers: ALLOW for every request, DENY for every one, CONDITIONAL as its conditions say", () => {
  const [seen, answers] = [new Map<string, number>(), { ALLOW: 0, DENY: 0 }];
  fc.assert(
    fc.property(
      policies,
      fc.array(fc.tuple(requests, fc.nat({ max: 40 }), telling), { minLength: 4, maxLength: 4 }),
      (rows, asked) => {
        const snapshot = snapshotFrom(rows);
        for (const [any, n, told] of asked)
          for (const request of [any, aimed(rows, any, n)]) {
            if (request.action === "_history" && request.resource.type === "*") continue;
            const facts = { snapshot, engine, now: NOW, gathered: { consents: told.consents } };
            const scopes = scopesOf(facts, request.clientId, request.scopes);
            const { clientId, context, purposeOfUse, resource, subject } = request;
            const cells = accessOf(facts, {
              clientId,
              subject,
              scopes,
              purposeOfUse: told.purpose ? purposeOfUse : null,
              context: told.context ? context : null,
              organization: told.organization ? resource.organization : null,
            });
            const { outcome } = decide(facts, { ...request, scopes });
            const found = scopes.map((scope) => cellFor(cells, scope, request));
            const isAllowed = found.some((cell) => cell !== undefined && holdsFor(cell, request, facts));
            assert.equal(
              isAllowed ? "ALLOW" : "DENY",
              outcome,
              `${JSON.stringify(request)}\n${JSON.stringify(found, null, 1)}\n${JSON.stringify(scopes)}`,
            );
            answers[outcome]++;
            for (const cell of found) {
              if (cell === undefined) continue;
              seen.set(cell.access, (seen.get(cell.access) ?? 0) + 1);
              assert.ok(cell.access !== "DENY" || cell.reasons.length > 0, "a denial has its nearest miss");
            }
          }
      },
    ),
    { numRuns: 400 },
  );
  for (const access of ["ALLOW", "CONDITIONAL", "DENY"])
    assert.ok((seen.get(access) ?? 0) > 20, `${access} in ${JSON.stringify([...seen])}`);
  assert.ok(answers.ALLOW > 50 && answers.DENY > 100, JSON.stringify(answers));
});
