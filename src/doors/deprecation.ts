import type { Reason } from "../domain/decisions/reason.ts";
import type { DecisionRecord } from "../domain/decisions/types.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";

/** The announced end of a scope. */
export interface Deprecation {
  readonly deprecatedAt: number | null;
  readonly sunsetAt: number;
}

/** The scopes that notices name. */
const announced = (reasons: readonly Reason[]): readonly string[] =>
  reasons.flatMap(({ code, scope }) => (code === "SCOPE_DEPRECATED" && scope !== null ? [scope] : []));

/** The deprecated scopes on which an answer rests: its notices say which. */
function deprecatedScopes(record: DecisionRecord): readonly string[] {
  if (record.kind === "GRANT")
    return record.details.scopes.flatMap(({ outcome, reasons }) =>
      outcome === "DEPRECATED" ? announced(reasons) : [],
    );
  return record.outcome === "ALLOW" ? announced(record.reasons) : [];
}

/** The earliest end of a scope among those on which the answers rest, or null. */
export function earliestEnd(snapshot: Snapshot, records: readonly DecisionRecord[]): Deprecation | null {
  let earliest: Deprecation | null = null;
  for (const name of new Set(records.flatMap(deprecatedScopes))) {
    for (const { state, deprecatedAt, sunsetAt } of snapshot.scopes.get(name) ?? []) {
      if (state !== "DEPRECATED" || sunsetAt === null) continue;
      if (earliest === null || sunsetAt < earliest.sunsetAt) earliest = { deprecatedAt, sunsetAt };
    }
  }
  return earliest;
}

/** `Deprecation` (RFC 9745: a date as a structured field) and `Sunset` (RFC 8594: an HTTP date). */
export function deprecationHeaders({ deprecatedAt, sunsetAt }: Deprecation): Readonly<Record<string, string>> {
  return {
    ...(deprecatedAt === null ? {} : { deprecation: `@${Math.floor(deprecatedAt / 1000)}` }),
    sunset: new Date(sunsetAt).toUTCString(),
  };
}
