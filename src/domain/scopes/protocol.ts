import { isScopeToken, looksLikeSmart, parseSmartScope } from "./smart.ts";

/**
 * What a protocol scope asks of the authorization server:
 * - IDENTITY: who has signed in (OpenID Connect Core, sections 3.1.2.1 and 5.4; SMART's `fhirUser`);
 * - REFRESH: a refresh token (OpenID Connect Core, section 11; SMART's `online_access`);
 * - LAUNCH: a patient, encounter or other context to begin with (SMART App Launch 2.2, "Scopes for requesting context data");
 * - EXTENSION: something of somebody else's: an absolute URI, or `__name` (the same, "Scopes not defined by SMART").
 */
export type ProtocolKind = "LAUNCH" | "IDENTITY" | "REFRESH" | "EXTENSION";

const BY_NAME: ReadonlyMap<string, ProtocolKind> = new Map([
  ["openid", "IDENTITY"],
  ["profile", "IDENTITY"],
  ["email", "IDENTITY"],
  ["fhirUser", "IDENTITY"],
  ["launch", "LAUNCH"],
  ["launch/patient", "LAUNCH"],
  ["launch/encounter", "LAUNCH"],
  ["online_access", "REFRESH"],
  ["offline_access", "REFRESH"],
]);
/** Protocol scopes that everybody knows by name, as metadata lists them. */
export const PROTOCOL_SCOPES: readonly string[] = [...BY_NAME.keys()];

const LAUNCH = /^launch\/[a-z]+(?:\?role=[^?]+)?$/;
/** RFC 3986: a scheme with an authority or a path below it, or a URN (RFC 8141). `labs:read` is no URI but a name. */
const URI = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/.|[Uu][Rr][Nn]:[A-Za-z0-9][A-Za-z0-9-]{0,31}:.)/;

/**
 * The kind of a protocol scope, known by its syntax alone; null: it is none. Protocol scopes have no atoms and are not
 * registered; they reach no resource.
 */
export function protocolKindOf(text: string): ProtocolKind | null {
  const known = BY_NAME.get(text);
  if (known !== undefined) return known;
  if (text.startsWith("launch/")) return LAUNCH.test(text) && isScopeToken(text) ? "LAUNCH" : null;
  const isForeign = text.startsWith("__") ? text.length > 2 : text.includes(":") && URI.test(text);
  return isForeign && isScopeToken(text) ? "EXTENSION" : null;
}

export const isProtocolScope = (text: string): boolean => protocolKindOf(text) !== null;

/** In a client's list: all but `offline_access`, which is for naming alone. */
const ANY = "*";
/** In a client's list: every launch scope below `launch/`. */
const ANY_LAUNCH = "launch/*";

/**
 * Whether a list of what a client may be given has a protocol scope in it. Null is `["*"]`: all but `offline_access`, for a
 * token that outlives its user's presence is given on purpose alone.
 */
export function listsProtocolScope(list: readonly string[] | null, scope: string): boolean {
  if (list?.includes(scope)) return true;
  if (scope === "offline_access") return false;
  if (list === null || list.includes(ANY)) return true;
  return list.includes(ANY_LAUNCH) && scope.startsWith("launch/");
}

/** Why this can't stand in such a list, or null. */
export const protocolListProblem = (item: string): string | null =>
  item === ANY || item === ANY_LAUNCH || isProtocolScope(item)
    ? null
    : `must be a protocol scope such as openid, launch/patient or an absolute URI, or ${ANY_LAUNCH}, or ${ANY} for all but offline_access`;

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
