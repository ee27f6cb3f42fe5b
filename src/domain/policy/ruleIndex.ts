import { PersistentMap } from "../kernel/persistentMap.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import type { Rule } from "./types.ts";

/**
 * The rules of one scope and role: a list while it is short, and by action and type once it is long, so that neither
 * many small groups cost memory nor a few large ones time.
 */
type Group = readonly Rule[] | PersistentMap<readonly Rule[]>;
const LONG = 12;

/** Finds the few rules among a million that can apply to a question. Immutable; a change shares what it does not touch. */
export interface RuleIndex {
  /** scope -> role -> the rules that say so literally, `*` included. */
  readonly groups: PersistentMap<PersistentMap<Group>>;
  /** The SMART scopes that rules name, by context and resource type, so that covering ones are found. */
  readonly smartScopes: PersistentMap<PersistentMap<true>>;
  /** How many rules name a role. */
  readonly rulesOfRole: PersistentMap<number>;
}

export const emptyRuleIndex = (): RuleIndex => ({
  groups: PersistentMap.empty(),
  smartScopes: PersistentMap.empty(),
  rulesOfRole: PersistentMap.empty(),
});

const actionTypeKey = (action: string, resourceType: string): string => `${action} ${resourceType}`;
const smartKey = (context: string, resourceType: string): string => `${context} ${resourceType}`;
const isList = (group: Group): group is readonly Rule[] => Array.isArray(group);

function* rulesIn(group: Group): Generator<Rule> {
  if (isList(group)) yield* group;
  else for (const rules of group.values()) yield* rules;
}

function byActionType(rules: Iterable<Rule>): PersistentMap<readonly Rule[]> {
  const lists = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = actionTypeKey(rule.action, rule.resourceType);
    const list = lists.get(key);
    if (list === undefined) lists.set(key, [rule]);
    else list.push(rule);
  }
  return PersistentMap.from<readonly Rule[]>(lists);
}

function groupWith(group: Group | undefined, rule: Rule): Group {
  if (group === undefined) return [rule];
  if (isList(group)) return group.length < LONG ? [...group, rule] : byActionType([...group, rule]);
  const key = actionTypeKey(rule.action, rule.resourceType);
  return group.set(key, [...(group.get(key) ?? []), rule]);
}

function groupWithout(group: Group, rule: Rule): Group | null {
  if (isList(group)) {
    const rest = group.filter((other) => other.id !== rule.id);
    return rest.length === 0 ? null : rest;
  }
  const key = actionTypeKey(rule.action, rule.resourceType);
  const rest = (group.get(key) ?? []).filter((other) => other.id !== rule.id);
  const next = rest.length === 0 ? group.delete(key) : group.set(key, rest);
  return next.size === 0 ? null : next;
}

function withSmartScope(index: RuleIndex, scope: string, used: boolean): RuleIndex {
  const smart = parseSmartScope(scope);
  if (smart === null) return index;
  const key = smartKey(smart.context, smart.resourceType);
  const old = index.smartScopes.get(key) ?? PersistentMap.empty<true>();
  const next = used ? old.set(scope, true) : old.delete(scope);
  return { ...index, smartScopes: next.size === 0 ? index.smartScopes.delete(key) : index.smartScopes.set(key, next) };
}

export function withRule(index: RuleIndex, rule: Rule): RuleIndex {
  const byRole = index.groups.get(rule.scope) ?? PersistentMap.empty<Group>();
  const groups = index.groups.set(rule.scope, byRole.set(rule.role, groupWith(byRole.get(rule.role), rule)));
  const rulesOfRole = index.rulesOfRole.set(rule.role, (index.rulesOfRole.get(rule.role) ?? 0) + 1);
  return withSmartScope({ ...index, groups, rulesOfRole }, rule.scope, true);
}

export function withoutRule(index: RuleIndex, rule: Rule): RuleIndex {
  const byRole = index.groups.get(rule.scope);
  const group = byRole?.get(rule.role);
  if (byRole === undefined || group === undefined) return index;
  const left = groupWithout(group, rule);
  const nextByRole = left === null ? byRole.delete(rule.role) : byRole.set(rule.role, left);
  const groups = nextByRole.size === 0 ? index.groups.delete(rule.scope) : index.groups.set(rule.scope, nextByRole);
  const count = (index.rulesOfRole.get(rule.role) ?? 1) - 1;
  const rulesOfRole = count === 0 ? index.rulesOfRole.delete(rule.role) : index.rulesOfRole.set(rule.role, count);
  return withSmartScope({ ...index, groups, rulesOfRole }, rule.scope, groups.has(rule.scope));
}

/** The index of many rules at once: what `withRule` gives one by one. */
export function ruleIndexOf(rules: Iterable<Rule>): RuleIndex {
  const byScope = new Map<string, Map<string, Rule[]>>();
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const byRole = byScope.get(rule.scope) ?? new Map<string, Rule[]>();
    byScope.set(rule.scope, byRole);
    const list = byRole.get(rule.role);
    if (list === undefined) byRole.set(rule.role, [rule]);
    else list.push(rule);
    counts.set(rule.role, (counts.get(rule.role) ?? 0) + 1);
  }
  const groups = PersistentMap.empty<PersistentMap<Group>>().toBuilder();
  for (const [scope, byRole] of byScope) {
    const roles = PersistentMap.empty<Group>().toBuilder();
    for (const [role, list] of byRole) roles.set(role, list.length > LONG ? byActionType(list) : list);
    groups.set(scope, roles.done());
  }
  const index: RuleIndex = {
    groups: groups.done(),
    smartScopes: PersistentMap.empty(),
    rulesOfRole: PersistentMap.from(counts),
  };
  return [...byScope.keys()].reduce((found, scope) => withSmartScope(found, scope, true), index);
}

/** Adds the rules of a group that speak of this action and type. */
function pushMatching(group: Group, action: string, resourceType: string, found: Rule[]): void {
  if (isList(group)) {
    for (const rule of group) {
      const speaks =
        (rule.action === action || rule.action === "*") &&
        (rule.resourceType === resourceType || rule.resourceType === "*");
      if (speaks) found.push(rule);
    }
  } else {
    for (const a of [action, "*"])
      for (const t of [resourceType, "*"]) found.push(...(group.get(actionTypeKey(a, t)) ?? []));
  }
}

/** What a question is about; scope and roles are taken literally. */
export interface RuleQuestion {
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
}

/** Adds the rules that name this scope, one of the roles, and the action and type or `*`. */
export function pushRules(index: RuleIndex, asked: RuleQuestion, roles: Iterable<string>, found: Rule[]): void {
  const byRole = index.groups.get(asked.scope);
  if (byRole === undefined) return;
  for (const role of roles) {
    const group = byRole.get(role);
    if (group !== undefined) pushMatching(group, asked.action, asked.resourceType, found);
  }
}

/** The resource types, `*` aside, that rules of this scope and these roles name for the action; scope and roles literal. */
export function* typesNamed(
  index: RuleIndex,
  asked: { readonly scope: string; readonly action: string },
  roles: Iterable<string>,
): Generator<string> {
  const byRole = index.groups.get(asked.scope);
  if (byRole === undefined) return;
  for (const role of roles) {
    for (const rule of rulesIn(byRole.get(role) ?? [])) {
      if ((rule.action === asked.action || rule.action === "*") && rule.resourceType !== "*") yield rule.resourceType;
    }
  }
}

/**
 * Roles for which some rule allows this, whatever its condition, among the first `scan` roles that rules of the scope
 * name; those that `skip` knows are left out, and at most `max` are given.
 */
export function rolesAllowed(
  index: RuleIndex,
  asked: RuleQuestion,
  limits: { readonly scan: number; readonly max: number; readonly skip: { has(role: string): boolean } },
): readonly string[] {
  const roles: string[] = [];
  let left = limits.scan;
  index.groups.get(asked.scope)?.visit((role, group) => {
    if (!limits.skip.has(role)) {
      const found: Rule[] = [];
      pushMatching(group, asked.action, asked.resourceType, found);
      if (found.some((rule) => rule.effect === "ALLOW")) roles.push(role);
    }
    return --left > 0 && roles.length < limits.max;
  });
  return roles;
}

/** All rules of a scope, taken literally. */
export function* rulesOfScope(index: RuleIndex, scope: string): Generator<Rule> {
  for (const group of index.groups.get(scope)?.values() ?? []) yield* rulesIn(group);
}

/** The SMART scopes that rules name and that may cover one of this context and type. */
export function* smartScopesLike(index: RuleIndex, context: string, resourceType: string): Generator<string> {
  for (const type of [resourceType, "*"]) yield* index.smartScopes.get(smartKey(context, type))?.keys() ?? [];
}
