import type { KeptRestriction } from "./restriction.ts";

interface RestrictionRef {
  readonly id: string;
  readonly version: number;
}

/** Whose restrictions are looked for. A subject is looked for by its id, under every type. */
export interface RestrictedParties {
  readonly clientIds: readonly string[];
  /** Null: whoever it is. */
  readonly subjectIds: readonly string[] | null;
}

/** What decisions know of restrictions. All reject with POLICY_UNAVAILABLE when the store can't answer. */
export interface RestrictionFacts {
  /** Those in force at `now`, by id: as they are after the question came, whichever instance imposed or lifted them. */
  inForce(parties: RestrictedParties, now: number): Promise<readonly KeptRestriction[]>;
  /** As they were in these versions, in the order asked; null: that one is not there. */
  versions(refs: readonly RestrictionRef[]): Promise<readonly (KeptRestriction | null)[]>;
}
