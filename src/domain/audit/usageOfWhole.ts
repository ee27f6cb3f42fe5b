import { badInput } from "../kernel/errors.ts";
import type { ArchivedIn } from "../record/archive/archivedIn.ts";
import type { UsageReader } from "./usage.ts";

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
  };
}
