import { canMove, type LifecycleStep } from "../../scopes/lifecycle.ts";
import { sameIn } from "../members.ts";
import type { DeprecateScope, PutMode, PutScope, RetireScope, ScopeRef, UpdateScope } from "../operations.ts";
import type { ScopeVersion } from "../types.ts";
import { rowKey } from "../types.ts";
import { recentUseProblem } from "../use.ts";
import type { Write } from "./content.ts";
import type { Draft } from "./draft.ts";
import { contentOf, requireLint } from "./scopeContent.ts";

/** A draft is replaced; anything later than a draft stays as it is, and the change makes the next version. */
function writeScope(draft: Draft, input: UpdateScope, { path, update }: Write): void {
  const latest = draft.snapshot.scopes.get(input.name)?.at(-1);
  const content = contentOf(draft, input, { path, update, before: latest ?? null });
  if (content === null) return;
  // A justification that was given for less does not hold for more.
  const kept = update && latest !== undefined && input.justification === undefined ? latest : null;
  requireLint(draft, input.name, { content, kept }, path);
  if (latest !== undefined && sameIn("scope", ["content"], [latest, content])) return;
  const version = latest === undefined ? 1 : latest.state === "DRAFT" ? latest.version : latest.version + 1;
  draft.put(
    "scope",
    {
      name: input.name,
      version,
      state: "DRAFT",
      ...content,
      deprecatedAt: null,
      sunsetAt: null,
      replacedBy: null,
      retiredAt: null,
    },
    path,
  );
}

export function putScope(draft: Draft, input: PutScope, path: string, mode: PutMode): void {
  const exists = draft.snapshot.scopes.has(input.name);
  if (draft.expectMode(mode, exists, `${path}.name`, `scope ${input.name}`))
    writeScope(draft, input, { path, update: false });
}

export function updateScope(draft: Draft, input: UpdateScope, path: string): void {
  const exists = draft.snapshot.scopes.has(input.name);
  if (draft.expectThere(exists, `${path}.name`, `scope ${input.name}`))
    writeScope(draft, input, { path, update: true });
}

/** The version meant: the one named, or else the newest that the step can be taken from, or else the newest. */
function versionFor(draft: Draft, ref: ScopeRef, step: LifecycleStep, path: string): ScopeVersion | null {
  const versions = draft.snapshot.scopes.get(ref.name);
  if (versions === undefined) {
    draft.problem(`${path}.name`, `there is no scope ${ref.name}`);
    return null;
  }
  const version = ref.version ?? null;
  const found =
    version === null
      ? (versions.findLast((v) => canMove(v.state, step).ok) ?? versions.at(-1))
      : versions.find((v) => v.version === version);
  if (found === undefined)
    draft.problem(
      `${path}.version`,
      `scope ${ref.name} has no version ${version}; it has ${versions.map((v) => v.version).join(", ")}`,
    );
  return found ?? null;
}

function move(
  draft: Draft,
  ref: ScopeRef,
  step: LifecycleStep,
  path: string,
  change: (version: ScopeVersion) => Partial<ScopeVersion>,
): ScopeVersion | null {
  const version = versionFor(draft, ref, step, path);
  if (version === null) return null;
  const next = canMove(version.state, step);
  if (!next.ok) {
    draft.problem(path, `${ref.name} v${version.version}: ${next.message}`);
    return null;
  }
  const moved = { ...version, state: next.value, ...change(version) };
  draft.put("scope", moved, path);
  return version;
}

/**
 * A name stands for at most one active version. The version that was active until now retires at once, so that a
 * narrowed scope is narrow from this revision on; to give clients time, deprecate it with a sunset first.
 */
export function activateScope(draft: Draft, ref: ScopeRef, path: string): void {
  const versions = draft.snapshot.scopes.get(ref.name) ?? [];
  const latest = versions.at(-1);
  if ((ref.version ?? null) === null && latest?.state === "ACTIVE") return;
  const activated = move(draft, ref, "activate", path, () => ({}));
  if (activated === null) return;
  for (const other of versions) {
    if (other.version !== activated.version && other.state === "ACTIVE") {
      draft.put("scope", { ...other, state: "RETIRED", retiredAt: draft.facts.now }, path);
    }
  }
}

export function deprecateScope(draft: Draft, input: DeprecateScope, path: string): void {
  if (!Number.isFinite(input.sunsetAt) || input.sunsetAt <= draft.facts.now) {
    draft.problem(`${path}.sunsetAt`, "must be in the future; to end the scope now, use retireScope");
    return;
  }
  if (input.replacedBy === input.name) draft.problem(`${path}.replacedBy`, "must be another scope");
  move(draft, input, "deprecate", path, (version) => ({
    // The first announcement is what clients were told by.
    deprecatedAt: version.deprecatedAt ?? draft.facts.now,
    sunsetAt: input.sunsetAt,
    replacedBy: input.replacedBy ?? null,
  }));
}

/** Ends a version now. One that clients used lately needs `force`; one past its sunset helps nobody any more. */
export function retireScope(draft: Draft, input: RetireScope, path: string): void {
  const { now, recentUse } = draft.facts;
  if (input.force === null) draft.problem(`${path}.force`, "must not be null; leave it out for false");
  const ended = ({ sunsetAt }: ScopeVersion): boolean => sunsetAt !== null && sunsetAt <= now;
  // A version past its sunset ended then, however late this is noted.
  const version = move(draft, input, "retire", path, (v) => ({ retiredAt: ended(v) ? v.sunsetAt : now }));
  if (version === null || input.force === true || ended(version)) return;
  const problem = recentUseProblem(input.name, recentUse?.(input.name) ?? []);
  if (problem !== null) draft.problem(`${path}.force`, problem);
}

/** Only what was never active, or no longer is, can be deleted; what still refers to the name is checked at the end. */
export function deleteScope(draft: Draft, ref: ScopeRef, path: string): void {
  const versions = draft.snapshot.scopes.get(ref.name) ?? [];
  const meant = (ref.version ?? null) === null ? versions : versions.filter((v) => v.version === ref.version);
  if (meant.length === 0)
    draft.problem(
      `${path}.name`,
      `there is no scope ${ref.name}${(ref.version ?? null) === null ? "" : ` v${ref.version}`}`,
    );
  for (const version of meant) {
    if (version.state === "ACTIVE" || version.state === "DEPRECATED") {
      draft.problem(path, `${ref.name} v${version.version} is ${version.state}; retire it before deleting it`);
    } else draft.remove("scope", rowKey.scope(version), path);
  }
}
