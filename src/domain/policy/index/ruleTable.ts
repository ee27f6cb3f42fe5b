import { type RuleGroup, type RuleTerms, rulesOf } from "../ruleGroup.ts";
import type { Rule } from "../types.ts";
import { KINDS, ruleKey } from "./ruleKey.ts";

/** Part of a table: keys in ascending order, and beside each a group that has it. */
interface Chunk {
  readonly keys: readonly number[];
  readonly groups: readonly RuleGroup[];
}

/**
 * The rules of one scope, immutable, in the order of their keys, made of role, action and type. A question reads a few
 * keys that lie side by side, and no rule that does not fit: among a million rules what counts is how much memory is
 * touched. A change copies one chunk and the list of chunks.
 */
export interface RuleTable {
  /** The first key of each chunk. */
  readonly firsts: readonly number[];
  readonly chunks: readonly Chunk[];
}

export const emptyRuleTable: RuleTable = { firsts: [], chunks: [] };

/** The size of chunks as they are made; at twice that a chunk is split. */
const CHUNK = 256;
/** The most rules in one group: a change copies it. */
const MOST_ALIKE = 1_024;
/** A role with more groups is searched by action and type, not read. */
const LONG = 24;

/** The group of rules that are alike, by id. */
function groupOf(rules: readonly Rule[]): RuleGroup {
  const one = rules[0] as Rule;
  const { role, scope, action, resourceType, when, effect } = one;
  return rules.length === 1 ? one : { role, scope, action, resourceType, when, effect, rules };
}

const TERMS = Object.keys({
  role: true,
  scope: true,
  action: true,
  resourceType: true,
  when: true,
  effect: true,
} satisfies Record<keyof RuleTerms, true>) as readonly (keyof RuleTerms)[];

const alike = (a: RuleTerms, b: RuleTerms): boolean => TERMS.every((term) => a[term] === b[term]);
/** Equal for rules that are alike. */
const likenessOf = (rule: Rule): string => JSON.stringify(TERMS.map((term) => rule[term]));
const byId = (a: Rule, b: Rule): number => (a.id < b.id ? -1 : 1);

/** The place of the first number that is not below the wanted one. */
function lowerBound(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first chunk that can hold a key: where it is the first of one, some may end the one before. */
const chunkOf = ({ firsts }: RuleTable, key: number): number => Math.max(0, lowerBound(firsts, key) - 1);

/** Calls `visit` for each group from one key until just before another, until it answers false. */
function visitRange(table: RuleTable, from: number, to: number, visit: (group: RuleGroup) => boolean): void {
  for (let c = chunkOf(table, from); c < table.chunks.length; c++) {
    const { keys, groups } = table.chunks[c] as Chunk;
    for (let i = lowerBound(keys, from); i < keys.length; i++) {
      if ((keys[i] as number) >= to || !visit(groups[i] as RuleGroup)) return;
    }
  }
}

/**
 * Adds the groups of a role, by its first key, that are of one of the kinds. Keys are made of hashes, so what is found
 * may, very rarely, be of another role, action or type too.
 */
export function addGroups(table: RuleTable, role: number, kinds: readonly number[], found: RuleGroup[]): void {
  const c = chunkOf(table, role);
  const chunk = table.chunks[c];
  if (chunk === undefined) return;
  const { keys, groups } = chunk;
  const end = role + KINDS;
  let i = lowerBound(keys, role);
  if ((table.firsts[c + 1] ?? end) < end || (keys[i + LONG] ?? end) < end) {
    const push = (group: RuleGroup): boolean => found.push(group) > 0;
    for (const kind of new Set(kinds)) visitRange(table, role + kind, role + kind + 1, push);
    return;
  }
  const [a, b, c2, d] = kinds;
  for (; i < keys.length; i++) {
    const kind = (keys[i] as number) - role;
    if (kind >= KINDS) return;
    if (kind === a || kind === b || kind === c2 || kind === d) found.push(groups[i] as RuleGroup);
  }
}

/** All groups of a role, by its first key; very rarely, of another role too. */
export function groupsOfRole(table: RuleTable, role: number): readonly RuleGroup[] {
  const found: RuleGroup[] = [];
  visitRange(table, role, role + KINDS, (group) => found.push(group) > 0);
  return found;
}

/**
 * Calls `visit` for each role that a table speaks of, in order, with its groups that are of one of the kinds,
 * until it answers false. What stands there may, very rarely, be of another role, action or type too. Reads on from
 * key to key, and leaps to the end of a long role.
 */
export function visitRoles(
  table: RuleTable,
  kinds: readonly number[],
  visit: (fitting: readonly RuleGroup[]) => boolean,
): void {
  const [a, b, c2, d] = kinds;
  let [c, i] = [0, 0];
  for (let chunk = table.chunks[c]; chunk !== undefined; chunk = table.chunks[c]) {
    const { keys, groups } = chunk;
    if (i >= keys.length) {
      [c, i] = [c + 1, 0];
      continue;
    }
    const role = Math.floor((keys[i] as number) / KINDS) * KINDS;
    const end = role + KINDS;
    const fitting: RuleGroup[] = [];
    let at = i;
    for (; at < keys.length && at - i < LONG; at++) {
      const kind = (keys[at] as number) - role;
      if (kind >= KINDS) break;
      if (kind === a || kind === b || kind === c2 || kind === d) fitting.push(groups[at] as RuleGroup);
    }
    if (at < keys.length && (keys[at] as number) >= end) {
      if (!visit(fitting)) return;
      i = at;
      continue;
    }
    // It goes on, here or in the next chunk: found by search.
    const all: RuleGroup[] = [];
    addGroups(table, role, kinds, all);
    if (!visit(all)) return;
    c = Math.max(c, chunkOf(table, end));
    const next = table.chunks[c] as Chunk;
    i = lowerBound(next.keys, end);
  }
}

/** All groups of a table. */
export function* groupsIn(table: RuleTable): Generator<RuleGroup> {
  for (const { groups } of table.chunks) yield* groups;
}

/** All rules of a table. */
export function* rulesIn(table: RuleTable): Generator<Rule> {
  for (const group of groupsIn(table)) yield* rulesOf(group);
}

/** Rules of one key in groups of rules that are alike. */
function groupsFrom(rules: readonly Rule[]): readonly RuleGroup[] {
  const open = new Map<string, Rule[]>();
  const full: Rule[][] = [];
  for (const rule of rules) {
    const likeness = likenessOf(rule);
    const group = open.get(likeness);
    if (group === undefined || group.length === MOST_ALIKE) {
      if (group !== undefined) full.push(group);
      open.set(likeness, [rule]);
    } else group.push(rule);
  }
  return [...full, ...open.values()].map((group) => groupOf(group.slice()));
}

function tableFrom(keys: readonly number[], groups: readonly RuleGroup[]): RuleTable {
  const chunks: Chunk[] = [];
  const firsts: number[] = [];
  for (let at = 0; at < keys.length; at += CHUNK) {
    chunks.push({ keys: keys.slice(at, at + CHUNK), groups: groups.slice(at, at + CHUNK) });
    firsts.push(keys[at] as number);
  }
  return { firsts, chunks };
}

/** The table of many rules at once: what `tableWith` gives one by one. */
export function tableOf(rules: readonly Rule[]): RuleTable {
  const numbered = rules.map((rule) => ({ key: ruleKey(rule), rule }));
  numbered.sort((a, b) => a.key - b.key || byId(a.rule, b.rule));
  const keys: number[] = [];
  const groups: RuleGroup[] = [];
  for (let at = 0; at < numbered.length; ) {
    const { key, rule } = numbered[at] as (typeof numbered)[number];
    let end = at + 1;
    while (numbered[end]?.key === key) end++;
    const found = end === at + 1 ? [rule] : groupsFrom(numbered.slice(at, end).map((n) => n.rule));
    for (const group of found) {
      keys.push(key);
      groups.push(group);
    }
    at = end;
  }
  return tableFrom(keys, groups);
}

/** The table with other contents in place of one chunk: split where they are many, left out where there are none. */
function withChunk(table: RuleTable, c: number, chunk: Chunk): RuleTable {
  const parts =
    chunk.keys.length < 2 * CHUNK
      ? chunk.keys.length === 0
        ? emptyRuleTable
        : { firsts: [chunk.keys[0] as number], chunks: [chunk] }
      : tableFrom(chunk.keys, chunk.groups);
  return {
    firsts: [...table.firsts.slice(0, c), ...parts.firsts, ...table.firsts.slice(c + 1)],
    chunks: [...table.chunks.slice(0, c), ...parts.chunks, ...table.chunks.slice(c + 1)],
  };
}

/** Where a group of this key is that passes, or null. */
function placeOf(
  table: RuleTable,
  key: number,
  passes: (group: RuleGroup) => boolean,
): { readonly c: number; readonly i: number } | null {
  for (let c = chunkOf(table, key); c < table.chunks.length; c++) {
    const { keys, groups } = table.chunks[c] as Chunk;
    for (let i = lowerBound(keys, key); i < keys.length; i++) {
      if (keys[i] !== key) return null;
      if (passes(groups[i] as RuleGroup)) return { c, i };
    }
  }
  return null;
}

export function tableWith(table: RuleTable, rule: Rule): RuleTable {
  const key = ruleKey(rule);
  const place = placeOf(table, key, (group) => alike(group, rule) && rulesOf(group).length < MOST_ALIKE);
  if (place !== null) {
    const { keys, groups } = table.chunks[place.c] as Chunk;
    const rules = [...rulesOf(groups[place.i] as RuleGroup), rule].sort(byId);
    return withChunk(table, place.c, { keys, groups: groups.with(place.i, groupOf(rules)) });
  }
  const c = chunkOf(table, key);
  const { keys, groups } = table.chunks[c] ?? { keys: [], groups: [] };
  const at = lowerBound(keys, key);
  return withChunk(table, c, { keys: keys.toSpliced(at, 0, key), groups: groups.toSpliced(at, 0, rule) });
}

export function tableWithout(table: RuleTable, rule: Rule): RuleTable {
  const place = placeOf(table, ruleKey(rule), (group) => rulesOf(group).some(({ id }) => id === rule.id));
  if (place === null) return table;
  const { keys, groups } = table.chunks[place.c] as Chunk;
  const rest = rulesOf(groups[place.i] as RuleGroup).filter(({ id }) => id !== rule.id);
  if (rest.length === 0) {
    return withChunk(table, place.c, { keys: keys.toSpliced(place.i, 1), groups: groups.toSpliced(place.i, 1) });
  }
  return withChunk(table, place.c, { keys, groups: groups.with(place.i, groupOf(rest)) });
}
