import { clientOf, EVERYBODY } from "../baselines/entities.ts";
import { counted, told } from "../baselines/sentence.ts";
import { unusualFrom } from "../baselines/tails.ts";
import { HOUR_MS, hourOf } from "../baselines/time.ts";
import { brief, expectedAt, type WeekShape, withHours } from "../baselines/weekShape.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { defineDetector, type Unusual } from "./defineDetector.ts";

/** Of an hour or a day that runs: its accesses, those that patients made to what is their own, how many are expected, from how many it is unusual (0: nobody can say), what was told. */
type Span = {
  readonly count: number;
  readonly own: number;
  readonly expected: number;
  readonly limit: number;
  readonly told: number;
  readonly dispersion: number;
};
/** Of a client. */
type Own = {
  readonly since: number;
  readonly hour: number;
  readonly inHour: Span;
  readonly inDay: Span;
  readonly shape: WeekShape;
  /** Hours and days of late that were unusual, told or not: when each began, and its count; see `sameAsBefore`. */
  readonly fresh: readonly number[];
};
/** Of all clients: how many accesses an hour has, as the mean of logarithms, and how they scatter. */
type OfAll = { readonly level: number; readonly days: number; readonly hourly: number; readonly daily: number };

const DAY_HOURS = 24;
/** A longer silence is learnt as one week of it. */
const MOST_SILENT = 168;
/** How many of a client's hours what is usual for all clients weighs. */
const PEER_HOURS = 24;
/** Before so many hours of its own, and without peers, nothing is known of a client. */
const ENOUGH_HOURS = 72;
/** In its first week a client's days are of kinds that were not seen before: that is no scatter. */
const FIRST_WEEK = 168;
const PEER_MEMORY = 200;
const HOURLY = { least: 0.05, start: 0.4, memory: 100 } as const;
const DAILY = { least: 0.02, start: 0.15, memory: 10 } as const;
const MOST_DISPERSION = 3;
const MOST_COUNT = 9_999_999;
/** Unusual hours and days that are remembered; two numbers each. A day stands as a negative hour. */
const MOST_FRESH = 8;
const WEEK_HOURS = 168;
/** By so much more than a week before, or at most so many hours earlier or later, it is the same again. */
const SAME_COUNT = 1.5;
const SAME_HOURS = 1;

/** Patients come in crowds when a portal is advertised: that they do is no alert alone, nor is a week in which each day is told once. */
const OF_CROWD = 0.1;
const isOfPatient = ({ patients, subject }: WatchedDecision): boolean =>
  subject !== null &&
  patients.length > 0 &&
  patients.every(({ explanation }) => explanation?.kind === "OWN_RECORD" || explanation?.kind === "REPRESENTS");

type Name = "minimum" | "rareHours" | "rareDays" | "points";
type Numbers = { readonly [name in Name]: number };

const dayOfHour = (hour: number): number => Math.floor(hour / DAY_HOURS);
const levelOf = (peers: OfAll | null): number | null =>
  peers === null || peers.days < 20 ? null : Math.expm1(peers.level);

function dispersionAfter({ count, expected, dispersion }: Span, kind: typeof HOURLY | typeof DAILY): number {
  const scatter = ((count - expected) ** 2 - expected) / Math.max(expected, 1) ** 2;
  const seen = Math.min(MOST_DISPERSION, Math.max(0, scatter));
  return Math.max(kind.least, Math.round((dispersion + (seen - dispersion) / kind.memory) * 1_000) / 1_000);
}

/** The hours that are over since the last decision: what is told of is not learnt. */
function learnt(own: Own, hour: number): Pick<Own, "shape" | "inHour"> {
  const silent = Math.min(MOST_SILENT, hour - own.hour - 1);
  const zeros = new Array<number>(silent).fill(0);
  const { since, inHour } = own;
  if (inHour.told > 0 || own.inDay.told > 0)
    return {
      inHour,
      shape: silent === 0 ? own.shape : withHours(own.shape, { since, from: hour - silent, counts: zeros }),
    };
  const first = withHours(own.shape, { since, from: own.hour, counts: [inHour.count] });
  const shape = silent === 0 ? first : withHours(first, { since, from: hour - silent, counts: zeros });
  if (own.hour - since < FIRST_WEEK) return { shape, inHour };
  return { shape, inHour: { ...inHour, dispersion: dispersionAfter(inHour, HOURLY) } };
}

/** What is expected in an hour, by the client's own weeks and, the younger it is the more, by all clients; null: nobody knows. */
function expectedIn(
  own: Pick<Own, "since" | "shape">,
  { hour, level }: { readonly hour: number; readonly level: number | null },
): number | null {
  const seen = expectedAt(own.shape, { since: own.since, hour });
  const hours = hour - own.since;
  if (level === null) return hours < ENOUGH_HOURS ? null : seen;
  return ((seen ?? level) * hours + level * PEER_HOURS) / (hours + PEER_HOURS);
}

/** With an hour or a day that is over, where it was unusual. */
const withFresh = (fresh: readonly number[], { count, limit }: Span, began: number): readonly number[] =>
  limit > 0 && count >= limit ? [...fresh, began, count].slice(-2 * MOST_FRESH) : fresh;

/**
 * Whether it was so a week before: what comes every week is told once, and is usual a week later, as people have seen it by then.
 * `began` is the hour, or that of a day with the sign turned.
 */
function sameAsBefore(fresh: readonly number[], { count }: Span, began: number): boolean {
  const isDay = began < 0;
  for (let i = 0; i < fresh.length; i += 2) {
    const [other = 0, before = 0] = [fresh[i], fresh[i + 1]];
    const apart = Math.abs(Math.abs(began) - WEEK_HOURS - Math.abs(other));
    if (other < 0 === isDay && apart <= (isDay ? 0 : SAME_HOURS) && count <= before * SAME_COUNT) return true;
  }
  return false;
}

function spanOf(
  expected: number | null,
  { dispersion, rare, minimum }: { readonly dispersion: number; readonly rare: number; readonly minimum: number },
): Span {
  if (expected === null) return { count: 0, own: 0, expected: 0, limit: 0, told: 0, dispersion };
  const limit = Math.min(MOST_COUNT, Math.max(minimum, unusualFrom({ mean: expected, dispersion }, rare)));
  return { count: 0, own: 0, expected: brief(expected), limit, told: 0, dispersion };
}

/** With the hour, and the day, that begins: what is expected is reckoned once for each. */
function inHour(
  own: Own,
  hour: number,
  { peers, parameters }: { readonly peers: OfAll | null; readonly parameters: Numbers },
): Own {
  if (hour <= own.hour) return own;
  const { shape, inHour: closed } = learnt(own, hour);
  const day = dayOfHour(hour);
  const isNewDay = day !== dayOfHour(own.hour);
  const ofHours = withFresh(own.fresh, own.inHour, own.hour);
  const fresh = isNewDay ? withFresh(ofHours, own.inDay, -dayOfHour(own.hour) * DAY_HOURS) : ofHours;
  const next = { ...own, shape, fresh };
  const level = levelOf(peers);
  const { minimum, rareHours, rareDays } = parameters;
  const began = spanOf(expectedIn(next, { hour, level }), { dispersion: closed.dispersion, rare: rareHours, minimum });
  if (!isNewDay) return { ...next, hour, inHour: began };
  const isLearnt = own.inDay.told === 0 && own.inDay.limit > 0 && own.hour - own.since >= FIRST_WEEK;
  const dispersion = isLearnt ? dispersionAfter(own.inDay, DAILY) : own.inDay.dispersion;
  let sum: number | null = 0;
  for (let i = 0; i < DAY_HOURS && sum !== null; i++) {
    const one: number | null = expectedIn(next, { hour: day * DAY_HOURS + i, level });
    // On the first day the hours before the client was first seen have no like.
    sum = one === null ? null : sum + Math.max(0, one);
  }
  const minimumOfDay = 2 * minimum;
  return { ...next, hour, inHour: began, inDay: spanOf(sum, { dispersion, rare: rareDays, minimum: minimumOfDay }) };
}

/** A client that is seen for the first time. */
function newClient(
  hour: number,
  { peers, parameters }: { readonly peers: OfAll | null; readonly parameters: Numbers },
): Own {
  const level = levelOf(peers);
  const { minimum, rareHours, rareDays } = parameters;
  const inHour = spanOf(level, { dispersion: peers?.hourly ?? HOURLY.start, rare: rareHours, minimum });
  const inDay = spanOf(level === null ? null : level * DAY_HOURS, {
    dispersion: peers?.daily ?? DAILY.start,
    rare: rareDays,
    minimum: 2 * minimum,
  });
  return { since: hour, hour, inHour, inDay, shape: [], fresh: [] };
}

/** What all clients learn when a day of one is over. */
function allAfter(all: OfAll | null, client: Own | null, hour: number): OfAll {
  const known = all ?? { level: 0, days: 0, hourly: HOURLY.start, daily: DAILY.start };
  if (client === null || dayOfHour(client.hour) >= dayOfHour(hour) || client.inDay.told > 0) return known;
  const days = Math.min(PEER_MEMORY, known.days + 1);
  const toward = (from: number, to: number) => Math.round((from + (to - from) / days) * 10_000) / 10_000;
  return {
    days,
    level: toward(known.level, Math.log1p(client.inDay.count / DAY_HOURS)),
    hourly: toward(known.hourly, client.inHour.dispersion),
    daily: toward(known.daily, client.inDay.dispersion),
  };
}

const isUnusual = ({ count, limit, told: before }: Span): boolean => limit > 0 && count >= limit && count >= 4 * before;

/** More accesses of a client in an hour or a day than is usual for it at that time of the week, and for clients at all. */
export const frequency = defineDetector<Own | OfAll, Name>({
  code: "FREQUENCY",
  title: "Far more accesses than usual",
  compares:
    "How many accesses a client asked for in an hour and in a day, with the same hours of other days and weeks, and with other clients.",
  parameters: {
    minimum: {
      default: 50,
      minimum: 5,
      maximum: 1_000_000,
      description: "Fewer accesses in an hour, or twice as many in a day, are never told.",
    },
    rareHours: {
      default: 0.00003,
      minimum: 0.000001,
      maximum: 0.01,
      description: "The share of hours with so many accesses or more that makes them unusual.",
    },
    rareDays: { default: 0.0001, minimum: 0.000001, maximum: 0.01, description: "The same for days." },
    points: {
      default: 100,
      minimum: 0,
      maximum: 100,
      description:
        "Points of a finding, a tenth of them where most of it is patients' own; it is told again when the count is four times as high.",
    },
  },
  entitiesOf: (decision) => (decision.kind === "ACCESS" ? [clientOf(decision), EVERYBODY] : []),
  alsoReads: (decision) => (decision.kind === "ACCESS" ? [clientOf(decision), EVERYBODY] : []),
  observe({ entity, own, decision, parameters, peer }) {
    const hour = hourOf(decision.at);
    if (entity.kind === "ROLE")
      return { baseline: allAfter(own as OfAll | null, peer(clientOf(decision)) as Own | null, hour), unusual: null };
    const peers = peer(EVERYBODY) as OfAll | null;
    // One of an earlier format is as if it was not there.
    const known = own !== null && "fresh" in own ? own : null;
    const before = known === null ? newClient(hour, { peers, parameters }) : inHour(known, hour, { peers, parameters });
    const isOwn = isOfPatient(decision);
    const more = (span: Span): Span => ({
      ...span,
      count: Math.min(MOST_COUNT, span.count + 1),
      own: isOwn ? Math.min(MOST_COUNT, span.own + 1) : span.own,
    });
    const after = { ...before, inHour: more(before.inHour), inDay: more(before.inDay) };
    const isNews = (span: Span, began: number): boolean => isUnusual(span) && !sameAsBefore(after.fresh, span, began);
    const name = isNews(after.inHour, after.hour)
      ? "inHour"
      : isNews(after.inDay, -dayOfHour(after.hour) * DAY_HOURS)
        ? "inDay"
        : null;
    if (name === null) return { baseline: after, unusual: null };
    const span = after[name];
    const level = levelOf(peers);
    const begin = name === "inHour" ? after.hour : dayOfHour(after.hour) * DAY_HOURS;
    const like = level === null ? "" : `, and clients like it ${told(name === "inHour" ? level : level * DAY_HOURS)}`;
    const unusual: Unusual = {
      severity: span.told > 0 ? "HIGH" : "MEDIUM",
      points: parameters.points * (2 * span.own > span.count ? OF_CROWD : 1),
      sentence: `${entity.id} asked for ${counted(span.count, "access", "accesses")} in ${name === "inHour" ? "an hour" : "a day"}; at this time it usually has ${told(span.expected)}${like}.`,
      since: begin * HOUR_MS,
    };
    return { baseline: { ...after, [name]: { ...span, told: span.count } }, unusual };
  },
});
