import type { KeptBreakGlass } from "../../consent/breakGlass/breakGlass.ts";
import { checkInEmergency } from "../../consent/checkInEmergency.ts";
import { purposesAsked } from "../../consent/hl7Codes.ts";
import { settingsOf, silenceFor } from "../../policy/organizations.ts";
import { consentProblem } from "../consentReasons.ts";
import { recipientOf } from "../consentUse.ts";
import { breakGlassRequired, emergenciesFor, isEmergencyUse, tokenInBreakGlass } from "../emergency.ts";
import { Unknown } from "../partial.ts";
import type { GrantQuestion } from "../question.ts";
import type { Reason } from "../reason.ts";
import type { GrantCheck } from "../scopeCheck.ts";
import type { Place } from "./places.ts";

/** Those that are open for the subject and the patient in context: in a place, the last to end first, and in others. */
function emergenciesOf(
  { facts, request }: GrantQuestion,
  { organization, patients }: Place,
): Record<"here" | "elsewhere", readonly KeptBreakGlass[]> {
  const patient = request.context?.patient ?? null;
  const open = patient === null ? [] : emergenciesFor(facts, request.subject, patient);
  const isHere = ({ organization: id }: KeptBreakGlass): boolean =>
    organization instanceof Unknown ? !organization.not.includes(id) : organization === id;
  const here = open.filter(isHere).toSorted((a, b) => b.endsAt - a.endsAt);
  return { here: patients === "CONTEXT" ? here : [], elsewhere: open.filter((each) => !isHere(each)) };
}

/** What emergencies consent looks at of a cell. */
interface UsedIn {
  readonly place: Place;
  readonly resourceType: string;
}

/** The emergency in which requests of a cell are refused by nobody, or why there is none. */
function emergencyFor(
  question: GrantQuestion,
  { place, resourceType }: UsedIn,
  scope: string,
): { readonly open: KeptBreakGlass } | { readonly lacking: Reason } {
  const { facts, known, request } = question;
  const patient = request.context?.patient ?? null;
  if (patient === null) return { lacking: breakGlassRequired("NOBODY", scope) };
  let refused: Reason | null = null;
  const { elsewhere, here } = emergenciesOf(question, place);
  for (const open of here) {
    const of = { gathered: facts.gathered, known, patient, roles: place.roles, scope, snapshot: facts.snapshot };
    const recipient = recipientOf(request, of);
    const { consentOnSilence, emergencyOverridesRefusal } = settingsOf(facts.snapshot, open.organization);
    const verdict = checkInEmergency(
      {
        consents: (facts.gathered?.consents ?? []).filter((consent) => consent.patient === patient),
        // What must go with the data is said when it is read.
        isGuarded: false,
        silence: silenceFor(consentOnSilence, request.purposeOfUse),
      },
      {
        question: {
          patient,
          recipient,
          purposes: purposesAsked(request.purposeOfUse),
          scope,
          action: null,
          at: facts.now,
          data: { kind: "SET", resourceType },
        },
        purpose: request.purposeOfUse,
        scopeAsks: false,
      },
      emergencyOverridesRefusal,
    );
    if (verdict.permits) return { open };
    refused ??= consentProblem(verdict, scope, recipient);
  }
  return { lacking: refused ?? breakGlassRequired("PATIENT", scope, elsewhere) };
}

/** Why a token to break glass is of no use for requests of a cell; null: an emergency is open, in which nobody refuses them. */
export function emergencyToGrant(question: GrantQuestion, cell: UsedIn, scope: string): Reason | null {
  const found = emergencyFor(question, cell, scope);
  return "open" in found ? null : found.lacking;
}

/** Notes of a scope that can be used for requests of a cell on which emergency that rests, and when it ends. */
export function noteEmergency(question: GrantQuestion, check: GrantCheck, cell: UsedIn): void {
  if (!isEmergencyUse(question.request)) return;
  const found = emergencyFor(question, cell, check.scope);
  if (!("open" in found)) return;
  check.emergency = tokenInBreakGlass(found.open, check.scope);
  check.emergencyEnds = found.open.endsAt;
}
