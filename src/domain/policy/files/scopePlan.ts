import type { InParts } from "../../kernel/inParts.ts";
import { sameIn } from "../members.ts";
import type { PolicyOperation, ScopeRef } from "../operations.ts";
import type { ScopeVersion } from "../types.ts";
import { stateAt } from "./exportFiles.ts";

/** An operation of the files about a scope, where it stands among them, and the version that it makes or moves there. */
export interface ScopeStep {
  readonly index: number;
  readonly operation: PolicyOperation;
  readonly version: number;
}

/** What is to be done about one scope. */
export interface ScopePlan {
  readonly steps: readonly { readonly index: number; readonly operation: PolicyOperation }[];
  /** Versions in use or in the making that the files do not say, nor end by what they say. */
  readonly left: readonly ScopeVersion[];
  /** What can't be brought about, with the step that says it. */
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

const same = (a: ScopeVersion, b: ScopeVersion): boolean => sameIn("scope", ["content"], [a, b]);

/**
 * Which version of the service each version of the files is, by what it says: versions are counted by each service for itself.
 * The newest of the files must be the newest there, drafts aside, else it is drafted anew after it.
 */
function* matched(
  { wanted, found }: { readonly wanted: readonly ScopeVersion[]; readonly found: readonly ScopeVersion[] },
  now: number,
): InParts<ReadonlyMap<number, ScopeVersion>> {
  const pairs = new Map<number, ScopeVersion>();
  let from = found.length;
  for (const [i, version] of [...wanted.entries()].reverse()) {
    yield;
    const earlier = found.slice(0, from);
    const alike = earlier.findLastIndex(
      (other) => same(version, other) && stateAt(version, now) === stateAt(other, now),
    );
    const at = alike >= 0 ? alike : earlier.findLastIndex((other) => same(version, other));
    if (at < 0) continue;
    const isNewest = found.slice(at + 1).every(({ state }) => state === "DRAFT");
    if (i === wanted.length - 1 && !isNewest) continue;
    pairs.set(version.version, found[at] as ScopeVersion);
    from = at;
  }
  return pairs;
}

/** Why a version can't be brought where the files have it; null: it can. */
function stuck(wanted: ScopeVersion, found: ScopeVersion, now: number): string | null {
  const [to, from] = [stateAt(wanted, now), stateAt(found, now)];
  const name = `scope ${found.name} v${found.version} is ${from}`;
  if (from !== "DRAFT" && to === "DRAFT")
    return `${name} and can't become a draft again; say activateScope, or retireScope to end it`;
  if (to === "ACTIVE" && from === "DEPRECATED")
    return `${name} and can't be ACTIVE again; say deprecateScope, or change what the scope says to make its next version`;
  if (from === "RETIRED" && to !== "RETIRED")
    return `${name} and does not come back; say retireScope, or change what the scope says to make its next version`;
  if (wanted.state === "DEPRECATED" && to === "RETIRED" && from !== "RETIRED")
    return `${name}, and the sunset that is said has passed; say retireScope`;
  return null;
}

/** Whether a step in the life of a version is still to be taken. */
function isOpen({ operation }: ScopeStep, wanted: ScopeVersion, found: ScopeVersion, now: number): boolean {
  const [to, from] = [stateAt(wanted, now), stateAt(found, now)];
  if (operation.activateScope) return from === "DRAFT" && to !== "DRAFT";
  if (operation.retireScope) return from !== "RETIRED" && to === "RETIRED";
  if (operation.deprecateScope)
    return to === "DEPRECATED" && (from !== "DEPRECATED" || !sameIn("scope", ["life"], [wanted, found]));
  return false;
}

/** The step with the number that the version has, or will have, at the service, where another one may be in force. */
function numbered(operation: PolicyOperation, version: number): PolicyOperation {
  for (const name of ["activateScope", "deprecateScope", "retireScope"] as const) {
    const ref: ScopeRef | null | undefined = operation[name];
    if (ref) return { [name]: { ...ref, version } };
  }
  const { deleteScope } = operation;
  // Without a number all versions are deleted.
  return deleteScope && (deleteScope.version ?? null) !== null
    ? { deleteScope: { ...deleteScope, version } }
    : operation;
}

/**
 * The steps of the files that bring a scope from where it is to where they have it: versions that are there move on, and those
 * after them are drafted. What the files say of versions before those is history, and is not made again.
 */
export function* planningScope(
  { wanted, found }: { readonly wanted: readonly ScopeVersion[]; readonly found: readonly ScopeVersion[] },
  steps: readonly ScopeStep[],
  now: number,
): InParts<ScopePlan> {
  const pairs = yield* matched({ wanted, found }, now);
  const newest = found.at(-1);
  const lastMatched = Math.max(0, ...pairs.keys());
  const anew = wanted.filter(({ version }) => version > lastMatched);
  const overDraft = newest?.state === "DRAFT" && ![...pairs.values()].includes(newest) && anew.length > 0;
  const nextNumber = (newest?.version ?? 0) + (overDraft ? 0 : 1);
  const numbers = new Map([
    ...[...pairs].map(([version, other]) => [version, other.version] as const),
    ...anew.map(({ version }, i) => [version, nextNumber + i] as const),
  ]);
  const taken = steps.filter((step) => {
    if (step.operation.deleteScope) {
      const { version = null } = step.operation.deleteScope;
      return found.some((other) => version === null || other.version === version);
    }
    const version = wanted.find((each) => each.version === step.version);
    const other = pairs.get(step.version);
    if (other !== undefined) return version !== undefined && isOpen(step, version, other, now);
    return step.version > lastMatched;
  });
  const problems = wanted.flatMap((version) => {
    const other = pairs.get(version.version);
    const message = other === undefined ? null : stuck(version, other, now);
    const at = steps.findLast((step) => step.version === version.version) ?? steps[0];
    return message === null || at === undefined ? [] : [{ index: at.index, message }];
  });
  // It ends the version that was in force before.
  const activates = taken.some(({ operation }) => operation.activateScope);
  const paired = new Set(pairs.values());
  const left: ScopeVersion[] = [];
  for (const other of found) {
    yield;
    if (stateAt(other, now) === "RETIRED" || paired.has(other) || (other.state === "ACTIVE" && activates)) continue;
    // Versions that say the same can't be told apart by files.
    if ((overDraft && other === newest) || [...paired].some((version) => same(version, other))) continue;
    left.push(other);
  }
  return {
    steps: taken.map(({ index, operation, version }) => ({
      index,
      operation: numbered(operation, numbers.get(version) ?? version),
    })),
    left: steps.some(({ operation }) => operation.deleteScope) ? [] : left,
    problems,
  };
}
