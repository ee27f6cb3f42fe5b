import { setImmediate as nextTurn } from "node:timers/promises";
import type { Consent, ConsentRef } from "../../domain/consent/types.ts";
import type { RawRow } from "../database/connection.ts";
import { consentOf } from "./consentTables.ts";
import { KnownVersions } from "./knownVersions.ts";

/** Characters that are read without a break: others wait meanwhile. */
const CHARACTERS = 256 * 1024;
/** Of what versions say: some twenty thousand usual consents, and about twice as many bytes of memory. */
const KNOWN_CHARACTERS = 16 * 1024 * 1024;

interface NewestReads {
  /** Which versions are the newest of these patients, of one moment; null: more than one statement may read. */
  readonly refs: (patients: readonly string[]) => Promise<readonly ConsentRef[] | null>;
  /** The newest versions of these ids, whole. */
  readonly newest: (ids: readonly string[]) => Promise<readonly RawRow[]>;
  /** These versions, whole, current or not. */
  readonly versions: (refs: readonly ConsentRef[]) => Promise<readonly Consent[]>;
}

/** About how many it was read from. */
const charactersOf = ({ reason, terms }: RawRow): number => String(terms).length + String(reason).length + 256;

/**
 * Reads the newest consents of patients, in no order; null: they are more than one statement may read. Each time it asks
 * which versions those are, which the index answers alone; what a version says is read once and remembered. All of them
 * are of one moment, so that nobody sees a state that there never was.
 */
export function createNewestConsents(
  read: NewestReads,
): (patients: readonly string[]) => Promise<readonly Consent[] | null> {
  const known = new KnownVersions(KNOWN_CHARACTERS);

  /** Adds what is not known yet. */
  async function load(missing: readonly ConsentRef[], found: Map<string, Consent>): Promise<void> {
    const versions = new Map(missing.map(({ id, version }) => [id, version]));
    let unbroken = 0;
    for (const row of await read.newest([...versions.keys()])) {
      const characters = charactersOf(row);
      unbroken += characters;
      if (unbroken > CHARACTERS) {
        await nextTurn();
        unbroken = characters;
      }
      const consent = consentOf(row);
      known.add(consent, characters);
      // One that came in between is of a later moment than the others.
      if (versions.get(consent.id) === consent.version) found.set(consent.id, consent);
    }
    const followed = missing.filter(({ id }) => !found.has(id));
    if (followed.length > 0) for (const consent of await read.versions(followed)) found.set(consent.id, consent);
  }

  return async (patients) => {
    const refs = await read.refs(patients);
    if (refs === null) return null;
    const found = new Map<string, Consent>();
    const missing: ConsentRef[] = [];
    for (const ref of refs) {
      const consent = known.get(ref);
      if (consent === undefined) missing.push(ref);
      else found.set(ref.id, consent);
    }
    if (missing.length > 0) await load(missing, found);
    return refs.map((ref) => {
      const consent = found.get(ref.id);
      if (consent === undefined) throw new Error(`version ${ref.version} of a consent is not there`);
      return consent;
    });
  };
}
