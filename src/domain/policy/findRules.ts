/**
 * What can be asked of a policy's rules. Each question reads the few rules that its names lead to, whatever the size of
 * the policy. Names are compared as they are written; rules for every scope, role, action or type are counted in.
 */
import type { PersistentMap } from "../kernel/persistentMap.ts";
import type { SmartScope } from "../scopes/smart.ts";
import { smartKey } from "./index/ruleIndex.ts";
import { kindsOf, type RoleNames, roleKey, roleKeys } from "./index/ruleKey.ts";
import {
  addGroups,
  emptyRuleTable,
  groupsIn,
  groupsOfRole,
  type RuleTable,
  rulesIn,
  visitRoles,
} from "./index/ruleTable.ts";
import { type RuleGroup, rulesOf } from "./ruleGroup.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Rule } from "./types.ts";

export interface RuleQuestion {
  /** The names of scopes by which rules may mean the one in question. */
  readonly scopes: Iterable<string>;
  /** Must not change afterwards: what follows from them is remembered. */
  readonly roles: RoleNames;
  readonly action: string;
  readonly resourceType: string;
}

function tablesOf(snapshot: Snapshot, scopes: Iterable<string>): readonly RuleTable[] {
  const found: RuleTable[] = [];
  const add = (scope: string): void => {
    const table = snapshot.ruleIndex.tables.get(scope);
    if (table !== undefined) found.push(table);
  };
  for (const scope of scopes) add(scope);
  add("*");
  return found;
}

const named = (name: string, asked: string): boolean => name === asked || name === "*";
const speaksOf = (group: RuleGroup, { action, resourceType }: Pick<RuleQuestion, "action" | "resourceType">): boolean =>
  named(group.action, action) && named(group.resourceType, resourceType);
const isFor = (group: RuleGroup, roles: RoleNames): boolean => group.role === "*" || roles.has(group.role);

/** Every rule that can apply, those that are alike together. Very rarely one more, so what is found must be compared. */
export function findRuleGroups(snapshot: Snapshot, question: RuleQuestion): readonly RuleGroup[] {
  const roles = roleKeys(question.roles);
  const kinds = kindsOf(question.action, question.resourceType);
  const found: RuleGroup[] = [];
  for (const table of tablesOf(snapshot, question.scopes))
    for (const role of roles) addGroups(table, role, kinds, found);
  return found;
}

/** Every rule that applies but for its condition: those and no others. */
export function findRules(snapshot: Snapshot, question: RuleQuestion): readonly Rule[] {
  const applies = (group: RuleGroup): boolean => isFor(group, question.roles) && speaksOf(group, question);
  return findRuleGroups(snapshot, question).filter(applies).flatMap(rulesOf);
}

const overlap = (a: string, b: string): boolean => a === b || a === "*" || b === "*";

/** What rules may speak of in part: `*` stands for any action or type, null for all scopes or roles. */
export interface PartQuestion {
  readonly scopes: readonly string[] | null;
  readonly roles: RoleNames | null;
  readonly action: string;
  readonly resourceType: string;
}

/** Every group that can apply to some part of what is asked. How many are looked at is for the one who asks to bound. */
export function* groupsTouching(snapshot: Snapshot, question: PartQuestion): Generator<RuleGroup | null> {
  const { action, resourceType, roles, scopes } = question;
  const tables = scopes === null ? snapshot.ruleIndex.tables.values() : tablesOf(snapshot, scopes);
  for (const table of tables) {
    const parts = roles === null ? [groupsIn(table)] : roleKeys(roles).map((role) => groupsOfRole(table, role));
    for (const groups of parts)
      for (const group of groups) {
        const touches =
          (roles === null || isFor(group, roles)) &&
          overlap(group.action, action) &&
          overlap(group.resourceType, resourceType);
        yield touches ? group : null;
      }
  }
}

/** The resource types, `*` aside, that rules of these scopes and roles name for the action. */
export function resourceTypesNamed(
  snapshot: Snapshot,
  question: Omit<RuleQuestion, "resourceType">,
): ReadonlySet<string> {
  const types = new Set<string>();
  for (const table of tablesOf(snapshot, question.scopes)) {
    for (const role of roleKeys(question.roles)) {
      for (const group of groupsOfRole(table, role))
        if (isFor(group, question.roles) && named(group.action, question.action)) types.add(group.resourceType);
    }
  }
  types.delete("*");
  return types;
}

/** Roles for which some rule allows something. */
export interface AllowedRoles {
  /** Each with whether a rule does so without a condition. */
  readonly roles: ReadonlyMap<string, boolean>;
  /** Those for which only rules do that are kept apart. */
  readonly apart: ReadonlySet<string>;
}

/**
 * Roles, `*` and those of `except` aside, for which some rule allows this: at most `max` of either kind, and found among the
 * first `scan` roles that the rules of each scope name.
 */
export function rolesAllowed(
  snapshot: Snapshot,
  question: Omit<RuleQuestion, "roles">,
  limits: {
    readonly scan: number;
    readonly max: number;
    readonly except: { has(role: string): boolean };
    readonly isApart?: (rules: RuleGroup) => boolean;
  },
): AllowedRoles {
  const kinds = kindsOf(question.action, question.resourceType);
  const allowed = new Map<string, boolean>();
  const apart = new Set<string>();
  for (const table of tablesOf(snapshot, question.scopes)) {
    let left = limits.scan;
    visitRoles(table, kinds, (fitting) => {
      for (const group of fitting) {
        const allows = group.effect === "ALLOW" && speaksOf(group, question);
        const wanted = allows && group.role !== "*" && !limits.except.has(group.role);
        if (!wanted) continue;
        if (limits.isApart?.(group)) {
          if (apart.size < limits.max) apart.add(group.role);
        } else if (allowed.size < limits.max || allowed.has(group.role))
          allowed.set(group.role, group.when === null || allowed.get(group.role) === true);
      }
      return --left > 0 && allowed.size < limits.max;
    });
    if (allowed.size >= limits.max) break;
  }
  for (const role of allowed.keys()) apart.delete(role);
  return { roles: allowed, apart };
}

/** The roles that rules name, `*` among them, each with how many do. */
export const rolesNamed = ({ ruleIndex }: Snapshot): PersistentMap<number> => ruleIndex.rulesOfRole;

/** Whether some deny rule names this role; not those for every role. */
export function deniesRole(snapshot: Snapshot, role: string): boolean {
  if ((snapshot.ruleIndex.rulesOfRole.get(role) ?? 0) === 0) return false;
  for (const table of snapshot.ruleIndex.tables.values())
    if (groupsOfRole(table, roleKey(role)).some((group) => group.role === role && group.effect === "DENY")) return true;
  return false;
}

/** The rules that name this role; not those for every role. Looks at no others, however many there are. */
export function* rulesOfRole(snapshot: Snapshot, role: string): Generator<Rule> {
  if (!snapshot.ruleIndex.rulesOfRole.has(role)) return;
  for (const table of snapshot.ruleIndex.tables.values())
    for (const group of groupsOfRole(table, roleKey(role))) if (group.role === role) yield* rulesOf(group);
}

/** The rules that name this scope; not those for every scope. */
export const rulesOfScope = (snapshot: Snapshot, scope: string): Iterable<Rule> =>
  rulesIn(snapshot.ruleIndex.tables.get(scope) ?? emptyRuleTable);

/** All SMART scopes that rules name. */
export function* allSmartScopesNamed(snapshot: Snapshot): Generator<string> {
  for (const names of snapshot.ruleIndex.smartScopes.values()) yield* names.keys();
}

/** The SMART scopes that rules name with this context and this resource type or `*`, among which those that cover it are. */
export function* smartScopesNamed(
  snapshot: Snapshot,
  { context, resourceType }: Pick<SmartScope, "context" | "resourceType">,
): Generator<string> {
  for (const type of [resourceType, "*"])
    yield* snapshot.ruleIndex.smartScopes.get(smartKey(context, type))?.keys() ?? [];
}
