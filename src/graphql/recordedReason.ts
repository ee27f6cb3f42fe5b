import type { Reason } from "../domain/decisions/reason.ts";
import { type PrintedReason, reasonText } from "../domain/decisions/reasonText.ts";
import type { ScopeGrant } from "../domain/decisions/types.ts";

/** A reason of a record in the contract's form. Its message is printed where it is asked for, and only there. */
class RecordedReason implements PrintedReason {
  readonly #reason: Reason;
  readonly code: PrintedReason["code"];
  readonly scope: string | null;
  readonly role: string | null;
  readonly ruleId: string | null;

  constructor(reason: Reason) {
    this.#reason = reason;
    this.code = reason.code;
    this.scope = reason.scope;
    this.role = reason.role;
    this.ruleId = reason.ruleId;
  }

  get message(): string {
    return reasonText(this.#reason);
  }
}

export const reasonsOf = (reasons: readonly Reason[]): readonly PrintedReason[] =>
  reasons.map((reason) => new RecordedReason(reason));

export const scopeGrantOf = (grant: ScopeGrant) => ({ ...grant, reasons: reasonsOf(grant.reasons) });
