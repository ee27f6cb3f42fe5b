import type { AccessRecord } from "../decisions/types.ts";
import { byText } from "../kernel/sortedInParts.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { ClientUse } from "../policy/use.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { overlap } from "./overlap.ts";
import type { CountedUses, UsageReader } from "./usage.ts";

const CLIENTS_AT_ONCE = 200;

/** How a client used what a scope permits: by the scope itself, and by SMART scopes that have something in common with it. */
export interface UseUnder extends ClientUse {
  readonly scopes: readonly string[];
}

/** The clients that are granted something that a SMART scope permits too. */
function clientsUnder({ grantsByScope }: Snapshot, name: string): readonly string[] {
  const scopes = [...grantsByScope.keys()].filter((scope) => overlap(scope, name));
  return scopes.flatMap((scope) => [...(grantsByScope.get(scope)?.keys() ?? [])]);
}

/** Every client that used what a scope permits, in code-unit order of ids, with the uses in the window, and up to when they are counted. */
export async function usesUnder(
  { snapshot, usage }: { readonly snapshot: Snapshot; readonly usage: UsageReader },
  name: string,
  since: number,
): Promise<CountedUses<UseUnder>> {
  const { asOf, uses: own } = await usage.ofScope(name, since);
  if (parseSmartScope(name) === null) return { asOf, uses: own.map((use) => ({ ...use, scopes: [name] })) };
  const ids = [...new Set([...own.map(({ clientId }) => clientId), ...clientsUnder(snapshot, name)])].sort(byText);
  const found = new Map<string, UseUnder>();
  for (let at = 0; at < ids.length; at += CLIENTS_AT_ONCE) {
    for (const use of (await usage.ofClients(ids.slice(at, at + CLIENTS_AT_ONCE), since)).uses) {
      if (!overlap(use.scope, name)) continue;
      const { clientId, lastUsedAt, uses } = use;
      const before = found.get(clientId) ?? { clientId, lastUsedAt, scopes: [], uses: 0 };
      found.set(clientId, {
        clientId,
        lastUsedAt: Math.max(before.lastUsedAt, lastUsedAt),
        scopes: [...before.scopes, use.scope].sort(byText),
        uses: before.uses + uses,
      });
    }
  }
  return { asOf, uses: [...found.values()].sort((a, b) => byText(a.clientId, b.clientId)) };
}

/**
 * The newest allowed accesses of a client that rest on one of these scopes, each once. Of however many scopes no more are held than were
 * asked for, twice; and of each scope those alone are read that are as new as what is held.
 */
export async function allowedWith(
  usage: Pick<UsageReader, "allowed">,
  scopes: readonly string[],
  { clientId, first, since }: { readonly clientId: string; readonly since: number; readonly first: number },
): Promise<readonly AccessRecord[]> {
  let newest: readonly AccessRecord[] = [];
  let from = since;
  for (const scope of scopes) {
    const found = (await usage.allowed({ clientId, first, scope, since: from })).records;
    const records = new Map([...newest, ...found].map((record) => [record.id, record]));
    newest =
      scopes.length < 2 ? found : [...records.values()].sort((a, b) => b.decidedAt - a.decidedAt).slice(0, first);
    if (newest.length === first) from = newest.at(-1)?.decidedAt ?? since;
  }
  return newest;
}
