import { languageProblem, seenTextProblem, textProblem } from "../../kernel/text.ts";
import type { AtomDeclaration } from "../../scopes/atom.ts";
import { atomsOf } from "../../scopes/atom.ts";
import type { LintFinding } from "../../scopes/lint/finding.ts";
import { lintScope } from "../../scopes/lint/lintScope.ts";
import { isProtocolScope } from "../../scopes/protocol.ts";
import { explainSmartScope, isScopeToken, looksLikeSmart } from "../../scopes/smart.ts";
import type { MemberOf } from "../members.ts";
import type { PutScope, UpdateScope } from "../operations.ts";
import type { ScopeTranslation, ScopeVersion } from "../types.ts";
import { readContent, type Write } from "./content.ts";
import type { Draft } from "./draft.ts";

/** What is said of a scope, apart from its place in the history. */
export type ScopeContent = Pick<ScopeVersion, MemberOf<"scope", "content" | "derived">>;

function declarationsOf(draft: Draft, atoms: NonNullable<PutScope["atoms"]>, path: string): AtomDeclaration[] {
  return atoms.map(({ context, resourceType, actions, constraint }, i) => {
    if (context === null) draft.problem(`${path}.atoms[${i}].context`, "must not be null; leave it out for ANY");
    return { context: context ?? "ANY", resourceType, actions, constraint: constraint ?? null };
  });
}

/** Languages of one scope. */
const MAX_TRANSLATIONS = 50;

/** Translations in the order of their languages; of one that is there twice, or is none, the problem is noted. */
function translationsOf(
  draft: Draft,
  translations: NonNullable<PutScope["translations"]>,
  path: string,
): readonly ScopeTranslation[] {
  draft.expect(path, translations.length > MAX_TRANSLATIONS ? `must have at most ${MAX_TRANSLATIONS} items` : null);
  const languages = new Set<string>();
  for (const [i, { language, title, description }] of translations.entries()) {
    const known = languages.has(language.toLowerCase()) ? `${language} is there twice` : languageProblem(language);
    languages.add(language.toLowerCase());
    draft.expect(`${path}[${i}].language`, known);
    draft.expect(`${path}[${i}].title`, title.trim() === "" ? "must not be empty" : seenTextProblem(title, 2000));
    draft.expect(`${path}[${i}].description`, textProblem(description ?? "", 2000));
  }
  return translations
    .map(({ language, title, description }) => ({ language, title, description: description ?? null }))
    .sort((a, b) => (a.language < b.language ? -1 : 1));
}

/** Reads what is said of a scope, or notes every problem and answers null. `before` is its newest version. */
export function contentOf(
  draft: Draft,
  input: UpdateScope,
  { path, update, before }: Write & { readonly before: ScopeVersion | null },
): ScopeContent | null {
  const problems = draft.problems.length;
  if (!isScopeToken(input.name))
    return draft.problem(
      `${path}.name`,
      "must be a scope token of 1 to 2048 characters from %x21 / %x23-5B / %x5D-7E (RFC 6749 section 3.3): no spaces, quotes or backslashes",
    );
  if (isProtocolScope(input.name))
    return draft.problem(
      `${path}.name`,
      `${input.name} is a protocol scope: it is known by its syntax, reaches no resource, and is not registered. protocolScopes of a client says which it may be given`,
    );
  draft.expect(`${path}.title`, seenTextProblem(input.title ?? "", 2000));
  for (const field of ["description", "justification"] as const)
    draft.expect(`${path}.${field}`, textProblem(input[field] ?? "", 2000));
  if (input.justification?.trim() === "") draft.problem(`${path}.justification`, "must not be empty");
  const isSmart = looksLikeSmart(input.name);
  const { atoms, justification, translations } = input;
  if (!isSmart && (atoms?.length === 0 || (!update && !atoms)))
    draft.problem(`${path}.atoms`, "must have at least one atom: what the scope permits");
  const said = {
    ...input,
    justification: justification ? justification.trim() : justification,
    translations: translations && translationsOf(draft, translations, `${path}.translations`),
    declarations: atoms ? declarationsOf(draft, atoms, path) : isSmart || !update ? [] : atoms,
  };
  const names = { declarations: "atoms" };
  const content = readContent(draft, "scope", {
    input: said,
    before,
    update,
    path,
    what: `scope ${input.name}`,
    names,
  });
  if (content === null || draft.problems.length > problems) return null;
  const { declarations } = content;
  if (isSmart) {
    const smart = explainSmartScope(input.name, draft.fhirVersion);
    if (!smart.ok) draft.problem(`${path}.name`, smart.message);
    else if (declarations.length > 0)
      draft.problem(`${path}.atoms`, "must be absent: a SMART scope declares its atoms by its own syntax");
    return smart.ok && draft.problems.length === problems ? { ...content, atoms: smart.value.atoms } : null;
  }
  const parsed = atomsOf(declarations, draft.fhirVersion);
  if (!parsed.ok)
    draft.problem(
      `${path}.${parsed.message.startsWith("atoms") ? "" : "atoms: "}${parsed.message}`.split(" ")[0] ?? path,
      parsed.message,
    );
  return parsed.ok && draft.problems.length === problems ? { ...content, atoms: parsed.value } : null;
}

const findingsOf = (name: string, content: ScopeContent): readonly LintFinding[] => lintScope({ ...content, name });
const textOf = ({ code, message, narrowing }: LintFinding): string => `${code}: ${message} ${narrowing}`;

/**
 * docs/scopes.md: broad scopes need a justification, mistaken ones cannot have one. `kept` is the version whose justification
 * is kept: it was given for what was found in that.
 */
export function requireLint(
  draft: Draft,
  name: string,
  { content, kept }: { readonly content: ScopeContent; readonly kept: ScopeContent | null },
  path: string,
): void {
  const justified = kept === null ? null : new Set(findingsOf(name, kept).map(textOf));
  for (const finding of findingsOf(name, content)) {
    const text = textOf(finding);
    const isJustified = content.justification !== null && (justified === null || justified.has(text));
    if (finding.severity === "ERROR") draft.problem(path, text);
    else if (finding.severity === "REFUSE" && !isJustified)
      draft.problem(path, `${text} To keep it as it is, give a justification; it is stored and shown.`);
  }
}
