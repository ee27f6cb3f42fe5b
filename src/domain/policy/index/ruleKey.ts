import { hashOf } from "../../kernel/persistentMap.ts";
import type { Rule } from "../types.ts";

/** How many keys a role has, one a kind of action and type. Role and kind together fill the 53 bits of a safe integer. */
export const KINDS = 2 ** 21;

/** The first key of a role. Persistent maps visit their keys in the same order, so it tells nothing of how a policy came about. */
export function roleKey(role: string): number {
  const hash = hashOf(role);
  let key = 0;
  for (let shift = 0; shift < 30; shift += 5) key = key * 32 + ((hash >>> shift) & 31);
  return (key * 4 + (hash >>> 30)) * KINDS;
}

/** Names of roles that never change; a set or the keys of a map. */
export interface RoleNames {
  has(role: string): boolean;
  keys(): Iterable<string>;
}

const remembered = new WeakMap<RoleNames, readonly number[]>();

/** The first keys of these roles and of `*`, in ascending order. Remembered: very many questions are about the same roles. */
export function roleKeys(roles: RoleNames): readonly number[] {
  let keys = remembered.get(roles);
  if (keys === undefined) {
    keys = [...new Set([...roles.keys(), "*"])].map(roleKey).sort((a, b) => a - b);
    remembered.set(roles, keys);
  }
  return keys;
}

const kindOf = (actionHash: number, typeHash: number): number => (Math.imul(actionHash, 31) ^ typeHash) >>> 11;
const ANY = hashOf("*");

/** The kinds of rules that speak of an action and a type: each by its name or by `*`. */
export function kindsOf(action: string, resourceType: string): readonly number[] {
  const [a, t] = [hashOf(action), hashOf(resourceType)];
  return [kindOf(a, t), kindOf(a, ANY), kindOf(ANY, t), kindOf(ANY, ANY)];
}

/** The key of a rule: the first of its role plus its kind. Made of hashes: very rarely two that differ have the same. */
export const ruleKey = (rule: Pick<Rule, "role" | "action" | "resourceType">): number =>
  roleKey(rule.role) + kindOf(hashOf(rule.action), hashOf(rule.resourceType));
