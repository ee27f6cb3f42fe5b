import type { DecisionRecord } from "../decisions/types.ts";
import { type Directory, directoryOf } from "../directory/directory.ts";
import type { DirectoryStore } from "../directory/store.ts";
import { ScopewardenError } from "../kernel/errors.ts";

/**
 * What the directory knew of those whom a decision names: the versions on record. @throws ScopewardenError
 * POLICY_UNAVAILABLE; INTERNAL for a version that the directory has not
 */
export async function knownThen(
  store: Pick<DirectoryStore, "version">,
  { facts = [] }: DecisionRecord,
): Promise<Directory> {
  const versions = facts.flatMap((fact) => (fact.kind === "ENTITY" ? [fact] : []));
  const entities = await Promise.all(
    versions.map(async ({ type, id, version, properties }) => {
      // The record says it itself, unless it had no room, or there was nothing to say.
      const entity =
        properties === undefined ? await store.version({ type, id, version }) : { type, id, version, properties };
      if (entity === null)
        throw new ScopewardenError("INTERNAL", "The decision names a version that the directory has not.");
      return entity;
    }),
  );
  return directoryOf(entities, Math.max(0, ...versions.map(({ version }) => version)));
}
