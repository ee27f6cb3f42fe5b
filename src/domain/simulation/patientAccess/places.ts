import type { DecideFacts } from "../../decisions/facts.ts";
import { type HeldRoles, inheritedBy, organizationsOf, rolesIn } from "../../decisions/holds/roles.ts";
import { Unknown } from "../../decisions/partial.ts";
import type { HoldersByRole } from "../holders.ts";

/** Who may reach the patient by way of a client: the client itself, or whoever acts by rules for a role, or for every role. */
export type By =
  | { readonly kind: "CLIENT" }
  | { readonly kind: "ANYBODY" }
  | { readonly kind: "ROLE"; readonly role: string };

/** Where the patient's data may be, with the roles that count there. */
export interface AccessPlace {
  /** Null: in every one that has no row of its own, and what names none. */
  readonly organization: string | null;
  readonly forConditions: string | Unknown;
  readonly held: HeldRoles;
  /** How many subjects hold the role there; null: no role is asked for, or the client acts as itself. */
  readonly holders: number | null;
}

type Named = Pick<AccessPlace, "forConditions" | "organization">;
const one = (organization: string): Named => ({ organization, forConditions: organization });
const others = (named: readonly string[]): Named => ({ organization: null, forConditions: new Unknown(named) });

/** What is known of where people hold roles, and where the patient's data is. */
interface Whereabouts {
  readonly byRole: HoldersByRole;
  /** The patient's own, where it is known; null: each that is named. */
  readonly organization: string | null;
}
type Asked = { readonly clientId: string; readonly by: By };

/** The organizations that make a difference by one policy, in code-unit order. */
export function organizationsTold(
  facts: DecideFacts,
  { by, clientId }: Asked,
  { byRole }: Whereabouts,
): readonly string[] {
  if (by.kind === "ANYBODY") return [];
  if (by.kind === "CLIENT") return organizationsOf(facts, { clientId, subject: null });
  return [...(byRole.get(by.role)?.within.keys() ?? [])].sort();
}

/** The places of one role: each of the organizations, and all others, where somebody holds it. */
function placesOfRole(
  { snapshot: { roles } }: DecideFacts,
  role: string,
  { byRole, named, organization }: Whereabouts & { readonly named: readonly string[] },
): readonly AccessPlace[] {
  const { everywhere, within } = byRole.get(role) ?? { everywhere: 0, within: new Map<string, number>() };
  const held = inheritedBy(roles, [role]);
  const places = organization === null ? [...named.map(one), others(named)] : [one(organization)];
  return places
    .map((place) => ({ ...place, held, holders: everywhere + (within.get(place.organization ?? "") ?? 0) }))
    .filter(({ holders }) => holders > 0);
}

/** Every place that makes a difference: `named` are the organizations that are told apart. */
export function placesFor(
  facts: DecideFacts,
  { by, clientId }: Asked,
  known: Whereabouts & { readonly named: readonly string[] },
): readonly AccessPlace[] {
  const { named, organization } = known;
  if (by.kind === "ROLE") return placesOfRole(facts, by.role, known);
  if (by.kind === "ANYBODY") {
    const place = organization === null ? others([]) : one(organization);
    return [{ ...place, held: inheritedBy(facts.snapshot.roles, []), holders: null }];
  }
  const asking = { clientId, subject: null };
  const places = organization === null ? [...named.map(one), others(named)] : [one(organization)];
  return places.map((place) => ({ ...place, held: rolesIn(facts, asking, place.organization), holders: null }));
}
