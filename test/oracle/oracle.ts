/**
 * A naive evaluator of DESIGN's decision semantics: plain loops over plain lists, no index, no Casbin, no CEL, and
 * nothing of the code under test but types. SMART scopes constrained by `category` alone, custom ones
 * as `meets` knows it. Slow, obvious, and independent.
 */
import type { KeptRestriction } from "../../src/domain/decisions/restrictions/restriction.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { NewEntity } from "../../src/domain/directory/entity.ts";
import type { Rule, ScopeVersion, Validity } from "../../src/domain/policy/types.ts";
import type { Rows } from "../support/policies.ts";
import { meets } from "./constraints.ts";
import { withKnown } from "./known.ts";
import { asksPurpose, canonical, clausesOf, FHIR, inContext, leftToCaller, namesNobody, reach } from "./reach.ts";

export interface Expected {
  readonly outcome: "ALLOW" | "DENY";
  readonly scope: string | null;
  /** `CODE scope rule`, sorted, each once. */
  readonly reasons: readonly string[];
  /** What a search is confined to: clauses of conditions, all of which hold. */
  readonly filters: readonly string[];
  readonly obligations: readonly string[];
}
type Condition = (request: AccessRequest) => boolean;

const holds = (v: Validity, now: number) =>
  (v.validFrom === null || now >= v.validFrom) && (v.validUntil === null || now < v.validUntil);

const LETTERS = { c: "create", r: "read", u: "update", d: "delete", s: "search" } as const;
type Constraint = readonly string[] | null;
const SMART = new RegExp(
  `^(patient|user|system)/(\\*|${FHIR.join("|")})\\.(c?r?u?d?s?|read)(?:\\?category=([a-c,]+))?$`,
);
/** SMART scopes, constrained at most by values of `category`. */
function smart(scope: string) {
  const m = SMART.exec(scope);
  if (m === null || m[3] === "") return null;
  const letters = m[3] === "read" ? "rs" : (m[3] ?? "");
  return {
    context: m[1] ?? "",
    type: m[2] ?? "",
    actions: [...letters].map((l) => LETTERS[l as keyof typeof LETTERS] as string),
    category: (m[4]?.split(",") ?? null) as Constraint,
  };
}
type Smart = NonNullable<ReturnType<typeof smart>>;

/** Atoms: one context, type, action and constraint each. */
interface Atom {
  readonly context: string;
  readonly type: string;
  readonly action: string;
  readonly category: Constraint;
}
const atomsOf = (s: Smart): Atom[] => s.actions.map((action) => ({ ...s, action }));
const within = (narrow: Constraint, wide: Constraint) =>
  wide === null || (narrow?.every((value) => wide.includes(value)) ?? false);
const atomWithin = (narrow: Atom, wide: Atom) =>
  narrow.context === wide.context &&
  narrow.action === wide.action &&
  (narrow.type === wide.type || wide.type === "*") &&
  within(narrow.category, wide.category);
const textOf = ({ category, type }: Atom) => `${type} ${[...(category ?? [])].sort().join()}`;
function atomMeet(a: Atom, b: Atom): Atom | null {
  if (a.context !== b.context || a.action !== b.action) return null;
  if (a.type !== b.type && a.type !== "*" && b.type !== "*") return null;
  const category =
    a.category === null
      ? b.category
      : b.category === null
        ? a.category
        : a.category.filter((v) => b.category?.includes(v));
  return category?.length === 0 ? null : { ...a, type: a.type === "*" ? b.type : a.type, category };
}
/** Whether scope a means less than scope b, or the same. */
const scopeWithin = (a: Smart, b: Smart) => atomsOf(a).every((x) => atomsOf(b).some((y) => atomWithin(x, y)));

/** What a resource says of its category; null: nothing. */
function categories(r: AccessRequest): readonly string[] | null {
  const value = r.resource.attributes?.category;
  return value === undefined ? null : ([value].flat() as string[]);
}
const patientMay = (context: string, r: AccessRequest) =>
  context === "PATIENT" && !!r.context?.patient && namesNobody(r);
/** The policy at hand. */
let policy: Rows;
/** To whom a search by an atom is confined; null: to nobody. */
function patientOf(atom: Atom, r: AccessRequest): string | null {
  const found = inContext(policy, atom.context.toUpperCase(), r);
  return found !== null && found !== "ALL" && "patient" in found ? found.patient : null;
}
/** Whether an atom covers the access: for sure, perhaps, or not. Of a search the constraint is told by `filter`. */
function covering(atom: Atom, r: AccessRequest): "YES" | "MAYBE" | "NO" {
  if (atom.action !== canonical(r) || !isType(atom.type, r)) return "NO";
  const context = atom.context.toUpperCase();
  const holds = inContext(policy, context, r) !== null;
  if (!holds && !patientMay(context, r)) return "NO";
  const sure = holds ? "YES" : "MAYBE";
  if (canonical(r) === "search" || atom.category === null) return sure;
  const has = categories(r);
  if (has === null) return "MAYBE";
  return has.some((value) => atom.category?.includes(value)) ? sure : "NO";
}
const isType = (type: string, r: AccessRequest) => type === r.resource.type || type === "*";

/** Whether what is covered perhaps counts as covered, for an access with this filter. */
function holdsFor(atom: Atom, r: AccessRequest, filter: Constraint): boolean {
  if (covering(atom, r) === "NO") return false;
  if (canonical(r) !== "search" || atom.category === null || filter === null) return true;
  return filter.some((value) => atom.category?.includes(value));
}
/** Whether it surely covers the access with this filter. */
const surely = (atom: Atom, r: AccessRequest, filter: Constraint) =>
  covering(atom, r) === "YES" && (canonical(r) !== "search" || within(filter, atom.category));

const PROTOCOL = ["openid", "launch/patient", "offline_access", "https://example.org/scope"];

/** What a version of a custom scope lets one have. */
const reaching = (version: ScopeVersion, r: AccessRequest) =>
  reach(
    policy,
    version.declarations
      .filter(({ constraint }) => meets(constraint ?? "", r))
      .map(({ actions, context, resourceType: type }) => ({ actions, context, type })),
    r,
  );

function rolesHeld(rows: Rows, r: AccessRequest, now: number): Set<string> {
  const roles = new Set<string>();
  for (const a of rows.assignments) {
    const mine =
      r.subject !== null ? a.subjectId === r.subject.id && a.subjectType === r.subject.type : a.clientId === r.clientId;
    if (mine && holds(a, now) && (a.organization === "*" || a.organization === r.resource.organization))
      roles.add(a.role);
  }
  for (const { role, organization } of r.subject?.roles ?? [])
    if (organization === "*" || organization === r.resource.organization) roles.add(role);
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

/** For how many minutes an organization lets alerts do something: of its own list, else of that of all; of a resource that names none the most of any. */
function minutesLet(rows: Rows, at: string | null, response: string): number {
  const listOf = (id: string) => (rows.organizations ?? []).find((o) => o.id === id)?.alertResponses ?? null;
  const lists =
    at === null ? (rows.organizations ?? []).map((o) => o.alertResponses ?? []) : [listOf(at) ?? listOf("*") ?? []];
  return Math.max(0, ...lists.flat().flatMap((each) => (each.response === response ? [each.maxMinutes] : [])));
}
function holdsNow(rows: Rows, r: AccessRequest, now: number, restriction: KeptRestriction): boolean {
  const { alertId, endsAt, holder, imposedAt, lifted, response } = restriction;
  const mine =
    holder.kind === "CLIENT"
      ? holder.id === r.clientId
      : r.subject !== null && r.subject.id === holder.id && r.subject.type === holder.type;
  const spared = holder.kind === "CLIENT" && rows.clients.some((c) => c.id === r.clientId && c.careCritical);
  if (!mine || lifted !== null || (response === "SUSPENSION" && spared)) return false;
  if (alertId === null) return now < endsAt;
  return now < endsAt && now < imposedAt + 60_000 * minutesLet(rows, r.resource.organization, response);
}

export function oracle(
  rows: Rows,
  conditions: ReadonlyMap<string, Condition>,
  asked: AccessRequest,
  now: number,
  directory: readonly NewEntity[] = [],
  restrictions: readonly KeptRestriction[] = [],
): Expected {
  policy = rows;
  const { request: r, disagree, replaced } = withKnown(directory, asked);
  const reasons: string[] = disagree ? ["FACTS_DISAGREE - -"] : [];
  const client = rows.clients.find((c) => c.id === r.clientId);
  if (client === undefined) reasons.push("UNKNOWN_CLIENT - -");
  if (client?.status === "SUSPENDED") reasons.push("CLIENT_SUSPENDED - -");
  const held = restrictions.filter((each) => holdsNow(rows, r, now, each));
  if (held.some(({ response }) => response === "SUSPENSION")) reasons.push("SUSPENDED_FOR_REVIEW - -");
  if (r.purposeOfUse === null && asksPurpose(rows, r)) reasons.push("PURPOSE_REQUIRED - -");
  const granted = rows.grants.filter((g) => g.clientId === r.clientId && holds(g, now)).map((g) => g.scope);
  const presented = r.scopes === null ? [...granted].sort() : [...new Set(r.scopes)];
  if (client !== undefined && presented.every((name) => PROTOCOL.includes(name))) reasons.push("NO_SCOPES - -");
  const blocked = reasons.length > 0;

  const roles = rolesHeld(rows, r, now);
  const winners: {
    scope: string;
    filter: Constraint;
    patient: string | null;
    reasons: string[];
    rules: Rule[];
  }[] = [];
  const denying: Rule[] = [];
  const ceiling = granted.flatMap((g) => atomsOf(smart(g) ?? ({ actions: [] as string[] } as unknown as Smart)));
  for (const name of presented) {
    if (PROTOCOL.includes(name)) continue;
    const versions = rows.scopes.filter((v) => v.name === name).sort((a, b) => b.version - a.version);
    const s = smart(name);
    if (versions.length === 0 && s === null) {
      reasons.push(`UNKNOWN_SCOPE ${name} -`);
      continue;
    }
    const found: string[] = [];
    /** What goes on to the rules. */
    const parts: {
      atom: Atom | null;
      version: ScopeVersion | null;
      filter: Constraint;
      patient: string | null;
      notices: string[];
      consent: string | null;
    }[] = [];
    if (s === null) {
      const live = versions.filter((v) => usable(v, now));
      if (live.length === 0)
        found.push(`${versions.every((v) => v.state === "DRAFT") ? "SCOPE_NOT_ACTIVE" : "SCOPE_RETIRED"} ${name} -`);
      if (client !== undefined && !granted.includes(name)) found.push(`SCOPE_NOT_GRANTED ${name} -`);
      const version = (live.length > 0 ? live : versions.slice(0, 1)).find((v) => reaching(v, r).length > 0);
      if (version === undefined) found.push(`SCOPE_DOES_NOT_COVER ${name} -`);
      else {
        const [first] = reaching(version, r);
        const patient = first !== undefined && first !== "ALL" && "patient" in first ? first.patient : null;
        parts.push({
          ...{ atom: null, version, filter: null, patient, consent: version.requiresConsent ? name : null },
          notices: version.state === "DEPRECATED" ? [`SCOPE_DEPRECATED ${name} -`] : [],
        });
      }
    } else {
      const whole = granted.includes(name);
      const met = atomsOf(s).flatMap((a) => ceiling.flatMap((g) => atomMeet(a, g) ?? []));
      if (client !== undefined && !whole && met.length === 0) found.push(`SCOPE_NOT_GRANTED ${name} -`);
      const asked = atomsOf(s).find((a) => covering(a, r) === "YES");
      if (asked === undefined) found.push(`SCOPE_DOES_NOT_COVER ${name} -`);
      else {
        const wide =
          !whole &&
          !atomsOf(s).every((a) =>
            a.category === null
              ? ceiling.some((g) => atomWithin(a, g))
              : a.category.every((value) => ceiling.some((g) => atomWithin({ ...a, category: [value] }, g))),
          );
        const on = ceiling.filter((g) => isType(g.type, r));
        const worth =
          client === undefined || found.length > 0 || whole || on.some((g) => atomWithin(asked, g))
            ? [asked]
            : on.flatMap((g) => atomMeet(asked, g) ?? []);
        const largest = worth.filter(
          (a, i) => !worth.some((b, j) => i !== j && atomWithin(a, b) && (j < i || !atomWithin(b, a))),
        );
        // The order of their text: that of the grants is no part of a policy.
        const covered = largest
          .filter((a) => covering(a, r) === "YES")
          .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
        if (covered.length === 0)
          found.push(`SCOPE_DOES_NOT_COVER ${name} -`, ...(wide ? [`SCOPE_NARROWED ${name} -`] : []));
        for (const atom of covered) {
          const filter = canonical(r) === "search" ? atom.category : null;
          const notices = wide ? [`SCOPE_NARROWED ${name} -`] : [];
          let consent: string | null = null;
          const ends: string[] = [];
          for (const other of [...new Set(rows.scopes.map((v) => v.name))].sort()) {
            const o = smart(other);
            const theirs =
              o === null ? undefined : atomsOf(o).find((x) => x.action === atom.action && isType(x.type, r));
            if (o === null || theirs === undefined || o.context !== atom.context || !holdsFor(theirs, r, filter))
              continue;
            const lives = rows.scopes.filter((v) => v.name === other);
            const stands = (third: string, how: "NARROWER" | "SAME") => {
              const t = smart(third);
              const their =
                t === null ? undefined : atomsOf(t).find((x) => surely(x, r, filter) && x.context === atom.context);
              if (t === null || third === other || their === undefined || !scopeWithin(t, o)) return false;
              return (
                scopeWithin(o, t) === (how === "SAME") && rows.scopes.some((v) => v.name === third && usable(v, now))
              );
            };
            const names = rows.scopes.map((v) => v.name);
            if (names.some((third) => stands(third, "NARROWER"))) continue;
            const live = lives.filter((v) => usable(v, now)).sort((a, b) => b.version - a.version);
            const spelt = other !== name && names.some((third) => stands(third, "SAME"));
            if (live.length === 0 && !spelt)
              ends.push(`${lives.every((v) => v.state === "DRAFT") ? "SCOPE_NOT_ACTIVE" : "SCOPE_RETIRED"} ${other} -`);
            if (live[0]?.requiresConsent) consent ??= other;
            if (live[0]?.state === "DEPRECATED" && surely(theirs, r, filter))
              notices.push(`SCOPE_DEPRECATED ${other} -`);
          }
          if (ends.length > 0) reasons.push(...ends);
          else if (found.length === 0)
            parts.push({ atom, version: null, filter, patient: patientOf(atom, r), notices, consent });
        }
      }
    }
    reasons.push(...found);
    if (found.length > 0 || client === undefined) continue;

    for (const { atom, filter, patient, notices, consent } of parts) {
      const allows: Rule[] = [];
      const denies: Rule[] = [];
      const errors: string[] = [];
      for (const rule of rows.rules) {
        const named = smart(rule.scope);
        const meant =
          rule.effect === "ALLOW" || named === null
            ? atom === null
              ? rule.scope === name
              : named !== null && atomsOf(named).some((x) => atomWithin(atom, x))
            : atomsOf(named).some((x) => holdsFor(x, r, null));
        const applies =
          (rule.role === "*" || roles.has(rule.role)) &&
          (rule.scope === "*" || meant) &&
          (rule.action === "*" || rule.action === canonical(r)) &&
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
      if (allows.length > 0 && denies.length === 0 && consent === null) {
        winners.push({
          ...{ scope: name, filter, patient, rules: allows },
          reasons: [...allows.map((x) => `ALLOWED_BY_RULE ${name} ${x.id}`), ...notices, ...errors],
        });
        continue;
      }
      denying.push(...denies);
      const told = notices.filter((notice) => !notice.startsWith("SCOPE_NARROWED"));
      reasons.push(...denies.map((x) => `DENIED_BY_RULE ${name} ${x.id}`), ...errors, ...told);
      if (allows.length === 0) reasons.push(`NO_MATCHING_RULE ${name} *`);
      if (consent !== null) reasons.push(`CONSENT_REQUIRED ${consent} -`);
    }
  }
  const free = winners.find(
    (way) => way.filter === null && way.patient === null && leftToCaller(rows, r, way).length === 0,
  );
  const used = free === undefined ? winners : [free];
  const allow = used.length > 0 && !blocked;
  const rules = allow ? used.flatMap((x) => x.rules) : denying;
  const alternatives = used.map(({ filter, patient }) => [
    ...(filter === null ? [] : [`category=${filter.join(",")}`]),
    ...(patient === null ? [] : [`patient ${patient}`]),
  ]);
  return {
    outcome: allow ? "ALLOW" : "DENY",
    scope: allow ? (used[0]?.scope ?? null) : null,
    reasons: [
      ...new Set([...(allow ? used.flatMap((x) => x.reasons) : reasons), ...(replaced ? ["FACTS_REPLACED - -"] : [])]),
    ].sort(),
    filters: allow ? clausesOf(alternatives) : [],
    obligations: [
      ...new Set(rules.flatMap((x) => x.obligations.map((o) => JSON.stringify([o.type, o.parameters])))),
      ...(allow ? new Set(used.flatMap((way) => leftToCaller(rows, r, way))) : []),
      ...(allow ? held.flatMap(({ id, response }) => (response === "STEP_UP" ? [`stepUp ${id}`] : [])) : []),
    ].sort(),
  };
}
