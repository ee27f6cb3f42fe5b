import { hashOf } from "../../kernel/persistentMap.ts";
import type { Rule } from "../types.ts";

/** Numbers of actions with types; a role's number is a multiple of it. Together they fill the 53 bits of a safe integer. */
export const KINDS = 2 ** 21;

/** A role as the tables order it. In this order a persistent map visits its keys too, so it tells nothing of how a policy came about. */
export function roleNumber(role: string): number {
  const hash = hashOf(role);
  let number = 0;
  for (let shift = 0; shift < 30; shift += 5) number = number * 32 + ((hash >>> shift) & 31);
  return (number * 4 + (hash >>> 30)) * KINDS;
}

const kindNumber = (actionHash: number, typeHash: number): number => (Math.imul(actionHash, 31) ^ typeHash) >>> 11;
const ANY = hashOf("*");

/** What a question is about, besides roles. `kinds`: action and type, or `*` for each, as numbers. */
export interface Asked {
  readonly action: string;
  readonly resourceType: string;
  readonly kinds: readonly number[];
}

export function askedOf(action: string, resourceType: string): Asked {
  const [a, t] = [hashOf(action), hashOf(resourceType)];
  const kinds = [kindNumber(a, t), kindNumber(a, ANY), kindNumber(ANY, t), kindNumber(ANY, ANY)];
  return { action, resourceType, kinds };
}

/** The number of a rule: of its role, action and type. */
export const numberOf = (rule: Rule): number =>
  roleNumber(rule.role) + kindNumber(hashOf(rule.action), hashOf(rule.resourceType));
