import { PersistentMap } from "../../kernel/persistentMap.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { Rule } from "../types.ts";
import { type Asked, askedOf, roleNumber } from "./ruleNumber.ts";
import {
  addRules,
  type Candidate,
  emptyRuleTable,
  entriesOfRole,
  pushEntries,
  type RuleTable,
  rulesIn,
  tableOf,
  tableWith,
  tableWithout,
  visitRoles,
} from "./ruleTable.ts";

/** Finds the few rules among a million that can apply to a question. Immutable; a change shares what it does not touch. */
export interface RuleIndex {
  /** By scope, the rules that name it literally, `*` included. */
  readonly tables: PersistentMap<RuleTable>;
  /** The SMART scopes that rules name, by context and resource type, so that covering ones are found. */
  readonly smartScopes: PersistentMap<PersistentMap<true>>;
  /** How many rules name a role. */
  readonly rulesOfRole: PersistentMap<number>;
}

export const emptyRuleIndex = (): RuleIndex => ({
  tables: PersistentMap.empty(),
  smartScopes: PersistentMap.empty(),
  rulesOfRole: PersistentMap.empty(),
});

const smartKey = (context: string, resourceType: string): string => `${context} ${resourceType}`;

function withSmartScope(index: RuleIndex, scope: string, used: boolean): RuleIndex {
  const smart = parseSmartScope(scope);
  if (smart === null) return index;
  const key = smartKey(smart.context, smart.resourceType);
  const old = index.smartScopes.get(key) ?? PersistentMap.empty<true>();
  const next = used ? old.set(scope, true) : old.delete(scope);
  return { ...index, smartScopes: next.size === 0 ? index.smartScopes.delete(key) : index.smartScopes.set(key, next) };
}

export function withRule(index: RuleIndex, rule: Rule): RuleIndex {
  const tables = index.tables.set(rule.scope, tableWith(index.tables.get(rule.scope) ?? emptyRuleTable, rule));
  const rulesOfRole = index.rulesOfRole.set(rule.role, (index.rulesOfRole.get(rule.role) ?? 0) + 1);
  return withSmartScope({ ...index, tables, rulesOfRole }, rule.scope, true);
}

export function withoutRule(index: RuleIndex, rule: Rule): RuleIndex {
  const table = index.tables.get(rule.scope);
  const left = table === undefined ? undefined : tableWithout(table, rule);
  if (left === undefined || left === table) return index;
  const tables = left.chunks.length === 0 ? index.tables.delete(rule.scope) : index.tables.set(rule.scope, left);
  const count = (index.rulesOfRole.get(rule.role) ?? 1) - 1;
  const rulesOfRole = count === 0 ? index.rulesOfRole.delete(rule.role) : index.rulesOfRole.set(rule.role, count);
  return withSmartScope({ ...index, tables, rulesOfRole }, rule.scope, tables.has(rule.scope));
}

/** The index of many rules at once: what `withRule` gives one by one. */
export function ruleIndexOf(rules: Iterable<Rule>): RuleIndex {
  const byScope = new Map<string, Rule[]>();
  const counts = new Map<string, number>();
  for (const rule of rules) {
    const list = byScope.get(rule.scope);
    if (list === undefined) byScope.set(rule.scope, [rule]);
    else list.push(rule);
    counts.set(rule.role, (counts.get(rule.role) ?? 0) + 1);
  }
  const tables = [...byScope].map(([scope, list]) => [scope, tableOf(list)] as const);
  const index: RuleIndex = {
    tables: PersistentMap.from(tables),
    smartScopes: PersistentMap.empty(),
    rulesOfRole: PersistentMap.from(counts),
  };
  return [...byScope.keys()].reduce((found, scope) => withSmartScope(found, scope, true), index);
}

/** What a question is about; scope and roles are taken literally. */
export interface RuleQuestion {
  readonly scope: string;
  readonly action: string;
  readonly resourceType: string;
}

const speaksOf = (rule: Candidate, { action, resourceType }: Omit<RuleQuestion, "scope">): boolean =>
  (rule.action === action || rule.action === "*") && (rule.resourceType === resourceType || rule.resourceType === "*");

/**
 * Adds what rules name this scope, one of the roles (by their numbers), and the action and type or `*`. Very rarely
 * more than those, since the index goes by hashes; what is found must be compared.
 */
export function pushCandidates(
  index: RuleIndex,
  scope: string,
  roles: readonly number[],
  asked: Asked,
  found: Candidate[],
): void {
  const table = index.tables.get(scope);
  if (table === undefined) return;
  for (const role of roles) pushEntries(table, role, asked, found);
}

/** Adds the rules that name this scope, one of the roles, and the action and type or `*`: those and no others. */
export function pushRules(index: RuleIndex, asked: RuleQuestion, roles: Iterable<string>, found: Rule[]): void {
  const table = index.tables.get(asked.scope);
  if (table === undefined) return;
  const question = askedOf(asked.action, asked.resourceType);
  for (const role of roles) {
    const entries: Candidate[] = [];
    pushEntries(table, roleNumber(role), question, entries);
    for (const entry of entries) if (entry.role === role && speaksOf(entry, asked)) addRules(entry, found);
  }
}

/** The resource types, `*` aside, that rules of this scope and these roles name for the action; scope and roles literal. */
export function* typesNamed(
  index: RuleIndex,
  asked: { readonly scope: string; readonly action: string },
  roles: Iterable<string>,
): Generator<string> {
  const table = index.tables.get(asked.scope);
  if (table === undefined) return;
  for (const role of roles) {
    for (const entry of entriesOfRole(table, roleNumber(role))) {
      const named = entry.role === role && (entry.action === asked.action || entry.action === "*");
      if (named && entry.resourceType !== "*") yield entry.resourceType;
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
  const table = index.tables.get(asked.scope);
  if (table === undefined) return [];
  const question = askedOf(asked.action, asked.resourceType);
  const allowed = new Set<string>();
  let left = limits.scan;
  visitRoles(table, question, (fitting) => {
    for (const entry of fitting) {
      const fits = entry.effect === "ALLOW" && !limits.skip.has(entry.role) && speaksOf(entry, asked);
      if (fits && allowed.size < limits.max) allowed.add(entry.role);
    }
    return --left > 0 && allowed.size < limits.max;
  });
  return [...allowed];
}

/** All rules of a scope, taken literally. */
export function rulesOfScope(index: RuleIndex, scope: string): Iterable<Rule> {
  return rulesIn(index.tables.get(scope) ?? emptyRuleTable);
}

/** The SMART scopes that rules name and that may cover one of this context and type. */
export function* smartScopesLike(index: RuleIndex, context: string, resourceType: string): Generator<string> {
  for (const type of [resourceType, "*"]) yield* index.smartScopes.get(smartKey(context, type))?.keys() ?? [];
}
