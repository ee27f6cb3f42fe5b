import type { Remainder } from "../../decisions/ruleEngine.ts";
import type { Rule } from "../../policy/types.ts";
import type { Atom } from "../../scopes/atom.ts";
import type { AccessCondition } from "./accessCell.ts";
import { notMeeting, reachesNot } from "./accessWords.ts";

/** What allow rules ask for of which one is enough, and none matches always. */
export function onlyIfAny(remainders: readonly Remainder[]): AccessCondition {
  const said = new Map(
    remainders.flatMap((remainder) =>
      typeof remainder === "string" ? [] : [[remainder.cel, remainder.matches] as const],
    ),
  );
  const cel = [...said.keys()];
  return {
    cel: cel.length > 1 ? `(${cel.join(" || ")})` : (cel[0] ?? ""),
    text: `only if ${[...said.values()].join(", or if ")}`,
  };
}

/** What a deny rule leaves; null: nothing. `atom` is that of the SMART scope it names, of which it may not be known whether it covers the request. */
export function deniedIf(
  remainder: Remainder,
  atom: Atom | null,
  { rule, type }: { rule: Rule; type: string },
): AccessCondition | "NOTHING" | null {
  if (remainder === "NEVER") return null;
  const constraint = atom !== null && atom.constraint.length > 0 ? atom.constraint : null;
  const why = rule.description === null ? `rule ${rule.id} denies it` : `${rule.description} (rule ${rule.id})`;
  if (remainder === "ALWAYS")
    return constraint === null ? "NOTHING" : reachesNot({ constraint, except: [] }, why, type);
  const { cel, matches, mayFail } = remainder;
  const text = `not if ${matches}${mayFail ? ", or if that is not given" : ""}`;
  if (constraint === null) return { cel: `!(${cel})`, text };
  const covered = reachesNot({ constraint, except: [] }, "", type);
  return {
    cel: `!(${covered.cel.slice(2, -1)} && ${cel})`,
    text: `${text}, of ${notMeeting([constraint], type).text.slice(4)}`,
  };
}
