import type { DecideFacts } from "../facts.ts";
import { type HeldRoles, organizationsOf, rolesIn } from "../holds/roles.ts";
import { type Unknown as Anything, Unknown } from "../partial.ts";
import type { GrantRequest } from "../types.ts";

/** Where a resource may be, as far as roles and patients tell places apart. */
export interface Place {
  /** Null: it names none. */
  readonly organization: string | null | Anything;
  readonly roles: HeldRoles;
  readonly patients: Whose;
}

/** Whose resource it is. CONTEXT: the patient in context is among them. OTHERS: is not. NOBODY: it names none. ANYONE: there is no patient in context, so it makes no difference. */
type Whose = "CONTEXT" | "OTHERS" | "NOBODY" | "ANYONE";

/** Every place that makes a difference: each organization in which roles are held, and all others; the patient in context, others, and nobody. */
export function placesOf(facts: DecideFacts, request: GrantRequest): readonly Place[] {
  const named = organizationsOf(facts, request);
  const organizations: readonly Omit<Place, "patients">[] = [
    ...named.map((organization) => ({ organization, roles: rolesIn(facts, request, organization) })),
    { organization: new Unknown(named), roles: rolesIn(facts, request, null) },
  ];
  const patient = request.context?.patient ?? null;
  const whose: readonly Whose[] = patient === null ? ["ANYONE"] : ["CONTEXT", "NOBODY", "OTHERS"];
  return organizations.flatMap((place) => whose.map((patients) => ({ ...place, patients })));
}
