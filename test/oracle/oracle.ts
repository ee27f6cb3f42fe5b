/**
 * A naive evaluator of DESIGN's decision semantics: plain loops over plain lists, no index, no Casbin, no CEL, and
 * nothing of the code under test but types. SMART scopes without constraints only. Slow, obvious, and independent.
 */
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { Rule, ScopeVersion, Validity } from "../../src/domain/policy/types.ts";
import type { Rows } from "../support/policies.ts";
import { withKnown } from "./known.ts";

export interface Expected {
  readonly outcome: "ALLOW" | "DENY";
  readonly scope: string | null;
  /** `CODE scope rule`, sorted, each once. */
  readonly reasons: readonly string[];
  readonly obligations: readonly string[];
}
type Condition = (request: AccessRequest) => boolean;

const holds = (v: Validity, now: number) =>
  (v.validFrom === null || now >= v.validFrom) && (v.validUntil === null || now < v.validUntil);
const canonical = (action: string) => (action === "vread" ? "read" : action === "patch" ? "update" : action);

const LETTERS = { c: "create", r: "read", u: "update", d: "delete", s: "search" } as const;
function smart(scope: string) {
  const m = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?)$/.exec(scope);
  if (m === null || m[3] === "") return null;
  return {
    context: m[1],
    type: m[2],
    actions: [...(m[3] ?? "")].map((l) => LETTERS[l as keyof typeof LETTERS] as string),
  };
}
function smartCovers(granted: string, asked: string): boolean {
  const [g, a] = [smart(granted), smart(asked)];
  if (g === null || a === null) return false;
  return (
    g.context === a.context && (g.type === a.type || g.type === "*") && a.actions.every((x) => g.actions.includes(x))
  );
}

const PROTOCOL = ["openid", "launch/patient", "offline_access", "https://example.org/scope"];

function contextHolds(context: string, r: AccessRequest): boolean {
  if (context === "PATIENT") return !!r.context?.patient && r.context.patient === r.resource.patient;
  if (context === "USER") return r.subject !== null;
  if (context === "SYSTEM") return r.subject === null;
  return true;
}

const FHIR = ["Observation", "Condition"];
function covers(version: ScopeVersion | null, name: string, r: AccessRequest): boolean {
  const action = canonical(r.action);
  const s = smart(name);
  if (s !== null) {
    const type = s.type === r.resource.type || (s.type === "*" && FHIR.includes(r.resource.type));
    return type && s.actions.includes(action) && contextHolds((s.context ?? "").toUpperCase(), r);
  }
  for (const d of version?.declarations ?? []) {
    const anyType = d.resourceType === "*" && (d.context === "ANY" || FHIR.includes(r.resource.type));
    if ((d.resourceType === r.resource.type || anyType) && d.actions.includes(action) && contextHolds(d.context, r))
      return true;
  }
  return false;
}

function rolesHeld(rows: Rows, r: AccessRequest, now: number): Set<string> {
  const roles = new Set<string>();
  for (const a of rows.assignments) {
    const mine =
      r.subject !== null ? a.subjectId === r.subject.id && a.subjectType === r.subject.type : a.clientId === r.clientId;
    if (mine && holds(a, now) && (a.organization === "*" || a.organization === r.resource.organization))
      roles.add(a.role);
  }
  for (let grown = true; grown; ) {
    grown = false;
    for (const role of rows.roles) {
      for (const parent of role.inherits) {
        if (roles.has(role.name) && !roles.has(parent)) grown = roles.add(parent).has(parent);
      }
    }
  }
  return roles;
}

function usable(v: ScopeVersion, now: number): boolean {
  return v.state === "ACTIVE" || (v.state === "DEPRECATED" && v.sunsetAt !== null && now < v.sunsetAt);
}

export function oracle(
  rows: Rows,
  conditions: ReadonlyMap<string, Condition>,
  asked: AccessRequest,
  now: number,
  directory: readonly NewEntity[] = [],
): Expected {
  const { request: r, disagree, replaced } = withKnown(directory, asked);
  const reasons: string[] = disagree ? ["FACTS_DISAGREE - -"] : [];
  const client = rows.clients.find((c) => c.id === r.clientId);
  if (client === undefined) reasons.push("UNKNOWN_CLIENT - -");
  if (client?.status === "SUSPENDED") reasons.push("CLIENT_SUSPENDED - -");
  const granted = rows.grants.filter((g) => g.clientId === r.clientId && holds(g, now)).map((g) => g.scope);
  const presented = r.scopes === null ? [...granted].sort() : [...new Set(r.scopes)];
  if (client !== undefined && presented.every((name) => PROTOCOL.includes(name))) reasons.push("NO_SCOPES - -");
  const blocked = reasons.length > 0;

  const roles = rolesHeld(rows, r, now);
  let winner: { scope: string; reasons: string[]; rules: Rule[] } | null = null;
  const denying: Rule[] = [];
  for (const name of presented) {
    if (PROTOCOL.includes(name)) continue;
    const versions = rows.scopes.filter((v) => v.name === name).sort((a, b) => b.version - a.version);
    if (versions.length === 0 && smart(name) === null) {
      reasons.push(`UNKNOWN_SCOPE ${name} -`);
      continue;
    }
    const found: string[] = [];
    const live = versions.filter((v) => usable(v, now));
    if (versions.length > 0 && live.length === 0)
      found.push(`${versions.every((v) => v.state === "DRAFT") ? "SCOPE_NOT_ACTIVE" : "SCOPE_RETIRED"} ${name} -`);
    if (client !== undefined && !granted.some((g) => g === name || smartCovers(g, name)))
      found.push(`SCOPE_NOT_GRANTED ${name} -`);
    const tried: (ScopeVersion | null)[] =
      versions.length === 0 ? [null] : live.length > 0 ? live : versions.slice(0, 1);
    const version = tried.find((v) => covers(v, name, r));
    if (version === undefined) found.push(`SCOPE_DOES_NOT_COVER ${name} -`);
    reasons.push(...found);
    if (found.length > 0 || client === undefined) continue;

    const allows: Rule[] = [];
    const denies: Rule[] = [];
    const errors: string[] = [];
    for (const rule of rows.rules) {
      const applies =
        (rule.role === "*" || roles.has(rule.role)) &&
        (rule.scope === "*" || rule.scope === name || smartCovers(rule.scope, name)) &&
        (rule.action === "*" || rule.action === canonical(r.action)) &&
        (rule.resourceType === "*" || rule.resourceType === r.resource.type);
      if (!applies) continue;
      let met: boolean;
      try {
        met = rule.when === null || (conditions.get(rule.when)?.(r) ?? false);
      } catch {
        errors.push(`CONDITION_ERROR ${name} ${rule.id}`);
        met = rule.effect === "DENY";
      }
      if (met) (rule.effect === "ALLOW" ? allows : denies).push(rule);
    }
    const consent = version?.requiresConsent ?? false;
    const notice = version?.state === "DEPRECATED" ? [`SCOPE_DEPRECATED ${name} -`] : [];
    if (allows.length > 0 && denies.length === 0 && !consent) {
      winner ??= {
        scope: name,
        rules: allows,
        reasons: [...allows.map((x) => `ALLOWED_BY_RULE ${name} ${x.id}`), ...notice, ...errors],
      };
      continue;
    }
    denying.push(...denies);
    reasons.push(...denies.map((x) => `DENIED_BY_RULE ${name} ${x.id}`), ...errors, ...notice);
    if (allows.length === 0) reasons.push(`NO_MATCHING_RULE ${name} *`);
    if (consent) reasons.push(`CONSENT_REQUIRED ${name} -`);
  }
  const allow = winner !== null && !blocked;
  const rules = allow ? (winner?.rules ?? []) : denying;
  return {
    outcome: allow ? "ALLOW" : "DENY",
    scope: allow ? (winner?.scope ?? null) : null,
    reasons: [
      ...new Set([...((allow ? winner?.reasons : reasons) ?? []), ...(replaced ? ["FACTS_REPLACED - -"] : [])]),
    ].sort(),
    obligations: [
      ...new Set(rules.flatMap((x) => x.obligations.map((o) => JSON.stringify([o.type, o.parameters])))),
    ].sort(),
  };
}
