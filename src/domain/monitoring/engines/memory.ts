import type { Rates } from "./rates.ts";
import { newRates } from "./rates.ts";
import type { Ring } from "./ring.ts";
import type { Shares } from "./shares.ts";

/** What counts are kept of a person's days. */
export type PersonMeasure = "PATIENTS" | "BURST" | "UNEXPLAINED" | "DENIED" | "EMERGENCIES";

/** A day of a person, as far as it has come. */
export interface PersonDay {
  readonly day: number;
  /** Whose data were reached, and whether they were sensitive. */
  readonly patients: Map<string, boolean>;
  /** Of whom nothing explains it, and who were reached in an emergency, each with the first decision. */
  readonly unexplained: Map<string, string>;
  readonly emergencies: Map<string, string>;
  /** What denied requests were after (`targetOf`), each with its decision. */
  readonly denied: Map<string, string>;
  /** Of the last 20 minutes, each with its time. */
  readonly lately: [at: number, decision: string][];
  burst: number;
  hours: number;
  /** By code, how strange it was when it was said last. */
  readonly said: Map<string, number>;
}

/** What is known of a person. Days are days since 1970, weeks begin on Mondays (`weekOf`). */
export interface PersonState {
  readonly since: number;
  seen: number;
  /** The role, the unit and the organization that `groups` are of. */
  works: string;
  unit: string | null;
  groups: readonly string[];
  today: PersonDay | null;
  readonly counts: { [measure in PersonMeasure]?: Ring };
  /** Days that stood out and are not usual yet: from which day on, how many, and the sum. */
  readonly held: { [measure in PersonMeasure]?: [from: number, values: number[]] };
  /** By patient, the days of unexplained looks, and how strange the strangest of the newest was. */
  readonly pairs: Map<string, { days: number[]; said: number }>;
  /** What was strange in patients whom they had a reason to see, and how often: for themselves it makes nothing usual. */
  readonly traits: Map<string, number>;
  /** Networks and countries, each with the day on which they were seen last. */
  readonly places: Map<string, number>;
  /** How often something was done in each two hours of a day. */
  hours: number[];
  /** Where the last accesses came from. */
  readonly countries: [at: number, country: string][];
  /** What was learnt of this person in the week, of which a role takes a part only. */
  given: [week: number, looks: number];
}

/** A day of a client, as far as it has come. */
export interface ClientDay {
  readonly day: number;
  count: number;
  asItself: number;
  /** Of the hour that runs. */
  hour: number;
  inHour: number;
  /** What denied requests were after (`targetOf`). */
  readonly denied: Set<string>;
  denials: number;
  readonly ids: string[];
  readonly deniedIds: string[];
  readonly news: Map<string, { bits: number; ids: string[] }>;
  readonly said: Map<string, number>;
}

export interface ClientState {
  readonly since: number;
  seen: number;
  days: number;
  news: number;
  today: ClientDay | null;
  /** Scopes, purposes, actions, networks and countries, each with the day on which they were seen last. */
  readonly known: Map<string, number>;
  /** By kind of day, or by kind of day and three hours. */
  readonly counts: Map<string, Ring>;
  readonly held: Map<string, [from: number, values: number[]]>;
  /** Denied targets of the last hour, each with its time and decision. */
  readonly probed: Map<string, [at: number, decision: string]>;
}

export interface PatientState {
  seen: number;
  /** Who looked within a week, on which day, and from which unit. */
  readonly viewers: Map<string, [day: number, unit: string | null]>;
  /** Unexplained looks of the last days: day, unit or person, decision. */
  crowd: [day: number, from: string, decision: string][];
  said: number;
}

interface NetworkState {
  seen: number;
  /** Accounts that are no staff's, each with the day on which it was seen last. */
  readonly accounts: Map<string, number>;
  readonly counts: Ring;
  /** Those that are new on a day, each with its decision. */
  fresh: [day: number, decisions: string[]];
  said: number;
}

/** Who of the staff was at a network or in a country, each with the day on which they were last. */
type PlaceState = Map<string, number>;

/** What is known of the house. Nobody is named in it but in the week that runs, and who gave themselves something. */
export interface HouseState {
  day: number;
  week: number;
  rates: Rates;
  readonly looks: Shares;
  readonly traits: Shares;
  readonly company: Shares;
  readonly toward: Shares;
  readonly places: Shares;
  readonly hours: Shares;
  readonly purposes: Shares;
  readonly gaps: Shares;
  /** By sort of look, how many pairs had such on one day, on two, and so on. */
  readonly returns: Map<string, number[]>;
  readonly peers: Map<string, Ring>;
  /** When policy or directory changed last. */
  changedAt: number;
  /** Roles and scopes that somebody gave themselves: whose, what, when. */
  given: [holder: string, gives: string, at: number][];
  /** Looks that a role learnt of in the week before, and in the one that runs. */
  readonly learnt: Map<string, [week: number, now: number, before: number]>;
}

/** States by id. What was asked for has changed, until `written` says that it is kept. */
class Cells<State> {
  readonly #states = new Map<string, State>();
  readonly #changed = new Set<string>();

  get(id: string): State | undefined {
    return this.#states.get(id);
  }
  of(id: string, make: () => State): State {
    this.#changed.add(id);
    const known = this.#states.get(id);
    if (known !== undefined) return known;
    const made = make();
    this.#states.set(id, made);
    return made;
  }
  set(id: string, state: State): void {
    this.#states.set(id, state);
  }
  change(id: string): void {
    this.#changed.add(id);
  }
  delete(id: string): void {
    if (this.#states.delete(id)) this.#changed.add(id);
  }
  entries(): IterableIterator<[string, State]> {
    return this.#states.entries();
  }
  get size(): number {
    return this.#states.size;
  }
  /** Ids of what has changed or gone since this was asked last. */
  takeChanged(): readonly string[] {
    const ids = [...this.#changed];
    this.#changed.clear();
    return ids;
  }
}

/** All that the engines know. */
export interface Memory {
  readonly people: Cells<PersonState>;
  readonly clients: Cells<ClientState>;
  readonly patients: Cells<PatientState>;
  readonly networks: Cells<NetworkState>;
  readonly places: Cells<PlaceState>;
  readonly house: HouseState;
}

export function newMemory(): Memory {
  return {
    people: new Cells(),
    clients: new Cells(),
    patients: new Cells(),
    networks: new Cells(),
    places: new Cells(),
    house: {
      ...{ day: 0, week: 0, rates: newRates(0) },
      ...{ looks: new Map(), traits: new Map(), company: new Map(), toward: new Map() },
      ...{ places: new Map(), hours: new Map(), purposes: new Map(), gaps: new Map() },
      ...{ returns: new Map(), peers: new Map() },
      ...{ changedAt: 0, given: [], learnt: new Map() },
    },
  };
}
