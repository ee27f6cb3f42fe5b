import { counted, told } from "../baselines/sentence.ts";

/** Which engine says it. */
export type Engine = "PAIR" | "COUNT" | "NEW" | "FACT";

/** Numbers and names by which a sentence is printed, the same as long as the act stands. */
export type Numbers = { readonly [name: string]: string | number | boolean | null };

interface Reason {
  readonly engine: Engine;
  /** What it is called, without whom. */
  readonly title: string;
  readonly sentence: (numbers: Numbers) => string;
  /** To who may not learn what is strange in a patient it is called by this code. */
  readonly shownAs?: "UNEXPLAINED_LOOK";
}

const number = (value: Numbers[string] | undefined): number => (typeof value === "number" ? value : 0);
const many = ({ count, usual }: Numbers, one: string, within: string, others?: string): string =>
  `${counted(number(count), one, others)} ${within}; usually it is ${told(number(usual))}`;
const days = (numbers: Numbers): string =>
  number(numbers.days) > 1 ? `, on ${counted(number(numbers.days), "day")} within five weeks` : "";
const look = (whose: string) => (numbers: Numbers) =>
  `This person looked at ${whose}${days(numbers)}, and nothing explains it`;

/** What the engines say, in the order of the engines. A code that was on record once stays readable: see `oldReasons`. */
const REASONS = {
  UNEXPLAINED_LOOK: {
    engine: "PAIR",
    title: "Looked at a patient without a reason on record",
    sentence: look("a patient"),
  },
  FAMILY_OR_SELF: {
    ...{
      engine: "PAIR",
      title: "Looked at their own record, or at that of somebody close",
      shownAs: "UNEXPLAINED_LOOK",
    },
    sentence: look("their own record, or that of a relative or of somebody in the same household"),
  },
  COLLEAGUE: {
    ...{ engine: "PAIR", title: "Looked at the record of a colleague", shownAs: "UNEXPLAINED_LOOK" },
    sentence: look("the record of a colleague"),
  },
  VIP: {
    ...{ engine: "PAIR", title: "Looked at somebody at whom many would look", shownAs: "UNEXPLAINED_LOOK" },
    sentence: look("a patient at whom many would look"),
  },
  SENSITIVE: {
    ...{ engine: "PAIR", title: "Looked at sensitive data without a reason on record", shownAs: "UNEXPLAINED_LOOK" },
    sentence: look("a patient's data under a sensitive label"),
  },
  RETURNING_LOOK: {
    engine: "PAIR",
    title: "Came back to a patient without a reason on record",
    sentence: look("a patient"),
  },
  EMERGENCY_LOOK: {
    ...{ engine: "PAIR", title: "Opened a record in an emergency" },
    sentence: () => "This person opened a patient's record in an emergency that others have seldom",
  },
  MANY_PATIENTS: {
    ...{ engine: "COUNT", title: "Reached unusually many patients in a day" },
    sentence: (numbers) => `This person reached ${many(numbers, "patient", "in a day")}`,
  },
  MANY_IN_MINUTES: {
    ...{ engine: "COUNT", title: "Made unusually many accesses in minutes" },
    sentence: (numbers) => `This person made ${many(numbers, "access", "within 20 minutes", "accesses")}`,
  },
  MANY_UNEXPLAINED: {
    ...{ engine: "COUNT", title: "Reached unusually many patients without a reason on record" },
    sentence: (numbers) =>
      `This person reached ${many(numbers, "patient", "in a day whom nothing explains", "patients")}`,
  },
  MANY_DENIED: {
    ...{ engine: "COUNT", title: "Was denied unusually many things" },
    sentence: (numbers) => `This person was denied ${many(numbers, "thing", "in a day")}`,
  },
  MANY_EMERGENCIES: {
    ...{ engine: "COUNT", title: "Used emergencies unusually often" },
    sentence: (numbers) => `This person reached ${many(numbers, "patient", "in emergencies in a day")}`,
  },
  CLIENT_DAY: {
    ...{ engine: "COUNT", title: "A client asked unusually often in a day" },
    sentence: (numbers) => `The client made ${many(numbers, "request", "in a day")}`,
  },
  CLIENT_HOUR: {
    ...{ engine: "COUNT", title: "A client asked unusually often in an hour" },
    sentence: (numbers) => `The client made ${many(numbers, "request", "in an hour")}`,
  },
  CLIENT_DENIED: {
    ...{ engine: "COUNT", title: "A client was denied unusually often" },
    sentence: (numbers) => `The client was denied ${many(numbers, "time", "in a day")}`,
  },
  CROWD_AT_PATIENT: {
    ...{ engine: "COUNT", title: "A patient at whom unusually many looked" },
    sentence: ({ units }) =>
      `People of ${counted(number(units), "unit")} looked at this patient within five days, and nothing explains it`,
  },
  CROWD_AT_NETWORK: {
    ...{ engine: "COUNT", title: "Unusually many accounts from one network" },
    sentence: (numbers) => `${many(numbers, "account", "came from this network for the first time in a day")}`,
  },
  NEW_SCOPE: {
    ...{ engine: "NEW", title: "A client asked for a scope that it never had asked for" },
    sentence: ({ value }) => `The client asked for ${value}, which goes beyond all that it asked for within 90 days`,
  },
  NEW_PURPOSE: {
    ...{ engine: "NEW", title: "A purpose that is new here" },
    sentence: ({ value }) => `The purpose was ${value}, for which this was not asked before`,
  },
  NEW_ACTION: {
    ...{ engine: "NEW", title: "A client did what it never did" },
    sentence: ({ value }) => `The client did ${value}, which it did not do within 90 days`,
  },
  NEW_NETWORK: {
    ...{ engine: "NEW", title: "A client came from another network" },
    sentence: ({ value }) => `The client came from ${value}, where it was not within 90 days`,
  },
  NEW_COUNTRY: {
    ...{ engine: "NEW", title: "A client came from another country" },
    sentence: ({ value }) => `The client came from ${value}, where it was not within 90 days`,
  },
  NEW_CLIENT: {
    ...{ engine: "NEW", title: "A client that was never here" },
    sentence: () => "The client made its first request",
  },
  NEW_PLACE: {
    ...{ engine: "NEW", title: "Somebody came from a place that is new for them" },
    sentence: ({ country, network }) =>
      `This person came from ${network || country}${network && country ? ` in ${country}` : ""}, where they were not within 90 days`,
  },
  NEW_HOUR: {
    ...{ engine: "NEW", title: "Somebody worked at unusual hours" },
    sentence: ({ hour }) => `This person worked after ${number(hour)}:00 UTC, as they and their role seldom do`,
  },
  TWO_COUNTRIES: {
    ...{ engine: "NEW", title: "One account in two countries" },
    sentence: ({ from, to }) => `This account was used in ${from} and in ${to} within two hours`,
  },
  SILENCE_ENDED: {
    ...{ engine: "NEW", title: "Came back after a long silence" },
    sentence: (numbers) => `Nothing was asked in this name for ${counted(number(numbers.days), "day")}`,
  },
  SELF_GIVEN: {
    ...{ engine: "FACT", title: "Gave themselves access, and used it" },
    sentence: ({ gives, minutes }) =>
      `This person gave ${gives} to themselves, and used it ${counted(number(minutes), "minute")} later`,
  },
  PROBED_THEN_ALLOWED: {
    ...{ engine: "FACT", title: "Tried one thing after another until one was allowed" },
    sentence: ({ targets }) =>
      `The client was denied ${counted(number(targets), "different thing")} within an hour and then allowed one, and neither policy nor directory had changed`,
  },
  KEY_ABROAD: {
    ...{ engine: "FACT", title: "A key was used in a country where nobody of the house is" },
    sentence: ({ country }) => `The client came from ${country}, where it never was and nobody of the staff is`,
  },
} as const satisfies { readonly [code: string]: Reason };

export type ReasonCode = keyof typeof REASONS;
export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];
const reasonOf = (code: ReasonCode): Reason => REASONS[code];

export const engineOf = (code: ReasonCode): Engine => REASONS[code].engine;
export const isFact = (code: ReasonCode): boolean => engineOf(code) === "FACT";
export const titleOf = (code: ReasonCode): string => REASONS[code].title;
/** What a code is to who may not learn what is strange in a patient. */
export const shownCode = (code: ReasonCode): ReasonCode => reasonOf(code).shownAs ?? code;

const WEEKS = (rate: number): string =>
  rate < 0.05 ? "less than once in 20 weeks" : `${told(rate < 1 ? Math.round(rate * 10) / 10 : rate)} times a week`;

/** What a finding says, in one sentence: what is unusual, and how often the like or stranger is seen here. `rate` null: it is a fact. */
export function sentenceOf(code: ReasonCode, numbers: Numbers, rate: number | null): string {
  const said = reasonOf(code).sentence(numbers);
  return rate === null ? `${said}.` : `${said}. The like, or stranger, is seen here ${WEEKS(rate)}.`;
}

/** Fewer patients or people than this are not told to who may not learn of whom a figure is. */
const FEW = 11;
/** Names that are no count of people, and networks and scopes, which are nobody's. */
const SHOWN = ["value", "country", "network", "from", "to", "gives", "hour", "usual"];

/** What of the numbers is shown under pseudonyms: no count under 11, and nothing of the patient. */
export const shownNumbers = (numbers: Numbers): Numbers =>
  Object.fromEntries(
    Object.entries(numbers).filter(
      ([name, value]) => SHOWN.includes(name) || (typeof value === "number" && value >= FEW),
    ),
  );

/** The sentence for who sees pseudonyms: of a look only that it was one, and counts as "several" where there are few. */
export function shownSentence(code: ReasonCode, numbers: Numbers, rate: number | null): string {
  const as = shownCode(code);
  if (engineOf(as) === "PAIR") return sentenceOf(as, {}, rate);
  const few = Object.values(numbers).some((value) => typeof value === "number" && value < FEW);
  return few && engineOf(as) === "COUNT"
    ? `${titleOf(as)}. The like, or stranger, is seen here ${WEEKS(rate ?? 0)}.`
    : sentenceOf(as, numbers, rate);
}
