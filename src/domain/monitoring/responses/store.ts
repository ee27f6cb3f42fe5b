import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { InquiryState, KeptInquiry } from "./inquiry.ts";

/** What inquiries are searched by; all that is given must hold. Texts are compared exactly. */
export interface InquiryFilter {
  readonly alertId?: string | undefined;
  /** In one of these. */
  readonly states?: readonly InquiryState[] | undefined;
  readonly subjectId?: string | undefined;
}

/**
 * Where inquiries are kept. Each write is one transaction with its act on record. All reject with POLICY_UNAVAILABLE when the store
 * can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force, and with CONFLICT where
 * the step can't be taken any more.
 */
export interface InquiryStore extends CaseReader<KeptInquiry, InquiryState> {
  /** @throws ScopewardenError CONFLICT, naming it, where one to the same person about the same alert waits for an answer */
  ask(asked: KeptInquiry): Promise<void>;
  find(id: string): Promise<KeptInquiry | null>;
  /** Those about these alerts, in no order. */
  ofAlerts(alertIds: readonly string[]): Promise<readonly KeptInquiry[]>;
  /** Before its end. */
  answer(id: string, answered: NonNullable<KeptInquiry["answered"]>): Promise<void>;
  withdraw(id: string, withdrawn: NonNullable<KeptInquiry["withdrawn"]>): Promise<void>;
  /** `subjectType`: of subjects of this type alone. */
  page(query: {
    readonly filter: InquiryFilter & { readonly subjectType?: string | undefined };
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptInquiry>>;
}
