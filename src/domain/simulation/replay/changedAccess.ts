import type { Reason } from "../../decisions/reason.ts";
import { scopesUsed } from "../../decisions/scopesUsed.ts";
import type { DecisionRecord, GrantVerdict, Verdict } from "../../decisions/types.ts";

/** By what an access is allowed or denied on one side of a change and not on the other. */
export interface ChangedAccess {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly rules: readonly string[];
}

/** What rests on rules: of a token also what is told of each of its scopes. */
const byRules = (verdict: Verdict | GrantVerdict): readonly Reason[] =>
  [
    ...verdict.reasons,
    ...("details" in verdict ? verdict.details.scopes.flatMap(({ reasons }) => reasons) : []),
  ].filter(({ code }) => code === "ALLOWED_BY_RULE" || code === "DENIED_BY_RULE");

const keyOf = ({ code, role, ruleId, scope }: Reason): string => JSON.stringify([code, ruleId, role, scope]);

const namesOf = (reasons: readonly Reason[], member: "role" | "ruleId" | "scope"): readonly string[] =>
  [...new Set(reasons.flatMap((reason) => reason[member] ?? []))].sort();

/** The names that only one of the two answers rests on; all, where they rest on the same. */
export function changedAccess(
  { kind }: DecisionRecord,
  base: Verdict | GrantVerdict,
  after: Verdict | GrantVerdict,
): ChangedAccess {
  const [before, then] = [byRules(base), byRules(after)];
  const [keysBefore, keysThen] = [new Set(before.map(keyOf)), new Set(then.map(keyOf))];
  const onlyOne = [
    ...before.filter((reason) => !keysThen.has(keyOf(reason))),
    ...then.filter((reason) => !keysBefore.has(keyOf(reason))),
  ];
  const reasons = onlyOne.length > 0 ? onlyOne : before;
  const used = kind === "GRANT" ? [] : [...scopesUsed({ ...base, kind }), ...scopesUsed({ ...after, kind })];
  const scopes = namesOf(reasons, "scope");
  return {
    scopes: scopes.length > 0 ? scopes : [...new Set(used)].sort(),
    roles: namesOf(reasons, "role"),
    rules: namesOf(reasons, "ruleId"),
  };
}
