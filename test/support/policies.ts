import fc from "fast-check";
import type { AssertableRole } from "../../src/domain/callers/types.ts";
import type { AuthorizeInput } from "../../src/domain/decisions/accessInput.ts";
import type { AccessRequest, AssertedRole, Resource } from "../../src/domain/decisions/types.ts";
import { byNounAndKey } from "../../src/domain/policy/difference.ts";
import { sameRow } from "../../src/domain/policy/members.ts";
import { changeOf, rowAt, rowsOf, type Snapshot, snapshotOf } from "../../src/domain/policy/snapshot.ts";
import type {
  Assignment,
  Client,
  Effect,
  Grant,
  Holder,
  Noun,
  Organization,
  PolicyRows,
  Role,
  RowChange,
  Rule,
  ScopeVersion,
  Validity,
} from "../../src/domain/policy/types.ts";
import { rowKey } from "../../src/domain/policy/types.ts";
import { type AtomContext, type AtomDeclaration, atomsOf } from "../../src/domain/scopes/atom.ts";
import type { ScopeState } from "../../src/domain/scopes/lifecycle.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";

/** A policy as plain lists, for generators, the oracle and tests that want no storage. */
export interface Rows {
  readonly clients: readonly Client[];
  readonly scopes: readonly ScopeVersion[];
  readonly grants: readonly Grant[];
  readonly roles: readonly Role[];
  readonly assignments: readonly Assignment[];
  readonly rules: readonly Rule[];
  /** Absent: none has settings of its own. */
  readonly organizations?: readonly Organization[];
}

export const NOW = Date.parse("2026-11-24T12:00:00Z");
const DAY = 86_400_000;

type Item = { [N in Noun]: { readonly noun: N; readonly row: PolicyRows[N] } }[Noun];
export function snapshotFrom(rows: Rows, revision = 1): Snapshot {
  const items: Item[] = [
    ...rows.clients.map((row) => ({ noun: "client", row }) as const),
    ...rows.scopes.map((row) => ({ noun: "scope", row }) as const),
    ...rows.grants.map((row) => ({ noun: "grant", row }) as const),
    ...rows.roles.map((row) => ({ noun: "role", row }) as const),
    ...rows.assignments.map((row) => ({ noun: "assignment", row }) as const),
    ...rows.rules.map((row) => ({ noun: "rule", row }) as const),
    ...(rows.organizations ?? []).map((row) => ({ noun: "organization", row }) as const),
  ];
  return snapshotOf(items, revision);
}

/** The row changes that turn one snapshot into another, row by row. */
export function changesBetween(from: Snapshot, to: Snapshot): RowChange[] {
  const keyOf = ({ noun, row }: Item): string => (rowKey[noun] as (row: PolicyRows[Noun]) => string)(row);
  const changes: RowChange[] = [];
  for (const item of rowsOf(from)) {
    const other = rowAt(to, item.noun, keyOf(item));
    if (other === null || !sameRow(item.row, other)) changes.push(changeOf(item.noun, item.row, other));
  }
  for (const item of rowsOf(to))
    if (rowAt(from, item.noun, keyOf(item)) === null) changes.push(changeOf(item.noun, null, item.row));
  return changes.sort(byNounAndKey);
}

/** Conditions that the generators use, each with what it means, written without CEL. A throw is an evaluation error. */
export const CONDITIONS: ReadonlyMap<string, (request: AccessRequest) => boolean> = new Map<
  string,
  (request: AccessRequest) => boolean
>([
  ["true", () => true],
  ["false", () => false],
  ['purposeOfUse == "TREAT"', (r) => needed(r.purposeOfUse) === "TREAT"],
  ['"R" in resource.labels', (r) => needed(r.resource.labels).includes("R")],
  ['has(resource.labels) && "R" in resource.labels', (r) => r.resource.labels?.includes("R") ?? false],
  ["resource.patient == subject.id", (r) => needed(onlyPatient(r)) === needed(r.subject).id],
  ['has(resource.patients) && "p1" in resource.patients', (r) => namedIn(r).includes("p1")],
  ["has(subject.id)", (r) => r.subject !== null],
  ["!has(context.patient)", (r) => (r.context?.patient ?? null) === null],
  ["resource.attributes.level > 3", (r) => Number(needed(needed(r.resource.attributes).level)) > 3],
]);

const namedIn = ({ resource: { patient, patients } }: AccessRequest): readonly string[] =>
  patients ?? (patient === null ? [] : [patient]);

/** The one that is named as such, or the only one. */
const onlyPatient = (r: AccessRequest): string | null =>
  r.resource.patient ?? (namedIn(r).length === 1 ? (namedIn(r)[0] ?? null) : null);

function needed<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("absent");
  return value;
}

const clientIds = ["c1", "c2", "c3"];
const subjectIds = ["p1", "p2"];
/** Subjects of one id and two types are two. */
const subjectTypes = ["user", "user", "device"];
const organizations = ["o1", "o2"];
const roleNames = ["r0", "r1", "r2", "r3", "r4", "r5"];
const actions = ["read", "search", "approve"];
const types = ["Observation", "Condition", "todo"];
const customScopes = ["s1", "s2", "s3"];
const smartScopes = [
  "patient/Observation.rs",
  "patient/*.r",
  "user/Condition.rs",
  "user/*.cruds",
  "system/Observation.r",
  "patient/Observation.r",
  "patient/*.rs",
  "system/*.rs",
  "system/Patient.rs",
  "patient/Observation.rs?category=a",
  "patient/Observation.rs?category=b,c",
  "patient/Observation.s",
];
/** Of custom scopes, on reads only: what a filter comes to is told by tests of its own. */
const constraints = [
  "category=a",
  "category=a,b",
  "date=2020-05",
  "value-quantity=le5|u|mg",
  "value-string=caf",
  "subject=Patient/p1",
  "_security=R&category=a",
];
/** Registered, each with a life of its own. */
const registeredScopes = [
  "patient/Observation.rs",
  "patient/Observation.read",
  "patient/Observation.r?category=a",
  "user/*.rs",
];
/** Wider than any grant is likely to be. */
const wideScopes = ["patient/*.rs", "patient/Observation.cruds", "patient/Observation.rs?category=a,b"];
/** Once more: few requests meet a constraint. */
const CATEGORIES = ["patient/Observation.rs?category=a", "patient/Observation.rs?category=b,c"];
const scopeNames = [...customScopes, ...smartScopes];

/** Repeated values are likelier: most requests should reach the rules, where the engine has its say. */
const pick = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const unique = <N extends Noun>(noun: N, rows: readonly PolicyRows[N][]): PolicyRows[N][] => [
  ...new Map(rows.map((row) => [(rowKey[noun] as (row: PolicyRows[N]) => string)(row), row])).values(),
];

const validity: fc.Arbitrary<Validity> = fc.record({
  validFrom: pick(null, null, null, null, NOW - DAY, NOW, NOW + DAY),
  validUntil: pick(null, null, null, null, NOW - 1, NOW, NOW + DAY),
});

const client: fc.Arbitrary<Client> = fc.record({
  id: pick(...clientIds),
  name: pick("a client"),
  status: pick<Client["status"]>("ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "SUSPENDED"),
  description: pick(null),
  protocolScopes: pick(null, ["*"], ["openid", "launch/*"], ["*", "offline_access"], []),
  careCritical: pick(false, false, true),
});

const unconstrained: fc.Arbitrary<AtomDeclaration> = fc.record({
  context: pick<AtomContext>("ANY", "ANY", "ANY", "PATIENT", "USER", "SYSTEM"),
  resourceType: pick(...types, "*", "*", "Observation"),
  actions: fc.uniqueArray(pick(...actions, "read", "read"), { minLength: 1, maxLength: 3 }),
  constraint: pick(null),
});
const constrained: fc.Arbitrary<AtomDeclaration> = fc.record({
  context: pick<AtomContext>("ANY", "USER"),
  resourceType: pick("Observation"),
  actions: pick(["read"]),
  constraint: pick(...constraints),
});
const declaration = fc.oneof({ weight: 3, arbitrary: unconstrained }, { weight: 1, arbitrary: constrained });

function scopeVersion(name: string, version: number): fc.Arbitrary<ScopeVersion> {
  return fc
    .record({
      declarations: fc.array(declaration, { minLength: 1, maxLength: 2 }),
      state: pick<ScopeState>(
        "DRAFT",
        "ACTIVE",
        "ACTIVE",
        "ACTIVE",
        "DEPRECATED",
        "DEPRECATED",
        "DEPRECATED",
        "RETIRED",
      ),
      requiresConsent: pick(false, false, false, true),
      sunsetAt: pick(NOW - 1, NOW, NOW + DAY, NOW + DAY),
    })
    .map(({ declarations, state, requiresConsent, sunsetAt }) => {
      const smart = parseSmartScope(name);
      const atoms = smart === null ? atomsOf(declarations) : { ok: true as const, value: smart.atoms };
      if (!atoms.ok) throw new Error(atoms.message);
      const over = state === "DEPRECATED" || state === "RETIRED";
      return {
        name,
        version,
        state,
        title: null,
        description: null,
        translations: [],
        declarations: smart === null ? declarations : [],
        requiresConsent,
        justification: null,
        deprecatedAt: over ? NOW - DAY : null,
        sunsetAt: over ? sunsetAt : null,
        replacedBy: null,
        retiredAt: state === "RETIRED" ? NOW - DAY : null,
        atoms: atoms.value,
      };
    });
}

const scopes: fc.Arbitrary<ScopeVersion[]> = fc
  .tuple(
    ...[...customScopes, "patient/Observation.rs"].flatMap((name) => [
      maybe(scopeVersion(name, 1)),
      maybe(scopeVersion(name, 2)),
    ]),
    ...registeredScopes.slice(1).map((name) => fc.option(scopeVersion(name, 1), { nil: null, freq: 1 })),
  )
  .map((found) => found.filter((version) => version !== null))
  // At most one version of a name is active: what the change function keeps to.
  .map((versions) =>
    versions.filter(
      (v) =>
        v.state !== "ACTIVE" ||
        !versions.some((w) => w.name === v.name && w.state === "ACTIVE" && w.version > v.version),
    ),
  );

const grant: fc.Arbitrary<Grant> = fc
  .record({
    clientId: pick(...clientIds),
    scope: pick(...scopeNames, ...CATEGORIES, ...customScopes, ...customScopes),
  })
  .chain((g) => validity.map((v) => ({ ...g, ...v })));

/** A role inherits only roles of higher number: no circles, any depth. */
const roles: fc.Arbitrary<Role[]> = fc
  .tuple(...roleNames.map((_, i) => fc.subarray(roleNames.slice(i + 1))))
  .map((parents) => roleNames.map((name, i) => ({ name, inherits: parents[i] ?? [], description: null })));

const assignment: fc.Arbitrary<Assignment> = fc
  .record({
    holder: pick<Holder>(
      ...subjectIds.flatMap((id) => subjectTypes.map((type) => ({ subjectId: id, subjectType: type, clientId: null }))),
      ...clientIds.map((id) => ({ subjectId: null, subjectType: null, clientId: id })),
    ),
    role: pick(...roleNames),
    organization: pick("*", ...organizations),
  })
  .chain(({ holder, role, organization }) => validity.map((v) => ({ ...holder, role, organization, ...v })));

const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.nat({ max: 30 }).map((n) => `rule-${n}`),
  role: pick(...roleNames, "*", "*"),
  scope: pick(...scopeNames, ...registeredScopes, ...customScopes, "*", "*", "*"),
  action: pick(...actions, "*", "*"),
  resourceType: pick(...types, "*", "*"),
  when: fc.oneof(fc.constant(null), pick(...CONDITIONS.keys())),
  effect: pick<Effect>("ALLOW", "ALLOW", "ALLOW", "ALLOW", "ALLOW", "DENY"),
  obligations: fc.array(fc.record({ type: pick("log", "mask"), parameters: pick(null, { a: 1 }) }), { maxLength: 2 }),
  description: pick(null),
  justification: pick(null),
});

/** Settings of one organization or of all; what no decision reads stays unset. */
const organization: fc.Arbitrary<Organization> = fc.record({
  id: pick("*", ...organizations),
  name: pick(null, "A clinic"),
  consentOnSilence: pick(null),
  specialProtection: pick(null, "TRUSTED", "ENFORCED"),
  purposeRequired: pick(null, null, null, false, true),
  patientScopesReachShared: pick(null, true, false),
  part2Program: pick(null, true, false),
  accessRequestMaxMinutes: pick(null),
  consentRequests: pick(null),
  breakGlass: pick(null),
  emergencyOverridesRefusal: pick(null),
  alertResponses: pick(null),
  retentionYears: pick(null),
  legalHold: pick(null),
  justification: pick(null),
});

export const policies: fc.Arbitrary<Rows> = fc.record({
  clients: fc.array(client, { minLength: 3, maxLength: 6 }).map((rows) => unique("client", rows)),
  scopes,
  grants: fc.array(grant, { minLength: 10, maxLength: 25 }).map((rows) => unique("grant", rows)),
  roles,
  assignments: fc.array(assignment, { minLength: 6, maxLength: 16 }).map((rows) => unique("assignment", rows)),
  rules: fc.array(rule, { minLength: 4, maxLength: 20 }).map((rows) => unique("rule", rows)),
  organizations: fc.array(organization, { maxLength: 3 }).map((rows) => unique("organization", rows)),
});

/** Roles that the caller adds, which it has been found to be allowed: mostly none. */
export const assertedRoles: fc.Arbitrary<readonly AssertedRole[] | null> = fc.option(
  fc.array(fc.record({ organization: pick("*", ...organizations), role: pick(...roleNames) }), {
    minLength: 1,
    maxLength: 2,
  }),
  { nil: null, freq: 1 },
);

/** The question as its caller puts it, who may assert any role. */
export const inputOf = ({ subject, ...request }: AccessRequest): AuthorizeInput => ({
  ...request,
  subject: subject && { ...subject, roles: subject.roles?.map(({ role }) => role) },
});
export const anyRole: readonly AssertableRole[] = roleNames.map((role) => ({ role, organization: "*" }));

const onOneType: fc.Arbitrary<AccessRequest> = fc.record({
  clientId: pick(...clientIds),
  subject: maybe(
    fc.record({
      id: pick(...subjectIds),
      type: pick(...subjectTypes),
      organization: pick(null),
      roles: assertedRoles,
      attributes: pick(null),
    }),
  ),
  scopes: maybe(
    fc.array(
      pick(
        ...[...scopeNames, ...wideScopes, ...registeredScopes, ...customScopes, ...customScopes, ...customScopes],
        ...["unknown", "patient/Observation.dus", "user/Ingredient.r"],
        ...["two words", "openid", "launch/patient", "offline_access", "https://example.org/scope"],
      ),
      { maxLength: 4 },
    ),
  ),
  action: pick(...actions, "read", "read", "read", "vread", "_history", "delete", "tools/call"),
  resource: fc.record({
    type: pick(...types, "Observation", "Observation", "Observation", "observations", "acme:record"),
    id: pick(null, "x"),
    patient: pick(null, "p1", "p2"),
    patients: pick(null, null, null, null, null, ["p1"], ["p1", "p2"], ["p2", "p3"]),
    organization: maybe(pick(...organizations)),
    labels: pick(null, ["N"], ["R", "N"]),
    attributes: pick(
      null,
      {},
      { level: 2 },
      { level: 5 },
      { category: "a" },
      { category: "a", date: "2020-05-01", "value-quantity": "4|u|mg", "value-string": "caf", subject: "Patient/p1" },
      { date: "2020-05", "value-quantity": 6, "value-string": ["tea", "Caf\u00e9"], subject: "p1" },
      { date: "soon", "value-quantity": "many", "value-string": "CAFETERIA", subject: "Patient/p2" },
      { category: ["b"] },
      { category: ["a", "c"] },
    ),
  }),
  purposeOfUse: pick(null, "TREAT", "HRESCH"),
  context: maybe(
    fc.record({
      patient: pick(null, "p1", "p2"),
      ipAddress: pick(null),
      region: pick(null),
      userAgent: pick(null),
      tokenId: pick(null),
      attributes: pick(null),
    }),
  ),
  requestId: pick(null),
});

interface Special extends Partial<Pick<AccessRequest, "action" | "scopes" | "subject">> {
  readonly type?: string;
  readonly id?: string | null;
  readonly patient?: string | null;
  readonly inContext?: string;
}
const NO_CONTEXT = { ipAddress: null, region: null, userAgent: null, tokenId: null, attributes: null };

/** What else a request may be about: all types, an export, data of nobody, a patient, whatever is of one. */
const special: fc.Arbitrary<Special> = fc.oneof(
  fc.record({ action: pick("search-system", "search", "history-system"), type: pick("*") }),
  fc.record({ action: pick("$export"), type: pick("*", "Patient", "Patient", "Group"), subject: pick(null) }),
  fc.record({ action: pick("read", "search", "update"), type: pick("Organization"), patient: pick(null, null, "p2") }),
  fc.record({ action: pick("read", "search"), type: pick("Patient"), id: pick(null, "p1", "p2"), patient: pick(null) }),
  {
    weight: 12,
    arbitrary: fc.record({
      action: pick("search"),
      type: pick("Observation", "*"),
      patient: pick(null),
      scopes: pick<readonly string[] | null>(
        ["patient/Observation.rs"],
        ["patient/Observation.s", "s1"],
        ["patient/*.rs"],
        null,
      ),
      inContext: pick("p1"),
    }),
  },
);

/** The same with a subject among its attributes only where the resource's own members name the same. */
function consistent(resource: Resource, mayName: boolean): Resource {
  const { attributes, patient, patients } = resource;
  if (attributes?.subject === undefined) return resource;
  const { subject, ...others } = attributes;
  const id = String(subject).replace("Patient/", "");
  const named = patients ?? (patient === null ? [] : [patient]);
  if (named.includes(id)) return resource;
  return named.length === 0 && mayName ? { ...resource, patient: id } : { ...resource, attributes: others };
}

/** In canonical form, as requests are once they are read. */
export const requests: fc.Arbitrary<AccessRequest> = fc
  .tuple(onOneType, fc.option(special, { nil: {} satisfies Special as Special, freq: 1 }))
  .map(
    ([
      request,
      { action = request.action, inContext, scopes = request.scopes, subject = request.subject, ...more },
    ]) => {
      const isSpecial = Object.keys(more).length > 0;
      const resource = { ...request.resource, ...more, ...(isSpecial ? { patients: null } : {}) };
      const { id, patient, patients, type } = resource;
      const single = patients === null || patient === null || patients.includes(patient) ? patient : null;
      const context = inContext === undefined ? request.context : { ...NO_CONTEXT, patient: inContext };
      return {
        ...{ ...request, action, context, scopes, subject },
        resource: consistent(
          { ...resource, patient: type === "Patient" && id !== null ? id : single },
          !isSpecial && type !== "Patient",
        ),
      };
    },
  );

/** The request, turned towards what a rule and an assignment of the policy allow: few others get that far. */
export function aimed(rows: Rows, request: AccessRequest, n: number): AccessRequest {
  const rules = rows.rules.filter(({ effect }) => effect === "ALLOW");
  const rule = rules[n % Math.max(1, rules.length)];
  if (rule === undefined) return request;
  const holders = rows.assignments.filter(({ role }) => rule.role === "*" || role === rule.role);
  const holder = holders[n % Math.max(1, holders.length)];
  const own = holder?.subjectId === undefined || holder.subjectId === null ? null : holder;
  const grants = rows.grants.filter(({ scope }) => rule.scope === "*" || scope === rule.scope);
  const subject = { id: own?.subjectId ?? "p1", type: own?.subjectType ?? "user", organization: null, roles: null };
  return {
    ...request,
    clientId: holder?.clientId ?? grants[n % Math.max(1, grants.length)]?.clientId ?? request.clientId,
    subject: own === null ? null : { ...subject, attributes: null },
    scopes: n % 2 === 0 ? null : request.scopes,
    action: rule.action === "*" ? request.action : rule.action,
    resource: {
      ...request.resource,
      type: rule.resourceType === "*" ? request.resource.type : rule.resourceType,
      organization:
        holder === undefined || holder.organization === "*" ? request.resource.organization : holder.organization,
    },
  };
}
