import { createRandom } from "../random.ts";

/**
 * What a real house does beside the plain work of the easy world, each as a rate. Of these `returns`, `untied`, `glass`, `records`, `floats`, `lacking`,
 * `evenings` and `wrongPatients` have sources (README.md); the others are guesses, and are varied.
 */
export interface Rates {
  /** Of looks that no record explains, how many come back on another day, and again of these. */
  readonly returns: number;
  /** Of the same, how many are at patients whom nobody treats now: refills, results, letters, calls. */
  readonly untied: number;
  /** Of the accesses, how many rest on a declared emergency, with one of five reasons. */
  readonly glass: number;
  /** Sessions about a colleague who is a patient, for each session of the staff. */
  readonly colleagues: number;
  /** Of the staff, how many look at their own or a relative's record in a month where the house lets them. */
  readonly ownRecords: number;
  /** Of the staff, how many work in another unit for four weeks: floats, agencies, students. The directory hears 0 to 14 days late. */
  readonly floats: number;
  /** Of relatives, and of units of the staff, how many the directory does not know. */
  readonly lacking: number;
  /** Of shifts on wards and in the emergency unit, how many begin with the whole list in ten minutes. */
  readonly wardLists: number;
  /** Of what physicians read, how much is in the evening from home, about the next day's patients. */
  readonly evenings: number;
  /** Of sessions, how many begin with the wrong patient, closed within 30 seconds. */
  readonly wrongPatients: number;
  /** People whose patients are everywhere: pharmacists, infection control, palliative care, discharge planning. */
  readonly everywhere: number;
  /** Conferences a week for which some people read a list of patients. */
  readonly conferences: number;
  /** Of what patients do, how much comes through the two networks of a carrier. */
  readonly carrier: number;
  /** Releases of each client a month, each with a scope that it did not ask for before. */
  readonly releases: number;
  /** Back-loads a month: a client does 200 to 900 again, at an odd hour. */
  readonly backloads: number;
  /** Failovers a quarter, to another data centre, for 4 to 36 hours. */
  readonly failovers: number;
  /** New keys of each client a quarter. */
  readonly newKeys: number;
  /** Bursts of 3 to 10 denials a day. */
  readonly denials: number;
}

const EASY: Rates = {
  returns: 0,
  untied: 0,
  glass: 0,
  colleagues: 0,
  ownRecords: 0,
  floats: 0,
  lacking: 0,
  wardLists: 0,
  evenings: 0,
  wrongPatients: 0,
  everywhere: 0,
  conferences: 0,
  carrier: 0,
  releases: 0,
  backloads: 0,
  failovers: 0,
  newKeys: 0,
  denials: 0,
};

/** From where to where the rate of each is drawn for a seed. */
export const RANGES: Readonly<Record<keyof Rates, readonly [least: number, most: number]>> = {
  returns: [0.15, 0.5],
  untied: [0.1, 0.4],
  glass: [0.001, 0.001],
  colleagues: [0.004, 0.012],
  ownRecords: [0.005, 0.02],
  floats: [0.03, 0.08],
  lacking: [0.05, 0.25],
  wardLists: [0.1, 0.4],
  evenings: [0.1, 0.2],
  wrongPatients: [0.003, 0.01],
  everywhere: [4, 10],
  conferences: [1, 4],
  carrier: [0.2, 0.5],
  releases: [0.5, 1.5],
  backloads: [1, 2],
  failovers: [0.5, 1.5],
  newKeys: [0.5, 1.5],
  denials: [1, 3],
};

function drawn(seed: number, fixed: Partial<Rates> = {}): Rates {
  const random = createRandom(`hospital/${seed}/world`);
  const rates = Object.entries(RANGES).map(([name, [least, most]]) => [name, least + random.next() * (most - least)]);
  return { ...(Object.fromEntries(rates) as unknown as Rates), ...fixed };
}

export type Size = "HOSPITAL" | "CLINIC";
export interface World {
  readonly title: string;
  readonly size: Size;
  /** Questions a week that its officers have time for: few, some, many. */
  readonly budgets: readonly [few: number, some: number, many: number];
  readonly rates: (seed: number) => Rates;
}

const ofHospital = (title: string, rates: World["rates"]): World => ({
  title,
  size: "HOSPITAL",
  budgets: [5, 10, 20],
  rates,
});

/** A name each; what is measured is a table over these. */
export const WORLDS = {
  easy: ofHospital("plain work, what is not recorded happens once", () => EASY),
  harder: ofHospital("35 % of what is not recorded returns, 25 % is of patients whom nobody treats now", () => ({
    ...EASY,
    returns: 0.35,
    untied: 0.25,
  })),
  real: ofHospital("all behaviours, drawn for the seed; emergencies are 0.1 % of accesses", drawn),
  glass1: ofHospital("as real, emergencies are 1 % of accesses", (seed) => drawn(seed, { glass: 0.01 })),
  glass10: ofHospital("as real, emergencies are 10 % of accesses", (seed) => drawn(seed, { glass: 0.1 })),
  clinic: {
    title: "a clinic of 12 people, all behaviours drawn for the seed",
    size: "CLINIC",
    budgets: [1, 2, 4],
    rates: (seed) => drawn(seed, { everywhere: 0 }),
  },
} satisfies Record<string, World>;

export type WorldName = keyof typeof WORLDS;
