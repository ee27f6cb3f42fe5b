import type { ConsentNeed, ConsentVerdict } from "../consent/checkConsent.ts";
import type { ConsentProblem, ConsentRef } from "../consent/types.ts";
import { type Reason, reason } from "./reason.ts";

/** Consents that a reason names; the record has all that were looked at. */
const NAMED = 8;

type Refused = Extract<ConsentVerdict, { readonly permits: false }>;

const CODE_OF = {
  NONE: "CONSENT_REQUIRED",
  REFUSED: "CONSENT_REFUSED",
  WITHDRAWN: "CONSENT_WITHDRAWN",
  EXPIRED: "CONSENT_EXPIRED",
  OTHER_PURPOSE: "CONSENT_OTHER_PURPOSE",
  OTHER_RECIPIENT: "CONSENT_OTHER_RECIPIENT",
  DATA_EXCEPTED: "CONSENT_DATA_EXCEPTED",
  BREAK_GLASS: "BREAK_GLASS_REQUIRED",
} as const satisfies Record<ConsentProblem | "BREAK_GLASS", Reason["code"]>;

const namesOf = (refs: readonly ConsentRef[]) => refs.slice(0, NAMED).map(({ id, version }) => ({ id, version }));

/** That nobody can have agreed: the request does not say whose the data is. */
export const noPatientNamed = (need: ConsentNeed, scope: string): Reason =>
  reason("CONSENT_REQUIRED", { parameters: { need, of: "NOBODY" }, scope });

/** Why consent is not there, or withholds. */
export function consentProblem({ basedOn, need, problem }: Refused, scope: string): Reason {
  const code = CODE_OF[problem];
  const personal = basedOn.length === 0 ? null : { personal: { consents: namesOf(basedOn) } };
  return reason(code, { parameters: { need, of: "PATIENT" }, ...personal, scope });
}

/** That it is allowed with the patient's consent, not by silence. */
export const allowedByConsent = (basedOn: readonly ConsentRef[], scope: string): Reason =>
  reason("ALLOWED_BY_CONSENT", { personal: { consents: namesOf(basedOn) }, scope });
