import { addDistinct, countDistinct } from "../baselines/distinct.ts";
import { reached, rolesOf, subjectAndRoles, subjectOf } from "../baselines/entities.ts";
import { type Histogram, meanOf, mostOf, withCount } from "../baselines/histogram.ts";
import { counted, told } from "../baselines/sentence.ts";
import { unusualFrom } from "../baselines/tails.ts";
import { dayOf, startOf } from "../baselines/time.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector, type Unusual } from "./defineDetector.ts";

/** Of a subject. "Some" are the patients whose access nothing explains. */
type Own = {
  readonly day: number;
  /** Patients of the day, in little space. */
  readonly all: string;
  readonly some: string;
  /** Of the six days before, the newest first. */
  readonly week: readonly number[];
  readonly weekAll: readonly number[];
  /** What is usual: days that were learnt, and what they sum up to. */
  readonly days: number;
  readonly sum: number;
  readonly sumAll: number;
  /** The count of the day that was told last, and the day on which the week was. */
  readonly told: number;
  readonly toldWeek: number;
};
/** Of a role: what its people's days and weeks came to. */
type OfRole = {
  readonly perDay: Histogram;
  readonly perWeek: Histogram;
  readonly sum: number;
  readonly sumAll: number;
};

const ALL_SIZE = 32;
const SOME_SIZE = 64;
const MOST_SOME = 999;
const MOST_ALL = 9_999;
/** Learnt days are halved beyond this: some three months of work. */
const MOST_DAYS = 60;
const NEW: Own = { day: 0, all: "", some: "", week: [], weekAll: [], days: 0, sum: 0, sumAll: 0, told: 0, toldWeek: 0 };
const NEW_ROLE: OfRole = { perDay: [], perWeek: [], sum: 0, sumAll: 0 };
/** How many of a person's and a role's days what is assumed for them weighs, and what is assumed of nobody's. */
const PRIOR_DAYS = 5;
const PRIOR_PATIENTS = 100;
const PRIOR_SHARE = 0.08;
const DISPERSION = 0.2;
/** A day must be beyond the role's limit too, so that the person's own may be tighter. */
const OWN_FACTOR = 10;

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);
const countsOf = (own: Own) => ({
  some: Math.min(MOST_SOME, countDistinct(own.some, SOME_SIZE)),
  all: Math.min(MOST_ALL, countDistinct(own.all, ALL_SIZE)),
});

/** With its day closed and another begun. A day that was told of is not learnt. */
function onDay(own: Own, day: number): Own {
  if (day <= own.day) return own;
  const { some, all } = countsOf(own);
  const free = Array.from({ length: Math.min(6, day - own.day - 1) }, () => 0);
  const isLearnt = own.all !== "" && own.told === 0;
  const fade = own.days >= MOST_DAYS ? 0.5 : 1;
  return {
    ...own,
    day,
    all: "",
    some: "",
    told: 0,
    week: [...free, some, ...own.week].slice(0, 6),
    weekAll: [...free, all, ...own.weekAll].slice(0, 6),
    ...(isLearnt && {
      days: Math.floor(own.days * fade) + 1,
      sum: Math.floor(own.sum * fade) + some,
      sumAll: Math.floor(own.sumAll * fade) + all,
    }),
  };
}

function withPatients(own: Own, decision: WatchedDecision): Own {
  let { all, some } = own;
  for (const { id, explanation } of reached(decision)) {
    all = addDistinct(all, id, ALL_SIZE);
    if (explanation === null) some = addDistinct(some, id, SOME_SIZE);
  }
  return all === own.all && some === own.some ? own : { ...own, all, some };
}

/** What a role learns when one of its people's days is over: nothing of a day that was told of. */
function roleAfter(
  role: OfRole | null,
  { subject, day }: { readonly subject: Own | null; readonly day: number },
): OfRole {
  const known = role ?? NEW_ROLE;
  if (subject === null || subject.day >= day || subject.all === "" || subject.told > 0) return known;
  const { some, all } = countsOf(subject);
  const fade = known.sumAll > 1_000_000 ? 0.5 : 1;
  return {
    perDay: withCount(known.perDay, some),
    perWeek: subject.toldWeek > subject.day - 7 ? known.perWeek : withCount(known.perWeek, some + total(subject.week)),
    sum: Math.floor(known.sum * fade) + some,
    sumAll: Math.floor(known.sumAll * fade) + all,
  };
}

type Name = "minimum" | "rare" | "points";
type Numbers = { readonly [name in Name]: number };

/** Beyond which count of unexplained patients: what is usual for the role and for the person, by day or week. */
function limits(own: Own, roles: readonly OfRole[], { rare, minimum }: Numbers) {
  const known = roles.filter((role) => meanOf(role.perDay) !== null);
  const share = Math.max(
    PRIOR_SHARE / 4,
    ...roles.map((role) => (role.sum + PRIOR_SHARE * PRIOR_PATIENTS) / (role.sumAll + PRIOR_PATIENTS)),
  );
  const ownShare = (own.sum + share * PRIOR_PATIENTS) / (own.sumAll + PRIOR_PATIENTS);
  const typical = Math.max(0, ...known.map((role) => meanOf(role.perDay) ?? 0));
  const perDay = (own.sum + typical * PRIOR_DAYS) / (own.days + PRIOR_DAYS);
  /** `days` with any access, on which `all` patients were reached. */
  const of = (all: number, days: number, horizon: "perDay" | "perWeek") => {
    const mean = Math.max(0.1, ownShare * all, perDay * days);
    const role = Math.max(0, ...known.map((each) => mostOf(each[horizon], rare) ?? 0));
    return {
      role,
      from: Math.max(
        minimum * (horizon === "perDay" ? 1 : 2),
        role + 1,
        unusualFrom({ mean, dispersion: DISPERSION / days }, Math.min(0.1, rare * OWN_FACTOR)),
      ),
    };
  };
  return { of, perDay, hasPeers: known.length > 0 };
}

function unusualOf(
  own: Own,
  roles: readonly OfRole[],
  parameters: Numbers,
): { readonly own: Own; readonly unusual: Unusual | null } {
  const some = countDistinct(own.some, SOME_SIZE);
  const weekSome = some + total(own.week);
  if (some < parameters.minimum && weekSome < 2 * parameters.minimum) return { own, unusual: null };
  const { of, perDay, hasPeers } = limits(own, roles, parameters);
  // Of somebody new among people who are new nothing is known.
  if (!hasPeers && own.days < 3) return { own, unusual: null };
  const { points } = parameters;
  const all = countDistinct(own.all, ALL_SIZE);
  const day = of(all, 1, "perDay");
  // Told again only when it has doubled.
  if (some >= day.from && some >= 2 * own.told) {
    const peers = hasPeers ? `, and hardly anybody in the same role more than ${told(day.role)}` : "";
    const sentence = `This person reached data of ${counted(some, "patient")} in a day that nothing explains; it is usually ${told(perDay)}${peers}.`;
    const unusual = {
      severity: some >= 2 * day.from ? "HIGH" : "MEDIUM",
      points,
      sentence,
      since: startOf(own.day),
    } as const;
    return { own: { ...own, told: Math.min(MOST_SOME, some) }, unusual };
  }
  const days = 1 + own.weekAll.filter((count) => count > 0).length;
  const week = of(all + total(own.weekAll), days, "perWeek");
  if (weekSome < week.from || own.toldWeek > own.day - 7 || own.told > 0) return { own, unusual: null };
  const peers = hasPeers ? `, and hardly anybody in the same role more than ${told(week.role)}` : "";
  const sentence = `This person reached data of ${counted(weekSome, "patient")} in ${counted(7, "day")} that nothing explains; it is usually ${told(perDay * days)}${peers}.`;
  const since = startOf(own.day - 6);
  return {
    own: { ...own, toldWeek: own.day, told: Math.max(1, own.told) },
    unusual: { severity: "MEDIUM", points, sentence, since },
  };
}

/** More patients in a day or in seven than is usual for the person and the role, counting only those whose access nothing explains. */
export const manyPatients = defineDetector<Own | OfRole, Name>({
  code: "MANY_PATIENTS",
  title: "Many patients without a known reason",
  compares:
    "How many patients a person reached in a day and in seven days without any explanation, with what is usual for that person and for the role.",
  parameters: {
    minimum: {
      default: 8,
      minimum: 2,
      maximum: 1_000,
      description: "Fewer unexplained patients in a day, or twice as many in seven, are never told.",
    },
    rare: {
      default: 0.001,
      minimum: 0.000001,
      maximum: 0.05,
      description: "The share of a role's days beyond which a day is unusual.",
    },
    points: {
      default: 100,
      minimum: 0,
      maximum: 100,
      description: "Points of a finding; it is told again each time the count has doubled.",
    },
  },
  entitiesOf: (decision) => (reached(decision).length === 0 ? [] : subjectAndRoles(decision)),
  alsoReads: (decision) => (reached(decision).length === 0 ? [] : subjectAndRoles(decision)),
  observe({ entity, own, decision, parameters, peer }) {
    const day = dayOf(decision.at);
    const subject = subjectOf(decision);
    if (entity.kind === "ROLE") {
      const before = subject === null ? null : (peer(subject) as Own | null);
      return { baseline: roleAfter(own as OfRole | null, { subject: before, day }), unusual: null };
    }
    const before = onDay((own as Own | null) ?? { ...NEW, day }, day);
    const after = withPatients(before, decision);
    if (after.some === before.some) return { baseline: after, unusual: null };
    const roles = rolesOf(decision).flatMap((role) => (peer(role) as OfRole | null) ?? []);
    const seen = unusualOf(after, roles, parameters);
    return { baseline: seen.own, unusual: seen.unusual };
  },
});
