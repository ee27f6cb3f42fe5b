import { checkConsents } from "../../consent/checkConsents.ts";
import { MOST_EXCEPTIONS } from "../../consent/consentInput.ts";
import { consentState } from "../../consent/consentState.ts";
import { isRefusalOfEveryone } from "../../consent/requests/answerRequest.ts";
import type { Consent, ConsentQuestion } from "../../consent/types.ts";
import type { Breathe } from "../../kernel/ports.ts";
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

/** By what refusals are looked for: `breathe` is awaited between the parts, since there may be many of both. */
export interface RefusalsOf {
  readonly user: ConsentUser;
  readonly snapshot: Snapshot;
  readonly breathe: Breathe;
}

/** Those of the scopes that the patient has refused otherwise than to everyone, to this client, person, role or the like: they are not asked again. */
export async function refusedInParticular(
  consents: readonly Consent[],
  scopes: readonly string[],
  { breathe, snapshot, user }: RefusalsOf,
): Promise<ReadonlySet<string>> {
  const own = consents.filter(
    (consent) => !isRefusalOfEveryone(consent) && consentState(consent, consents, user.at) === "ACTIVE",
  );
  const refused = new Set<string>();
  for (const scope of scopes)
    for (const consent of own) {
      await breathe();
      if (!refuses(consent, scope, user, snapshot)) continue;
      refused.add(scope);
      break;
    }
  return refused;
}

/** The refusals of everyone that stand in the way of scopes, and of which a yes could be an exception: with room for one more. */
export async function refusalsInTheWay(
  consents: readonly Consent[],
  scopes: readonly string[],
  { breathe, snapshot, user }: RefusalsOf,
): Promise<readonly Consent[]> {
  const refusals = consents.filter(
    (consent) =>
      isRefusalOfEveryone(consent) &&
      consentState(consent, consents, user.at) === "ACTIVE" &&
      consent.exceptions.length < MOST_EXCEPTIONS,
  );
  const found: Consent[] = [];
  for (const refusal of refusals)
    for (const scope of scopes) {
      await breathe();
      if (!refuses(refusal, scope, user, snapshot)) continue;
      found.push(refusal);
      break;
    }
  return found;
}
