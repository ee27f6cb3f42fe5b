import { constraintImplies } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { typeCovers } from "../../scopes/cover.ts";
import { type AtomRequest, matchAtom } from "../../scopes/match.ts";
import { isApart, mayMatch } from "../../scopes/mayMatch.ts";
import { deprecationNotice, lifecycleProblem, usableVersions } from "../holds/lifecycle.ts";
import { isUsable, type Registered, registeredOn } from "../holds/registered.ts";
import type { AccessQuestion } from "../question.ts";
import type { AccessCheck } from "../scopeCheck.ts";

/** Whether it surely covers what the part covers: a search as a whole, or the one resource. */
const surelyCovers = ({ atom }: Registered, part: Atom, query: AtomRequest): boolean =>
  query.resourceType === "*" || query.action === "search"
    ? typeCovers(atom, query.resourceType) && constraintImplies(part.constraint, atom.constraint)
    : matchAtom(atom, query).matches;

const mayCover = ({ atom }: Registered, part: Atom, query: AtomRequest): boolean =>
  query.resourceType === "*"
    ? !isApart(part.constraint, atom)
    : mayMatch(atom, query) && (query.action !== "search" || !isApart(part.constraint, atom));

/**
 * Stage 3 for a part of a SMART scope: every registered SMART scope that covers the access can be used now, whichever was
 * presented, unless another that can be used covers it more narrowly. What can't be verified counts as covered. What such
 * a scope asks for or announces is noted.
 */
export function checkRegistered(question: AccessQuestion, check: AccessCheck): boolean {
  const { client, query } = question;
  const { atom, exported, problems } = check;
  if (atom !== null) lookAt(question, check, atom, query);
  for (const each of exported)
    lookAt(question, check, each, { ...query, action: each.action, resourceType: each.resourceType });
  return problems.length === 0 && client !== undefined;
}

function lookAt({ facts }: AccessQuestion, check: AccessCheck, atom: Atom, query: AtomRequest): void {
  const { problems, scope } = check;
  const registered = registeredOn(facts.snapshot, atom, query.resourceType);
  if (registered.length > 0) {
    check.isShared = true;
    const stands = (other: Registered): boolean => isUsable(other, facts.now) && surelyCovers(other, atom, query);
    for (const each of registered) {
      if (!mayCover(each, atom, query) || each.narrower.some(stands)) continue;
      const problem = lifecycleProblem(each.versions, facts.now);
      // Of two spellings of one scope one may end; the scope that was presented stands for itself.
      if (problem !== null && (each.name === scope || !each.same.some(stands))) problems.push(problem);
      const [newest] = usableVersions(each.versions, facts.now);
      if (newest === undefined) continue;
      if (newest.requiresConsent) check.asking = [...check.asking, newest];
      const notice = surelyCovers(each, atom, query) ? deprecationNotice(newest) : null;
      if (notice !== null) check.notices = [...check.notices, notice];
    }
  }
}
