import type { CallerSubject } from "../../callers/types.ts";
import type { Assignment, Grant, Holder, PolicyRows, Role, Rule, ScopeVersion } from "../../policy/types.ts";
import type { Basis } from "./basis.ts";

/** A row of the policy, with the revisions at which it began and ended; `until` null: it has not ended. */
export interface Version<Row extends PolicyRows[keyof PolicyRows] = PolicyRows[keyof PolicyRows]> {
  readonly row: Row;
  readonly since: number;
  readonly until: number | null;
}

/** The rows that were in the policy at its revision `from` or came later, of what was asked for. */
export interface PolicyThen {
  /** A revision that is older than all changes that count. */
  readonly from: number;
  rules(id: string): readonly Version<Rule>[];
  roles(name: string): readonly Version<Role>[];
  assignments(holder: Holder): readonly Version<Assignment>[];
  scopes(name: string): readonly Version<ScopeVersion>[];
  grants(clientId: string): readonly Version<Grant>[];
  /** When one was committed, in milliseconds since 1970, and the person behind its author; `by` null: it is not said. */
  revision(revision: number): { readonly at: number; readonly by: CallerSubject | null } | null;
}

/** What rows are looked for by. Of a custom scope the one grant counts, of SMART scopes all that the client has. */
export type PolicyName =
  | { readonly noun: "rule" | "role" | "scope"; readonly name: string }
  | { readonly noun: "assignment"; readonly holder: Holder }
  | { readonly noun: "grant"; readonly clientId: string; readonly scope: string | null };

/** What of the policy a decision rests on, by its names. */
export function* namesOf({ clientId, holder, scopes }: Basis): Generator<PolicyName> {
  let isAssigned = false;
  for (const { isSmart, scope, ways } of scopes) {
    yield { noun: "grant", clientId, scope: isSmart ? null : scope };
    if (!isSmart) yield { noun: "scope", name: scope };
    for (const way of ways) {
      yield { noun: "rule", name: way.ruleId };
      for (const name of way.roles.slice(0, -1)) yield { noun: "role", name };
      isAssigned ||= way.isAssigned;
    }
  }
  if (isAssigned) yield { noun: "assignment", holder };
}
