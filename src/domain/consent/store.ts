import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Consent, ConsentRef } from "./types.ts";

export interface ConsentFilter {
  readonly patient?: string | undefined;
  readonly clientId?: string | undefined;
}

/**
 * The most consents that a patient may have, whatever their state: each decision about a patient reads the newest version
 * of all of them, and its record names them.
 */
export const CONSENTS_OF_PATIENT = 256;

/** Bytes of their ids together, so that the record of a decision about one patient can name them all. */
export const IDS_OF_PATIENT = 12 * 1_024;
/** Bytes of what they say together, in the form in which it is kept: a decision may be about a hundred patients. */
export const TERMS_OF_PATIENT = 512 * 1_024;

/** The most consents that are read for the questions of one request, of all of their patients together. */
export const CONSENTS_OF_REQUEST = 5_000;

/** Where consents are kept, by patient. All methods reject with POLICY_UNAVAILABLE when the store can't answer. */
export interface ConsentStore {
  /**
   * The newest version of each consent of these patients, those of each together and by id: as they are after the question came, whichever instance
   * recorded them. Where what they say was read before, this is one statement, also for many who ask at the same time, unless
   * the patients are very many.
   * @throws ScopewardenError BAD_USER_INPUT (path `patients`) where they have more than `most`
   */
  ofPatients(patients: readonly string[], most?: number): Promise<readonly Consent[]>;
  /** The newest version; null: there is none. */
  find(id: string): Promise<Consent | null>;
  /** Versions, current or not, in the order asked; null: that one is not there. */
  versions(refs: readonly ConsentRef[]): Promise<readonly (Consent | null)[]>;
  /**
   * Records the next version of an id, with its act, in one transaction. Those who decide on any instance read it from then on.
   * @throws ScopewardenError CONFLICT where that version is there already, or the one before is not; BAD_USER_INPUT
   * (path `patient` or `id`) where the patient has `CONSENTS_OF_PATIENT`, or more than their ids or what they say may come to, or the id's earlier versions are another patient's; UNAUTHENTICATED when the caller's key is no longer in force
   */
  add(consent: Consent): Promise<void>;
  /** Newest versions, the last recorded first. */
  page(query: { readonly filter: ConsentFilter; readonly page: PageRequest<string> }): Promise<Page<Consent, string>>;
}
