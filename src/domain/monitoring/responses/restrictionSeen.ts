import type { KeptRestriction } from "../../decisions/restrictions/restriction.ts";
import { isPatientThere, type UnderPseudonyms } from "../alerts/seen.ts";

/** A restriction as it is shown to who sees pseudonyms of patients: a person who is a patient in its alert has one. */
export function restrictionSeen(kept: KeptRestriction, { of, own }: UnderPseudonyms): KeptRestriction {
  const { holder } = kept;
  if (holder.kind === "CLIENT") return kept;
  const isOwn = own.has(holder.id) || isPatientThere({ patients: [], subject: holder });
  return isOwn ? { ...kept, holder: { ...holder, id: of(holder.id) } } : kept;
}

/** Without why it was imposed or lifted, but for what this caller or the service wrote: others may have named patients in it. */
export const withoutReasons = (kept: KeptRestriction, callerId: string): KeptRestriction => ({
  ...kept,
  reason: kept.rule !== null || kept.imposedBy.callerId === callerId ? kept.reason : "",
  lifted: kept.lifted === null || kept.lifted.by.callerId === callerId ? kept.lifted : { ...kept.lifted, reason: "" },
});
