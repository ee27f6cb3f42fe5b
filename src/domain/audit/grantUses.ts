import { groupBy } from "../kernel/groupBy.ts";
import type { Page } from "../kernel/pages.ts";
import type { PolicyReader } from "../policy/store.ts";
import { holdsAt } from "../policy/types.ts";
import { overlap } from "./overlap.ts";
import type { ScopeUse, UsageReader, UseQuery } from "./usage.ts";

const AT_ONCE = 200;

/** Uses of one scope by one client; `lastUsedAt` in milliseconds since 1970. */
export interface Use {
  readonly scope: string;
  readonly uses: number;
  readonly lastUsedAt: number;
}

/**
 * Whether the use of a scope may have come by a grant: by its name; or, for a SMART scope, because it has something in common with
 * the grant and the client has no grant of that very scope, which would have been enough. `named` tells of the latter.
 */
const cameBy = (grant: string, used: string, named: (scope: string) => boolean): boolean =>
  used === grant || (!named(used) && overlap(grant, used));

/** How often a client used a grant, or may have; null: never. */
export function usesOfGrant(
  { scope, named }: { readonly scope: string; readonly named: (scope: string) => boolean },
  uses: readonly Use[],
): { readonly uses: number; readonly lastUsedAt: number | null; readonly usedBy: readonly string[] } {
  const own = uses.filter((use) => cameBy(scope, use.scope, named));
  return {
    uses: own.reduce((sum, use) => sum + use.uses, 0),
    lastUsedAt: own.length === 0 ? null : Math.max(...own.map(({ lastUsedAt }) => lastUsedAt)),
    usedBy: own.map((use) => use.scope),
  };
}

/** The grants in force, or those of them that no allowed access of the window used, in the order of grants, a page at a time. */
export async function usesOfGrants(
  { reader, usage }: { readonly reader: PolicyReader; readonly usage: UsageReader },
  { now, page, since, snapshot, unused }: UseQuery,
): Promise<Page<ScopeUse, string> & { readonly asOf: number }> {
  const items: { readonly node: ScopeUse; readonly key: string }[] = [];
  let asOf = now;
  for (let after = page.after; ; ) {
    const part = await reader.page({
      noun: "grant",
      revision: snapshot.revision,
      filter: {},
      page: { first: AT_ONCE, after },
    });
    const clients = [...new Set(part.items.map(({ node }) => node.clientId))];
    const counted = await usage.ofClients(clients, since);
    asOf = Math.min(asOf, counted.asOf);
    const used = groupBy(counted.uses, ({ clientId }) => clientId);
    for (const { node: grant, key } of part.items) {
      const { clientId, scope } = grant;
      const grants = snapshot.grants.get(clientId);
      const named = (other: string): boolean => {
        const own = grants?.get(other);
        return own !== undefined && holdsAt(own, now);
      };
      const found = usesOfGrant({ scope, named }, used.get(clientId) ?? []);
      if (!holdsAt(grant, now) || (unused && found.lastUsedAt !== null)) continue;
      if (items.length === page.first) return { asOf, items, hasNextPage: true };
      const name = snapshot.clients.get(clientId)?.name ?? null;
      items.push({ key, node: { clientId, name, scope, grant, ...found } });
    }
    if (!part.hasNextPage) return { asOf, items, hasNextPage: false };
    after = part.items.at(-1)?.key ?? null;
  }
}
