import { type ScopeWords, scopeWords } from "../domain/decisions/granting/scopeWords.ts";
import type { Reason } from "../domain/decisions/reason.ts";
import { reasonParameters } from "../domain/decisions/reasonParameters.ts";
import { type PrintedReason, reasonText } from "../domain/decisions/reasonText.ts";
import type { JsonObject, ScopeGrant } from "../domain/decisions/types.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";

/** A reason, and what its message is printed of. */
export interface ShownReason extends PrintedReason {
  readonly parameters: JsonObject;
}

/** A reason of a record in the contract's form. Its message and parameters are made where they are asked for, and only there. */
class RecordedReason implements ShownReason {
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

  get parameters(): JsonObject {
    return reasonParameters(this.#reason);
  }
}

export const reasonsOf = (reasons: readonly Reason[]): readonly ShownReason[] =>
  reasons.map((reason) => new RecordedReason(reason));

/** What became of a scope, in the contract's form. Its words are made where they are asked for, and only there. */
export class RecordedScopeGrant {
  readonly #languages: readonly string[] | null;
  readonly outcome;
  readonly reasons;
  readonly requested;
  readonly scopes;
  readonly successor;
  readonly sunsetAt;
  readonly validUntil;

  constructor(
    { outcome, reasons, requested, scopes, successor, sunsetAt, validUntil }: ScopeGrant,
    languages: readonly string[] | null,
  ) {
    this.#languages = languages;
    this.outcome = outcome;
    this.reasons = reasonsOf(reasons);
    this.requested = requested;
    this.scopes = scopes;
    this.successor = successor;
    this.sunsetAt = sunsetAt;
    this.validUntil = validUntil;
  }

  words(snapshot: Snapshot): ScopeWords {
    return scopeWords(snapshot, this, this.#languages);
  }
}
