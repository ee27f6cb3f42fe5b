import assert from "node:assert/strict";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { NO_TURNS } from "../../src/domain/kernel/turns.ts";
import type { ReadCondition } from "../../src/domain/policy/conditions.ts";
import { patientAccess } from "../../src/domain/simulation/patientAccess/patientAccess.ts";
import type { PatientAccess } from "../../src/domain/simulation/patientAccess/rows.ts";

export const PATIENT = "p1";

/** All rows, by pages of this kind. */
export async function patientRows(
  facts: DecideFacts,
  { first, work }: { readonly first: number; readonly work: number },
  readCondition: ReadCondition,
  before: DecideFacts | null = null,
) {
  const rows: PatientAccess[] = [];
  const deps = {
    ...{ before, facts },
    isPast: false,
    breathe: () => Promise.resolve(),
    turns: NO_TURNS,
    readCondition,
  };
  for (let place: Awaited<ReturnType<typeof patientAccess>>["next"] = null; ; ) {
    const page = await patientAccess(deps, PATIENT, { first, place, work });
    assert.ok(page.rows.length <= first);
    rows.push(...page.rows.map(({ access }) => access));
    if (page.next === null) return rows;
    place = page.next;
  }
}
