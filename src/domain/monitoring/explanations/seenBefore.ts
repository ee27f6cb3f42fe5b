import { DAY_MS } from "../../policy/use.ts";
import { type Explanation, isRelation } from "./explanation.ts";

/** An access that was allowed to a person, with what explains it; null: nothing did when it was made. Texts that are null are not known. */
export interface ExplainedAccess {
  /** Its position in the journal. */
  readonly position: number;
  readonly decisionId: string;
  readonly at: number;
  readonly person: { readonly type: string; readonly id: string };
  readonly clientId: string;
  readonly role: string | null;
  readonly unit: string | null;
  readonly organization: string | null;
  readonly patient: string;
  readonly explanation: Explanation | null;
}

/** How long a unit is said to have seen a patient. */
const SEEN_DAYS = 90;

type Group = Pick<ExplainedAccess, "patient" | "role" | "unit">;
const keyOf = (...parts: readonly (string | null)[]): string => JSON.stringify(parts);
const personKey = ({ id, type }: ExplainedAccess["person"]): string => keyOf(type, id);

const isNewer = (a: ExplainedAccess, b: ExplainedAccess): boolean =>
  a.at > b.at || (a.at === b.at && a.position > b.position);

/**
 * What accesses before say of one: filled with those that were loaded, then with each in the order of the journal. Only what a relation
 * explains is ground for a colleague, so that two who have none never explain each other.
 */
export class SeenBefore {
  /** By patient, role and unit, the newest of each person last. */
  readonly #grounds = new Map<string, Map<string, ExplainedAccess>>();
  /** By patient and unit. */
  readonly #units = new Map<string, number>();

  add(access: ExplainedAccess): void {
    const { at, explanation, patient, role, unit } = access;
    if (explanation === null || unit === null) return;
    this.noteUnit({ patient, unit }, at);
    if (role === null || !isRelation(explanation.kind)) return;
    const key = keyOf(patient, role, unit);
    const byPerson = this.#grounds.get(key) ?? new Map<string, ExplainedAccess>();
    const person = personKey(access.person);
    const known = byPerson.get(person);
    if (known === undefined || isNewer(access, known)) byPerson.set(person, access);
    this.#grounds.set(key, byPerson);
  }

  noteUnit({ patient, unit }: { readonly patient: string; readonly unit: string }, at: number): void {
    const key = keyOf(patient, unit);
    this.#units.set(key, Math.max(at, this.#units.get(key) ?? 0));
  }

  /** The newest by somebody else of the same role and unit, at most so many days before. */
  colleague(
    { patient, role, unit }: Group,
    of: { readonly person: ExplainedAccess["person"]; readonly at: number; readonly days: number },
  ): ExplainedAccess | null {
    if (role === null || unit === null) return null;
    const own = personKey(of.person);
    let found: ExplainedAccess | null = null;
    for (const [person, access] of this.#grounds.get(keyOf(patient, role, unit)) ?? [])
      if (person !== own && access.at >= of.at - of.days * DAY_MS && (found === null || isNewer(access, found)))
        found = access;
    return found;
  }

  /** Whether the unit has seen the patient by an explained access; null: there is no unit. */
  seenByUnit({ patient, unit }: Pick<Group, "patient" | "unit">, at: number): boolean | null {
    if (unit === null) return null;
    const last = this.#units.get(keyOf(patient, unit));
    return last !== undefined && last >= at - SEEN_DAYS * DAY_MS;
  }
}
