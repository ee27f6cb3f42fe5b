import { printAtom } from "../scopes/atom.ts";
import { matchAtom } from "../scopes/match.ts";
import { parseSmartScope, smartLetters } from "../scopes/smart.ts";
import { coverageOf } from "./holds/coverage.ts";
import { grantedScopes } from "./holds/grants.ts";
import { usableVersions } from "./holds/lifecycle.ts";
import type { AccessQuestion } from "./question.ts";
import type { AccessCheck } from "./scopeCheck.ts";

/** Granted scopes that are looked at, and those of them that the rules are asked about. */
const SCANNED = 256;
const TRIED = 8;

interface Candidate {
  readonly scope: string;
  /** How much it permits, roughly: the least is tried first. */
  readonly breadth: number;
}

/** The least scopes within a granted one that would cover the access; none: it does not. */
function leastOf({ facts, query }: AccessQuestion, granted: string): readonly Candidate[] {
  const smart = parseSmartScope(granted);
  if (smart === null) {
    const usable = usableVersions(facts.snapshot.scopes.get(granted) ?? [], facts.now);
    const covering = usable.find(({ atoms }) => coverageOf(atoms, query).covers);
    return covering === undefined ? [] : [{ scope: granted, breadth: covering.atoms.length }];
  }
  const letter = smartLetters([query.action]);
  return smart.atoms
    .filter((atom) => matchAtom(atom, query).matches)
    .map((atom) => {
      const least = printAtom({ ...atom, resourceType: query.resourceType, action: letter });
      // Of a type that FHIR does not define, no SMART scope speaks but that for all.
      return { scope: parseSmartScope(least) === null ? granted : least, breadth: atom.constraint.length > 0 ? 0 : 1 };
    });
}

/**
 * The least scope that would allow the access if the request presented it as well, among those that the client is
 * granted; null: there is none, or the scopes are not what is missing. `check` runs the stages for one scope.
 */
export function sufficientScope(question: AccessQuestion, check: (scope: string) => AccessCheck): string | null {
  const { client, facts, known, request, scopes } = question;
  if (client?.status !== "ACTIVE" || request.scopes === null) return null;
  if (known !== null && known.disagree !== null) return null;
  const candidates: Candidate[] = [];
  for (const granted of grantedScopes(facts, client.id).slice(0, SCANNED))
    candidates.push(...leastOf(question, granted));
  candidates.sort((a, b) => a.breadth - b.breadth || (a.scope < b.scope ? -1 : a.scope > b.scope ? 1 : 0));
  let tried = 0;
  for (const { scope } of candidates) {
    if (scopes.includes(scope)) continue;
    if (++tried > TRIED) return null;
    const { consent, problems, rules } = check(scope);
    if (problems.length === 0 && rules?.allowed === true && consent === null) return scope;
  }
  return null;
}
