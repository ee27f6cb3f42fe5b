import type { PersistentMap } from "../../kernel/persistentMap.ts";
import { sameRow } from "../../policy/members.ts";
import { changeOf, type Snapshot } from "../../policy/snapshot.ts";
import type { Noun, PolicyRows, RowChange } from "../../policy/types.ts";

function changed(noun: Noun, before: PolicyRows[Noun] | null, after: PolicyRows[Noun] | null): readonly RowChange[] {
  if (before === null && after === null) return [];
  if (before !== null && after !== null && sameRow(before, after)) return [];
  return [changeOf(noun, before, after)];
}

function* flat<N extends Noun>(
  noun: N,
  from: PersistentMap<PolicyRows[N]>,
  to: PersistentMap<PolicyRows[N]>,
): Generator<RowChange> {
  for (const key of to.differingKeys(from)) yield* changed(noun, from.get(key) ?? null, to.get(key) ?? null);
}

function* nested<N extends Noun>(
  noun: N,
  from: PersistentMap<PersistentMap<PolicyRows[N]>>,
  to: PersistentMap<PersistentMap<PolicyRows[N]>>,
): Generator<RowChange> {
  for (const outer of to.differingKeys(from)) {
    const [was, is] = [from.get(outer), to.get(outer)];
    if (was !== undefined && is !== undefined) yield* flat(noun, was, is);
    else
      for (const [key, row] of (was ?? is)?.entries() ?? [])
        yield* changed(noun, was === undefined ? null : row, was === undefined ? (is?.get(key) ?? null) : null);
  }
}

/** The rows in which two policies differ. Costs what differs, for policies made of one another. */
export function* changedRows(from: Snapshot, to: Snapshot): Generator<RowChange> {
  yield* flat("client", from.clients, to.clients);
  for (const name of to.scopes.differingKeys(from.scopes)) {
    const [was, is] = [from.scopes.get(name) ?? [], to.scopes.get(name) ?? []];
    for (const version of new Set([...was, ...is].map((row) => row.version))) {
      const of = (rows: typeof was) => rows.find((row) => row.version === version) ?? null;
      yield* changed("scope", of(was), of(is));
    }
  }
  yield* flat("role", from.roles, to.roles);
  yield* nested("grant", from.grants, to.grants);
  yield* nested("assignment", from.assignments, to.assignments);
  yield* flat("rule", from.rules, to.rules);
  yield* flat("organization", from.organizations, to.organizations);
}
