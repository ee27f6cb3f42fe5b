import { groupBy } from "../../kernel/groupBy.ts";
import { eachInParts, type InParts } from "../../kernel/inParts.ts";
import { looksLikeSmart } from "../../scopes/smart.ts";
import { rulesOfRole, rulesOfScope } from "../findRules.ts";
import { rowAt, type Snapshot } from "../snapshot.ts";
import type { Assignment, Grant, Noun, Organization, PolicyRows, Role, Rule, ScopeVersion } from "../types.ts";
import type { Draft } from "./draft.ts";

/** Scopes known to the policy: registered under their name, or SMART, which are known by their syntax. */
const scopeKnown = (s: Snapshot, scope: string): boolean => s.scopes.has(scope) || looksLikeSmart(scope);

/** A path of roles that leads back to `start`, or null. Iterative: role graphs may be deep. */
function cycleFrom(s: Snapshot, start: string): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    for (const parent of s.roles.get(name)?.inherits ?? []) {
      if (parent === start) {
        const path = [start];
        for (let at: string | undefined = name; at !== undefined && at !== start; at = cameFrom.get(at))
          path.unshift(at);
        return [start, ...path];
      }
      if (!cameFrom.has(parent)) {
        cameFrom.set(parent, name);
        queue.push(parent);
      }
    }
  }
  return null;
}

const checkPut: { readonly [N in Noun]: (draft: Draft, row: PolicyRows[N], path: string) => void } = {
  client: () => undefined,
  scope: (draft, row: ScopeVersion, path) => {
    if (row.replacedBy !== null && !scopeKnown(draft.snapshot, row.replacedBy))
      draft.problem(`${path}.replacedBy`, `there is no scope ${row.replacedBy}`);
  },
  grant: (draft, row: Grant, path) => {
    if (!draft.snapshot.clients.has(row.clientId))
      draft.problem(`${path}.clientId`, `there is no client ${row.clientId}`);
    if (!scopeKnown(draft.snapshot, row.scope)) draft.problem(`${path}.scope`, `there is no scope ${row.scope}`);
  },
  role: (draft, row: Role, path) => {
    row.inherits.forEach((parent, i) => {
      if (!draft.snapshot.roles.has(parent)) draft.problem(`${path}.inherits[${i}]`, `there is no role ${parent}`);
    });
    const cycle = cycleFrom(draft.snapshot, row.name);
    if (cycle !== null) draft.problem(`${path}.inherits`, `the roles inherit in a circle: ${cycle.join(" -> ")}`);
  },
  assignment: (draft, row: Assignment, path) => {
    if (!draft.snapshot.roles.has(row.role)) draft.problem(`${path}.role`, `there is no role ${row.role}`);
    if (row.clientId !== null && !draft.snapshot.clients.has(row.clientId))
      draft.problem(`${path}.clientId`, `there is no client ${row.clientId}`);
  },
  rule: (draft, row: Rule, path) => {
    if (row.role !== "*" && !draft.snapshot.roles.has(row.role))
      draft.problem(`${path}.role`, `there is no role ${row.role}`);
    if (row.scope !== "*" && !scopeKnown(draft.snapshot, row.scope))
      draft.problem(`${path}.scope`, `there is no scope ${row.scope}`);
  },
  organization: (draft, row: Organization, path) => {
    for (const role of row.breakGlass?.roles ?? [])
      if (!draft.snapshot.roles.has(role))
        draft.problem(`${path}.settings.breakGlass.roles`, `there is no role ${role}`);
  },
  // Who or what exists is for others to know: a directory may be ahead of the policy, or behind it.
};

/** Names some of the users of a thing that is gone, for the message that refuses to delete it. */
function some(keys: Iterable<string>, size: number): string {
  const shown: string[] = [];
  for (const key of keys) {
    if (shown.length === 3) break;
    shown.push(key);
  }
  return size > shown.length ? `${shown.join(", ")} and ${size - shown.length} more` : shown.join(", ");
}

/** Rules that name a role: counted by the index, and looked for there only when there are some. */
function rulesNaming(s: Snapshot, role: string): { keys(): Iterable<string>; readonly size: number } {
  const size = s.ruleIndex.rulesOfRole.get(role) ?? 0;
  function* keys(): Generator<string> {
    for (const { id } of rulesOfRole(s, role)) yield id;
  }
  return { keys, size };
}

/** Organizations where a role may break glass. */
function organizationsNaming(s: Snapshot, role: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { id, breakGlass } of s.organizations.values()) if (breakGlass?.roles.includes(role)) found.add(id);
  return found;
}

function refuseUsed(
  draft: Draft,
  path: string,
  what: string,
  uses: readonly (readonly [string, { keys(): Iterable<string>; readonly size: number } | undefined])[],
): void {
  for (const [by, users] of uses) {
    if (users !== undefined && users.size > 0)
      draft.problem(path, `${what} is still used by ${by} ${some(users.keys(), users.size)}`);
  }
}

/** Deprecated versions by the name of their successor, looked for when they are first asked for: once for all that is removed. */
function successionsIn(s: Snapshot): (successor: string) => readonly ScopeVersion[] {
  let found: ReadonlyMap<string, readonly ScopeVersion[]> | null = null;
  return (successor) => {
    found ??= groupBy(
      [...s.scopes.values()].flatMap((versions) => versions.filter(({ state }) => state === "DEPRECATED")),
      ({ replacedBy }) => replacedBy ?? "",
    );
    return found.get(successor) ?? [];
  };
}

function checkRemoved(
  draft: Draft,
  of: {
    readonly noun: Noun;
    readonly key: string;
    readonly path: string;
    readonly successions: ReturnType<typeof successionsIn>;
  },
): void {
  const { key, noun, path, successions } = of;
  const s = draft.snapshot;
  if (noun === "client") {
    refuseUsed(draft, path, `client ${key}`, [
      ["grants of", s.grants.get(key)],
      ["role assignments", s.assignments.get(`c:${key}`)],
    ]);
  }
  if (noun === "role") {
    refuseUsed(draft, path, `role ${key}`, [
      ["the roles", s.heirsByRole.get(key)],
      ["role assignments", s.assignmentsByRole.get(key)],
      ["the rules", rulesNaming(s, key)],
      ["the settings of", organizationsNaming(s, key)],
    ]);
  }
  if (noun === "scope") {
    const [name] = JSON.parse(key) as [string, number];
    if (scopeKnown(s, name)) return;
    const rules = [...rulesOfScope(s, name)].map((rule) => rule.id);
    refuseUsed(draft, path, `scope ${name}`, [
      ["grants to", s.grantsByScope.get(name)],
      ["the rules", { keys: () => rules, size: rules.length }],
    ]);
    for (const v of successions(name))
      draft.problem(path, `scope ${name} is still named as the successor of ${v.name} v${v.version}`);
  }
}

/** Rows that are checked without a break: what a role inherits may be long. */
const AT_ONCE = 10;

/** Checks what the touched rows refer to, and what refers to the removed ones, in the policy as it would be. */
export function* checkReferences(draft: Draft): InParts<void> {
  const successions = successionsIn(draft.snapshot);
  yield* eachInParts(draft.touched.values(), AT_ONCE, ({ noun, key, path }) => {
    const row = rowAt(draft.snapshot, noun, key);
    if (row === null) checkRemoved(draft, { noun, key, path, successions });
    else (checkPut[noun] as (draft: Draft, row: PolicyRows[Noun], path: string) => void)(draft, row, path);
  });
}
