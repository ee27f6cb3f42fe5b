import type { DecisionRecord } from "./types.ts";

/**
 * The scopes on which an allowed access rests: the one that the answer names, and, where a search was narrowed by
 * several, the others. Of anything else none: a token that was issued has not been used.
 */
export function scopesUsed(record: Pick<DecisionRecord, "kind" | "outcome" | "scope" | "reasons">): readonly string[] {
  if (record.kind !== "ACCESS" || record.outcome !== "ALLOW") return [];
  const used = record.reasons.flatMap(({ code, scope }) =>
    code === "ALLOWED_BY_RULE" && scope !== null ? [scope] : [],
  );
  return [...new Set([...(record.scope === null ? [] : [record.scope]), ...used])];
}
