import { asNamed, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import type { Directory } from "../../directory/directory.ts";
import { requireNotPatient } from "../../directory/ownRecords.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { BreakGlassSettings } from "../../policy/types.ts";
import type { BreakGlassState, EmergencyTerms, KeptBreakGlass } from "./breakGlass.ts";

const forbidden = (message: string): ScopewardenError => new ScopewardenError("FORBIDDEN", message);

export const isOpener = ({ id }: Identity, { openedBy }: KeptBreakGlass): boolean => openedBy.callerId === id;

/** Who says whose it is: else nobody could be somebody else to review it. @throws ScopewardenError FORBIDDEN */
export function requireMayOpen({ subject }: Identity): void {
  if (subject === null)
    throw forbidden(
      "Nobody could review it: this caller does not say whose it is, so that it may be anybody. Use a key or token that does.",
    );
}

/** The subject holds, where the emergency is, a role that may. @throws ScopewardenError FORBIDDEN */
export function requireRole(
  { organization, subject }: EmergencyTerms,
  settings: BreakGlassSettings | null,
  held: { has(role: string): boolean },
): asserts settings is BreakGlassSettings {
  if (settings === null)
    throw forbidden(`Nobody may break glass in ${organization}: its setting breakGlass names no roles.`);
  if (settings.roles.some((role) => held.has(role))) return;
  const roles = settings.roles.join(" or ");
  throw forbidden(`In ${organization} glass is broken by ${roles}; ${subject.id} holds no such role there.`);
}

const REVIEWED_BY =
  "An emergency is reviewed by somebody else than who opened it, for whom it was and whose record it was about";

/** Who may end or review it; nobody what was done with their own record. */
export const BREAK_GLASS_STEPS: CaseSteps<
  "end" | "review",
  KeptBreakGlass,
  BreakGlassState,
  { readonly directory: Directory }
> = {
  end: {
    field: "endBreakGlass",
    from: ["OPEN"],
    require(caller, kept) {
      if (!isOpener(caller, kept)) throw forbidden("An emergency is ended by the caller who opened it.");
    },
  },
  review: {
    field: "reviewBreakGlass",
    from: ["AWAITING_REVIEW"],
    isAwaited: true,
    require(caller, { openedBy, patient, subject }) {
      // Where whoever it was for is the patient, both have a pseudonym.
      const named = subject.id === patient ? [] : [openedBy, asNamed(subject)];
      requirePersonOtherThan(caller, named, REVIEWED_BY);
    },
    requireHidden(caller, { openedBy, patient, subject }, { directory }) {
      requirePersonOtherThan(caller, [openedBy, asNamed(subject)], REVIEWED_BY);
      requireNotPatient(caller, [patient], { directory, rule: REVIEWED_BY });
    },
  },
};
