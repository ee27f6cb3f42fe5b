import { PERSONAL_MEMBERS, withConditions } from "../../decisions/filter.ts";
import { noticeParts } from "../../decisions/ownObligations.ts";
import type { Reason } from "../../decisions/reason.ts";
import type { GrantVerdict, Verdict } from "../../decisions/types.ts";
import type { Obligation } from "../../policy/types.ts";

const openReason = (reason: Reason): Reason => {
  if (!("personal" in reason)) return reason;
  const { personal: _, ...open } = reason;
  return open;
};

/** An obligation without the people whom its conditions name, and the consents of its notice: that it names some is still said. */
const openObligation = (obligation: Obligation): Obligation =>
  withConditions(noticeParts(obligation)[1], (part) =>
    Object.fromEntries(Object.entries(part).filter(([name]) => !PERSONAL_MEMBERS.some((each) => each === name))),
  );

/** An answer without what in it identifies people, as a record has it whose personal values are erased. */
export function openVerdict(verdict: Verdict | GrantVerdict): Verdict {
  const { details: _, ...open } = { details: undefined, ...verdict };
  return { ...open, reasons: verdict.reasons.map(openReason), obligations: verdict.obligations.map(openObligation) };
}
