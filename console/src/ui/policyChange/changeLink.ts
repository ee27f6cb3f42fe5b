// A change that is thought about stands in the link, so that it goes from a rule, a grant or a cell to the pages that try it.
import type { PolicyOperation } from "../../generated/schema.ts";
import { hide } from "../../session/hidden.ts";
import { HIDDEN } from "../link.ts";

/** The members of a link that say a change. One that names nobody is readable: `op=deleteRule&id=…`; all else is kept out of the address. */
export const CHANGE = { op: "", id: "", of: "", ops: HIDDEN } as const;

export interface ChangeValues {
  readonly op: string;
  /** The rule, client or scope. */
  readonly id: string;
  /** Of `revokeScope`, the scope that the client of `id` is granted. */
  readonly of: string;
  /** The operations as JSON. */
  readonly ops: string;
}

export function changeOf({ op, id, of, ops }: ChangeValues): readonly PolicyOperation[] {
  if (ops !== "") return JSON.parse(ops) as readonly PolicyOperation[];
  if (id === "") return [];
  if (op === "deleteRule") return [{ deleteRule: { id } }];
  if (op === "suspendClient") return [{ updateClient: { id, status: "SUSPENDED" } }];
  if (op === "revokeScope" && of !== "") return [{ revokeScope: { clientId: id, scope: of } }];
  if (op === "retireScope") return [{ retireScope: { name: id, force: true } }];
  return [];
}

const NONE: ChangeValues = { op: "", id: "", of: "", ops: "" };

/** What `link.set` takes for these operations. */
export function changeValues(operations: readonly PolicyOperation[]): ChangeValues {
  const [only, ...others] = operations;
  if (only === undefined) return NONE;
  for (const simple of others.length > 0 ? [] : simpleOf(only))
    if (JSON.stringify(changeOf(simple)) === JSON.stringify(operations)) return simple;
  return { ...NONE, ops: JSON.stringify(operations) };
}

function simpleOf({ deleteRule, updateClient, revokeScope, retireScope }: PolicyOperation): readonly ChangeValues[] {
  if (deleteRule) return [{ ...NONE, op: "deleteRule", id: deleteRule.id }];
  if (updateClient) return [{ ...NONE, op: "suspendClient", id: updateClient.id }];
  if (revokeScope) return [{ ...NONE, op: "revokeScope", id: revokeScope.clientId, of: revokeScope.scope }];
  if (retireScope) return [{ ...NONE, op: "retireScope", id: retireScope.name }];
  return [];
}

/** The same as the `search` of a link to another page. */
export function changeSearch(operations: readonly PolicyOperation[]): Record<string, string> {
  const values = { ...changeValues(operations) };
  return Object.fromEntries(Object.entries({ ...values, ops: hide(values.ops) }).filter(([, value]) => value !== ""));
}
