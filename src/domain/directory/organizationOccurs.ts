import type { Breathe } from "../kernel/ports.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { type Directory, entityOf } from "./directory.ts";

/** Types by which the directory may have an organization. */
export const ORGANIZATION_TYPES = ["Organization", "organization"] as const;

/** Assignments and entities looked at between two breaths. */
const AT_ONCE = 2_000;

/**
 * Whether an organization has settings, somebody holds a role in it, or the directory has it, by itself or of something else. For
 * one that occurs nowhere all of both is looked at.
 */
export async function organizationOccurs(
  { directory, snapshot }: { readonly directory: Directory; readonly snapshot: Snapshot },
  id: string,
  breathe: Breathe,
): Promise<boolean> {
  if (snapshot.organizations.has(id)) return true;
  let left = AT_ONCE;
  for (const held of snapshot.assignments.values()) {
    for (const { organization } of held.values()) if (organization === id) return true;
    if (--left > 0) continue;
    await breathe();
    left = AT_ONCE;
  }
  for (const type of ORGANIZATION_TYPES) if (entityOf(directory, type, id) !== undefined) return true;
  for (const ofType of directory.entities.values()) {
    for (const { properties } of ofType.values()) {
      if (properties?.organization === id) return true;
      if (--left > 0) continue;
      await breathe();
      left = AT_ONCE;
    }
  }
  return false;
}
