import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Item } from "../../src/domain/policy/snapshot.ts";
import type { Rule } from "../../src/domain/policy/types.ts";

/** How large a policy is; the parts besides rules stay the same, so that only the number of rules varies. */
export interface Size {
  readonly rules: number;
  readonly scopes: number;
  readonly subjects: number;
  readonly clients: number;
  /** One rule in so many is a wildcard over scopes, over roles, or over actions and types. */
  readonly wildcardEvery: number;
}
export const sizeOf = (rules: number, wildcardEvery = 2_000): Size => ({
  rules,
  scopes: 10_000,
  subjects: 100_000,
  clients: 1_000,
  wildcardEvery,
});

const TYPES = [
  "Observation",
  "Condition",
  "MedicationRequest",
  "Encounter",
  "Procedure",
  "Immunization",
  "CarePlan",
  "Claim",
];
const DEPARTMENTS = 400;
const LEVELS = 5;
const ORGANIZATIONS = 50;

/** A small linear congruential generator: the same policy and requests in every run. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/** Scatters a number, so that the properties of rules do not move in step. */
function scatter(n: number, salt: number): number {
  let x = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return (x ^ (x >>> 15)) >>> 0;
}

const scopeName = (i: number): string => `view_data_${i}`;
const typeOf = (scope: number): string => TYPES[scope % TYPES.length] ?? "Observation";
/** Department `d`, level 0 (most junior, inherited by all above) to 4. */
const roleName = (department: number, level: number): string => `department_${department}_level_${level}`;
const departmentOf = (subject: number): number => subject % DEPARTMENTS;
const organizationOf = (subject: number): string => `organization-${subject % ORGANIZATIONS}`;

/** Scopes take turns; the rules of one scope are of departments next to each other, at most a quarter of all. */
const scopeOfRule = (n: number, size: Size): number => n % size.scopes;
const departmentOfRule = (n: number, size: Size): number =>
  (Math.floor(n / size.scopes) + (n % size.scopes)) % DEPARTMENTS;
const isWildcard = (n: number, size: Size): boolean => scatter(n, 1) % size.wildcardEvery === 0;

/** The purpose that a rule asks for, null: any. What `when` says, for engines that know no CEL. */
export function purposeOfRule(n: number, size: Size): string | null {
  // Wildcards are for what is rare, as in real policies: breaking the glass, and what nobody may do.
  if (isWildcard(n, size)) return effectOf(n) === "DENY" ? "HMARKT" : "BTG";
  return scatter(n, 2) % 2 === 0 ? "TREAT" : null;
}
const effectOf = (n: number): "ALLOW" | "DENY" => (scatter(n, 3) % 50 === 0 ? "DENY" : "ALLOW");

/** The n-th rule. */
export function ruleAt(n: number, size: Size): Rule {
  const scope = scopeOfRule(n, size);
  const kind = isWildcard(n, size) ? scatter(n, 4) % 3 : -1;
  const purpose = purposeOfRule(n, size);
  return {
    id: `rule-${n}`,
    role: kind === 0 ? "*" : roleName(departmentOfRule(n, size), scatter(n, 5) % LEVELS),
    scope: kind === 1 ? "*" : scopeName(scope),
    action: kind === 2 || scatter(n, 6) % 3 === 0 ? "*" : "read",
    resourceType: kind === 2 || scatter(n, 7) % 5 === 0 ? "*" : typeOf(scope),
    when: purpose === null ? null : `purposeOfUse == "${purpose}"`,
    effect: effectOf(n),
    obligations: [],
    description: null,
    justification: null,
  };
}

function* roles(): Generator<Item> {
  for (let d = 0; d < DEPARTMENTS; d++) {
    for (let level = 0; level < LEVELS; level++) {
      const inherits = level === 0 ? [] : [roleName(d, level - 1)];
      yield { noun: "role", row: { name: roleName(d, level), inherits, description: null } };
    }
  }
}

function* scopes(size: Size): Generator<Item> {
  for (let i = 0; i < size.scopes; i++) {
    const [context, resourceType] = ["ANY", typeOf(i)] as const;
    const actions = ["read", "search"] as const;
    yield {
      noun: "scope",
      row: {
        name: scopeName(i),
        version: 1,
        state: "ACTIVE",
        title: null,
        description: null,
        translations: [],
        declarations: [{ context, resourceType, actions, constraint: null }],
        requiresConsent: false,
        justification: null,
        deprecatedAt: null,
        sunsetAt: null,
        replacedBy: null,
        retiredAt: null,
        atoms: actions.map((action) => ({ context, resourceType, action, constraint: [] })),
      },
    };
  }
}

/** Each client is granted a hundredth of the scopes: those that are 7 times its number, modulo 100. */
function* clients(size: Size): Generator<Item> {
  for (let i = 0; i < size.clients; i++) {
    yield {
      noun: "client",
      row: {
        id: `client-${i}`,
        name: `Client ${i}`,
        status: "ACTIVE",
        description: null,
        protocolScopes: null,
        careCritical: false,
      },
    };
    for (let j = 0; j < size.scopes / 100; j++) {
      const scope = scopeName((i * 7 + j * 100) % size.scopes);
      yield { noun: "grant", row: { clientId: `client-${i}`, scope, validFrom: null, validUntil: null } };
    }
  }
}
/** 43 is the inverse of 7 modulo 100. */
const clientGranted = (scope: number, next: (below: number) => number, size: Size): number =>
  ((43 * scope) % 100) + 100 * next(size.clients / 100);

function* assignments(size: Size): Generator<Item> {
  for (let i = 0; i < size.subjects; i++) {
    yield {
      noun: "assignment",
      row: {
        subjectId: `subject-${i}`,
        subjectType: "user",
        clientId: null,
        role: roleName(departmentOf(i), LEVELS - 1),
        organization: organizationOf(i),
        validFrom: null,
        validUntil: null,
      },
    };
  }
}

/** A whole policy: roles five levels deep, scopes, clients with their grants, one role a subject, and the rules. */
export function* policyRows(size: Size): Generator<Item> {
  yield* roles();
  yield* scopes(size);
  yield* clients(size);
  yield* assignments(size);
  for (let n = 0; n < size.rules; n++) yield { noun: "rule", row: ruleAt(n, size) };
}

/** The roles of a request's subject in the resource's organization, inherited ones included: nearest first. */
export function rolesHeld(request: AccessRequest): readonly string[] {
  const subject = Number(request.subject?.id.slice("subject-".length));
  return Array.from({ length: LEVELS }, (_, i) => roleName(departmentOf(subject), LEVELS - 1 - i));
}

/**
 * Requests as services send them: one token scope, a subject with a role five levels deep, in its organization. All
 * ask for a scope that has a rule, so that they are alike at every size: half are of a department that the rule is
 * for, with a purpose that it asks for; a quarter are of a department that has no rule for the scope; a quarter have
 * a purpose that fits no rule with a condition.
 */
export function requestsFor(size: Size, count: number, seed = 7): AccessRequest[] {
  const next = random(seed);
  return Array.from({ length: count }, (_, i) => {
    let rule = next(size.rules);
    const kind = i % 4;
    const fits = (n: number): boolean =>
      !isWildcard(n, size) && effectOf(n) === "ALLOW" && (kind !== 3 || purposeOfRule(n, size) === "TREAT");
    while (!fits(rule)) rule = next(size.rules);
    const scope = scopeOfRule(rule, size);
    // Half the departments away, no scope has rules.
    const department = (departmentOfRule(rule, size) + (kind === 2 ? DEPARTMENTS / 2 : 0)) % DEPARTMENTS;
    const subject = department + DEPARTMENTS * next(Math.floor(size.subjects / DEPARTMENTS));
    return {
      clientId: `client-${clientGranted(scope, next, size)}`,
      subject: { id: `subject-${subject}`, type: "user", organization: null, roles: null, attributes: null },
      scopes: [scopeName(scope)],
      action: "read",
      resource: {
        type: typeOf(scope),
        id: `resource-${i}`,
        patient: `patient-${next(10_000)}`,
        patients: null,
        organization: organizationOf(subject),
        labels: null,
        attributes: null,
      },
      purposeOfUse: kind === 3 ? "HPAYMT" : "TREAT",
      context: null,
      requestId: null,
    };
  });
}
