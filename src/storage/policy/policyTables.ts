import type { Noun, PolicyRows, ScopeVersion } from "../../domain/policy/types.ts";
import { type AtomDeclaration, atomsOf } from "../../domain/scopes/atom.ts";
import { parseSmartScope } from "../../domain/scopes/smart.ts";
import { type Column, column, fromRow, fromValues } from "../database/columns.ts";
import type { RawRow } from "../database/connection.ts";

/** Which row of the noun it is, and the revisions at which it began and ended; `until` null: it is current. */
export const ROW_KEY = column("rowKey", "key");
const SINCE = column("since", "integer");
export const UNTIL = column("until", "integer");

export interface PolicyTable {
  readonly name: string;
  /** The columns that hold the row itself. */
  readonly columns: readonly Column[];
}

const validity = [column("validFrom", "integer"), column("validUntil", "integer")];

export const policyTables: { readonly [N in Noun]: PolicyTable } = {
  client: {
    name: "policy_client",
    columns: [column("id", "key"), column("name", "text"), column("status", "text"), column("description", "text")],
  },
  scope: {
    name: "policy_scope",
    columns: [
      column("name", "key"),
      column("version", "integer"),
      column("state", "text"),
      column("title", "text"),
      column("description", "text"),
      column("declarations", "json"),
      column("requiresConsent", "boolean"),
      column("justification", "text"),
      column("deprecatedAt", "integer"),
      column("sunsetAt", "integer"),
      column("replacedBy", "text"),
      column("retiredAt", "integer"),
    ],
  },
  role: {
    name: "policy_role",
    columns: [column("name", "key"), column("inherits", "json"), column("description", "text")],
  },
  grant: { name: "policy_grant", columns: [column("clientId", "key"), column("scope", "key"), ...validity] },
  assignment: {
    name: "policy_assignment",
    columns: [
      column("subjectId", "key"),
      column("clientId", "key"),
      column("role", "key"),
      column("organization", "text"),
      ...validity,
    ],
  },
  rule: {
    name: "policy_rule",
    columns: [
      column("id", "key"),
      column("role", "key"),
      column("scope", "key"),
      column("action", "text"),
      column("resourceType", "text"),
      column("when", "text"),
      column("effect", "text"),
      column("obligations", "json"),
      column("description", "text"),
    ],
  },
  entity: {
    name: "policy_entity",
    columns: [column("type", "key"), column("id", "key"), column("properties", "json")],
  },
};

/** Every column of a noun's table, in the order in which rows are written. */
const stored = (noun: Noun): readonly Column[] => [ROW_KEY, SINCE, UNTIL, ...policyTables[noun].columns];
export const storedColumns: { readonly [N in Noun]: readonly Column[] } = {
  client: stored("client"),
  scope: stored("scope"),
  role: stored("role"),
  grant: stored("grant"),
  assignment: stored("assignment"),
  rule: stored("rule"),
  entity: stored("entity"),
};

/** The scope with its atoms, which are derived and not stored. What can't be read any more grants nothing. */
export function withAtoms(stored: Omit<ScopeVersion, "atoms">): ScopeVersion {
  const smart = parseSmartScope(stored.name);
  if (smart !== null) return { ...stored, atoms: smart.atoms };
  const parsed = atomsOf(stored.declarations as readonly AtomDeclaration[]);
  return { ...stored, atoms: parsed.ok ? parsed.value : [] };
}

const complete = <N extends Noun>(noun: N, stored: unknown): PolicyRows[N] =>
  (noun === "scope" ? withAtoms(stored as Omit<ScopeVersion, "atoms">) : stored) as PolicyRows[N];

/** A policy row from a row of its noun's table. */
export const policyRow = <N extends Noun>(noun: N, row: RawRow): PolicyRows[N] =>
  complete(noun, fromRow(policyTables[noun].columns, row));

/** A policy row from the values of its noun's columns, in their order. */
export const policyRowOf = <N extends Noun>(noun: N, values: readonly unknown[]): PolicyRows[N] =>
  complete(noun, fromValues(policyTables[noun].columns, values));
