import type { DecisionRecord, GrantVerdict, Verdict } from "../../decisions/types.ts";
import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { otherObligations, returnsNoLess } from "../servesAs.ts";
import type { FlipKind } from "./types.ts";

const scopesOf = ({ scope }: Verdict): readonly string[] => scope?.split(" ") ?? [];

/** Whether a token with the later scopes may do all that one with the earlier may: a custom scope is held by its name alone. */
function carriesNoLess(before: Verdict, after: Verdict): boolean {
  const [earlier, later] = [scopesOf(before), scopesOf(after)];
  const atoms = later.flatMap((scope) => parseSmartScope(scope)?.atoms ?? []);
  return earlier.every((scope) => {
    const smart = later.includes(scope) ? null : parseSmartScope(scope);
    return later.includes(scope) || (smart !== null && covers(atoms, smart.atoms));
  });
}

/**
 * What a change makes of an answer to the same question, by what a caller may do with it: which rule or scope allows it is
 * nothing to a caller. What permits anything more is WIDENED, even if it permits less as well: nothing may widen unseen.
 */
export function replayKind(
  { kind, request }: DecisionRecord,
  base: Verdict | GrantVerdict,
  after: Verdict | GrantVerdict,
): FlipKind | "SAME" {
  if (base.outcome !== after.outcome) return after.outcome === "ALLOW" ? "NEWLY_ALLOWED" : "NEWLY_DENIED";
  if (base.scope === after.scope && base.obligations.length === 0 && after.obligations.length === 0) return "SAME";
  if (base.outcome === "ALLOW") {
    const type = kind === "ACCESS" && "resource" in request ? request.resource.type : null;
    const noLess = (one: Verdict, other: Verdict): boolean =>
      type === null ? carriesNoLess(one, other) : returnsNoLess(one, other, type);
    if (!noLess(after, base)) return "WIDENED";
    if (otherObligations(base) !== otherObligations(after)) return "OTHER_OBLIGATIONS";
    return noLess(base, after) ? "SAME" : "NARROWED";
  }
  return otherObligations(base) === otherObligations(after) ? "SAME" : "OTHER_OBLIGATIONS";
}
