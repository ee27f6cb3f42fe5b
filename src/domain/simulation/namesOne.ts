import { attributeTells, isDayOrMore, saysWhen } from "../directory/identifying.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { Atom } from "../scopes/atom.ts";
import { parseSmartScope } from "../scopes/smart.ts";

/** Whether a constraint asks for a patient, a person, a resource or a moment: what it covers of past decisions would tell whose they are. */
export const namesOne = (atoms: readonly Atom[]): boolean =>
  atoms.some(({ constraint }) =>
    constraint.some(
      ({ parameter, values }) =>
        attributeTells(parameter) !== "NOBODY" || (saysWhen(parameter) && !values.every(isDayOrMore)),
    ),
  );

/** The same of a scope: of whichever version, under any of these policies. */
export const scopeNamesOne = (policies: readonly Snapshot[], scope: string): boolean =>
  namesOne(
    parseSmartScope(scope)?.atoms ??
      policies.flatMap(({ scopes }) => (scopes.get(scope) ?? []).flatMap((version) => version.atoms)),
  );
