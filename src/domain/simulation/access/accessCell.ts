import type { Reason } from "../../decisions/reason.ts";
import type { Access } from "./accessDifference.ts";

/** One thing that must be so for an access that is allowed under conditions. */
export interface AccessCondition {
  /**
   * As a rule would say it, with three functions more: `meets("category=laboratory")`, the resource satisfies a scope's constraint, to
   * which a search is confined; `mayMeet(...)`, that can't be excluded; `consented("scope")`, the consent that a scope asks for is there.
   */
  readonly cel: string;
  readonly text: string;
}

/** Requests of one kind: with this scope, this action, on this type, `*` being every type that has no cell of its own beside it. */
export interface AccessCell {
  readonly clientId: string;
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
  readonly access: Access;
  /** Of CONDITIONAL: all of them must hold. */
  readonly conditions: readonly AccessCondition[];
  /** What it rests on; of DENY why, the nearest to an ALLOW first. */
  readonly reasons: readonly Reason[];
}
