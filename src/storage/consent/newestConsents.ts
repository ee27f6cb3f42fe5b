import { setImmediate as nextTurn } from "node:timers/promises";
import type { Consent, ConsentRef } from "../../domain/consent/types.ts";
import { consentOfJson } from "./consentTables.ts";
import { KnownVersions } from "./knownVersions.ts";

/** Characters that are read without a break: others wait meanwhile. */
const CHARACTERS = 256 * 1024;
/** Of what versions say: some twenty thousand usual consents, and about twice as many bytes of memory. */
const KNOWN_CHARACTERS = 16 * 1024 * 1024;

/** Consents that one statement reads whole, at most: of more it is seen first how many they are. */
export const WHOLE_AT_ONCE = 500;

/** What one statement found: the newest consents of some patients by name, and those of others whole, as JSON. */
interface Newest {
  readonly refs: readonly ConsentRef[];
  /** At most one more than `WHOLE_AT_ONCE`. */
  readonly whole: readonly string[];
}

interface NewestReads {
  /** Of one moment; null: they are more than one statement may read. */
  readonly newest: (patients: {
    readonly byName: readonly string[];
    readonly whole: readonly string[];
  }) => Promise<Newest | null>;
  /** These versions, whole, current or not. */
  readonly versions: (refs: readonly ConsentRef[]) => Promise<readonly Consent[]>;
}

/** About how many it is read from, where it was not read as one text. */
const charactersOf = ({ data, exceptions, reason, recipients }: Consent): number =>
  256 + JSON.stringify([data, exceptions, reason, recipients]).length;

/**
 * Reads the newest consents of patients, in no order; null: they are more than one statement may read. Each time it asks
 * which versions those are, of patients of whom it remembers any, which the index answers alone; what a version says is read once
 * and remembered. All of them are of one moment, so that nobody sees a state that there never was.
 */
export function createNewestConsents(
  read: NewestReads,
): (patients: readonly string[]) => Promise<readonly Consent[] | null> {
  const known = new KnownVersions(KNOWN_CHARACTERS);

  async function parsed(whole: readonly string[]): Promise<Consent[]> {
    const found: Consent[] = [];
    let unbroken = 0;
    for (const text of whole) {
      unbroken += text.length;
      if (unbroken > CHARACTERS) {
        await nextTurn();
        unbroken = text.length;
      }
      const consent = consentOfJson(text);
      known.add(consent, text.length);
      found.push(consent);
    }
    return found;
  }

  /** Those that are remembered, and those that followed since they were. */
  async function named(refs: readonly ConsentRef[]): Promise<Consent[]> {
    const found: Consent[] = [];
    const missing: ConsentRef[] = [];
    for (const ref of refs) {
      const consent = known.get(ref);
      if (consent === undefined) missing.push(ref);
      else found.push(consent);
    }
    if (missing.length === 0) return found;
    const followed = await read.versions(missing);
    if (followed.length < missing.length) throw new Error("versions of consents are not there");
    for (const consent of followed) known.add(consent, charactersOf(consent));
    found.push(...followed);
    return found;
  }

  return async (patients) => {
    const byName: string[] = [];
    const others: string[] = [];
    for (const patient of patients) (known.hasSome(patient) ? byName : others).push(patient);
    let newest = await read.newest({ byName, whole: others });
    if (newest !== null && newest.whole.length > WHOLE_AT_ONCE)
      newest = await read.newest({ byName: patients, whole: [] });
    if (newest === null) return null;
    const { refs, whole } = newest;
    if (whole.length === 0) return named(refs);
    const found = await parsed(whole);
    return refs.length === 0 ? found : [...found, ...(await named(refs))];
  };
}
