import type { AccessRecord } from "../decisions/types.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Breathe } from "../kernel/ports.ts";
import { byText, sortedInParts } from "../kernel/sortedInParts.ts";
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
    /** Takes the index as it is: who asks has asked for uses before, and waits for no more. */
    readonly asIndexed?: true;
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
/** Clients or scopes looked at without a break. */
const PART = 500;

/** Each item, and other work between parts of them. */
async function* inParts<Item>(items: Iterable<Item>, breathe: Breathe): AsyncGenerator<readonly Item[]> {
  let part: Item[] = [];
  for (const item of items) {
    part.push(item);
    if (part.length < PART) continue;
    yield part;
    part = [];
    await breathe();
  }
  yield part;
}

/** The scopes by which a scope may be held: itself, and of SMART scopes those that cover it, then those that cover a part. */
async function namesThatHold(snapshot: Snapshot, scope: string, breathe: Breathe): Promise<readonly string[]> {
  const atoms = parseSmartScope(scope)?.atoms ?? null;
  if (atoms === null) return [scope];
  const [wider, partly]: [string[], string[]] = [[], []];
  const names = await sortedInParts(snapshot.grantsByScope.keys(), breathe, byText);
  for await (const part of inParts(names, breathe)) {
    for (const name of part) {
      if (name === scope) continue;
      if (covers(parseSmartScope(name)?.atoms ?? [], atoms)) wider.push(name);
      else if (overlap(name, scope)) partly.push(name);
    }
  }
  return [scope, ...wider, ...partly];
}

/**
 * The grant by which each client holds a scope at a time: of the scope itself; or, of a SMART scope, one that covers it;
 * or else the first that covers a part of it.
 */
async function holdersOf(
  { snapshot, now, name: scope }: { readonly snapshot: Snapshot; readonly now: number; readonly name: string },
  breathe: Breathe,
): Promise<ReadonlyMap<string, Grant>> {
  const holders = new Map<string, Grant>();
  for (const name of await namesThatHold(snapshot, scope, breathe)) {
    for await (const part of inParts(snapshot.grantsByScope.get(name)?.keys() ?? [], breathe)) {
      for (const clientId of part) {
        const grant = snapshot.grants.get(clientId)?.get(name);
        if (grant !== undefined && holdsAt(grant, now) && !holders.has(clientId)) holders.set(clientId, grant);
      }
    }
  }
  return holders;
}

/**
 * Who holds a scope, and how each used it. Made in parts, as a scope may have any number of holders.
 * @throws ScopewardenError NOT_FOUND for a scope that is not known: "nobody uses it" must not be the answer to a slip of the
 * keyboard.
 */
export async function scopeUsage(
  { usage, breathe }: { readonly usage: UsageReader; readonly breathe: Breathe },
  asked: { readonly snapshot: Snapshot; readonly now: number; readonly name: string; readonly since: number },
): Promise<ScopeUsage> {
  const { snapshot, name, since } = asked;
  const used = await usage.ofScope(name, since);
  if (used.length === 0 && !snapshot.scopes.has(name) && parseSmartScope(name) === null)
    throw new ScopewardenError("NOT_FOUND", `There is no scope ${name}, and no decision rests on one of that name.`);
  const holders = await holdersOf(asked, breathe);
  const uses = new Map<string, ClientUse>();
  let sum = 0;
  for await (const part of inParts(used, breathe)) {
    for (const use of part) {
      uses.set(use.clientId, use);
      sum += use.uses;
    }
  }
  function* everyone(): Generator<string> {
    yield* uses.keys();
    yield* holders.keys();
  }
  const usesOf = (clientId: string): number => uses.get(clientId)?.uses ?? 0;
  const clients = await sortedInParts(everyone(), breathe, (a, b) => usesOf(b) - usesOf(a) || byText(a, b));
  return {
    name,
    policyRevision: snapshot.revision,
    since,
    uses: sum,
    clients: clients.slice(0, MAX_CLIENTS).map((clientId) => ({
      clientId,
      name: snapshot.clients.get(clientId)?.name ?? null,
      grant: holders.get(clientId) ?? null,
      uses: usesOf(clientId),
      lastUsedAt: uses.get(clientId)?.lastUsedAt ?? null,
    })),
    complete: clients.length <= MAX_CLIENTS,
  };
}
