import type { Noun } from "./types.ts";

/**
 * What the author of a change should know of it, and what is no reason to refuse it.
 * - `SCOPE_NOT_RESTORED`: a rollback left a version of a scope as it is, or ended it, since its life can't be turned back;
 * - `ORGANIZATION_UNKNOWN`: a role is assigned in an organization that nothing else names;
 * - `WIDENS_ALLOW`: something may be allowed that was not, or an obligation of what is allowed may end.
 */
export type PolicyFindingCode = "SCOPE_NOT_RESTORED" | "ORGANIZATION_UNKNOWN" | "WIDENS_ALLOW";

/** Of one row, by its noun and key. */
export interface PolicyFinding {
  readonly code: PolicyFindingCode;
  readonly noun: Noun;
  readonly key: string;
  readonly message: string;
}
