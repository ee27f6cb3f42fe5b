import type { AccessRecord } from "../decisions/types.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Breathe } from "../kernel/ports.ts";
import { byText, sortedInParts } from "../kernel/sortedInParts.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { type Grant, holdsAt } from "../policy/types.ts";
import type { ClientUse } from "../policy/use.ts";
import type { ArchivedIn } from "../record/archive/archivedIn.ts";
import { covers } from "../scopes/algebra.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { overlap } from "./overlap.ts";

/** All that was on record at `asOf`, in milliseconds since 1970, is counted. */
export interface CountedUses<Use> {
  readonly asOf: number;
  readonly uses: readonly Use[];
}

/**
 * What the journal tells of the use of scopes. An answer uses the scopes that it rests on (`scopesUsed`), by the exact
 * text that was presented. Times are milliseconds since 1970; uses are counted from the beginning of the hour in which a window begins,
 * which is open at its end. Of more than 5,000 pairs of client and SMART scope that begin on one day, further ones count as the widest scope
 * of their context, and for each scope of it. Rejects with JOURNAL_UNAVAILABLE.
 */
export interface UsageReader {
  /** Every client that ever used the scope, in code-unit order of ids, with the uses in the window. */
  ofScope(scope: string, since: number): Promise<CountedUses<ClientUse>>;
  /** What these clients used in the window. */
  ofClients(clientIds: readonly string[], since: number): Promise<CountedUses<ClientUse & { readonly scope: string }>>;
  /** The newest allowed accesses of a client in the window, of one scope or of all. */
  allowed(query: {
    readonly clientId: string;
    readonly scope: string | null;
    readonly since: number;
    readonly first: number;
  }): Promise<{ readonly asOf: number; readonly records: readonly AccessRecord[] }>;
  /**
   * Of how many patients the newest uses of some scopes are, in the window: of more than ten that there are more. Who asked counts where there is
   * no patient, as they may be one. Null: none of these uses is found.
   */
  patients(query: {
    readonly clientId: string;
    readonly scopes: readonly string[];
    readonly since: number;
  }): Promise<number | null>;
}

/** How one client holds and uses a scope. */
export interface ScopeUse {
  readonly clientId: string;
  /** The client's; null for a client that is there no more. */
  readonly name: string | null;
  readonly scope: string;
  /** By which it holds the scope now, or a part of it: the grant of the scope itself, or of another SMART scope. */
  readonly grant: Grant | null;
  readonly uses: number;
  readonly lastUsedAt: number | null;
  /** By which texts it was used. */
  readonly usedBy: readonly string[];
}

/** Which part of such a list is asked for: a window since then, at one state of the policy and one time. */
export interface UseQuery {
  readonly snapshot: Snapshot;
  readonly now: number;
  readonly since: number;
  /** Only what is held and was not used. */
  readonly unused: boolean;
  /** Whether what was used most comes first; else used or not is all that the order, and a place in it, tells. */
  readonly isByUses: boolean;
  readonly page: PageRequest<string>;
}

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
  { snapshot, now, scope }: { readonly snapshot: Snapshot; readonly now: number; readonly scope: string },
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
 * Who holds a scope or ever used it, and how often: most uses first (or what was used at all), then by client. Made in parts, as a scope may have any number of
 * holders. `uses` is the sum of all of them.
 * @throws ScopewardenError NOT_FOUND for a scope that is not known: "nobody uses it" must not be the answer to a slip of the
 * keyboard.
 */
export async function usesOfScope(
  { usage, breathe }: { readonly usage: UsageReader; readonly breathe: Breathe },
  asked: UseQuery & { readonly scope: string },
): Promise<Page<ScopeUse, string> & { readonly asOf: number; readonly uses: number }> {
  const { isByUses, page, scope, since, snapshot, unused } = asked;
  const { asOf, uses: used } = await usage.ofScope(scope, since);
  if (used.length === 0 && !snapshot.scopes.has(scope) && parseSmartScope(scope) === null)
    throw new ScopewardenError("NOT_FOUND", `There is no scope ${scope}, and no decision rests on one of that name.`);
  const holders = await holdersOf(asked, breathe);
  const uses = new Map<string, ClientUse>();
  let sum = 0;
  for await (const part of inParts(used, breathe)) {
    for (const use of part) {
      uses.set(use.clientId, use);
      sum += use.uses;
    }
  }
  const usesOf = (clientId: string): number => uses.get(clientId)?.uses ?? 0;
  const rankOf = (clientId: string): number => (isByUses ? usesOf(clientId) : Math.min(1, usesOf(clientId)));
  function* everyone(): Generator<string> {
    if (!unused) yield* uses.keys();
    for (const clientId of holders.keys()) if (!unused || usesOf(clientId) === 0) yield clientId;
  }
  const clients = await sortedInParts(everyone(), breathe, (a, b) => rankOf(b) - rankOf(a) || byText(a, b));
  const [, before, last] = /^(\d+) (.*)$/s.exec(page.after ?? "") ?? [];
  const isAfter = (clientId: string): boolean =>
    last === undefined || (Number(before) - rankOf(clientId) || byText(clientId, last)) > 0;
  const from = clients.findIndex(isAfter);
  const rest = from < 0 ? [] : clients.slice(from, from + page.first + 1);
  const items = rest.slice(0, page.first).map((clientId) => ({
    key: `${rankOf(clientId)} ${clientId}`,
    node: {
      clientId,
      name: snapshot.clients.get(clientId)?.name ?? null,
      scope,
      grant: holders.get(clientId) ?? null,
      uses: usesOf(clientId),
      lastUsedAt: uses.get(clientId)?.lastUsedAt ?? null,
      usedBy: [scope],
    },
  }));
  return { asOf, items, hasNextPage: rest.length > page.first, uses: sum };
}

/**
 * What the journal tells of the use of scopes, where it has the whole window: what was used in a month that is archived would read as
 * never used. @throws ScopewardenError BAD_USER_INPUT for a window that reaches into one
 */
export function usageOfWhole(usage: UsageReader, archivedIn: ArchivedIn): UsageReader {
  async function requireWhole(since: number): Promise<void> {
    const newest = (await archivedIn({ from: since })).at(-1);
    if (newest === undefined) return;
    const { file, month } = newest;
    throw badInput([{ path: "days", message: `reach into ${month}, which is archived in ${file}: ask for fewer` }]);
  }
  return {
    async ofScope(scope, since) {
      await requireWhole(since);
      return usage.ofScope(scope, since);
    },
    async ofClients(clientIds, since) {
      await requireWhole(since);
      return usage.ofClients(clientIds, since);
    },
    async allowed(query) {
      await requireWhole(query.since);
      return usage.allowed(query);
    },
    async patients(query) {
      await requireWhole(query.since);
      return usage.patients(query);
    },
  };
}
