import type { CaseReader } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { Consent } from "../types.ts";
import type { ConsentAnswered, ConsentRequestState, KeptConsentRequest } from "./consentRequest.ts";

/** Narrows a list of consent requests; all that is given must hold. */
export interface ConsentRequestFilter {
  /** Those in one of these states now. */
  readonly states?: readonly ConsentRequestState[] | undefined;
  readonly patient?: string | undefined;
}

/** The most requests that wait at once for one patient to answer one client; one more ends the oldest. */
export const OPEN_REQUESTS = 16;

/**
 * Where consent requests are kept. Each write is one transaction with its acts on record. All reject with POLICY_UNAVAILABLE when the
 * store can't answer; writes also with UNAUTHENTICATED when the key of who takes the step is no longer in force.
 */
export interface ConsentRequestStore extends CaseReader<KeptConsentRequest, ConsentRequestState> {
  /**
   * Keeps a request, unless the same caller asks the same while it is open, and the patient has said nothing since: then that one is the answer. Removes those of this patient
   * and client that nobody answered in time a day ago.
   */
  open(request: KeptConsentRequest): Promise<KeptConsentRequest>;
  find(id: string): Promise<KeptConsentRequest | null>;
  page(query: {
    readonly filter: ConsentRequestFilter;
    readonly now: number;
    readonly page: CasePageRequest;
  }): Promise<CasePage<KeptConsentRequest>>;
  /**
   * Keeps the answer, with the versions of consents that it makes. `read`: the newest versions of the patient's consents that these
   * were made of.
   * @throws ScopewardenError CONFLICT where it was answered before, its time is over, or the consents are not those that were read;
   * BAD_USER_INPUT (path `patient`) where the patient has as many as one may have
   */
  answer(
    request: KeptConsentRequest,
    given: {
      readonly answered: ConsentAnswered;
      readonly consents: readonly Consent[];
      readonly read: readonly Consent[];
    },
  ): Promise<void>;
}
