import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { KeptRestriction, RestrictionState } from "../../decisions/restrictions/restriction.ts";
import type { RestrictionFacts } from "../../decisions/restrictions/store.ts";
import type { AlertResponse } from "../../policy/types.ts";

/** What restrictions are searched by; all that is given must hold. Texts are compared exactly. */
export interface RestrictionFilter {
  readonly alertId?: string | undefined;
  readonly response?: AlertResponse | undefined;
  /** In one of these. */
  readonly states?: readonly RestrictionState[] | undefined;
  readonly clientId?: string | undefined;
  readonly subjectId?: string | undefined;
}

/** How many restrictions are in force, by their kind. */
export type RestrictionCounts = { readonly [Response in AlertResponse]: number };

/** So many are in force at once at most: whoever would restrict more changes the policy. */
export const MOST_IN_FORCE = 1_000;

/**
 * Where restrictions are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when the store
 * can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with CONFLICT where the
 * step can't be taken any more.
 */
export interface RestrictionStore extends RestrictionFacts, CaseReader<KeptRestriction, RestrictionState> {
  /**
   * @throws ScopewardenError CONFLICT where the alert is closed meanwhile; where one of this kind is in force for the same holder, which it
   * names; of a SUSPENSION where the holder was suspended since the alert was opened; where MOST_IN_FORCE are in force. Those of an alert
   * which shows the holder otherwise, by name or under a pseudonym, are left aside
   */
  impose(restriction: KeptRestriction): Promise<void>;
  find(id: string): Promise<KeptRestriction | null>;
  /** Because of which of these alerts one is in force. */
  alertsInForce(alertIds: readonly string[], now: number): Promise<ReadonlySet<string>>;
  /** Before its end. */
  lift(id: string, lifted: NonNullable<KeptRestriction["lifted"]>): Promise<void>;
  page(query: {
    readonly filter: RestrictionFilter;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptRestriction>>;
  counts(now: number): Promise<RestrictionCounts>;
}
