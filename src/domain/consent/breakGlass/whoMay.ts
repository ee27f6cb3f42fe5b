import { asNamed, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
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

/** Who may end or review it. */
export const BREAK_GLASS_STEPS: CaseSteps<"end" | "review", KeptBreakGlass, BreakGlassState, null> = {
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
    require: (caller, { openedBy, subject }) =>
      requirePersonOtherThan(
        caller,
        [openedBy, asNamed(subject)],
        "An emergency is reviewed by somebody else than who opened it and for whom it was",
      ),
  },
};
