import { decisionSubject } from "../decisions/decisionSubject.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import { byText } from "../kernel/sortedInParts.ts";
import { dayStart } from "../kernel/time.ts";

/**
 * Of so many patients at the most a number says too much of each: who may not know whose the decisions are learns that there are few, and no
 * number. Statistics of health care in the United States suppress cells of 1 to 10 (CMS cell size suppression policy).
 */
const FEW_PATIENTS = 10;

export const isFew = (patients: number): boolean => patients >= 1 && patients <= FEW_PATIENTS;

/** Of somebody who is on record no more: who it was is not known, nor whether it is one. */
const ERASED = "\0erased";

/**
 * Whom a decision concerns: its patients; where there is none, the patient in context, or who asked, as that may be a patient; nobody where a
 * client acts as itself.
 */
export function concernedBy(record: DecisionRecord): readonly string[] {
  const { patients } = decisionSubject(record);
  if (patients.length > 0) return patients;
  if (record.erased !== undefined) return [ERASED];
  const { context, subject } = record.request;
  if (context !== null && context.patient !== null) return [context.patient];
  return subject === null ? [] : [`${subject.type}/${subject.id}`];
}

/** Who asked, or the client itself. */
export const askerOf = ({ erased, request: { clientId, subject } }: DecisionRecord): string => {
  if (subject !== null) return `${subject.type}/${subject.id}`;
  return erased === undefined ? `client ${clientId}` : ERASED;
};

/** The most people, or patients, that are told apart where they are counted. */
export const MOST_COUNTED = 500;

/** For whom it was asked; null: for the client itself, or who is erased. */
export const personOf = ({ request: { subject } }: DecisionRecord): string | null =>
  subject === null ? null : `${subject.type}/${subject.id}`;

/** Counts the people for whom decisions were asked, each once: whom a change would hit. */
export class People {
  readonly #ids = new Set<string>();

  add(person: string | null): void {
    if (person !== null && this.#ids.size < MOST_COUNTED) this.#ids.add(person);
  }

  get size(): number {
    return this.#ids.size;
  }
}

/** Tells patients apart as far as it matters whether they are few. */
export class Patients {
  readonly #ids = new Set<string>();
  readonly #askers = new Set<string>();

  /** @param by - who asked, where that counts */
  add(ids: readonly string[], by?: string): void {
    for (const id of ids) if (this.#ids.size <= FEW_PATIENTS) this.#ids.add(id);
    if (by !== undefined && this.#askers.size <= FEW_PATIENTS) this.#askers.add(by);
  }

  /** More are not told apart. */
  get isMany(): boolean {
    return this.#ids.size > FEW_PATIENTS;
  }

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  /** Of more than `FEW_PATIENTS` one more. */
  get size(): number {
    return this.#ids.size;
  }

  /** Of these and who asked the fewer, and one at least: so whoever asks what is so of people can't tell nobody from few. */
  get leastOfPeople(): number {
    return Math.max(1, Math.min(this.#ids.size, this.#askers.size));
  }
}

/**
 * The greatest number that is given as this one is in an answer that has a small one. By it numbers are compared with what somebody asks who
 * may not know whose the decisions are: by their own, asking again and again would tell them.
 */
export const mostGivenAlike = (value: number): number => {
  if (value === 0) return 0;
  return value <= FEW_PATIENTS ? FEW_PATIENTS : value - (value % 10) + 9;
};

/**
 * Rows of given numbers, in an order that tells no more than these do: those with the most first, by name where they are alike, and those of
 * which something is left out last.
 */
export function inGivenOrder<Row>(
  rows: readonly Row[],
  {
    name,
    numbers,
  }: { readonly numbers: (row: Row) => readonly (number | null)[]; readonly name: (row: Row) => string },
): readonly Row[] {
  const sum = (row: Row): number => {
    const given = numbers(row);
    return given.includes(null) ? -1 : given.reduce<number>((all, each) => all + (each ?? 0), 0);
  };
  return [...rows].sort((a, b) => sum(b) - sum(a) || byText(name(a), name(b)));
}

/** The least of several numbers of patients, of those that there are any of; 0: of none there is any. */
export const fewest = (all: readonly number[]): number => {
  const some = all.filter((patients) => patients > 0);
  return some.length === 0 ? 0 : Math.min(...some);
};

/**
 * A number as it is given to who may not know whose the decisions are: null where it is of few patients; rounded down to ten where the
 * answer has one such, from which another could be subtracted, and null where less than ten would be left. 0 of nobody stays 0, so that a gate
 * sees that nobody is concerned.
 */
export function givenNumber(
  value: number,
  { isRounded, patients }: { readonly patients: number; readonly isRounded: boolean },
): number | null {
  if (isFew(patients)) return null;
  if (value === 0) return 0;
  if (!isRounded) return value;
  return value < 10 ? null : value - (value % 10);
}

/**
 * A number of people as it is given to these, likewise: null where it is of few patients, or of few people, who may be patients themselves.
 * Undefined: it was not counted.
 */
export const givenPeople = (
  people: number | undefined,
  { isRounded, patients }: { readonly patients: number; readonly isRounded: boolean },
): number | null =>
  people === undefined ? null : givenNumber(people, { patients: isFew(people) ? people : patients, isRounded });

/** How something is used, as a caller may see it. */
export interface SeenUse {
  readonly uses: number | null;
  readonly lastUsedAt: number | null;
  /** Whether the number is left out, as it is of 1 to 10 patients, or of who knows how many. */
  readonly few: boolean;
}

/**
 * How often and when something was used, as it is told to who may not know by whose data: by the day, rounded down to ten, and without a number
 * where it is of few patients. Always rounded, as pages and sums of one list could be subtracted. `patients`: of how many, as `Patients` counts
 * them; null: it is not known.
 */
export function seenUse(
  {
    lastUsedAt,
    patients,
    uses,
  }: Omit<SeenUse, "few" | "uses"> & {
    readonly uses: number;
    readonly patients: number | null;
  },
  mayIdentify: boolean,
): SeenUse {
  if (mayIdentify) return { uses, lastUsedAt, few: false };
  const of = uses === 0 ? 0 : (patients ?? 1);
  return {
    uses: givenNumber(uses, { patients: of, isRounded: true }),
    lastUsedAt: lastUsedAt === null ? null : dayStart(lastUsedAt),
    few: uses > 0 && isFew(of),
  };
}
