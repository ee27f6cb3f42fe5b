import { purposesAsked } from "../../consent/hl7Codes.ts";
import { isPerson } from "../../consent/requests/relation.ts";
import type { ConsentQuestion } from "../../consent/types.ts";
import { dataOf } from "../../decisions/consentData.ts";
import { recipientOf } from "../../decisions/consentUse.ts";
import { scopesUsed } from "../../decisions/scopesUsed.ts";
import { isServedAsPatient } from "../../decisions/servedAsPatient.ts";
import type { AccessRecord, AccessRequest, DecisionRecord } from "../../decisions/types.ts";
import type { Entity } from "../../directory/entity.ts";
import { requestedAction } from "../../scopes/atom.ts";

/** Whether an access was made as a patient is served. */
export const isAsPatient = (record: AccessRecord): boolean =>
  isServedAsPatient({ ...record.request, scopes: scopesUsed(record) });

/** Whether it is asked why: an access that was allowed to a person. A client that acts for itself looks at nobody. */
export const isAskedWhy = (
  record: DecisionRecord,
): record is AccessRecord & { readonly request: { readonly subject: NonNullable<AccessRequest["subject"]> } } =>
  record.kind === "ACCESS" &&
  record.outcome === "ALLOW" &&
  record.request.subject !== null &&
  isPerson(record.request.subject);

const ASSERTED = / \(asserted by the caller\)$/;

/** The role that was held itself, by which an access was allowed; null: the rule is for any. */
export function roleUsed({ reasons, scope }: DecisionRecord): string | null {
  const allowed = reasons.filter(({ code, role }) => code === "ALLOWED_BY_RULE" && role !== null);
  const { role = null } = allowed.find((each) => each.scope === scope) ?? allowed[0] ?? {};
  // It is told as a path: the role that is held, and those that it inherits.
  return role?.split(" -> ")[0]?.replace(ASSERTED, "") ?? null;
}

/** What the consents of a patient are asked about an access. `request` is merged with what the directory knows. */
export function consentQuestion(
  { decidedAt, scope }: Pick<AccessRecord, "decidedAt" | "scope">,
  request: AccessRequest,
  of: {
    readonly patient: string;
    readonly roles: readonly string[];
    /** What the directory knew of the subject. */
    readonly person: Entity | null | undefined;
  },
): ConsentQuestion {
  const { action, purposeOfUse, resource } = request;
  const asked = requestedAction(action, resource);
  return {
    patient: of.patient,
    recipient: recipientOf(request, {
      gathered: undefined,
      patient: of.patient,
      known: { entities: { subject: of.person ?? undefined, resource: undefined }, said: null },
      roles: new Set(of.roles),
      scope,
    }),
    purposes: purposesAsked(purposeOfUse),
    scope,
    action: null,
    at: decidedAt,
    data: dataOf(resource, asked, { sources: [resource.attributes] }),
  };
}
