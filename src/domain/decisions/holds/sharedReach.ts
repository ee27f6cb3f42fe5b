import type { PersistentMap } from "../../kernel/persistentMap.ts";
import { settingsOf } from "../../policy/organizations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Organization } from "../../policy/types.ts";
import { Unknown } from "../partial.ts";

/** The organizations that say themselves that `patient/` scopes reach the shared types. */
const remembered = new WeakMap<PersistentMap<Organization>, readonly string[]>();

function reaching(organizations: PersistentMap<Organization>): readonly string[] {
  let found = remembered.get(organizations);
  if (found === undefined) {
    found = [...organizations.values()].filter((each) => each.patientScopesReachShared === true).map(({ id }) => id);
    remembered.set(organizations, found);
  }
  return found;
}

/** Whether `patient/` scopes reach what the shared types have of an organization; of one that is not known, whether they may. */
export function mayReachShared(snapshot: Snapshot, organization: string | null | Unknown): boolean {
  if (!(organization instanceof Unknown)) return settingsOf(snapshot, organization).patientScopesReachShared;
  // There is always another organization, for which what holds for all does.
  if (settingsOf(snapshot, null).patientScopesReachShared) return true;
  return reaching(snapshot.organizations).some((id) => !organization.not.includes(id));
}
