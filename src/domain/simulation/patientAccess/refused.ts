import type { Consent } from "../../consent/types.ts";
import { consentLack } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { AccessRequest } from "../../decisions/types.ts";

/** Whether it refuses whom it names whatever a request says of the data, or of where they belong. */
function isPlainRefusal(
  { actions, data, effect, exceptions, purposes, recipients }: Consent,
  anyType: boolean,
): boolean {
  const { resourceTypes, ...others } = data;
  const isOfAll = Object.values(others).every((limit) => limit === null) && !(anyType && resourceTypes !== null);
  const isNamed = (recipients ?? []).every(
    ({ group, identifier, organization }) => group === null && identifier === null && organization === null,
  );
  return effect === "DENY" && actions === null && purposes === null && exceptions.length === 0 && isOfAll && isNamed;
}

/**
 * Whether the patient refuses it to who asks, for this purpose, whatever else a request says. `anyType`: its type stands for others. What hangs on
 * more than that counts as not refused, as does all without a purpose, and where an emergency is open.
 */
export function isRefused(facts: DecideFacts, request: AccessRequest, anyType: boolean): boolean {
  const { breakGlasses = [], consents = [] } = facts.gathered ?? {};
  const plain = new Set(consents.filter((consent) => isPlainRefusal(consent, anyType)).map(({ id }) => id));
  if (plain.size === 0 || breakGlasses.length > 0 || request.purposeOfUse === null) return false;
  const lack = consentLack(facts, request);
  if (lack?.code !== "CONSENT_REFUSED") return false;
  const { consents: by = [] } = lack.personal as { readonly consents?: readonly { readonly id: string }[] };
  return by.some(({ id }) => plain.has(id));
}
