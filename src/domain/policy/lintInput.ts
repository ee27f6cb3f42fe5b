import { badInput } from "../kernel/errors.ts";
import type { LintFinding } from "../scopes/lint/finding.ts";
import { lintScope } from "../scopes/lint/lintScope.ts";
import { Draft } from "./internal/draft.ts";
import { contentOf } from "./internal/scopeContent.ts";
import type { PutScope } from "./operations.ts";
import { emptySnapshot } from "./snapshot.ts";

/**
 * What the lint finds in a scope as it would be put, by the same reading as the change itself, justification aside.
 * @throws ScopewardenError BAD_USER_INPUT for what is no scope at all; paths begin with `path`.
 */
export function lintPutScope(input: PutScope, path: string): readonly LintFinding[] {
  // The content of a scope depends on nothing else in the policy.
  const draft = new Draft(emptySnapshot(), { now: 0, newId: () => "", checkCondition: () => null });
  const content = contentOf(draft, input, { path, update: false, before: null });
  if (content === null) throw badInput(draft.problems);
  return lintScope({ name: input.name, title: content.title, atoms: content.atoms });
}
