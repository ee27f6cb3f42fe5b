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

/** Who asks: the client for itself, or for whoever holds a role. */
export type AccessBy = "SELF" | "HOLDERS";

/** How requests of one kind are answered. */
export interface CellAccess {
  readonly access: Access;
  /** Of CONDITIONAL: all of them must hold. */
  readonly conditions: readonly AccessCondition[];
}

/** Requests of one kind: with this scope, this action, on this type, `*` being every type that has no cell of its own beside it. */
export interface AccessCell extends CellAccess {
  readonly clientId: string;
  /** Null: for the subject that is asked about. */
  readonly by: AccessBy | null;
  /** Of HOLDERS: the role that they hold; `*`: none, so that it goes for anybody. Null of others. */
  readonly role: string | null;
  /** Other roles that they hold beside it, of a combination. */
  readonly alsoHeld: readonly string[];
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
  /** What it rests on; of DENY why, the nearest to an ALLOW first. */
  readonly reasons: readonly Reason[];
  /** How they are answered without the change that is asked about. Null: in the same way, or no change is asked about. */
  readonly before: CellAccess | null;
}
