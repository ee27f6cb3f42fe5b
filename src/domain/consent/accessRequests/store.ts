import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { AccessRequestState, AskedAccess, KeptAccessRequest, SubjectName } from "./accessRequest.ts";

/** What access requests are searched by; all that is given must hold. Texts are compared exactly. */
export interface AccessRequestFilter {
  /** In one of these states. */
  readonly states?: readonly AccessRequestState[] | undefined;
  readonly subjectId?: string | undefined;
  readonly subjectType?: string | undefined;
  readonly clientId?: string | undefined;
  readonly role?: string | undefined;
  readonly scope?: string | undefined;
  readonly organization?: string | undefined;
  /** The id of the caller who asked. */
  readonly callerId?: string | undefined;
}

/**
 * Where access requests are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when
 * the store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with
 * CONFLICT when the request is not in a state from which it is taken. How access is given and taken back stands with the revision of
 * the policy that does it (`AccessGiven`): the step is written in its transaction.
 */
export interface AccessRequestStore extends CaseReader<KeptAccessRequest, AccessRequestState> {
  /** @throws ScopewardenError CONFLICT, naming it, where the very same is open */
  open(request: KeptAccessRequest): Promise<void>;
  find(id: string): Promise<KeptAccessRequest | null>;
  /** Those of the very same role or scope that are open, or whose access holds at `now`, newest first; 100 at most. */
  standing(of: AskedAccess, now: number): Promise<readonly KeptAccessRequest[]>;
  /**
   * Those that end with a subject, newest first; 1,000 at most: whose access it, or the client that it is, holds at `now`, and the open
   * ones that are for it or that it asked for.
   */
  standingOf(subject: SubjectName, now: number): Promise<readonly KeptAccessRequest[]>;
  /** Newest first. `now`: what has expired by then. */
  page(query: {
    readonly filter: AccessRequestFilter;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptAccessRequest>>;
  /** From OPEN. */
  refuse(id: string, decided: NonNullable<KeptAccessRequest["decided"]>): Promise<void>;
  /** From OPEN, or from APPROVED where nothing of what it gave still stands. */
  giveBack(id: string, returned: NonNullable<KeptAccessRequest["returned"]>): Promise<void>;
}
