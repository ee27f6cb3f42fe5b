import { type Json, sameJson } from "../../kernel/canonical.ts";
import { textProblem } from "../../kernel/text.ts";
import type { AtomDeclaration } from "../../scopes/atom.ts";
import { atomsOf } from "../../scopes/atom.ts";
import { canMove, type LifecycleStep } from "../../scopes/lifecycle.ts";
import { lintScope } from "../../scopes/lint.ts";
import { explainSmartScope, isScopeToken, looksLikeSmart } from "../../scopes/smart.ts";
import type { DeprecateScope, PutMode, PutScope, ScopeRef } from "../operations.ts";
import type { ScopeVersion } from "../types.ts";
import { rowKey } from "../types.ts";
import type { Draft } from "./draft.ts";

/** What a putScope says, apart from its place in the history. */
type Content = Pick<
  ScopeVersion,
  "title" | "description" | "declarations" | "atoms" | "requiresConsent" | "justification"
>;

function declarationsOf(input: PutScope): AtomDeclaration[] {
  return (input.atoms ?? []).map((atom) => ({
    context: atom.context ?? "ANY",
    resourceType: atom.resourceType,
    actions: atom.actions,
    constraint: atom.constraint ?? null,
  }));
}

function contentOf(draft: Draft, input: PutScope, path: string): Content | null {
  const before = draft.problems.length;
  if (!isScopeToken(input.name)) {
    draft.problem(
      `${path}.name`,
      "must be a scope token of 1 to 256 characters from %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3): no spaces, quotes or backslashes",
    );
    return null;
  }
  for (const field of ["title", "description", "justification"] as const) {
    draft.expect(`${path}.${field}`, textProblem(input[field] ?? "", 2000));
  }
  const declarations = declarationsOf(input);
  const content = {
    title: input.title ?? null,
    description: input.description ?? null,
    requiresConsent: input.requiresConsent ?? false,
    justification: input.justification?.trim() || null,
  };
  if (looksLikeSmart(input.name)) {
    const smart = explainSmartScope(input.name);
    if (!smart.ok) draft.problem(`${path}.name`, smart.message);
    else if (declarations.length > 0)
      draft.problem(`${path}.atoms`, "must be absent: a SMART scope declares its atoms by its own syntax");
    return smart.ok && draft.problems.length === before
      ? { ...content, declarations: [], atoms: smart.value.atoms }
      : null;
  }
  if (declarations.length === 0) draft.problem(`${path}.atoms`, "must have at least one atom: what the scope permits");
  const atoms = atomsOf(declarations);
  if (!atoms.ok)
    draft.problem(
      `${path}.${atoms.message.startsWith("atoms") ? "" : "atoms: "}${atoms.message}`.split(" ")[0] ?? path,
      atoms.message,
    );
  return atoms.ok && draft.problems.length === before ? { ...content, declarations, atoms: atoms.value } : null;
}

/** docs/scopes.md: broad scopes need a justification, mistaken ones cannot have one. */
function lint(draft: Draft, name: string, content: Content, path: string): void {
  for (const finding of lintScope({ name, title: content.title, atoms: content.atoms })) {
    const text = `${finding.code}: ${finding.message} ${finding.narrowing}`;
    if (finding.severity === "ERROR") draft.problem(path, text);
    else if (finding.severity === "REFUSE" && content.justification === null) {
      draft.problem(path, `${text} To keep it as it is, give a justification; it is stored and shown.`);
    }
  }
}

const sameContent = (a: Content, b: Content): boolean => {
  const pick = ({ title, description, declarations, requiresConsent, justification }: Content): Json =>
    ({ title, description, declarations, requiresConsent, justification }) as unknown as Json;
  return sameJson(pick(a), pick(b));
};

/** A draft is replaced; anything later than a draft stays as it is, and the change makes the next version. */
export function putScope(draft: Draft, input: PutScope, path: string, mode: PutMode): void {
  const latest = draft.snapshot.scopes.get(input.name)?.at(-1);
  if (!draft.expectMode(mode, latest !== undefined, `${path}.name`, `scope ${input.name}`)) return;
  const content = contentOf(draft, input, path);
  if (content === null) return;
  lint(draft, input.name, content, path);
  if (latest !== undefined && sameContent(latest, content)) return;
  const version = latest === undefined ? 1 : latest.state === "DRAFT" ? latest.version : latest.version + 1;
  draft.put(
    "scope",
    { name: input.name, version, state: "DRAFT", ...content, sunsetAt: null, replacedBy: null, retiredAt: null },
    path,
  );
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
  change: Partial<ScopeVersion>,
): ScopeVersion | null {
  const version = versionFor(draft, ref, step, path);
  if (version === null) return null;
  const next = canMove(version.state, step);
  if (!next.ok) {
    draft.problem(path, `${ref.name} v${version.version}: ${next.message}`);
    return null;
  }
  const moved = { ...version, state: next.value, ...change };
  draft.put("scope", moved, path);
  return moved;
}

/**
 * A name stands for at most one active version. The version that was active until now retires at once, so that a
 * narrowed scope is narrow from this revision on; to give clients time, deprecate it with a sunset first.
 */
export function activateScope(draft: Draft, ref: ScopeRef, path: string): void {
  const versions = draft.snapshot.scopes.get(ref.name) ?? [];
  const latest = versions.at(-1);
  if ((ref.version ?? null) === null && latest?.state === "ACTIVE") return;
  const activated = move(draft, ref, "activate", path, {});
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
  move(draft, input, "deprecate", path, { sunsetAt: input.sunsetAt, replacedBy: input.replacedBy ?? null });
}

export function retireScope(draft: Draft, ref: ScopeRef, path: string): void {
  move(draft, ref, "retire", path, { retiredAt: draft.facts.now });
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
