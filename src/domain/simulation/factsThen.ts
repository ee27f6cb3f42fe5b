import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { ConsentStore } from "../consent/store.ts";
import type { Consent, ConsentRef } from "../consent/types.ts";
import { type GatheredFacts, linkedNow } from "../decisions/gather.ts";
import type { RestrictionFacts } from "../decisions/restrictions/store.ts";
import type { AccessRecord, DecisionRecord } from "../decisions/types.ts";
import { type Directory, directoryOf } from "../directory/directory.ts";
import type { DirectoryStore } from "../directory/store.ts";

/** Where versions that a record names are read. */
export interface VersionStores {
  readonly directory: Pick<DirectoryStore, "version">;
  readonly consents: Pick<ConsentStore, "versions">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
  readonly restrictions: Pick<RestrictionFacts, "versions">;
}

/** What a decision rested on beside the policy, as it was when it was made: an emergency is open, even where it has ended since. */
export interface FactsThen {
  readonly directory: Directory;
  readonly gathered: GatheredFacts;
}

/** A member of the record that names what is not there. */
interface Gone {
  readonly path: string;
  readonly message: string;
}

const WHAT = { CONSENT: "a consent", BREAK_GLASS: "an emergency", RESTRICTION: "a restriction" } as const;

interface VersionRef {
  readonly id: string;
  readonly version: number;
}
/** The versions of a kind that a record names, each with its place in it. */
const namedIn = (
  { facts = [] }: Pick<DecisionRecord, "facts">,
  named: keyof typeof WHAT,
): readonly (VersionRef & Pick<Gone, "path">)[] =>
  facts.flatMap(({ id, kind, version }, i) => (kind === named ? [{ id, version, path: `facts.${i}` }] : []));

/** Consents that are held at once, at most: a page of records may name very many. */
const MOST_AHEAD = 5_000;
const keyOf = ({ id, version }: ConsentRef): string => JSON.stringify([id, version]);

/** Null: the directory has not all versions that the record names. */
async function directoryThen(
  store: VersionStores["directory"],
  { facts = [] }: DecisionRecord,
): Promise<Directory | null> {
  const versions = facts.flatMap((fact) => (fact.kind === "ENTITY" ? [fact] : []));
  const found = await Promise.all(
    // The record says it itself, unless it had no room, or there was nothing to say.
    versions.map(({ type, id, version, properties }) =>
      properties === undefined ? store.version({ type, id, version }) : { type, id, version, properties },
    ),
  );
  const entities = found.filter((entity) => entity !== null);
  if (entities.length < found.length) return null;
  return directoryOf(entities, Math.max(0, ...versions.map(({ version }) => version)));
}

/** Reads what records name. Both reject with POLICY_UNAVAILABLE. */
export function createFactsThen(stores: VersionStores): {
  of(record: DecisionRecord): Promise<FactsThen | readonly Gone[]>;
  /** Reads at once the consents that these name, in place of what was read before, as far as there is room. */
  ahead(records: readonly DecisionRecord[]): Promise<void>;
} {
  let held: ReadonlyMap<string, Consent | null> = new Map();

  async function consentsOf(refs: readonly ConsentRef[]): Promise<readonly (Consent | null)[]> {
    const known = refs.map((ref) => held.get(keyOf(ref)));
    return known.every((consent) => consent !== undefined) ? known : stores.consents.versions(refs);
  }

  return {
    async of(record) {
      const directory = await directoryThen(stores.directory, record);
      if (directory === null) return [{ path: "facts", message: "names a version that the directory has not" }];
      const gone: Gone[] = [];
      async function versions<Kept>(
        kind: keyof typeof WHAT,
        read: (refs: readonly VersionRef[]) => Promise<readonly (Kept | null)[]>,
      ): Promise<readonly Kept[]> {
        const names = namedIn(record, kind);
        const found = names.length === 0 ? [] : await read(names.map(({ id, version }) => ({ id, version })));
        const message = `names a version of ${WHAT[kind]} that is not there`;
        gone.push(...names.filter((_, i) => found[i] === null).map(({ path }) => ({ path, message })));
        return found.filter((each) => each !== null);
      }
      const consents = await versions("CONSENT", consentsOf);
      const breakGlasses = await versions("BREAK_GLASS", (refs) => stores.breakGlasses.versions(refs));
      const restrictions = await versions("RESTRICTION", (refs) => stores.restrictions.versions(refs));
      if (gone.length > 0) return gone;
      const linked = linkedNow(consents, record.request, directory);
      return { directory, gathered: { breakGlasses, restrictions, consents, linked } };
    },
    async ahead(records) {
      const named = new Map<string, ConsentRef>();
      for (const { id, version } of records.flatMap((record) => namedIn(record, "CONSENT"))) {
        if (named.size === MOST_AHEAD) break;
        // One that was erased names nothing.
        if ((id as string | undefined) !== undefined) named.set(keyOf({ id, version }), { id, version });
      }
      const refs = [...named.values()];
      const found = refs.length === 0 ? [] : await stores.consents.versions(refs);
      held = new Map(refs.map((ref, i) => [keyOf(ref), found[i] ?? null]));
    },
  };
}

/** Records of which what they rested on is read at once. */
const PART = 500;

/**
 * What each of these rested on when it was made, beside the policy: what is known of a patient now would be told by what comes of it. Those of
 * which that is gone are left out. @throws ScopewardenError POLICY_UNAVAILABLE
 */
export async function factsOfEach(
  stores: VersionStores,
  records: readonly AccessRecord[],
): Promise<ReadonlyMap<AccessRecord, FactsThen>> {
  const factsThen = createFactsThen(stores);
  const found = new Map<AccessRecord, FactsThen>();
  for (let at = 0; at < records.length; at += PART) {
    const part = records.slice(at, at + PART);
    await factsThen.ahead(part);
    for (const record of part) {
      const then = await factsThen.of(record);
      if ("gathered" in then) found.set(record, then);
    }
  }
  return found;
}
