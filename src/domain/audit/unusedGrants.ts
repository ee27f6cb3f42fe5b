import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { PolicyReader } from "../policy/store.ts";
import { type Grant, holdsAt } from "../policy/types.ts";
import { overlap } from "./overlap.ts";
import type { UsageReader } from "./usage.ts";

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
): { readonly uses: number; readonly lastUsedAt: number | null } {
  const own = uses.filter((use) => cameBy(scope, use.scope, named));
  return {
    uses: own.reduce((sum, use) => sum + use.uses, 0),
    lastUsedAt: own.length === 0 ? null : Math.max(...own.map(({ lastUsedAt }) => lastUsedAt)),
  };
}

/** The grants in force that no allowed access of the window used, in the order of grants, a page at a time. */
export async function unusedGrants(
  deps: { readonly reader: PolicyReader; readonly usage: UsageReader },
  asked: {
    readonly snapshot: Snapshot;
    readonly now: number;
    readonly since: number;
    readonly page: PageRequest<string>;
  },
): Promise<Page<Grant, string>> {
  const { snapshot, now, since, page } = asked;
  const found: { readonly node: Grant; readonly key: string }[] = [];
  for (let after = page.after; ; ) {
    const part = await deps.reader.page({
      noun: "grant",
      revision: snapshot.revision,
      filter: {},
      page: { first: AT_ONCE, after },
    });
    const clients = [...new Set(part.items.map(({ node }) => node.clientId))];
    const used = new Map<string, string[]>();
    for (const { clientId, scope } of await deps.usage.ofClients(clients, since))
      used.set(clientId, [...(used.get(clientId) ?? []), scope]);
    for (const { node, key } of part.items) {
      const grants = snapshot.grants.get(node.clientId);
      const named = (scope: string): boolean => {
        const own = grants?.get(scope);
        return own !== undefined && holdsAt(own, now);
      };
      if (holdsAt(node, now) && !(used.get(node.clientId) ?? []).some((scope) => cameBy(node.scope, scope, named)))
        found.push({ node, key });
      if (found.length > page.first) return { items: found.slice(0, page.first), hasNextPage: true };
    }
    if (!part.hasNextPage) return { items: found, hasNextPage: false };
    after = part.items.at(-1)?.key ?? null;
  }
}
