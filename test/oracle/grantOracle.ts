/**
 * A naive answer to which scopes a token may carry: plain loops over plain lists, and nothing of the code under test but
 * types. SMART scopes without constraints only. What rules and lives of scopes leave of a ceiling is the access oracle's.
 */
import type { GrantRequest } from "../../src/domain/decisions/types.ts";
import type { Client } from "../../src/domain/policy/types.ts";
import type { Rows } from "../support/policies.ts";

/** One permission: `patient Observation read`; the type may be `*`, which is also what types nobody names come to. */
type Permission = string;

const LETTERS: Readonly<Record<string, string>> = { c: "create", r: "read", u: "update", d: "delete", s: "search" };
const V1: Readonly<Record<string, string>> = { read: "rs", write: "cud", "*": "cruds" };

export function permissionsOf(scope: string): readonly Permission[] {
  const [, context, type, suffix = ""] = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(\S+)$/.exec(scope) ?? [];
  const letters = V1[suffix] ?? suffix;
  if (context === undefined || !/^c?r?u?d?s?$/.test(letters)) return [];
  return [...letters].map((letter) => `${context} ${type} ${LETTERS[letter]}`);
}

/** What two permissions have in common, if anything. */
function common(a: Permission, b: Permission): readonly Permission[] {
  const [[c1, t1, a1], [c2, t2, a2]] = [a.split(" "), b.split(" ")];
  if (c1 !== c2 || a1 !== a2 || (t1 !== t2 && t1 !== "*" && t2 !== "*")) return [];
  return [t1 === "*" ? b : a];
}

/** Without those that a wildcard says as well, in one order. */
export function simplest(permissions: readonly Permission[]): readonly Permission[] {
  const all = new Set(permissions);
  return [...all].filter((each) => / \* /.test(each) || !all.has(each.replace(/ \S+ /, " * "))).sort();
}

const grantsOf = (rows: Rows, clientId: string, now: number): readonly string[] =>
  rows.grants
    .filter((g) => g.clientId === clientId)
    .filter((g) => (g.validFrom === null || now >= g.validFrom) && (g.validUntil === null || now < g.validUntil))
    .map((g) => g.scope);

/** What a token that asks for a SMART scope may have at most: what was asked, as far as the client is granted it. */
export function withinGrants(rows: Rows, request: GrantRequest, scope: string, now: number): readonly Permission[] {
  const granted = grantsOf(rows, request.clientId, now).flatMap(permissionsOf);
  const has = { patient: !!request.context?.patient, user: request.subject !== null, system: request.subject === null };
  const usable = permissionsOf(scope).filter((each) => has[each.split(" ")[0] as keyof typeof has]);
  return simplest(usable.flatMap((asked) => granted.flatMap((ceiling) => common(asked, ceiling))));
}

const PEOPLE = ["openid", "profile", "email", "fhirUser", "online_access", "offline_access"];
export const isProtocol = (scope: string): boolean =>
  [...PEOPLE, "launch"].includes(scope) || scope.startsWith("launch/") || scope.includes("://");

/** Whether the client, which is active, may be given a protocol scope. */
export function mayHave({ protocolScopes }: Client, { subject }: GrantRequest, scope: string): boolean {
  if (PEOPLE.includes(scope) && subject === null) return false;
  for (const item of protocolScopes ?? ["*"]) {
    if (item === scope) return true;
    if (item === "*" && scope !== "offline_access") return true;
    if (item === "launch/*" && scope.startsWith("launch/")) return true;
  }
  return false;
}
