import type { AccessRecord } from "../decisions/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import { byText } from "../kernel/sortedInParts.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { type Grant, holdsAt } from "../policy/types.ts";
import type { ClientUse } from "../policy/use.ts";
import { covers } from "../scopes/algebra.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { overlap } from "./overlap.ts";

/**
 * What the journal tells of the use of scopes. An answer uses the scopes that it rests on (`scopesUsed`), by the exact
 * text that was presented. Times are milliseconds since 1970; a window begins at `since` and is open at its end.
 * Rejects with JOURNAL_UNAVAILABLE.
 */
export interface UsageReader {
  /** Every client that ever used the scope, in code-unit order of ids, with the uses in the window. */
  ofScope(scope: string, since: number): Promise<readonly ClientUse[]>;
  /** What these clients used in the window. */
  ofClients(clientIds: readonly string[], since: number): Promise<readonly (ClientUse & { readonly scope: string })[]>;
  /** The newest allowed accesses of a client in the window, of one scope or of all. */
  allowed(query: {
    readonly clientId: string;
    readonly scope: string | null;
    readonly since: number;
    readonly first: number;
  }): Promise<readonly AccessRecord[]>;
}

/** How one client holds and uses a scope. */
export interface ScopeClient {
  readonly clientId: string;
  /** Null for a client that is there no more. */
  readonly name: string | null;
  /** By which it holds the scope now, or a part of it: the grant of the scope itself, or of another SMART scope. */
  readonly grant: Grant | null;
  readonly uses: number;
  readonly lastUsedAt: number | null;
}

export interface ScopeUsage {
  readonly name: string;
  readonly policyRevision: number;
  readonly since: number;
  readonly uses: number;
  /** Those that hold it or ever used it; most uses first. */
  readonly clients: readonly ScopeClient[];
  /** False: there are more clients than are listed. */
  readonly complete: boolean;
}

const MAX_CLIENTS = 1000;

/**
 * The grant by which each client holds a scope at a time: of the scope itself; or, of a SMART scope, one that covers it;
 * or else the first that covers a part of it.
 */
function holdersOf(snapshot: Snapshot, scope: string, now: number): ReadonlyMap<string, Grant> {
  const holders = new Map<string, Grant>();
  const atoms = parseSmartScope(scope)?.atoms ?? null;
  const others = atoms === null ? [] : [...snapshot.grantsByScope.keys()].filter((name) => name !== scope).sort();
  const isWider = (name: string): boolean => covers(parseSmartScope(name)?.atoms ?? [], atoms ?? []);
  const names = [scope, ...others.filter(isWider), ...others.filter((name) => !isWider(name) && overlap(name, scope))];
  for (const name of names) {
    for (const clientId of snapshot.grantsByScope.get(name)?.keys() ?? []) {
      const grant = snapshot.grants.get(clientId)?.get(name);
      if (grant !== undefined && holdsAt(grant, now) && !holders.has(clientId)) holders.set(clientId, grant);
    }
  }
  return holders;
}

/**
 * Who holds a scope, and how each used it. @throws ScopewardenError NOT_FOUND for a scope that is not known: "nobody
 * uses it" must not be the answer to a slip of the keyboard.
 */
export async function scopeUsage(
  usage: UsageReader,
  asked: { readonly snapshot: Snapshot; readonly now: number; readonly name: string; readonly since: number },
): Promise<ScopeUsage> {
  const { snapshot, now, name, since } = asked;
  const used = await usage.ofScope(name, since);
  if (used.length === 0 && !snapshot.scopes.has(name) && parseSmartScope(name) === null)
    throw new ScopewardenError("NOT_FOUND", `There is no scope ${name}, and no decision rests on one of that name.`);
  const holders = holdersOf(snapshot, name, now);
  const uses = new Map(used.map((use) => [use.clientId, use]));
  const clients = [...new Set([...holders.keys(), ...uses.keys()])].map(
    (clientId): ScopeClient => ({
      clientId,
      name: snapshot.clients.get(clientId)?.name ?? null,
      grant: holders.get(clientId) ?? null,
      uses: uses.get(clientId)?.uses ?? 0,
      lastUsedAt: uses.get(clientId)?.lastUsedAt ?? null,
    }),
  );
  return {
    name,
    policyRevision: snapshot.revision,
    since,
    uses: used.reduce((sum, use) => sum + use.uses, 0),
    clients: clients.sort((a, b) => b.uses - a.uses || byText(a.clientId, b.clientId)).slice(0, MAX_CLIENTS),
    complete: clients.length <= MAX_CLIENTS,
  };
}
