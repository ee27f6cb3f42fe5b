import { PersistentMap } from "../../kernel/persistentMap.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { Rule } from "../types.ts";
import { emptyRuleTable, type RuleTable, tableOf, tableWith, tableWithout } from "./ruleTable.ts";

/** Where the few rules among a million are that can apply to a question. Immutable; a change shares what it does not touch. */
export interface RuleIndex {
  /** By scope, the rules that name it literally, `*` included. */
  readonly tables: PersistentMap<RuleTable>;
  /** The SMART scopes that rules name, by `smartKey`, so that covering ones are found. */
  readonly smartScopes: PersistentMap<PersistentMap<true>>;
  /** How many deny rules name a SMART scope, by `deniedKey` and then by scope. */
  readonly denied: PersistentMap<PersistentMap<number>>;
  /** How many rules name a role. */
  readonly rulesOfRole: PersistentMap<number>;
}

export const emptyRuleIndex = (): RuleIndex => ({
  tables: PersistentMap.empty(),
  smartScopes: PersistentMap.empty(),
  denied: PersistentMap.empty(),
  rulesOfRole: PersistentMap.empty(),
});

export const smartKey = (context: string, resourceType: string): string => `${context} ${resourceType}`;

function withSmartScope(index: RuleIndex, scope: string, used: boolean): RuleIndex {
  const smart = parseSmartScope(scope);
  if (smart === null) return index;
  const key = smartKey(smart.context, smart.resourceType);
  const old = index.smartScopes.get(key) ?? PersistentMap.empty<true>();
  const next = used ? old.set(scope, true) : old.delete(scope);
  return { ...index, smartScopes: next.size === 0 ? index.smartScopes.delete(key) : index.smartScopes.set(key, next) };
}

export const deniedKey = (action: string, resourceType: string): string => `${action} ${resourceType}`;

/** The index with a number of deny rules more, or fewer, that name a scope. */
function withDenied(index: RuleIndex, scope: string, more: number): RuleIndex {
  const smart = parseSmartScope(scope);
  if (smart === null) return index;
  let { denied } = index;
  for (const action of smart.actions) {
    const key = deniedKey(action, smart.resourceType);
    const old = denied.get(key) ?? PersistentMap.empty<number>();
    const count = (old.get(scope) ?? 0) + more;
    const next = count === 0 ? old.delete(scope) : old.set(scope, count);
    denied = next.size === 0 ? denied.delete(key) : denied.set(key, next);
  }
  return { ...index, denied };
}

export function withRule(index: RuleIndex, rule: Rule): RuleIndex {
  const tables = index.tables.set(rule.scope, tableWith(index.tables.get(rule.scope) ?? emptyRuleTable, rule));
  const rulesOfRole = index.rulesOfRole.set(rule.role, (index.rulesOfRole.get(rule.role) ?? 0) + 1);
  const counted = rule.effect === "DENY" ? withDenied(index, rule.scope, 1) : index;
  return withSmartScope({ ...counted, tables, rulesOfRole }, rule.scope, true);
}

export function withoutRule(index: RuleIndex, rule: Rule): RuleIndex {
  const table = index.tables.get(rule.scope);
  const left = table === undefined ? undefined : tableWithout(table, rule);
  if (left === undefined || left === table) return index;
  const tables = left.chunks.length === 0 ? index.tables.delete(rule.scope) : index.tables.set(rule.scope, left);
  const count = (index.rulesOfRole.get(rule.role) ?? 1) - 1;
  const rulesOfRole = count === 0 ? index.rulesOfRole.delete(rule.role) : index.rulesOfRole.set(rule.role, count);
  const counted = rule.effect === "DENY" ? withDenied(index, rule.scope, -1) : index;
  return withSmartScope({ ...counted, tables, rulesOfRole }, rule.scope, tables.has(rule.scope));
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
    denied: PersistentMap.empty(),
    rulesOfRole: PersistentMap.from(counts),
  };
  return [...byScope].reduce((found, [scope, list]) => {
    const denies = list.reduce((count, { effect }) => count + (effect === "DENY" ? 1 : 0), 0);
    return withSmartScope(denies === 0 ? found : withDenied(found, scope, denies), scope, true);
  }, index);
}
