import { protocolKindOf } from "./protocol.ts";
import { isScopeToken, looksLikeSmart, parseSmartScope } from "./smart.ts";

/**
 * What a scope is for (SMART App Launch 2.2, "Scopes and launch context"):
 * - CLINICAL: `patient/Observation.rs`; the only kind that is parsed into atoms;
 * - LAUNCH, IDENTITY, REFRESH, EXTENSION: protocol scopes (`protocol.ts`), which reach no resource;
 * - CUSTOM: any other token: a scope by its name;
 * - INVALID: no scope token, or one that claims to be clinical and is not well formed.
 */
export type ScopeKind = "CLINICAL" | "LAUNCH" | "IDENTITY" | "REFRESH" | "EXTENSION" | "CUSTOM" | "INVALID";

/** The kind of a scope, by its text alone. */
export function classifyScope(text: string): ScopeKind {
  if (!isScopeToken(text)) return "INVALID";
  if (looksLikeSmart(text)) return parseSmartScope(text) === null ? "INVALID" : "CLINICAL";
  return protocolKindOf(text) ?? "CUSTOM";
}
