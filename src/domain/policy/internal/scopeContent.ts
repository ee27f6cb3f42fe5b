import { textProblem } from "../../kernel/text.ts";
import type { AtomDeclaration } from "../../scopes/atom.ts";
import { atomsOf } from "../../scopes/atom.ts";
import { lintScope } from "../../scopes/lint/lintScope.ts";
import { explainSmartScope, isScopeToken, looksLikeSmart } from "../../scopes/smart.ts";
import type { MemberOf } from "../members.ts";
import type { PutScope } from "../operations.ts";
import type { ScopeVersion } from "../types.ts";
import type { ChangeFacts, Draft } from "./draft.ts";

/** What a putScope says, apart from its place in the history. */
export type ScopeContent = Pick<ScopeVersion, MemberOf<"scope", "content" | "derived">>;

function declarationsOf(input: PutScope): AtomDeclaration[] {
  return (input.atoms ?? []).map((atom) => ({
    context: atom.context ?? "ANY",
    resourceType: atom.resourceType,
    actions: atom.actions,
    constraint: atom.constraint ?? null,
  }));
}

/** Reads a putScope, or notes every problem and answers null. */
export function contentOf(draft: Draft, input: PutScope, path: string): ScopeContent | null {
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

/** Whether a scope asks for a consent that nothing can give. */
export const lacksConsent = (
  { canGiveConsent = false }: Pick<ChangeFacts, "canGiveConsent">,
  { requiresConsent }: Pick<ScopeContent, "requiresConsent">,
): boolean => requiresConsent && !canGiveConsent;

/** docs/scopes.md: broad scopes need a justification, mistaken ones cannot have one. */
export function requireLint(draft: Draft, name: string, content: ScopeContent, path: string): void {
  for (const finding of lintScope({ ...content, name, lacksConsent: lacksConsent(draft.facts, content) })) {
    const text = `${finding.code}: ${finding.message} ${finding.narrowing}`;
    if (finding.severity === "ERROR") draft.problem(path, text);
    else if (finding.severity === "REFUSE" && content.justification === null) {
      draft.problem(path, `${text} To keep it as it is, give a justification; it is stored and shown.`);
    }
  }
}
