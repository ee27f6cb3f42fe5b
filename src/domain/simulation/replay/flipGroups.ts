import type { DecisionSubject } from "../../decisions/decisionSubject.ts";
import { byText } from "../../kernel/sortedInParts.ts";
import { DAY_MS } from "../../policy/use.ts";
import { Patients, People } from "../fewPatients.ts";
import type { ChangedAccess } from "./changedAccess.ts";
import { type FlipKind, MAX_PATIENTS, type ReplayGroup } from "./types.ts";

const MAX_GROUPS = 500;
const SAMPLES = 3;
/** Scopes and roles that the name of a group lists. */
const NAMED = 8;

/** One flip, with what its group is told by. */
export interface Flip {
  readonly id: string;
  readonly kind: FlipKind;
  readonly clientId: string;
  readonly about: DecisionSubject;
  /** Whom it concerns. */
  readonly concerned: readonly string[];
  /** For whom it was asked. */
  readonly person: string | null;
  readonly by: string;
  readonly changed: ChangedAccess;
  /** Milliseconds since 1970. */
  readonly at: number;
}

type Group = {
  -readonly [Member in keyof Omit<
    ReplayGroup,
    "days" | "fewest" | "patients" | "people" | "samples"
  >]: ReplayGroup[Member];
} & {
  readonly days: Set<number>;
  readonly patients: Set<string>;
  readonly concerned: Patients;
  readonly people: People;
  readonly samples: string[];
};

const nameOf = (names: readonly string[], separator: string): string | null =>
  names.length === 0 ? null : names.slice(0, NAMED).join(separator);

/** Gathers flips that are the same access; each flip is in one group at most, and the newest come first. */
export class FlipGroups {
  readonly #groups = new Map<string, Group>();
  /** Flips for whose group there was no room. */
  ungrouped = 0;
  readonly #ungroupedPatients = new Patients();

  add({ about, at, by, changed, clientId, concerned, id, kind, person }: Flip): void {
    const { action, patients, resourceType } = about;
    const [role, scope] = [nameOf(changed.roles, ", "), nameOf(changed.scopes, " ")];
    const key = JSON.stringify([kind, clientId, role, scope, resourceType, action]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size === MAX_GROUPS) {
        this.ungrouped++;
        this.#ungroupedPatients.add(concerned, by);
        return;
      }
      const names = { kind, clientId, role, scope, resourceType, action };
      group = {
        ...names,
        decisions: 0,
        firstAt: at,
        lastAt: at,
        days: new Set(),
        patients: new Set(),
        concerned: new Patients(),
        people: new People(),
        samples: [],
      };
      this.#groups.set(key, group);
    }
    group.decisions++;
    group.firstAt = Math.min(group.firstAt, at);
    group.lastAt = Math.max(group.lastAt, at);
    group.days.add(Math.floor(at / DAY_MS));
    for (const patient of patients) if (group.patients.size < MAX_PATIENTS) group.patients.add(patient);
    group.concerned.add(concerned, by);
    group.people.add(person);
    if (group.samples.length < SAMPLES) group.samples.push(id);
  }

  get ungroupedPatients(): Patients {
    return this.#ungroupedPatients;
  }

  /** The most decisions first. */
  list(sizeOf: (patients: Patients) => number): readonly ReplayGroup[] {
    return [...this.#groups]
      .sort(([a, one], [b, other]) => other.decisions - one.decisions || byText(a, b))
      .map(([, { concerned, days, patients, people, ...group }]) => ({
        ...group,
        days: days.size,
        patients: patients.size,
        people: people.size,
        fewest: sizeOf(concerned),
      }));
  }
}
