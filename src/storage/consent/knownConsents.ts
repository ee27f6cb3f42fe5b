import type { Consent, ConsentRef } from "../../domain/consent/types.ts";

/** That a version was added, of whom; positions have no gaps and begin with 1. */
export interface ConsentChange extends ConsentRef {
  readonly position: number;
  readonly patient: string;
}

/** The newest consents of one patient, and about how many characters they were read from. */
export interface OfPatient {
  readonly consents: readonly Consent[];
  readonly characters: number;
}

/** The last change that was seen; `FIRST`: there was none yet. */
type Seen = Pick<ConsentChange, "id" | "position" | "version">;
const FIRST: Seen = { position: 0, id: "", version: 0 };

/** What is remembered of a patient takes so much beside what the consents say. */
const OVERHEAD = 128;

/**
 * Of whom something changed since a change was seen, by the changes from that one on; null: that can't be told, as changes are missing
 * between, or the database does not know of that one, having gone back in time.
 */
export function changedSince(seen: Seen, changes: readonly ConsentChange[]): ReadonlySet<string> | null {
  const [first, ...later] = changes;
  if (seen.position === 0) return first === undefined || first.position === 1 ? patientsIn(changes) : null;
  const isSame = first?.position === seen.position && first.id === seen.id && first.version === seen.version;
  return isSame ? patientsIn(later) : null;
}

const NOBODY: ReadonlySet<string> = new Set();
const patientsIn = (changes: readonly ConsentChange[]): ReadonlySet<string> =>
  changes.length === 0 ? NOBODY : new Set(changes.map(({ patient }) => patient));

/**
 * The newest consents of patients as they were when a change, `seen`, was the last. Who uses them asks what came after, and
 * leaves out of whom there was something. Bounded by characters; what was asked for lately stays.
 */
export class KnownConsents {
  readonly #half: number;
  #young = new Map<string, OfPatient>();
  #old = new Map<string, OfPatient>();
  #characters = 0;
  #seen: Seen | null = null;

  constructor(mostCharacters: number) {
    this.#half = Math.ceil(mostCharacters / 2);
  }

  /** Null: nothing is known. */
  get seen(): Seen | null {
    return this.#seen;
  }

  get(patient: string): OfPatient | undefined {
    const young = this.#young.get(patient);
    if (young !== undefined) return young;
    const old = this.#old.get(patient);
    if (old !== undefined) this.#keep(patient, old);
    return old;
  }

  /**
   * Takes what one statement read: the changes from `since` on, and consents as they were then. What was read beside another statement that
   * has moved on is left: it may be older than what is known.
   */
  take(since: Seen | null, changes: readonly ConsentChange[], read: ReadonlyMap<string, OfPatient>): void {
    if (this.#seen !== since) return;
    if (since !== null) {
      const changed = changedSince(since, changes);
      if (changed === null) {
        this.#forget();
        return;
      }
      for (const patient of changed) for (const half of [this.#young, this.#old]) half.delete(patient);
    }
    const last = changes.at(-1);
    if (since === null || (last !== undefined && last.position > since.position)) this.#seen = last ?? FIRST;
    for (const [patient, known] of read) this.#keep(patient, known);
  }

  #forget(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#characters = 0;
    this.#seen = null;
  }

  #keep(patient: string, known: OfPatient): void {
    const characters = known.characters + patient.length + OVERHEAD;
    // One that nothing else had room beside is not worth it.
    if (characters > this.#half) return;
    if (this.#characters + characters > this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    this.#young.set(patient, known);
    this.#characters += characters;
  }
}
