import { requireMayAssert } from "../domain/decisions/assertedRoles.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import type { Members } from "../domain/kernel/reader.ts";
import { printableProblem } from "../domain/kernel/text.ts";
import { knownActions } from "../domain/simulation/search/candidates.ts";
import { readQuestion } from "./question.ts";
import { scopeNamed } from "./scopeNamed.ts";
import {
  checkAsserted,
  decidingEach,
  type Named,
  type Search,
  type SearchDeps,
  searchApi,
  templateOf,
} from "./search.ts";

/** Reads an action search: `{subject, resource, context?}`. @throws ScopewardenError BAD_USER_INPUT */
function readActionSearch(members: Members, deps: SearchDeps): Search<Named> {
  const { facts, inputLimits, breathe } = deps;
  // Any action will do, as each candidate takes its place; an interaction is never taken for a scope's name.
  const template = templateOf(readQuestion({ ...members, action: { name: "read" } }, deps), inputLimits);
  checkAsserted(template, deps, requireMayAssert);
  const requestFor = (name: string): AccessRequest | null => {
    const named = template.scopes === null ? scopeNamed(facts, name, template.resource.type) : null;
    const action = named === null ? name : named.action;
    if (action === undefined || printableProblem(action) !== null) return null;
    return { ...template, action, scopes: named === null ? template.scopes : [name] };
  };
  return {
    identity: ["action", template as unknown as Json],
    ...decidingEach(deps, () => knownActions(facts.snapshot, breathe), requestFor),
    entity: ({ name }) => ({ name }),
  };
}

/** Action Search API (section 8): what may this subject do with that resource? */
export const searchAction = searchApi(readActionSearch);
