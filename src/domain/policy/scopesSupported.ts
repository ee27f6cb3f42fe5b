import { PROTOCOL_SCOPES } from "../scopes/protocol.ts";
import type { Snapshot } from "./snapshot.ts";

/** The names of a policy, which are the same until a scope changes. */
const remembered = new WeakMap<Snapshot["scopes"], readonly string[]>();

function namesOf({ scopes }: Pick<Snapshot, "scopes">): readonly string[] {
  let names = remembered.get(scopes);
  if (names === undefined) {
    const found: string[] = [...PROTOCOL_SCOPES];
    for (const [name, versions] of scopes.entries())
      if (versions.some(({ state }) => state === "ACTIVE")) found.push(name);
    names = found.sort();
    remembered.set(scopes, names);
  }
  return names;
}

/**
 * What an authorization server lists as `scopes_supported` in its metadata (RFC 8414 section 2): the registered scopes that
 * are active, and the protocol scopes that everybody knows by name. In code-unit order, at most `first`, after a name.
 */
export function scopesSupported(
  snapshot: Pick<Snapshot, "scopes">,
  { first, after }: { readonly first: number; readonly after: string | null },
): readonly string[] {
  const names = namesOf(snapshot);
  const from = after === null ? 0 : names.findIndex((name) => name > after);
  return from < 0 ? [] : names.slice(from, from + first);
}
