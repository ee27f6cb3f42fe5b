import type { Snapshot } from "../../policy/snapshot.ts";

/** Whether `patient/` scopes reach the shared types in an organization; undefined: in any that there may be. */
export const mayReachShared = (_snapshot: Snapshot, _organization: string | null | undefined): boolean => false;
