import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { BreakGlassState, KeptBreakGlass } from "./breakGlass.ts";

/** What emergencies are searched by; all that is given must hold. Texts are compared exactly. */
export interface BreakGlassFilter {
  /** Whether it is in force now. */
  readonly open?: boolean | undefined;
  readonly states?: readonly BreakGlassState[] | undefined;
  /** Whether its review is due and not there. */
  readonly overdue?: boolean | undefined;
  readonly patient?: string | undefined;
  readonly subjectId?: string | undefined;
}

/** How many emergencies are open, are over and wait for their review, and should have been reviewed by now. */
export interface BreakGlassCounts {
  readonly open: number;
  readonly waiting: number;
  readonly overdue: number;
}

interface BreakGlassRef {
  readonly id: string;
  readonly version: number;
}

/**
 * Where emergencies are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when
 * the store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with
 * CONFLICT where the step can't be taken any more.
 */
export interface BreakGlassStore extends CaseReader<KeptBreakGlass, BreakGlassState> {
  /** @throws ScopewardenError CONFLICT, naming it, where one is open for the same subject, patient and organization */
  open(opened: KeptBreakGlass): Promise<void>;
  find(id: string): Promise<KeptBreakGlass | null>;
  /**
   * Those in force at `now` for the data of these patients, by id: as they are after the question came, whichever instance
   * opened or ended them.
   */
  inForce(patients: readonly string[], now: number): Promise<readonly KeptBreakGlass[]>;
  /** As they were in these versions, in the order asked; null: that one is not there. */
  versions(refs: readonly BreakGlassRef[]): Promise<readonly (KeptBreakGlass | null)[]>;
  /** Before it has ended by itself. */
  end(id: string, ended: NonNullable<KeptBreakGlass["ended"]>): Promise<void>;
  /** Once it is over. */
  review(id: string, review: NonNullable<KeptBreakGlass["review"]>): Promise<void>;
  /** Newest first. `openedBy`: those of this caller alone. `ownToo` absent: a subject finds none in which they are the patient. */
  page(query: {
    readonly filter: BreakGlassFilter & { readonly openedBy?: string | undefined };
    readonly ownToo?: boolean;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptBreakGlass>>;
  counts(now: number): Promise<BreakGlassCounts>;
}
