import { isoTime } from "../../kernel/time.ts";
import type { Obligation } from "../../policy/types.ts";
import { STEP_UP } from "../ownObligations.ts";
import type { AccessQuestion } from "../question.ts";
import { restrictionsOn } from "../restrictions/inForce.ts";
import type { AccessCheck } from "../scopeCheck.ts";
import type { Outcome } from "../types.ts";

/** Stage 6, of who asks: where an alert asks for it, an authentication that is not older than `since`. */
export function stepUpOf(
  outcome: Outcome,
  _used: readonly AccessCheck[],
  question: AccessQuestion,
): readonly Obligation[] {
  if (outcome === "DENY") return [];
  return restrictionsOn(question, "STEP_UP").map(({ endsAt, id, imposedAt }) => ({
    type: STEP_UP,
    parameters: { endsAt: isoTime(endsAt), id, since: isoTime(imposedAt) },
  }));
}
