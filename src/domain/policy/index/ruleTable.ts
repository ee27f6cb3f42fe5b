import type { Rule } from "../types.ts";
import { type Asked, KINDS, numberOf } from "./ruleNumber.ts";

/** What decides about a rule: all but its id and what it says when it matches. */
type Deciding = Pick<Rule, "role" | "scope" | "action" | "resourceType" | "when" | "effect">;

/** Two rules and more, by id, that differ in nothing that decides, so that one question answers for all. */
interface AlikeRules extends Deciding {
  readonly rules: readonly Rule[];
}

export type Candidate = Rule | AlikeRules;

/** Part of a table: numbers in ascending order, and beside each what it stands for. */
interface Chunk {
  readonly keys: readonly number[];
  readonly entries: readonly Candidate[];
}

/**
 * The rules of one scope, immutable, in the order of a number made of role, action and type. A question reads a few
 * numbers that lie side by side, and no rule that does not fit: among a million rules what counts is how much memory is
 * touched. A change copies one chunk and the list of chunks.
 */
export interface RuleTable {
  /** The first number of each chunk. */
  readonly firsts: readonly number[];
  readonly chunks: readonly Chunk[];
}

export const emptyRuleTable: RuleTable = { firsts: [], chunks: [] };

/** The size of chunks as they are made; at twice that a chunk is split. */
const CHUNK = 256;
/** The most rules in one entry: a change copies it. */
const MOST_ALIKE = 1_024;
/** A role with more entries is searched by action and type, not read. */
const LONG = 24;

const isGroup = (entry: Candidate): entry is AlikeRules => "rules" in entry;
/** Adds all rules of an entry, by id. */
export function addRules(entry: Candidate, found: Rule[]): void {
  if (!isGroup(entry)) found.push(entry);
  else for (const rule of entry.rules) found.push(rule);
}
/** All rules of an entry, by id. */
export const rulesOf = (entry: Candidate): readonly Rule[] => (isGroup(entry) ? entry.rules : [entry]);

/** The entry of rules that are alike, by id. */
function entryOf(rules: readonly Rule[]): Candidate {
  const one = rules[0] as Rule;
  const { role, scope, action, resourceType, when, effect } = one;
  return rules.length === 1 ? one : { role, scope, action, resourceType, when, effect, rules };
}

const alike = (a: Deciding, b: Deciding): boolean =>
  a.role === b.role &&
  a.scope === b.scope &&
  a.action === b.action &&
  a.resourceType === b.resourceType &&
  a.effect === b.effect &&
  a.when === b.when;
/** Equal for rules that are alike and of one scope. */
const likenessOf = (r: Rule): string => JSON.stringify([r.role, r.action, r.resourceType, r.effect, r.when]);
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

/** The first chunk that can hold a number: where it is the first of one, some may end the one before. */
const chunkOf = ({ firsts }: RuleTable, number: number): number => Math.max(0, lowerBound(firsts, number) - 1);

/** Calls `visit` for each entry from one number until just before another, until it answers false. */
function visitRange(
  table: RuleTable,
  from: number,
  to: number,
  visit: (entry: Candidate, number: number) => boolean,
): void {
  for (let c = chunkOf(table, from); c < table.chunks.length; c++) {
    const { keys, entries } = table.chunks[c] as Chunk;
    for (let i = lowerBound(keys, from); i < keys.length; i++) {
      const number = keys[i] as number;
      if (number >= to || !visit(entries[i] as Candidate, number)) return;
    }
  }
}

/**
 * Adds the entries of a role that speak of the action and type. Numbers are made of hashes, so what is found may,
 * very rarely, be of another role, action or type too.
 */
export function pushEntries(table: RuleTable, role: number, { kinds }: Asked, found: Candidate[]): void {
  const c = chunkOf(table, role);
  const chunk = table.chunks[c];
  if (chunk === undefined) return;
  const { keys, entries } = chunk;
  const end = role + KINDS;
  let i = lowerBound(keys, role);
  if ((table.firsts[c + 1] ?? end) < end || (keys[i + LONG] ?? end) < end) {
    const push = (entry: Candidate): boolean => found.push(entry) > 0;
    for (const kind of new Set(kinds)) visitRange(table, role + kind, role + kind + 1, push);
    return;
  }
  const [a, b, c2, d] = kinds;
  for (; i < keys.length; i++) {
    const kind = (keys[i] as number) - role;
    if (kind >= KINDS) return;
    if (kind === a || kind === b || kind === c2 || kind === d) found.push(entries[i] as Candidate);
  }
}

/** All entries of a role, by its number. */
export function entriesOfRole(table: RuleTable, role: number): readonly Candidate[] {
  const found: Candidate[] = [];
  visitRange(table, role, role + KINDS, (entry) => found.push(entry) > 0);
  return found;
}

/**
 * Calls `visit` for each role that a table speaks of, in order, with its entries that speak of the action and type,
 * until it answers false. What stands there may, very rarely, be of another role, action or type too. Reads on from
 * number to number, and leaps to the end of a long role.
 */
export function visitRoles(table: RuleTable, asked: Asked, visit: (fitting: readonly Candidate[]) => boolean): void {
  const [a, b, c2, d] = asked.kinds;
  let [c, i] = [0, 0];
  for (let chunk = table.chunks[c]; chunk !== undefined; chunk = table.chunks[c]) {
    const { keys, entries } = chunk;
    if (i >= keys.length) {
      [c, i] = [c + 1, 0];
      continue;
    }
    const role = Math.floor((keys[i] as number) / KINDS) * KINDS;
    const end = role + KINDS;
    const fitting: Candidate[] = [];
    let at = i;
    for (; at < keys.length && at - i < LONG; at++) {
      const kind = (keys[at] as number) - role;
      if (kind >= KINDS) break;
      if (kind === a || kind === b || kind === c2 || kind === d) fitting.push(entries[at] as Candidate);
    }
    if (at < keys.length && (keys[at] as number) >= end) {
      if (!visit(fitting)) return;
      i = at;
      continue;
    }
    // It goes on, here or in the next chunk: found by search.
    const all: Candidate[] = [];
    pushEntries(table, role, asked, all);
    if (!visit(all)) return;
    c = Math.max(c, chunkOf(table, end));
    const next = table.chunks[c] as Chunk;
    i = lowerBound(next.keys, end);
  }
}

/** All rules of a table. */
export function* rulesIn(table: RuleTable): Generator<Rule> {
  for (const { entries } of table.chunks) for (const entry of entries) yield* rulesOf(entry);
}

/** The rules of one number in entries of rules that are alike. */
function entriesFrom(rules: readonly Rule[]): readonly Candidate[] {
  const groups = new Map<string, Rule[]>();
  const full: Rule[][] = [];
  for (const rule of rules) {
    const key = likenessOf(rule);
    const group = groups.get(key);
    if (group === undefined || group.length === MOST_ALIKE) {
      if (group !== undefined) full.push(group);
      groups.set(key, [rule]);
    } else group.push(rule);
  }
  return [...full, ...groups.values()].map((group) => entryOf(group.slice()));
}

function tableFrom(keys: readonly number[], entries: readonly Candidate[]): RuleTable {
  const chunks: Chunk[] = [];
  const firsts: number[] = [];
  for (let at = 0; at < keys.length; at += CHUNK) {
    chunks.push({ keys: keys.slice(at, at + CHUNK), entries: entries.slice(at, at + CHUNK) });
    firsts.push(keys[at] as number);
  }
  return { firsts, chunks };
}

/** The table of many rules at once: what `tableWith` gives one by one. */
export function tableOf(rules: readonly Rule[]): RuleTable {
  const numbered = rules.map((rule) => ({ key: numberOf(rule), rule }));
  numbered.sort((a, b) => a.key - b.key || byId(a.rule, b.rule));
  const keys: number[] = [];
  const entries: Candidate[] = [];
  for (let at = 0; at < numbered.length; ) {
    const { key, rule } = numbered[at] as (typeof numbered)[number];
    let end = at + 1;
    while (numbered[end]?.key === key) end++;
    const found = end === at + 1 ? [rule] : entriesFrom(numbered.slice(at, end).map((n) => n.rule));
    for (const entry of found) {
      keys.push(key);
      entries.push(entry);
    }
    at = end;
  }
  return tableFrom(keys, entries);
}

/** The table with other contents in place of one chunk: split where they are many, left out where there are none. */
function withChunk(table: RuleTable, c: number, chunk: Chunk): RuleTable {
  const parts =
    chunk.keys.length < 2 * CHUNK
      ? chunk.keys.length === 0
        ? emptyRuleTable
        : { firsts: [chunk.keys[0] as number], chunks: [chunk] }
      : tableFrom(chunk.keys, chunk.entries);
  return {
    firsts: [...table.firsts.slice(0, c), ...parts.firsts, ...table.firsts.slice(c + 1)],
    chunks: [...table.chunks.slice(0, c), ...parts.chunks, ...table.chunks.slice(c + 1)],
  };
}

/** Where an entry of this number is that passes, or null. */
function placeOf(
  table: RuleTable,
  number: number,
  passes: (entry: Candidate) => boolean,
): { readonly c: number; readonly i: number } | null {
  for (let c = chunkOf(table, number); c < table.chunks.length; c++) {
    const { keys, entries } = table.chunks[c] as Chunk;
    for (let i = lowerBound(keys, number); i < keys.length; i++) {
      if (keys[i] !== number) return null;
      if (passes(entries[i] as Candidate)) return { c, i };
    }
  }
  return null;
}

export function tableWith(table: RuleTable, rule: Rule): RuleTable {
  const number = numberOf(rule);
  const place = placeOf(
    table,
    number,
    (entry) => alike(entry, rule) && !(isGroup(entry) && entry.rules.length >= MOST_ALIKE),
  );
  if (place !== null) {
    const { keys, entries } = table.chunks[place.c] as Chunk;
    const rules = [...rulesOf(entries[place.i] as Candidate), rule].sort(byId);
    return withChunk(table, place.c, { keys, entries: entries.with(place.i, entryOf(rules)) });
  }
  const c = chunkOf(table, number);
  const { keys, entries } = table.chunks[c] ?? { keys: [], entries: [] };
  const at = lowerBound(keys, number);
  return withChunk(table, c, { keys: keys.toSpliced(at, 0, number), entries: entries.toSpliced(at, 0, rule) });
}

export function tableWithout(table: RuleTable, rule: Rule): RuleTable {
  const place = placeOf(table, numberOf(rule), (entry) => rulesOf(entry).some(({ id }) => id === rule.id));
  if (place === null) return table;
  const { keys, entries } = table.chunks[place.c] as Chunk;
  const rest = rulesOf(entries[place.i] as Candidate).filter(({ id }) => id !== rule.id);
  if (rest.length === 0) {
    return withChunk(table, place.c, { keys: keys.toSpliced(place.i, 1), entries: entries.toSpliced(place.i, 1) });
  }
  return withChunk(table, place.c, { keys, entries: entries.with(place.i, entryOf(rest)) });
}
