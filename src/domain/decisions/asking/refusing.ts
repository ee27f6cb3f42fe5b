import { checkConsents } from "../../consent/checkConsents.ts";
import { MOST_EXCEPTIONS } from "../../consent/consentInput.ts";
import { consentState } from "../../consent/consentState.ts";
import { isRefusalOfEveryone } from "../../consent/requests/answerRequest.ts";
import type { Consent, ConsentQuestion } from "../../consent/types.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { meantVersion } from "../holds/lifecycle.ts";

/** The types of data that a scope is for. */
function typesOf(snapshot: Snapshot, scope: string): readonly string[] {
  const atoms = (parseSmartScope(scope) ?? meantVersion(snapshot.scopes.get(scope) ?? []))?.atoms ?? [];
  return [...new Set(atoms.map(({ resourceType }) => resourceType))];
}

/** A use of a patient's data, but for scope and data. */
export type ConsentUser = Pick<ConsentQuestion, "at" | "patient" | "purposes" | "recipient">;

/** Whether a consent by itself refuses the whole of some type of data that a scope is for. */
function refuses(consent: Consent, scope: string, user: ConsentUser, snapshot: Snapshot): boolean {
  return typesOf(snapshot, scope).some((resourceType) => {
    const question = { ...user, scope, action: null, data: { kind: "SET", resourceType } as const };
    const answer = checkConsents([consent], question);
    return answer.outcome === "DENY" && answer.problem === "REFUSED";
  });
}

/** Whether the patient has refused a scope otherwise than to everyone, to this client, person, role or the like: that is not asked again. */
export const isRefusedInParticular = (
  consents: readonly Consent[],
  scope: string,
  { user, snapshot }: { readonly user: ConsentUser; readonly snapshot: Snapshot },
): boolean =>
  consents.some(
    (consent) =>
      !isRefusalOfEveryone(consent) &&
      consentState(consent, consents, user.at) === "ACTIVE" &&
      refuses(consent, scope, user, snapshot),
  );

/** The refusals of everyone that stand in the way of scopes, and of which a yes could be an exception: with room for one more. */
export function refusalsInTheWay(
  consents: readonly Consent[],
  scopes: readonly string[],
  { user, snapshot }: { readonly user: ConsentUser; readonly snapshot: Snapshot },
): readonly Consent[] {
  return consents.filter(
    (consent) =>
      isRefusalOfEveryone(consent) &&
      consentState(consent, consents, user.at) === "ACTIVE" &&
      consent.exceptions.length < MOST_EXCEPTIONS &&
      scopes.some((scope) => refuses(consent, scope, user, snapshot)),
  );
}
