import { setImmediate as nextTurn } from "node:timers/promises";
import { CONSENTS_OF_REQUEST } from "../../domain/consent/store.ts";
import type { Consent, ConsentRef } from "../../domain/consent/types.ts";
import { byBytes } from "../database/text.ts";
import { consentOfText } from "./consentTables.ts";
import { type ConsentChange, changedSince, KnownConsents, type OfPatient } from "./knownConsents.ts";

/** Characters that are read without a break: others wait meanwhile. */
const CHARACTERS = 256 * 1024;
/** Of what is remembered: some twenty thousand usual consents, and about twice as many bytes of memory. */
const KNOWN_CHARACTERS = 16 * 1024 * 1024;
/** How often is read again what changed while it was read, before nothing that is remembered is used. */
const ATTEMPTS = 3;

/** Consents that one statement reads whole, at most: of more it is seen first how many they are. */
export const WHOLE_AT_ONCE = 500;

/** Each is one statement, so that all that it answers is of one moment. */
interface NewestReads {
  /** The changes from a position on, and the newest consents of patients as texts, at most one more than `WHOLE_AT_ONCE`. */
  readonly whole: (
    from: number,
    patients: readonly string[],
  ) => Promise<{ readonly changes: readonly ConsentChange[]; readonly texts: readonly string[] }>;
  /** The same changes, and which consents those are, at most one more than `CONSENTS_OF_REQUEST`. */
  readonly byName: (
    from: number,
    patients: readonly string[],
  ) => Promise<{ readonly changes: readonly ConsentChange[]; readonly refs: readonly ConsentRef[] }>;
  /** These versions, whole, current or not. */
  readonly versions: (refs: readonly ConsentRef[]) => Promise<readonly Consent[]>;
}

/** About how many it is read from, where it was not read as one text. */
const charactersOf = ({ data, exceptions, reason, recipients }: Consent): number =>
  256 + JSON.stringify([data, exceptions, reason, recipients]).length;

/** What was read, of each patient by id; of those who have none, that. */
class ReadConsents {
  readonly ofPatient = new Map<string, { consents: Consent[]; characters: number }>();

  constructor(patients: readonly string[]) {
    for (const patient of patients) this.ofPatient.set(patient, { consents: [], characters: 0 });
  }

  add(consent: Consent, characters: number): void {
    const own = this.ofPatient.get(consent.patient);
    if (own === undefined) throw new Error("consents of another patient were read");
    own.consents.push(consent);
    own.characters += characters;
  }

  sorted(): ReadonlyMap<string, OfPatient> {
    for (const { consents } of this.ofPatient.values())
      if (consents.length > 1) consents.sort((a, b) => byBytes(a.id, b.id));
    return this.ofPatient;
  }
}

interface Others {
  readonly changes: readonly ConsentChange[];
  readonly read: ReadonlyMap<string, OfPatient>;
}

/**
 * Reads the newest consents of patients, of each by id; null: they are more than one statement may read. Each time it asks what
 * changed since it last asked, which is a row of a small table; the consents of a patient are read once, and again after a change of theirs.
 * All of them are of one moment, so that nobody sees a state that there never was.
 */
export function createNewestConsents(
  reads: NewestReads,
): (patients: readonly string[]) => Promise<readonly Consent[] | null> {
  const known = new KnownConsents(KNOWN_CHARACTERS);

  async function parsed(patients: readonly string[], texts: readonly string[]) {
    const read = new ReadConsents(patients);
    let unbroken = 0;
    for (const text of texts) {
      unbroken += text.length;
      if (unbroken > CHARACTERS) {
        await nextTurn();
        unbroken = text.length;
      }
      read.add(consentOfText(text), text.length);
    }
    return read.sorted();
  }

  async function followed(patients: readonly string[], refs: readonly ConsentRef[]) {
    const read = new ReadConsents(patients);
    const found = await reads.versions(refs);
    if (found.length < refs.length) throw new Error("versions of consents are not there");
    for (const consent of found) read.add(consent, charactersOf(consent));
    return read.sorted();
  }

  /** Of patients of whom nothing is known; null: they are more than `most`. */
  async function readOthers(from: number, patients: readonly string[], most: number): Promise<Others | null> {
    const { changes, texts } = await reads.whole(from, patients);
    if (texts.length <= WHOLE_AT_ONCE)
      return texts.length > most ? null : { changes, read: await parsed(patients, texts) };
    const named = await reads.byName(from, patients);
    if (named.refs.length > most) return null;
    return { changes: named.changes, read: await followed(patients, named.refs) };
  }

  return async (patients) => {
    for (let attempt = 1; ; attempt++) {
      const since = known.seen;
      const own: (OfPatient | undefined)[] = [];
      const others: string[] = [];
      let count = 0;
      for (const patient of patients) {
        const found = attempt < ATTEMPTS && since !== null ? known.get(patient) : undefined;
        own.push(found);
        if (found === undefined) others.push(patient);
        else count += found.consents.length;
      }
      const answer = await readOthers(since?.position ?? 0, others, CONSENTS_OF_REQUEST - count);
      if (answer === null) return null;
      const { changes, read } = answer;
      known.take(since, changes, read);
      if (others.length < patients.length) {
        const changed = since === null ? null : changedSince(since, changes);
        if (changed === null) continue;
        if (changed.size > 0 && patients.some((patient, i) => own[i] !== undefined && changed.has(patient))) continue;
      }
      const consents: Consent[] = [];
      for (const [i, patient] of patients.entries())
        for (const consent of (own[i] ?? read.get(patient))?.consents ?? []) consents.push(consent);
      return consents;
    }
  };
}
