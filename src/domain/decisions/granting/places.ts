import type { DecideFacts } from "../facts.ts";
import { type HeldRoles, holderOf, organizationsOf, rolesIn } from "../holds/roles.ts";
import { type Unknown as Anything, Unknown } from "../partial.ts";
import type { GrantRequest } from "../types.ts";

/** Where a resource may be, as far as roles and patients tell places apart. */
export interface Place {
  readonly organization: string | Anything;
  readonly roles: HeldRoles;
  /** The patient whose resource it is; null: any other, or none. */
  readonly patient: string | null;
}

/** Every place that makes a difference: each organization in which roles are held, and all others; the patient in context, and all others. */
export function placesOf(facts: DecideFacts, request: GrantRequest): readonly Place[] {
  const holder = holderOf(request);
  const named = organizationsOf(facts, holder);
  const organizations: readonly Omit<Place, "patient">[] = [
    ...named.map((organization) => ({ organization, roles: rolesIn(facts, holder, organization) })),
    { organization: new Unknown(named), roles: rolesIn(facts, holder, null) },
  ];
  const patient = request.context?.patient ?? null;
  const patients = patient === null ? [null] : [patient, null];
  return organizations.flatMap((place) => patients.map((of) => ({ ...place, patient: of })));
}
