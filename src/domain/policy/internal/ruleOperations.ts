import { identifierProblem, nameProblem, seenTextProblem, textProblem } from "../../kernel/text.ts";
import { actionNameProblem, canonicalAction } from "../../scopes/atom.ts";
import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import type { PutMode, PutRule, RuleRef, UpdateRule } from "../operations.ts";
import type { Rule } from "../types.ts";
import { readContent, type Write } from "./content.ts";
import type { Draft } from "./draft.ts";

const orAny = (value: string, check: (value: string) => string | null): string | null =>
  value === "*" ? null : check(value);

/** A decision says at most once what a search may return, and says it itself. */
const obligationProblem = (type: string): string | null =>
  type === "filter" ? "must not be filter, which follows from scopes; use another name" : nameProblem(type);

function conditionProblem(draft: Draft, when: string): string | null {
  const problem = seenTextProblem(when, 4000);
  if (problem !== null) return problem;
  const found = draft.facts.checkCondition(when);
  return found === null ? null : `line ${found.line}, column ${found.column}: ${found.message}`;
}

function writeRule(draft: Draft, input: UpdateRule, { path, update }: Write): void {
  const { id, action, obligations, justification } = input;
  if (justification?.trim() === "") draft.problem(`${path}.justification`, "must not be empty");
  const said = {
    ...input,
    justification: justification ? justification.trim() : justification,
    action: action && canonicalAction(action),
    obligations: obligations
      ? obligations.map(({ type, parameters }) => ({ type, parameters: parameters ?? null }))
      : obligations,
  };
  const before = draft.snapshot.rules.get(id) ?? null;
  const content = readContent(draft, "rule", { input: said, before, update, path, what: `rule ${id}` });
  if (content === null) return;
  if (before === null || !update || justification !== undefined) draft.keptJustifications.delete(id);
  else if (!draft.keptJustifications.has(id)) draft.keptJustifications.set(id, before);
  const rule: Rule = { id, ...content };
  const problems = draft.problems.length;
  draft.expect(`${path}.action`, orAny(rule.action, actionNameProblem));
  draft.expect(`${path}.resourceType`, orAny(rule.resourceType, identifierProblem));
  for (const field of ["description", "justification"] as const)
    draft.expect(`${path}.${field}`, textProblem(rule[field] ?? "", 2000));
  if (rule.effect !== "ALLOW" && rule.effect !== "DENY") draft.problem(`${path}.effect`, "must be ALLOW or DENY");
  if (looksLikeSmart(rule.scope)) {
    const smart = explainSmartScope(rule.scope, draft.fhirVersion);
    draft.expect(`${path}.scope`, smart.ok ? null : smart.message);
  }
  if (rule.when !== null) draft.expect(`${path}.when`, conditionProblem(draft, rule.when));
  rule.obligations.forEach((o, i) => {
    draft.expect(`${path}.obligations[${i}].type`, obligationProblem(o.type));
  });
  if (draft.problems.length === problems) draft.put("rule", rule, path);
}

export function putRule(draft: Draft, input: PutRule, path: string, mode: PutMode): void {
  const named = input.id ?? null;
  const id = named ?? draft.facts.newId();
  if (named !== null && !draft.expect(`${path}.id`, nameProblem(named))) return;
  if (draft.expectMode(mode, draft.snapshot.rules.has(id), `${path}.id`, `rule ${id}`))
    writeRule(draft, { ...input, id }, { path, update: false });
}

export function updateRule(draft: Draft, input: UpdateRule, path: string): void {
  const { id } = input;
  if (draft.expectThere(draft.snapshot.rules.has(id), `${path}.id`, `rule ${id}`))
    writeRule(draft, input, { path, update: true });
}

export function deleteRule(draft: Draft, ref: RuleRef, path: string): void {
  if (!draft.snapshot.rules.has(ref.id)) draft.problem(`${path}.id`, `there is no rule ${ref.id}`);
  draft.remove("rule", ref.id, path);
}
