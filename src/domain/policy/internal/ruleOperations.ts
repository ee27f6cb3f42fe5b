import { actionProblem, nameProblem, resourceTypeProblem, textProblem } from "../../kernel/text.ts";
import { canonicalAction } from "../../scopes/atom.ts";
import { explainSmartScope, looksLikeSmart } from "../../scopes/smart.ts";
import type { PutMode, PutRule, RuleRef } from "../operations.ts";
import type { Rule } from "../types.ts";
import type { Draft } from "./draft.ts";

const orAny = (value: string, check: (value: string) => string | null): string | null =>
  value === "*" ? null : check(value);

function conditionProblem(draft: Draft, when: string): string | null {
  const problem = textProblem(when, 4000);
  if (problem !== null) return problem;
  const found = draft.facts.checkCondition(when);
  return found === null ? null : `line ${found.line}, column ${found.column}: ${found.message}`;
}

export function putRule(draft: Draft, input: PutRule, path: string, mode: PutMode): void {
  const id = input.id ?? draft.facts.newId();
  const rule: Rule = {
    id,
    role: input.role ?? "*",
    scope: input.scope ?? "*",
    action: canonicalAction(input.action ?? "*"),
    resourceType: input.resourceType ?? "*",
    when: input.when ?? null,
    effect: input.effect,
    obligations: (input.obligations ?? []).map((o) => ({ type: o.type, parameters: o.parameters ?? null })),
    description: input.description ?? null,
    justification: input.justification?.trim() || null,
  };
  const before = draft.problems.length;
  if (input.id !== undefined && input.id !== null) draft.expect(`${path}.id`, nameProblem(input.id));
  draft.expect(`${path}.action`, orAny(rule.action, actionProblem));
  draft.expect(`${path}.resourceType`, orAny(rule.resourceType, resourceTypeProblem));
  for (const field of ["description", "justification"] as const)
    draft.expect(`${path}.${field}`, textProblem(rule[field] ?? "", 2000));
  if (rule.effect !== "ALLOW" && rule.effect !== "DENY") draft.problem(`${path}.effect`, "must be ALLOW or DENY");
  if (looksLikeSmart(rule.scope)) {
    const smart = explainSmartScope(rule.scope);
    draft.expect(`${path}.scope`, smart.ok ? null : smart.message);
  }
  if (rule.when !== null) draft.expect(`${path}.when`, conditionProblem(draft, rule.when));
  rule.obligations.forEach((o, i) => {
    draft.expect(`${path}.obligations[${i}].type`, nameProblem(o.type));
  });
  draft.expectMode(mode, draft.snapshot.rules.has(id), `${path}.id`, `rule ${id}`);
  if (draft.problems.length === before) draft.put("rule", rule, path);
}

export function deleteRule(draft: Draft, ref: RuleRef, path: string): void {
  if (!draft.snapshot.rules.has(ref.id)) draft.problem(`${path}.id`, `there is no rule ${ref.id}`);
  draft.remove("rule", ref.id, path);
}
