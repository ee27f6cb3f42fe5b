import { eachInParts, type InParts } from "../../kernel/inParts.ts";
import { looksLikeSmart } from "../../scopes/smart.ts";
import type { PolicyFinding } from "../finding.ts";
import { sameIn } from "../members.ts";
import { changeOf, type Snapshot } from "../snapshot.ts";
import { type RowChange, rowKey, type ScopeVersion } from "../types.ts";

/** What comes of the versions of one scope in a rollback, and what the author should know of it. */
interface RolledBack {
  readonly versions: readonly ScopeVersion[];
  readonly told: readonly { readonly version: ScopeVersion; readonly message: string }[];
}

const inForce = ({ state }: ScopeVersion): boolean => state === "ACTIVE" || state === "DEPRECATED";
const find = (versions: readonly ScopeVersion[], version: number): ScopeVersion | null =>
  versions.find((v) => v.version === version) ?? null;

/**
 * The versions of one scope after a rollback. The life of a version is not turned back: what has ended does not come back,
 * and what was never in force is not put in force. So that the policy permits again what it permitted, and no more:
 * - drafts are restored, or removed;
 * - a version that is in force and was not is retired;
 * - where another version took the place of the one that was active, its content becomes the next version, in force.
 */
function rollBackScope(
  now: readonly ScopeVersion[],
  past: readonly ScopeVersion[],
  at: { readonly time: number; readonly toRevision: number },
): RolledBack {
  const versions: ScopeVersion[] = [];
  const told: { version: ScopeVersion; message: string }[] = [];
  const keep = (version: ScopeVersion, message: string): void => {
    versions.push(version);
    told.push({ version, message });
  };
  const retired = (version: ScopeVersion): ScopeVersion => ({ ...version, state: "RETIRED", retiredAt: at.time });
  const activeThen = past.find(({ state }) => state === "ACTIVE");
  const activeNow = now.find(({ state }) => state === "ACTIVE");
  const comesBack =
    activeThen !== undefined && activeNow !== undefined && !sameIn("scope", ["content"], [activeThen, activeNow]);
  const stays = activeThen !== undefined && activeNow !== undefined && !comesBack;

  for (const number of new Set([...now, ...past].map(({ version }) => version))) {
    const [is, was] = [find(now, number), find(past, number)];
    const then = was === null ? "it was not there" : `it was ${was.state}`;
    if (is === null) {
      if (was === null) continue;
      if (inForce(was))
        keep(retired(was), "was deleted, and comes back as RETIRED: what has ended is not put in force");
      else versions.push(was);
    } else if (is.state === "DRAFT") {
      if (was?.state === "DRAFT") versions.push(was);
      else if (was !== null) keep(is, `stays a DRAFT, although ${then}: only activateScope puts a version in force`);
    } else if (is.state === "RETIRED") {
      if (was?.state === "RETIRED") versions.push(is);
      else keep(is, `stays RETIRED, although ${then}: nothing leaves this state`);
    } else if (is === activeNow && stays) {
      versions.push(is);
    } else if (was === null || !inForce(was) || (is === activeNow && comesBack)) {
      keep(retired(is), `is RETIRED by this: ${is === activeNow && comesBack ? "another content was in force" : then}`);
    } else if (!sameIn("scope", ["content"], [was, is])) {
      keep(retired(is), "is RETIRED by this: it had another content");
    } else if (was.state === "ACTIVE") {
      keep(is, "stays DEPRECATED, although it was ACTIVE: what was announced to end is not taken back");
    } else {
      versions.push(was);
    }
  }
  if (comesBack) {
    const version = Math.max(...versions.map((v) => v.version)) + 1;
    const next: ScopeVersion = {
      ...activeThen,
      version,
      deprecatedAt: null,
      sunsetAt: null,
      replacedBy: null,
      retiredAt: null,
    };
    keep(next, `is ACTIVE, and says what v${activeThen.version} said at revision ${at.toRevision}`);
  }
  return { versions: versions.sort((a, b) => a.version - b.version), told };
}

/** Scopes that are taken without a break. */
const AT_ONCE = 50;

/** What a rollback makes of the scopes of these names. */
export function* rollBackScopes(
  names: ReadonlySet<string>,
  [snapshot, past]: readonly [now: Snapshot, past: Snapshot],
  time: number,
): InParts<{ readonly changes: readonly RowChange[]; readonly findings: readonly PolicyFinding[] }> {
  const versionsOf = (at: Snapshot, name: string): readonly ScopeVersion[] => at.scopes.get(name) ?? [];
  const at = { time, toRevision: past.revision };
  const results = new Map<string, RolledBack>();
  yield* eachInParts(names, AT_ONCE, (name) => {
    results.set(name, rollBackScope(versionsOf(snapshot, name), versionsOf(past, name), at));
  });
  const isThere = (name: string): boolean =>
    looksLikeSmart(name) || (results.get(name)?.versions ?? versionsOf(snapshot, name)).length > 0;
  /** A draft that was to be the successor may be gone. */
  const withSuccessor = (version: ScopeVersion | null): ScopeVersion | null =>
    version === null || version.replacedBy === null || isThere(version.replacedBy)
      ? version
      : { ...version, replacedBy: null };
  const changes: RowChange[] = [];
  const findings: PolicyFinding[] = [];
  yield* eachInParts(results, AT_ONCE, ([name, { versions, told }]) => {
    const before = versionsOf(snapshot, name);
    for (const number of new Set([...before, ...versions].map(({ version }) => version))) {
      const [was, is] = [find(before, number), withSuccessor(find(versions, number))];
      const same = was !== null && is !== null && sameIn("scope", ["content", "life", "noted"], [was, is]);
      if (!same) changes.push(changeOf("scope", was, is));
    }
    for (const { version, message } of told) {
      const key = rowKey.scope(version);
      findings.push({
        code: "SCOPE_NOT_RESTORED",
        noun: "scope",
        key,
        message: `${name} v${version.version} ${message}`,
      });
    }
  });
  return { changes, findings };
}
