import { isScopeToken, looksLikeSmart, parseSmartScope } from "./smart.ts";

/**
 * What a scope is for (SMART App Launch 2.2, "Scopes and launch context"):
 * - CLINICAL: `patient/Observation.rs`; the only kind that is parsed into atoms;
 * - LAUNCH, IDENTITY, REFRESH: launch context, OpenID Connect, refresh tokens; no access to resources;
 * - EXTENSION: `__name`, or a full URI;
 * - CUSTOM: any other token: a scope by its name;
 * - INVALID: no scope token, or one that claims to be clinical and is not well formed.
 */
export type ScopeKind = "CLINICAL" | "LAUNCH" | "IDENTITY" | "REFRESH" | "EXTENSION" | "CUSTOM" | "INVALID";

const IDENTITY: ReadonlySet<string> = new Set(["openid", "fhirUser", "profile"]);
const REFRESH: ReadonlySet<string> = new Set(["offline_access", "online_access"]);
const LAUNCH = /^launch(?:\/[a-z]+(?:\?role=[^?]+)?)?$/;
const EXTENSION = /^(?:__.|[a-z][a-z0-9+.-]*:\/\/.)/;

/** The kind of a scope, by its text alone. */
export function classifyScope(text: string): ScopeKind {
  if (!isScopeToken(text)) return "INVALID";
  if (looksLikeSmart(text)) return parseSmartScope(text) === null ? "INVALID" : "CLINICAL";
  if (LAUNCH.test(text)) return "LAUNCH";
  if (IDENTITY.has(text)) return "IDENTITY";
  if (REFRESH.has(text)) return "REFRESH";
  return EXTENSION.test(text) ? "EXTENSION" : "CUSTOM";
}
