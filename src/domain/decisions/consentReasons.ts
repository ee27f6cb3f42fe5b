import type { ConsentNeed, ConsentVerdict } from "../consent/checkConsent.ts";
import type { ConsentProblem, ConsentQuestion, ConsentRef } from "../consent/types.ts";
import { type Reason, reason } from "./reason.ts";
import { NAMES_LISTED } from "./reasonBounds.ts";

type Refused = Extract<ConsentVerdict, { readonly permits: false }>;

const CODE_OF = {
  NONE: "CONSENT_REQUIRED",
  REFUSED: "CONSENT_REFUSED",
  WITHDRAWN: "CONSENT_WITHDRAWN",
  NOT_YET: "CONSENT_EXPIRED",
  EXPIRED: "CONSENT_EXPIRED",
  OTHER_PURPOSE: "CONSENT_OTHER_PURPOSE",
  OTHER_RECIPIENT: "CONSENT_OTHER_RECIPIENT",
  DATA_EXCEPTED: "CONSENT_DATA_EXCEPTED",
  BREAK_GLASS: "BREAK_GLASS_REQUIRED",
} as const satisfies Record<ConsentProblem | "BREAK_GLASS", Reason["code"]>;

const namesOf = (refs: readonly ConsentRef[]) =>
  refs.slice(0, NAMES_LISTED).map(({ id, version }) => ({ id, version }));

/** That nobody can have agreed: the request does not say whose the data is. */
export const noPatientNamed = (need: ConsentNeed, scope: string): Reason =>
  reason("CONSENT_REQUIRED", { parameters: { need, of: "NOBODY" }, scope });

/** Why consent is not there, or withholds, as it is said to who asks. */
export function consentProblem(
  { basedOn, from, need, problem, unlinked }: Refused,
  scope: string,
  { who }: Pick<ConsentQuestion["recipient"], "who">,
): Reason {
  const code = CODE_OF[problem];
  const persons = unlinked === undefined ? null : { unlinked: unlinked.slice(0, NAMES_LISTED) };
  const personal = basedOn.length === 0 ? null : { personal: { consents: namesOf(basedOn), ...persons } };
  return reason(code, {
    parameters: { ...(from !== undefined && { from }), need, of: "PATIENT", ...(who && { who }) },
    ...personal,
    scope,
  });
}

/** That it is allowed with the patient's consent, not by silence. */
export const allowedByConsent = (basedOn: readonly ConsentRef[], scope: string): Reason =>
  reason("ALLOWED_BY_CONSENT", { personal: { consents: namesOf(basedOn) }, scope });
