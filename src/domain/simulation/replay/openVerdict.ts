import { filterAmong } from "../../decisions/filter.ts";
import type { Reason } from "../../decisions/reason.ts";
import type { GrantVerdict, Verdict } from "../../decisions/types.ts";
import type { Json } from "../../kernel/canonical.ts";
import type { Obligation } from "../../policy/types.ts";

const openReason = (reason: Reason): Reason => {
  if (!("personal" in reason)) return reason;
  const { personal: _, ...open } = reason;
  return open;
};

/** A filter without the patients whom it names: that it names one is still told. */
function openObligation(obligation: Obligation): Obligation {
  const filter = filterAmong([obligation]);
  if (filter === null) return obligation;
  const allOf = filter.allOf.map(({ anyOf }) => ({
    anyOf: anyOf.map((condition) => (condition.type === "patient" ? { type: condition.type } : condition)),
  }));
  return { ...obligation, parameters: { ...filter, allOf } as unknown as Json };
}

/** An answer without what in it identifies people, as a record has it whose personal values are erased. */
export function openVerdict(verdict: Verdict | GrantVerdict): Verdict {
  const { details: _, ...open } = { details: undefined, ...verdict };
  return { ...open, reasons: verdict.reasons.map(openReason), obligations: verdict.obligations.map(openObligation) };
}
