import { asNamed, requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import type { CaseSteps } from "../../cases/steps.ts";
import type { KeptRestriction, RestrictionState } from "../../decisions/restrictions/restriction.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { type AboutAlert, requireNotHidden, requireNotNamed } from "../alerts/whoMay.ts";

const RULE = "A restriction is imposed and lifted by somebody whom it is not about";

/** Admins see no alerts, and so do nothing because of one. @throws ScopewardenError FORBIDDEN */
export function requireReviewer(caller: Identity, alertId: string | null): void {
  if (alertId !== null && !caller.roles.has("reviewer"))
    throw new ScopewardenError(
      "FORBIDDEN",
      "What is restricted because of an alert is a reviewer's: an admin blocks a person without one, and ends that.",
    );
}

/** @throws ScopewardenError FORBIDDEN to whose access it is */
export const requireNotHolder = (caller: Identity, { holder }: Pick<KeptRestriction, "holder">): void =>
  requireOtherThan(caller, [asNamed({ type: holder.kind === "CLIENT" ? "client" : holder.type, id: holder.id })], RULE);

/** Whether who sees pseudonyms sees no name of whose access it is. */
const isHidden = ({ holder }: KeptRestriction, alert: AboutAlert | null): boolean =>
  alert?.parties.some(({ id, isHidden: isOwn }) => isOwn && id === holder.id) ?? false;

/** Nobody frees themselves; nor does whoever the alert is about besides, of which the facts are; null: it has none. */
export const RESTRICTION_STEPS: CaseSteps<"lift", KeptRestriction, RestrictionState, AboutAlert | null> = {
  lift: {
    field: "liftRestriction",
    from: ["IN_FORCE"],
    isAwaited: true,
    require(caller, kept, alert) {
      requireReviewer(caller, kept.alertId);
      requirePerson(caller, RULE);
      if (!isHidden(kept, alert)) requireNotHolder(caller, kept);
      if (alert !== null) requireNotNamed(caller, alert);
    },
    requireHidden(caller, kept, alert) {
      requireNotHolder(caller, kept);
      if (alert !== null) requireNotHidden(caller, alert);
    },
  },
};
