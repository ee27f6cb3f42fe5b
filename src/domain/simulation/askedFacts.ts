import { seesPseudonyms } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import type { OpenDirectory } from "../directory/openDirectory.ts";

/** What the questions of one caller about what would be decided rest on, beside what they say themselves. */
export interface AskedFacts {
  readonly facts: DecideFacts;
  readonly gather: GatherAccess;
}

/**
 * The one place that says what a caller may learn by such a question. To who sees patients under pseudonyms the directory has no entry of a
 * patient, no patient has said anything, and no emergency and no restriction is there: else answers about a name would tell of the person.
 */
export type AskedBy = (caller: Caller) => Promise<AskedFacts>;

const gatherNothing: GatherAccess = async (_, requests) =>
  new Map(requests.map((request) => [request, { consents: [] }] as const));

export const createAskedBy =
  (deps: {
    readonly facts: () => DecideFacts;
    readonly gather: GatherAccess;
    readonly openDirectory: OpenDirectory;
  }): AskedBy =>
  async (caller) => {
    if (!seesPseudonyms(caller)) return { facts: deps.facts(), gather: deps.gather };
    const directory = await deps.openDirectory();
    return { facts: { ...deps.facts(), directory }, gather: gatherNothing };
  };
