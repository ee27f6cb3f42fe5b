import { codeOf, digitOf, indexOfCode, threeDigits, valueAt } from "./distinct.ts";

/**
 * How often accesses are without explanation, and how often those that are explained have some trait: what tells how much an access that
 * has the trait and no explanation means. Somebody whose explanations the directory often lacks, or whose patients often have the
 * trait (a psychiatric ward and its labels), is less remarkable by it.
 */
export type Rarity<Trait extends string> = {
  /** Accesses without any trait, and those of them that nothing explains. */
  readonly plain: number;
  readonly unexplained: number;
  readonly explained: number;
  readonly traits: { readonly [trait in Trait]?: number };
  /** The patient of the access that was counted last: the same one again is not counted. */
  readonly last: string;
  /** The patients who were told of lately: seven characters each, a code, the last day, and on how many days. */
  readonly told: string;
};

/** The share of accesses that nothing explains, and of explained ones that have a trait, as long as nothing is known. */
export type Priors<Trait extends string> = { readonly [name in Trait | "unexplained"]: number };

const MOST = 100_000;
const MOST_TOLD = 10;
const TOLD_LENGTH = 7;
/** Days after which a look at a patient who was told of is a first one again. */
const REMEMBERED_DAYS = 30;
/** How many accesses what is known of the role, and what is assumed for the role, weigh. */
const ROLE_WEIGHT = 100;
const PRIOR_WEIGHT = 400;
/** What has not been seen is not rarer than half of what is assumed: nobody's days are so many that it could be known. */
const LEAST = 0.5;

export const nothingKnown: Rarity<never> = {
  plain: 0,
  unexplained: 0,
  explained: 0,
  traits: {},
  last: "",
  told: "",
};

const halved = <Trait extends string>(known: Rarity<Trait>): Rarity<Trait> => ({
  ...known,
  plain: Math.floor(known.plain / 2),
  unexplained: Math.floor(known.unexplained / 2),
  explained: Math.floor(known.explained / 2),
  traits: Object.fromEntries(
    Object.entries<number>(known.traits as { readonly [name: string]: number }).map(([name, count]) => [
      name,
      Math.floor(count / 2),
    ]),
  ) as Rarity<Trait>["traits"],
});

/** One access of a patient. */
interface Sighting<Trait extends string> {
  readonly patient: string;
  readonly isExplained: boolean;
  readonly traits: readonly Trait[];
}

/** With one more access that was not flagged: it is explained, or has no trait. */
export function learnt<Trait extends string>(
  known: Rarity<Trait>,
  { patient, isExplained, traits }: Sighting<Trait>,
): Rarity<Trait> {
  const last = codeOf(patient);
  if (known.last === last) return known;
  const room = known.plain + known.explained >= MOST ? halved(known) : known;
  const counts: { [trait in Trait]?: number } = traits.length === 0 ? room.traits : { ...room.traits };
  if (isExplained) for (const trait of traits) counts[trait] = (counts[trait] ?? 0) + 1;
  return {
    ...room,
    last,
    plain: room.plain + (traits.length === 0 ? 1 : 0),
    unexplained: room.unexplained + (isExplained ? 0 : 1),
    explained: room.explained + (isExplained ? 1 : 0),
    traits: counts,
  };
}

interface OnDay {
  readonly patient: string;
  readonly day: number;
}

/** On how many days within a month of each other this patient was told of, with this one; null: already on this day. */
export function daysTold({ told }: Rarity<string>, { patient, day }: OnDay): number | null {
  const at = indexOfCode(told, codeOf(patient), TOLD_LENGTH);
  if (at < 0) return 1;
  const last = (valueAt(told, at + 3) << 12) | (valueAt(told, at + 4) << 6) | valueAt(told, at + 5);
  if (last >= day) return null;
  return day - last > REMEMBERED_DAYS ? 1 : Math.min(63, valueAt(told, at + 6) + 1);
}

/** Notes that it was told, and learns nothing. Of too many patients the one goes who was told of first. */
export function noted<Trait extends string>(known: Rarity<Trait>, { patient, day }: OnDay): Rarity<Trait> {
  const times = daysTold(known, { patient, day });
  if (times === null) return known;
  const code = codeOf(patient);
  const at = indexOfCode(known.told, code, TOLD_LENGTH);
  const others = at < 0 ? known.told : known.told.slice(0, at) + known.told.slice(at + TOLD_LENGTH);
  return { ...known, told: (others + code + threeDigits(day) + digitOf(times)).slice(-TOLD_LENGTH * MOST_TOLD) };
}

type Shares = {
  readonly own: Rarity<string>;
  readonly roles: readonly Rarity<string>[];
  readonly priors: { readonly [name: string]: number };
};

/** A share of the person's accesses, shrunk to that of the role (the largest of several), and that to what is assumed. */
function shareOf({ own, roles, priors }: Shares, name: string): number {
  const parts = (of: Rarity<string>): readonly [count: number, all: number] =>
    name === "unexplained" ? [of.unexplained, of.plain] : [of.traits[name] ?? 0, of.explained];
  const prior = priors[name] ?? 1;
  const shares = roles.map((role) => {
    const [count, all] = parts(role);
    return (count + prior * PRIOR_WEIGHT) / (all + PRIOR_WEIGHT);
  });
  const ofRole = shares.length === 0 ? prior : Math.max(...shares);
  const [count, all] = parts(own);
  return Math.min(1, Math.max(prior * LEAST, (count + ofRole * ROLE_WEIGHT) / (all + ROLE_WEIGHT)));
}

/** How rare something is, in bits: each halves how often it happens. */
export interface Rareness<Trait extends string> {
  /** That nothing explains an access. */
  readonly unexplained: number;
  /** The same as long as nothing is known. */
  readonly assumed: number;
  /** That an explained access has a trait, in bits and as a share. */
  bitsOf(trait: Trait): number;
  shareOf(trait: Trait): number;
}

export function rarenessOf<Trait extends string>(shares: {
  readonly own: Rarity<Trait>;
  readonly roles: readonly Rarity<Trait>[];
  readonly priors: Priors<Trait>;
}): Rareness<Trait> {
  const of = (name: string): number => shareOf(shares as unknown as Shares, name);
  return {
    unexplained: -Math.log2(of("unexplained")),
    assumed: -Math.log2(shares.priors.unexplained),
    bitsOf: (trait) => -Math.log2(of(trait)),
    shareOf: of,
  };
}
