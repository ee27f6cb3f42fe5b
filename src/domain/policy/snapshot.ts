import { PersistentMap } from "../kernel/persistentMap.ts";
import type { Atom } from "../scopes/atom.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { emptyRuleIndex, type RuleIndex, ruleIndexOf, withoutRule, withRule } from "./index/ruleIndex.ts";
import type {
  Assignment,
  Client,
  Grant,
  Noun,
  Organization,
  PolicyRows,
  Role,
  RowChange,
  Rule,
  ScopeVersion,
} from "./types.ts";
import { holderKey, rowKey } from "./types.ts";

/** A row with its noun. */
export type Item = { [N in Noun]: { readonly noun: N; readonly row: PolicyRows[N] } }[Noun];
type Sets = PersistentMap<PersistentMap<true>>;

/**
 * The policy of one revision, immutable, with the indexes that decisions and validation need. A new snapshot
 * shares structure with the one it was made from.
 */
export interface Snapshot {
  readonly revision: number;
  readonly clients: PersistentMap<Client>;
  /** By name; versions in ascending order. */
  readonly scopes: PersistentMap<readonly ScopeVersion[]>;
  /** The names of those that are SMART scopes, by `typeKey`. */
  readonly smartScopes: PersistentMap<PersistentMap<true>>;
  /** By client id, then by scope. */
  readonly grants: PersistentMap<PersistentMap<Grant>>;
  readonly roles: PersistentMap<Role>;
  /** By holder, then by row key. */
  readonly assignments: PersistentMap<PersistentMap<Assignment>>;
  readonly rules: PersistentMap<Rule>;
  /** `organizations.ts` says what holds in one. */
  readonly organizations: PersistentMap<Organization>;
  /** Private to this room: `findRules.ts` has what can be asked of it. */
  readonly ruleIndex: RuleIndex;
  /** Who uses a thing: scope -> clients granted; role -> keys of assignments; role -> roles that inherit it. */
  readonly grantsByScope: Sets;
  readonly assignmentsByRole: Sets;
  readonly heirsByRole: Sets;
  /** The types of subjects that hold roles, each with how many assignments. */
  readonly subjectTypes: PersistentMap<number>;
}

export function emptySnapshot(revision = 0): Snapshot {
  return {
    revision,
    clients: PersistentMap.empty(),
    scopes: PersistentMap.empty(),
    smartScopes: PersistentMap.empty(),
    grants: PersistentMap.empty(),
    roles: PersistentMap.empty(),
    assignments: PersistentMap.empty(),
    rules: PersistentMap.empty(),
    organizations: PersistentMap.empty(),
    ruleIndex: emptyRuleIndex(),
    grantsByScope: PersistentMap.empty(),
    assignmentsByRole: PersistentMap.empty(),
    heirsByRole: PersistentMap.empty(),
    subjectTypes: PersistentMap.empty(),
  };
}

/** Where scopes of one context and resource type are. */
export const typeKey = ({ context, resourceType }: Pick<Atom, "context" | "resourceType">): string =>
  `${context} ${resourceType}`;

function put<V>(
  map: PersistentMap<PersistentMap<V>>,
  outer: string,
  inner: string,
  value: V | null,
): PersistentMap<PersistentMap<V>> {
  const old = map.get(outer) ?? PersistentMap.empty<V>();
  const next = value === null ? old.delete(inner) : old.set(inner, value);
  return next.size === 0 ? map.delete(outer) : map.set(outer, next);
}

/** So many more of a name, or fewer; a name of which none is left is none. */
function counted(counts: PersistentMap<number>, name: string | null, more: number): PersistentMap<number> {
  if (name === null || more === 0) return counts;
  const next = (counts.get(name) ?? 0) + more;
  return next === 0 ? counts.delete(name) : counts.set(name, next);
}

function withRuleChange(s: Snapshot, before: Rule | null, after: Rule | null): Snapshot {
  let { rules, ruleIndex } = s;
  if (before !== null) ruleIndex = withoutRule(ruleIndex, before);
  if (after !== null) ruleIndex = withRule(ruleIndex, after);
  if (after !== null) rules = rules.set(after.id, after);
  else if (before !== null) rules = rules.delete(before.id);
  return { ...s, rules, ruleIndex };
}

function withRole(s: Snapshot, before: Role | null, after: Role | null): Snapshot {
  let { roles, heirsByRole } = s;
  for (const parent of before?.inherits ?? []) heirsByRole = put(heirsByRole, parent, before?.name ?? "", null);
  for (const parent of after?.inherits ?? []) heirsByRole = put(heirsByRole, parent, after?.name ?? "", true);
  if (after !== null) roles = roles.set(after.name, after);
  else if (before !== null) roles = roles.delete(before.name);
  return { ...s, roles, heirsByRole };
}

function withScope(s: Snapshot, row: ScopeVersion, present: boolean): Snapshot {
  const others = (s.scopes.get(row.name) ?? []).filter((v) => v.version !== row.version);
  const versions = present ? [...others, row].sort((a, b) => a.version - b.version) : others;
  const gone = versions.length === 0;
  const scopes = gone ? s.scopes.delete(row.name) : s.scopes.set(row.name, versions);
  const smart = parseSmartScope(row.name);
  if (smart === null) return { ...s, scopes };
  return { ...s, scopes, smartScopes: put(s.smartScopes, typeKey(smart), row.name, gone ? null : true) };
}

/** The snapshot after one row change. The change's `before` must be what the snapshot holds. */
export function withChange(s: Snapshot, change: RowChange): Snapshot {
  switch (change.noun) {
    case "client": {
      const clients = change.after === null ? s.clients.delete(change.key) : s.clients.set(change.key, change.after);
      return { ...s, clients };
    }
    case "scope": {
      const row = change.after ?? change.before;
      return row === null ? s : withScope(s, row, change.after !== null);
    }
    case "grant": {
      const row = change.after ?? change.before;
      if (row === null) return s;
      const used = change.after === null ? null : true;
      return {
        ...s,
        grants: put(s.grants, row.clientId, row.scope, change.after),
        grantsByScope: put(s.grantsByScope, row.scope, row.clientId, used),
      };
    }
    case "role":
      return withRole(s, change.before, change.after);
    case "assignment": {
      const row = change.after ?? change.before;
      if (row === null) return s;
      const more = (change.after === null ? 0 : 1) - (change.before === null ? 0 : 1);
      return {
        ...s,
        subjectTypes: counted(s.subjectTypes, row.subjectType, more),
        assignments: put(s.assignments, holderKey(row), change.key, change.after),
        assignmentsByRole: put(s.assignmentsByRole, row.role, change.key, change.after === null ? null : true),
      };
    }
    case "rule":
      return withRuleChange(s, change.before, change.after);
    case "organization": {
      const { key, after } = change;
      return { ...s, organizations: after === null ? s.organizations.delete(key) : s.organizations.set(key, after) };
    }
  }
}

export function withChanges(s: Snapshot, changes: readonly RowChange[], revision: number): Snapshot {
  return { ...changes.reduce(withChange, s), revision };
}

/** All rows of a snapshot, noun by noun, in `NOUNS` order. */
export function* rowsOf(s: Snapshot): Generator<Item> {
  for (const row of s.clients.values()) yield { noun: "client", row };
  for (const versions of s.scopes.values()) for (const row of versions) yield { noun: "scope", row };
  for (const row of s.roles.values()) yield { noun: "role", row };
  for (const grants of s.grants.values()) for (const row of grants.values()) yield { noun: "grant", row };
  for (const held of s.assignments.values()) for (const row of held.values()) yield { noun: "assignment", row };
  for (const row of s.rules.values()) yield { noun: "rule", row };
  for (const row of s.organizations.values()) yield { noun: "organization", row };
}

/** The row of a noun under its key, or null. */
export function rowAt(s: Snapshot, noun: Noun, key: string): PolicyRows[Noun] | null {
  switch (noun) {
    case "client":
      return s.clients.get(key) ?? null;
    case "role":
      return s.roles.get(key) ?? null;
    case "rule":
      return s.rules.get(key) ?? null;
    case "organization":
      return s.organizations.get(key) ?? null;
    case "scope": {
      const [name, version] = JSON.parse(key) as [string, number];
      return s.scopes.get(name)?.find((v) => v.version === version) ?? null;
    }
    case "grant": {
      const [clientId, scope] = JSON.parse(key) as [string, string];
      return s.grants.get(clientId)?.get(scope) ?? null;
    }
    case "assignment": {
      const [subjectId, subjectType, clientId] = JSON.parse(key) as [string | null, string | null, string | null];
      return s.assignments.get(holderKey({ subjectId, subjectType, clientId }))?.get(key) ?? null;
    }
  }
}

const NO_OBLIGATIONS: Rule["obligations"] = [];

/**
 * Rows whose texts are one object where they are equal: each stored row brings texts of its own, and a million of them
 * would fill the memory, and its caches, with copies of a few thousand names.
 */
function sharingTexts(): <N extends Noun>(noun: N, row: PolicyRows[N]) => PolicyRows[N] {
  const texts = new Map<string, string>();
  function shared<Text extends string | null>(text: Text): Text {
    if (text === null) return text;
    const known = texts.get(text);
    if (known !== undefined) return known as Text;
    texts.set(text, text);
    return text;
  }
  const sharing: { readonly [N in Noun]?: (row: PolicyRows[N]) => PolicyRows[N] } = {
    // Each property by name: an object that is made at one stroke is smaller.
    rule: ({ id, role, scope, action, resourceType, when, effect, obligations, description, justification }) => ({
      id,
      role: shared(role),
      scope: shared(scope),
      action: shared(action),
      resourceType: shared(resourceType),
      when: shared(when),
      effect: shared(effect),
      obligations: obligations.length === 0 ? NO_OBLIGATIONS : obligations,
      description,
      justification,
    }),
    assignment: (row) => ({
      ...row,
      subjectType: shared(row.subjectType),
      role: shared(row.role),
      organization: shared(row.organization),
    }),
    grant: (row) => ({ ...row, clientId: shared(row.clientId), scope: shared(row.scope) }),
  };
  return (noun, row) => sharing[noun]?.(row) ?? row;
}

function* byKey<Row>(rows: Iterable<Row>, keyOf: (row: Row) => string): Generator<readonly [string, Row]> {
  for (const row of rows) yield [keyOf(row), row];
}

/** Maps in a map: `put` for many at once. */
function nested<V>(
  entries: Iterable<readonly [outer: string, inner: string, value: V]>,
): PersistentMap<PersistentMap<V>> {
  const groups = new Map<string, (readonly [string, V])[]>();
  for (const [outer, inner, value] of entries) {
    const group = groups.get(outer);
    if (group === undefined) groups.set(outer, [[inner, value]]);
    else group.push([inner, value]);
  }
  return PersistentMap.from([...groups].map(([outer, group]) => [outer, PersistentMap.from(group)] as const));
}

/** Takes stored rows one by one, so that a million of them need not be held twice; `done` ends its use. */
export interface SnapshotBuilder {
  add(item: Item): void;
  done(revision: number): Snapshot;
}

/** Builds a snapshot from stored rows: what changing an empty one row by row gives, but fast for a million rules. */
export function snapshotBuilder(): SnapshotBuilder {
  const all: { readonly [N in Noun]: PolicyRows[N][] } = {
    client: [],
    scope: [],
    role: [],
    grant: [],
    assignment: [],
    rule: [],
    organization: [],
  };
  const shared = sharingTexts();
  return {
    add({ noun, row }) {
      (all[noun] as PolicyRows[Noun][]).push(shared(noun, row));
    },
    done(revision) {
      const rules = PersistentMap.from(byKey(all.rule, rowKey.rule));
      const { scopes, smartScopes } = all.scope.reduce((s, row) => withScope(s, row, true), emptySnapshot());
      const held = all.assignment.map((row) => [row, rowKey.assignment(row)] as const);
      const types = new Map<string, number>();
      for (const { subjectType } of all.assignment)
        if (subjectType !== null) types.set(subjectType, (types.get(subjectType) ?? 0) + 1);
      return {
        revision,
        clients: PersistentMap.from(byKey(all.client, rowKey.client)),
        scopes,
        smartScopes,
        grants: nested(all.grant.map((row) => [row.clientId, row.scope, row])),
        roles: PersistentMap.from(byKey(all.role, rowKey.role)),
        assignments: nested(held.map(([row, key]) => [holderKey(row), key, row])),
        rules,
        organizations: PersistentMap.from(byKey(all.organization, rowKey.organization)),
        // In the order in which they came rules lie side by side in memory.
        ruleIndex: ruleIndexOf(rules.size === all.rule.length ? all.rule : rules.values()),
        grantsByScope: nested(all.grant.map((row) => [row.scope, row.clientId, true])),
        assignmentsByRole: nested(held.map(([row, key]) => [row.role, key, true])),
        heirsByRole: nested(all.role.flatMap(({ name, inherits }) => inherits.map((parent) => [parent, name, true]))),
        subjectTypes: PersistentMap.from(types),
      };
    },
  };
}

export function snapshotOf(items: Iterable<Item>, revision: number): Snapshot {
  const builder = snapshotBuilder();
  for (const item of items) builder.add(item);
  return builder.done(revision);
}

/** A row change from its parts; noun and rows must belong together. */
export function changeOf(noun: Noun, before: PolicyRows[Noun] | null, after: PolicyRows[Noun] | null): RowChange {
  const row = after ?? before;
  if (row === null) throw new TypeError("a change has a row before or after");
  const key = (rowKey[noun] as (row: PolicyRows[Noun]) => string)(row);
  return { noun, key, before, after } as RowChange;
}
