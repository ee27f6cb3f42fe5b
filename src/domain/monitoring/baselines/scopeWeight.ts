import type { Atom } from "../../scopes/atom.ts";
import { isSharedType } from "../../scopes/sharedTypes.ts";

/** What an atom lets somebody do to how much that is sensitive: 1 is to read one type of a patient's data. */
export function weightOf({ action, constraint, resourceType }: Atom): number {
  const reach = resourceType === "*" ? 10 : isSharedType(resourceType) ? 0.2 : 1;
  const harm = action === "read" || action === "search" ? 0.5 : action === "create" ? 1 : 2;
  return reach * harm * (constraint.length === 0 ? 1 : 0.5);
}

export const isWrite = ({ action }: Atom): boolean => action === "create" || action === "update" || action === "delete";
export const isWildcard = ({ resourceType }: Atom): boolean => resourceType === "*";
