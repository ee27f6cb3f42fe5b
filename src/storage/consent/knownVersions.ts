import type { Consent, ConsentRef } from "../../domain/consent/types.ts";

interface Known {
  readonly consent: Consent;
  readonly characters: number;
}

const keyOf = ({ id, version }: ConsentRef): string => `${version} ${id}`;

/** Versions and patients, the ones that were asked for or added of late. */
interface Half {
  readonly versions: Map<string, Known>;
  readonly patients: Set<string>;
}
const emptyHalf = (): Half => ({ versions: new Map(), patients: new Set() });

/**
 * What versions of consents say, as far as it was read: they never change, so that forgetting costs time and nothing
 * else. Which versions count is not remembered. Bounded by their characters; what was asked for lately stays.
 */
export class KnownVersions {
  readonly #half: number;
  #young = emptyHalf();
  #old = emptyHalf();
  #characters = 0;

  constructor(mostCharacters: number) {
    this.#half = Math.ceil(mostCharacters / 2);
  }

  get(ref: ConsentRef): Consent | undefined {
    const key = keyOf(ref);
    const young = this.#young.versions.get(key);
    if (young !== undefined) return young.consent;
    const old = this.#old.versions.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old?.consent;
  }

  /** Whether a version of a consent of this patient is among them. */
  hasSome(patient: string): boolean {
    return this.#young.patients.has(patient) || this.#old.patients.has(patient);
  }

  /** `characters`: about how many it was read from. */
  add(consent: Consent, characters: number): void {
    this.#keep(keyOf(consent), { consent, characters });
  }

  #keep(key: string, known: Known): void {
    // One that nothing else had room beside is not worth it.
    if (known.characters > this.#half) return;
    if (this.#characters + known.characters > this.#half) {
      this.#old = this.#young;
      this.#young = emptyHalf();
      this.#characters = 0;
    }
    this.#young.versions.set(key, known);
    this.#young.patients.add(known.consent.patient);
    this.#characters += known.characters;
  }
}
