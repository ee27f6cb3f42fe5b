import { counterExample, covers, meet } from "../../scopes/algebra.ts";
import type { Constraint } from "../../scopes/atom.ts";
import { printAtoms } from "../../scopes/scopeText.ts";
import { parseSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { DecideFacts } from "../facts.ts";
import { grantedScopes, grantProblem } from "../holds/grants.ts";
import { type Reason, reason } from "../reason.ts";

/** The scopes that a client may be given for one that it asked for, and why they are not that one itself. */
export interface WithinCeiling {
  readonly scopes: readonly string[];
  readonly problem: Reason | null;
}

/** The same scopes without those that another one of them takes in. */
function withoutCovered(scopes: readonly SmartScope[]): readonly SmartScope[] {
  return scopes.filter(
    (scope, at) =>
      !scopes.some((other, before) => {
        if (other === scope || !covers(other.atoms, scope.atoms)) return false;
        return before < at || !covers(scope.atoms, other.atoms);
      }),
  );
}

/**
 * Whether a constraint asks for two things of one parameter that neither scope asks for by itself: a resource that is
 * a laboratory result and a survey at once. A part like that is of no use, and would swell the token.
 */
function isCross({ constraint }: SmartScope, ...of: readonly SmartScope[]): boolean {
  const count = (entries: Constraint, parameter: string): number =>
    entries.filter((entry) => entry.parameter === parameter).length;
  return constraint.some(({ parameter }) => {
    const most = Math.max(...of.map((scope) => count(scope.constraint, parameter)));
    return count(constraint, parameter) > Math.max(1, most);
  });
}

/** What two scopes have in common, as scopes. */
function inCommon(smart: SmartScope, ceiling: SmartScope): readonly string[] {
  return printAtoms(meet(smart.atoms, ceiling.atoms)).scopes.filter((text) => {
    const part = parseSmartScope(text);
    return part !== null && !isCross(part, smart, ceiling);
  });
}

/**
 * What of a requested scope the client is granted now: all of it, or, of a SMART scope, what each granted one has in
 * common with it. They are not joined across grants: a scope that is presented must be within one grant.
 */
export function withinCeiling(
  facts: DecideFacts,
  clientId: string,
  scope: string,
  smart: SmartScope | null,
): WithinCeiling {
  const problem = grantProblem(facts, clientId, scope, smart);
  if (problem === null) return { scopes: [scope], problem: null };
  if (smart === null) return { scopes: [], problem };
  const ceilings = grantedScopes(facts, clientId).flatMap((granted) => parseSmartScope(granted) ?? []);
  const texts = new Set(ceilings.flatMap((ceiling) => inCommon(smart, ceiling)));
  const parts = withoutCovered([...texts].sort().flatMap((text) => parseSmartScope(text) ?? []));
  if (parts.length === 0) return { scopes: [], problem };
  const missing = counterExample(
    parts.flatMap(({ atoms }) => atoms),
    smart.atoms,
  );
  const parameters = { at: null, because: "NARROWED", missing } as const;
  return {
    scopes: parts.map(({ text }) => text),
    problem: reason("SCOPE_NOT_GRANTED", { parameters, personal: { clientId }, scope }),
  };
}
