import { covers } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { ClientState, PersonState } from "./memory.ts";
import type { ReasonCode } from "./reasons.ts";
import { bitsOf, count } from "./shares.ts";
import { isNews, type Sight, withNewest } from "./sign.ts";

const HOUR_MS = 3_600_000;

/** A client is known after so many days: before, all is new. */
const YOUNG_DAYS = 7;
/** A house is known after so many. */
const YOUNG_HOUSE_DAYS = 14;
/** A client that nobody in a known house has seen before, in bits. */
const NEW_CLIENT_BITS = 9;
/** So many days a client is silent before that it speaks again is new. */
const SILENT_DAYS = 14;
/** Scopes of one request that are compared. */
const MOST_SCOPES = 100;

/** How much more a scope lets do than all that a client asked for before, in bits: over all types, in a wider context, by writing. */
function wider(scope: string, known: readonly string[]): number | null {
  const parsed = parseSmartScope(scope);
  if (parsed === null) return scope.includes("/") ? 3 : 0;
  const before = known.flatMap((each) => parseSmartScope(each)?.atoms ?? []);
  if (covers(before, parsed.atoms)) return null;
  const had = (of: (atom: Atom) => boolean): boolean => before.some(of);
  const isWrite = ({ action }: Atom): boolean => action !== "read" && action !== "search";
  let bits = 0;
  if (parsed.atoms.some(({ resourceType }) => resourceType === "*") && !had(({ resourceType }) => resourceType === "*"))
    bits += 3;
  if (parsed.atoms.some(({ context }) => context !== "PATIENT" && !had((atom) => atom.context === context))) bits += 3;
  if (parsed.atoms.some(isWrite)) bits += had(isWrite) ? 1 : 3;
  return bits;
}

/** Purposes for which care and its payment ask every day. */
const DAILY = /TREAT|HPAYMT|HOPERAT|PATRQT/;

const weigh = (code: ReasonCode, value: string): number => {
  if (code === "NEW_COUNTRY") return 5;
  if (code === "NEW_PURPOSE") return DAILY.test(value) ? 2 : 5;
  return code === "NEW_ACTION" && value === "delete" ? 3 : 0;
};

function* valuesOf({ decision }: Sight): Generator<readonly [code: ReasonCode, value: string]> {
  const { action, place, purposeOfUse, scopesAsked, scopesUsed, subject } = decision;
  for (const scope of (scopesAsked ?? scopesUsed).slice(0, MOST_SCOPES)) yield ["NEW_SCOPE", scope];
  if (purposeOfUse !== null) yield ["NEW_PURPOSE", purposeOfUse];
  // Staff and patients come from everywhere, and do what they may: places and actions are of clients for themselves.
  if (subject !== null) return;
  if (action !== null) yield ["NEW_ACTION", action];
  if (place?.network) yield ["NEW_NETWORK", place.network];
  if (place?.country) yield ["NEW_COUNTRY", place.country];
}

const scopesOf = (client: ClientState): readonly string[] =>
  [...client.known.keys()].flatMap((key) => (key.startsWith("NEW_SCOPE ") ? [key.slice(10)] : []));

/** What a client asks for, and from where, that it never did before. */
export function newOfClient(sight: Sight, gap: number | null): void {
  const { client, day, decision, memory, weightOf } = sight;
  const { today } = client;
  if (today === null) return;
  const group = { kind: "CLIENT", id: decision.clientId } as const;
  const say = (
    code: ReasonCode,
    bits: number,
    of: { numbers: Record<string, string | number>; decisions: readonly string[] },
  ): void => {
    const weighed = bits * weightOf(code);
    if (isNews(today.said, code, weighed)) sight.say({ code, bits: weighed, group, ...of });
  };
  if (gap === null && client.since === day && memory.house.day - firstDay(memory.house) > YOUNG_HOUSE_DAYS)
    say("NEW_CLIENT", NEW_CLIENT_BITS, { numbers: {}, decisions: [decision.id] });
  if (gap !== null && gap > SILENT_DAYS)
    say("SILENCE_ENDED", 4 + Math.log2(gap), { numbers: { days: gap }, decisions: [decision.id] });
  for (const [code, value] of valuesOf(sight)) {
    const key = `${code} ${value}`;
    const before = client.known.get(key);
    if (before === undefined) {
      const wide =
        code === "NEW_SCOPE" && day - client.since >= YOUNG_DAYS ? wider(value, scopesOf(client)) : weigh(code, value);
      client.known.set(key, day);
      if (day - client.since < YOUNG_DAYS || wide === null) continue;
      client.news++;
      const bits = -Math.log2((client.news - 0.5) / (client.days + 1)) + wide;
      today.news.set(key, { bits, ids: [decision.id] });
      const all = [...today.news.values()];
      const sum = all.reduce((total, each) => total + each.bits, 0);
      say(code, sum, { numbers: { value, also: all.length - 1 }, decisions: all.flatMap(({ ids }) => ids) });
    } else {
      client.known.set(key, day);
      const news = today.news.get(key);
      if (news !== undefined && news.ids.length < 40) news.ids.push(decision.id);
    }
  }
}

/** When the house was first seen: the first week that is closed. */
const firstDay = ({ rates, day }: Sight["memory"]["house"]): number =>
  rates.closed[0] === undefined ? day : rates.closed[0].week * 7 - 3;

/** From so many of the staff on a place is one of theirs. */
const STAFF_PLACE = 3;
const GAPS: readonly (readonly [days: number, name: string, prior: number])[] = [
  [4, "DAYS", 0.9],
  [10, "WEEK", 0.07],
  [21, "WEEKS", 0.02],
  [40, "MONTH", 0.007],
  [Number.POSITIVE_INFINITY, "MONTHS", 0.003],
];
/** Two countries within so long are two people. */
const TRAVEL_MS = 2 * HOUR_MS;
const TWO_COUNTRIES_BITS = 14;
const PLACE_PRIORS = { OWN: 0.97, STAFF: 0.02, NEW: 0.01 } as const;

/** At what hour, from where and for what a person comes who never did, and that somebody comes back after long. */
export function newOfPerson(sight: Sight, gap: number | null): void {
  const { decision, day, memory, person, weightOf } = sight;
  if (person === null) return;
  const { house } = memory;
  const { state, id } = person;
  const { today } = state;
  if (today === null) return;
  const group = { kind: "SUBJECT", id } as const;
  const say = (code: ReasonCode, bits: number, numbers: Record<string, string | number>): void => {
    const weighed = bits * weightOf(code);
    if (isNews(today.said, code, weighed))
      sight.say({ code, bits: weighed, group, numbers, decisions: shown(state, decision.id) });
  };
  if (gap !== null) {
    const [, name, prior] = GAPS.find(([days]) => gap <= days) ?? ["", "MONTHS", 0.003];
    say("SILENCE_ENDED", bitsOf(house.gaps, [""], name, prior), { days: gap });
    count(house.gaps, [""], name);
  }
  const { country = null, network = null } = decision.place ?? {};
  let placeBits = 0;
  for (const [kind, place] of [
    ["network", network],
    ["country", country],
  ] as const) {
    if (place === null) continue;
    const key = `${kind} ${place}`;
    const own = state.places.has(key);
    const staff = memory.places.of(key, () => new Map());
    const sort = own ? "OWN" : staff.size >= STAFF_PLACE ? "STAFF" : "NEW";
    const groups = state.groups.map((each) => `${kind} ${each}`);
    const isFirst = state.places.get(key) !== day;
    if (!own) placeBits += bitsOf(house.places, groups, sort, PLACE_PRIORS[sort]);
    state.places.set(key, day);
    staff.set(id, day);
    if (isFirst) count(house.places, groups, sort);
  }
  if (placeBits > 0) say("NEW_PLACE", placeBits, { network: network ?? "", country: country ?? "" });
  if (country !== null) {
    const elsewhere = state.countries.find(([at, other]) => decision.at - at < TRAVEL_MS && other !== country);
    if (elsewhere !== undefined) say("TWO_COUNTRIES", TWO_COUNTRIES_BITS, { from: elsewhere[1], to: country });
    state.countries.push([decision.at, country]);
    if (state.countries.length > 3) state.countries.shift();
  }
  const bin = Math.floor((decision.at % (24 * HOUR_MS)) / (2 * HOUR_MS));
  const ownBits = -Math.log2(((state.hours[bin] ?? 0) + 1) / (state.hours.reduce((sum, n) => sum + n, 0) + 12));
  const hourBits = Math.min(ownBits, bitsOf(house.hours, state.groups, String(bin), 1 / 12)) - 2;
  if (hourBits > 3) {
    today.hours += Math.min(4, hourBits - 3) / 2;
    say("NEW_HOUR", today.hours, { hour: bin * 2 });
  }
  state.hours[bin] = (state.hours[bin] ?? 0) + 1;
  count(house.hours, state.groups, String(bin), 0.5);
  if (decision.purposeOfUse !== null) {
    const bits = bitsOf(house.purposes, state.groups, decision.purposeOfUse, 0.02);
    if (bits > 6) say("NEW_PURPOSE", bits, { value: decision.purposeOfUse });
    count(house.purposes, state.groups, decision.purposeOfUse);
  }
}

const shown = ({ today }: PersonState, id: string): readonly string[] =>
  withNewest((today?.lately ?? []).map(([, each]) => each).slice(-10), id);
