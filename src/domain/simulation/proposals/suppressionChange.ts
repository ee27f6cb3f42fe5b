import type { Identity } from "../../callers/types.ts";
import type { Problem } from "../../kernel/errors.ts";
import type { CarriedOut } from "../../policy/fourEyes.ts";

/** Of whom no alert shall be made for a while, as `suppressAlerts` takes it, without its reason. */
export interface SuppressionChange {
  readonly alertId: string;
  /** Null: whatever is found. */
  readonly detector: string | null;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Who suppresses alerts, as proposals need it. */
export interface ProposedSuppressions {
  /** What is wrong with one, as things are now; none: it could be begun. */
  problemsOf(change: SuppressionChange): Promise<readonly Problem[]>;
  /**
   * Nobody proposes, approves or begins one because of an alert that is about them: what refuses that, for these.
   * @throws ScopewardenError FORBIDDEN, NOT_FOUND
   */
  requireSomebodyElse(
    changes: readonly SuppressionChange[],
  ): Promise<(caller: Identity, change: SuppressionChange) => void>;
  /**
   * Begins it, and marks the proposal as applied with it, or does neither. `asApproved` throws where it is not approved any more.
   * @throws ScopewardenError BAD_USER_INPUT where its time is over
   */
  carryOut(
    change: SuppressionChange,
    by: { readonly author: string; readonly reason: string },
    approved: { readonly carriedOut: CarriedOut; readonly asApproved: () => Promise<void> },
  ): Promise<void>;
}
