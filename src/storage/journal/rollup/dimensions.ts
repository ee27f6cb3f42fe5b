import { HOUR_MS } from "../../../domain/audit/countedWindow.ts";
import { DAY_MS } from "../../../domain/policy/use.ts";

/** Lengths of buckets, in milliseconds; a bucket's number is how many of them lie between 1970 and its beginning. */
export const GRAINS = {
  HOUR: { id: 0, ms: HOUR_MS },
  DAY: { id: 1, ms: DAY_MS },
  EVER: { id: 2, ms: Number.POSITIVE_INFINITY },
} as const;
export type Grain = keyof typeof GRAINS;

/** What a key has at one place; null: nothing is said there. */
type Member = string | null | readonly string[];
export type Key = readonly Member[];

interface Dimension {
  /** By which the tables know it. It never changes. */
  readonly id: number;
  readonly grains: readonly Grain[];
  /** Whether the time of the newest of a key is kept with it. */
  readonly keepsLast?: true;
  /** Where callers can make up keys: so many begin in a day, or ever; of further ones the first of `folds` counts, up to twice as many, and so on. */
  readonly bound?: { readonly keys: number; readonly folds: readonly ((key: Key) => Key)[] };
}

/** In the place of what is not told apart any more. It is no name. */
const OTHER = "*";
const folded =
  (...places: readonly number[]) =>
  (key: Key): Key =>
    key.map((member, i) => (places.includes(i) ? (Array.isArray(member) ? [OTHER] : OTHER) : member));

/** The places of a key of DECISION. */
export const DECISION_PLACES = {
  OUTCOME: 0,
  CALLER: 1,
  CLIENT: 2,
  SCOPE: 3,
  RESOURCE_TYPE: 4,
  PURPOSE: 5,
  ORGANIZATION: 6,
  REASON: 7,
  RULE: 8,
} as const;
/** The places of a key of USE. */
export const USE_PLACES = { SCOPE: 0, CLIENT: 1 } as const;
/** The places of a key of EXPLAINED, and of EXPLAINED_EVER. */
export const EXPLAINED_PLACES = { ORGANIZATION: 0, CLIENT: 1, ROLE: 2, KIND: 3 } as const;
export const EVER_PLACES = { ORGANIZATION: 0, ROLE: 1, EXPLAINED: 2 } as const;
/** The places of a key of BLIND: each says a word where that is so. */
export const BLIND_PLACES = { NO_ADDRESS: 0, OF_PATIENTS: 1, NO_PATIENT: 2, NO_PURPOSE: 3 } as const;

const SMART = /^(patient|user|system)\//;
/** What stands for SMART scopes of one context that callers make up; of a custom scope itself, as only the policy names those. */
export const likeOf = (scope: string): string => {
  const [, context] = SMART.exec(scope) ?? [];
  return context === undefined ? scope : `${context}/${OTHER}`;
};
/** A scope as it is told: of `likeOf` the widest, as whatever is held in that context may have been used. */
export const toldScope = (scope: string): string => (scope.endsWith(`/${OTHER}`) ? `${scope}.cruds` : scope);

const { CLIENT, ORGANIZATION, PURPOSE, REASON, RESOURCE_TYPE, RULE, SCOPE } = DECISION_PLACES;
const NAMES = [CLIENT, RESOURCE_TYPE, PURPOSE, ORGANIZATION];

/** What is counted. */
export const DIMENSIONS = {
  /** Accesses, by what they are listed and counted by. */
  DECISION: {
    id: 1,
    grains: ["HOUR", "DAY"],
    bound: { keys: 5_000, folds: [folded(...NAMES), folded(...NAMES, SCOPE, REASON, RULE)] },
  },
  /** Allowed accesses, by each scope on which they rest, and the client. */
  USE: {
    id: 2,
    grains: ["HOUR", "DAY"],
    keepsLast: true,
    bound: { keys: 5_000, folds: [([scope, ...rest]) => [likeOf(String(scope)), ...rest]] },
  },
  /** Accesses, by what watching can't see of their requests. */
  BLIND: { id: 3, grains: ["DAY", "EVER"] },
  /** Accesses to a patient's data, by what explained them. */
  EXPLAINED: { id: 4, grains: ["DAY"], bound: { keys: 5_000, folds: [folded(EXPLAINED_PLACES.ORGANIZATION)] } },
  /** The same as the metric has them: few series in all. */
  EXPLAINED_EVER: {
    id: 5,
    grains: ["EVER"],
    bound: { keys: 200, folds: [folded(EVER_PLACES.ORGANIZATION, EVER_PLACES.ROLE)] },
  },
} as const satisfies { readonly [name: string]: Dimension };
export type DimensionName = keyof typeof DIMENSIONS;

export const dimensionOf = (name: DimensionName): Dimension => DIMENSIONS[name];
