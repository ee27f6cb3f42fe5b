import type { Reason } from "../domain/decisions/reason.ts";
import { reasonText } from "../domain/decisions/reasonText.ts";
import { reasonCountOf, summaryText } from "../domain/decisions/summaryText.ts";
import type { AccessRecord } from "../domain/decisions/types.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import type { ScopewardenError } from "../domain/kernel/errors.ts";
import type { Obligation } from "../domain/policy/types.ts";
import { AUTHZEN_STATUS } from "./refused.ts";

/** What an obligation asks for, as an object whatever the policy holds. */
function propertiesOf(parameters: Json): Json {
  if (parameters === null) return {};
  return typeof parameters === "object" && !Array.isArray(parameters) ? parameters : { value: parameters };
}

/**
 * Obligations as the AuthZEN profile for obligations has them in `context.obligations`. The id is unique in its context
 * and the same for the same answer: the type and its place.
 */
export function obligationList(obligations: readonly Obligation[]): readonly object[] {
  return obligations.map(({ type, parameters }, i) => ({
    id: `${type}-${i + 1}`,
    type,
    properties: propertiesOf(parameters),
  }));
}

/** A reason with the members that it has. */
function reasonOf(reason: Reason): object {
  const { code, scope, role, ruleId } = reason;
  return {
    code,
    message: reasonText(reason),
    ...(scope === null ? {} : { scope }),
    ...(role === null ? {} : { role }),
    ...(ruleId === null ? {} : { rule_id: ruleId }),
  };
}

const PLAIN = { ALLOW: '{"decision":true}', DENY: '{"decision":false}' };

/**
 * A decision (section 6) as JSON text. `context` is there when there is something to say: obligations always, and,
 * where they were asked for, the reasons with the id under which the journal has the decision.
 */
export function decisionText(record: AccessRecord, explain: boolean): string {
  if (!explain && record.obligations.length === 0) return PLAIN[record.outcome];
  const context = {
    ...(record.obligations.length === 0 ? {} : { obligations: obligationList(record.obligations) }),
    ...(explain
      ? {
          summary: summaryText(record),
          reasons: record.reasons.map(reasonOf),
          reason_count: reasonCountOf(record),
          ...(record.sufficientScopes === undefined ? {} : { sufficient_scopes: record.sufficientScopes }),
          decision_id: record.id,
          policy_revision: record.policyRevision,
        }
      : {}),
  };
  return JSON.stringify({ decision: record.outcome === "ALLOW", context });
}

/**
 * An error in one evaluation (section 7, "Errors"): the decision defaults to false, and nothing was decided. The status is
 * the one that a request with such an error alone is refused with, or would be.
 */
export function undecidedText({ code, message }: ScopewardenError): string {
  return JSON.stringify({ decision: false, context: { error: { status: AUTHZEN_STATUS[code], message } } });
}
