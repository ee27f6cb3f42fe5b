import type { WatchedPatient } from "../watchedDecision.ts";
import type { ClientDay, ClientState, HouseState, PersonDay, PersonMeasure, PersonState } from "./memory.ts";
import type { ReasonCode } from "./reasons.ts";
import { addDay, earlier, type Moments, type Ring, recently } from "./ring.ts";

import { isNews, MOST_SHOWN, type Sight } from "./sign.ts";
import { tailBits } from "./tail.ts";
import { targetOf } from "./target.ts";
import { weekday, weekOf } from "./time.ts";

const MINUTES_20 = 20 * 60_000;
const HOUR_MS = 3_600_000;

/** Peers weigh as much as so many own days; so many say how much days differ. */
const PEER_DAYS = 5;
const PEER_SPREAD = 10;
/** Fewer days of peers say nothing. */
const LEAST_PEERS = 20;
/** Of own days so many make a level a quarter of a year ago. */
const LEAST_EARLIER = 10;
/** Against peers somebody may be so much stranger than against own days, in bits. */
const PEER_ROOM = 4;
/** A day that stands out by more is not usual, until it has been for three weeks. */
const OUTSTANDING_BITS = 10;
const LEARNT_AFTER_DAYS = 21;
const LEARNT_OF = 8;

/** What is usual of somebody, for the sentence, and how rare a count is. */
interface Rarity {
  readonly bits: number;
  readonly usual: number;
}
const USUAL: Rarity = { bits: 0, usual: 0 };

function against(own: Moments, peers: Moments, value: number): Rarity {
  const mean = (own.mean * own.days + peers.mean * PEER_DAYS) / (own.days + PEER_DAYS);
  const spread = own.days > 3 ? own.variance : peers.variance;
  const variance = (spread * own.days + peers.variance * PEER_SPREAD) / (own.days + PEER_SPREAD);
  const bits = Math.min(tailBits(value, mean, variance), tailBits(value, peers.mean, peers.variance) + PEER_ROOM);
  return { bits, usual: mean };
}

/** How rare so many are against own days and those of peers, in the last weeks and a quarter of a year ago: the rarer speaks. */
function rarity(
  own: Ring | undefined,
  peers: Ring | undefined,
  { value, week }: { readonly value: number; readonly week: number },
): Rarity {
  const ofPeers = recently(peers ?? [], week);
  if (ofPeers.days < LEAST_PEERS) return USUAL;
  const now = against(recently(own ?? [], week), ofPeers, value);
  const before = earlier(own ?? [], week);
  const ofPeersBefore = earlier(peers ?? [], week);
  if (before.days < LEAST_EARLIER || ofPeersBefore.days < LEAST_PEERS) return now;
  const then = against(before, ofPeersBefore, value);
  return then.bits > now.bits ? then : now;
}

/** A day is over: what was usual about it is learnt; what stood out is held, and learnt once it has stood out for three weeks. */
function learn(
  { held, own, peers }: { own: Ring; peers: Ring | null; held: [from: number, values: number[]] | undefined },
  {
    bits,
    day,
    value,
    week,
  }: { readonly value: number; readonly bits: number; readonly day: number; readonly week: number },
): [from: number, values: number[]] | undefined {
  if (bits <= OUTSTANDING_BITS) {
    addDay(own, week, value);
    if (peers !== null) addDay(peers, week, value);
    return held !== undefined && day - held[0] <= 2 * LEARNT_AFTER_DAYS ? held : undefined;
  }
  const [from, values] = held ?? [day, []];
  const all = [...values, value].slice(-LEARNT_AFTER_DAYS);
  if (day - from < LEARNT_AFTER_DAYS || all.length < LEARNT_OF) return [from, all];
  for (const each of all) addDay(own, week, each);
  return undefined;
}

const peersOf = (house: HouseState, group: string, measure: string): Ring => ringOf(house.peers, `${measure} ${group}`);

/** Whose days somebody's are compared with: those of the group, or of its role, or of all, where there are enough. */
function peerRing(house: HouseState, groups: readonly string[], measure: string, week: number): Ring | undefined {
  for (const group of groups) {
    const ring = house.peers.get(`${measure} ${group}`);
    if (ring !== undefined && recently(ring, week).days >= LEAST_PEERS) return ring;
  }
  return undefined;
}

const CODES: { readonly [measure in PersonMeasure]: ReasonCode } = {
  PATIENTS: "MANY_PATIENTS",
  BURST: "MANY_IN_MINUTES",
  UNEXPLAINED: "MANY_UNEXPLAINED",
  DENIED: "MANY_DENIED",
  EMERGENCIES: "MANY_EMERGENCIES",
};
const MEASURES = Object.keys(CODES) as readonly PersonMeasure[];

const VALUE_OF: { readonly [measure in PersonMeasure]: (today: PersonDay) => number } = {
  PATIENTS: ({ patients }) => patients.size,
  BURST: ({ burst }) => burst,
  UNEXPLAINED: ({ unexplained }) => unexplained.size,
  DENIED: ({ denied }) => denied.size,
  EMERGENCIES: ({ emergencies }) => emergencies.size,
};

/** Ends the day of a person: each count is learnt, of the person and of their peers. */
export function closePersonDay(house: HouseState, state: PersonState): void {
  const { today } = state;
  if (today === null) return;
  const week = weekOf(today.day);
  for (const measure of MEASURES) {
    const value = VALUE_OF[measure](today);
    const own = state.counts[measure] ?? [];
    const { bits } = rarity(own, peerRing(house, state.groups, measure, week), { value, week });
    const held = learn({ own, peers: null, held: state.held[measure] }, { value, bits, day: today.day, week });
    state.counts[measure] = own;
    if (held === undefined) delete state.held[measure];
    else state.held[measure] = held;
    if (bits <= OUTSTANDING_BITS) for (const group of state.groups) addDay(peersOf(house, group, measure), week, value);
  }
  state.today = null;
}

function say(sight: Sight, measure: PersonMeasure, decisions: readonly string[]): void {
  const { memory, person, week, weightOf } = sight;
  const today = person?.state.today ?? null;
  if (person === null || today === null) return;
  const { state } = person;
  const value = VALUE_OF[measure](today);
  if (value < 2) return;
  const found = rarity(state.counts[measure], peerRing(memory.house, state.groups, measure, week), { value, week });
  const code = CODES[measure];
  const bits = found.bits * weightOf(code);
  if (!isNews(today.said, code, bits)) return;
  sight.say({
    ...{ code, bits, group: { kind: "SUBJECT", id: person.id } },
    numbers: { count: value, usual: Math.round(found.usual * 10) / 10 },
    decisions: decisions.slice(-MOST_SHOWN),
  });
}

/** What a person does in 20 minutes and in a day. */
export function countPerson(sight: Sight, reached: readonly WatchedPatient[]): void {
  const { decision, person } = sight;
  const today = person?.state.today;
  if (today === null || today === undefined) return;
  const { at, id } = decision;
  if (decision.outcome === "DENY") {
    const target = targetOf(decision);
    if (!today.denied.has(target)) {
      today.denied.set(target, id);
      say(sight, "DENIED", [...today.denied.values()]);
    }
    return;
  }
  while (today.lately.length > 0 && at - (today.lately[0]?.[0] ?? at) > MINUTES_20) today.lately.shift();
  today.lately.push([at, id]);
  if (today.lately.length > today.burst) {
    today.burst = today.lately.length;
    say(
      sight,
      "BURST",
      today.lately.map(([, decisionId]) => decisionId),
    );
  }
  let more = false;
  for (const { explanation, id: patient } of reached) {
    if (explanation?.kind === "BREAK_GLASS") {
      if (!today.emergencies.has(patient)) {
        today.emergencies.set(patient, id);
        say(sight, "EMERGENCIES", [...today.emergencies.values()]);
      }
    } else if (explanation === null && !today.unexplained.has(patient)) {
      today.unexplained.set(patient, id);
      say(sight, "UNEXPLAINED", [...today.unexplained.values()]);
    }
    more = true;
  }
  if (more)
    say(
      sight,
      "PATIENTS",
      today.lately.map(([, decisionId]) => decisionId),
    );
}

/** People of so many units look without reason at a patient, by chance. */
const CROWD = { mean: 0.6, variance: 0.9 } as const;

/** How many units looked at a patient without reason within some days. */
export function countCrowd(sight: Sight, { id }: WatchedPatient): void {
  const { memory, weightOf } = sight;
  const state = memory.patients.get(id);
  if (state === undefined) return;
  const units = new Set(state.crowd.map(([, from]) => from)).size;
  if (units < 2) return;
  const bits = tailBits(units, CROWD.mean, CROWD.variance) * weightOf("CROWD_AT_PATIENT");
  if (bits < 3 || bits <= state.said) return;
  state.said = bits;
  sight.say({
    ...{ code: "CROWD_AT_PATIENT", bits, group: { kind: "PATIENT", id } },
    numbers: { units, looks: state.crowd.length },
    decisions: state.crowd.map(([, , decision]) => decision).slice(-MOST_SHOWN),
  });
}

/** Own days of a network weigh against so many of this mean. */
const NEW_ACCOUNTS = { mean: 1.5, variance: 4, days: 3 } as const;
const LEAST_ACCOUNTS = 5;

/** How many accounts that are no staff's come from a network for the first time on one day. */
export function countNetwork(sight: Sight): void {
  const { day, decision, memory, week, weightOf } = sight;
  const network = decision.place?.network ?? null;
  if (network === null || decision.subject === null) return;
  const account = `${decision.subject.type}/${decision.subject.id}`;
  const state = memory.networks.of(network, () => ({
    seen: day,
    accounts: new Map(),
    counts: [],
    fresh: [day, []],
    said: 0,
  }));
  if (state.fresh[0] !== day) {
    addDay(state.counts, weekOf(state.fresh[0]), state.fresh[1].length);
    state.fresh = [day, []];
    state.said = 0;
  }
  state.seen = day;
  const isNew = !state.accounts.has(account);
  state.accounts.set(account, day);
  if (!isNew) return;
  state.fresh[1].push(decision.id);
  const count = state.fresh[1].length;
  if (count < LEAST_ACCOUNTS) return;
  const own = recently(state.counts, week);
  const mean = (own.mean * own.days + NEW_ACCOUNTS.mean * NEW_ACCOUNTS.days) / (own.days + NEW_ACCOUNTS.days);
  const bits = tailBits(count, mean, Math.max(NEW_ACCOUNTS.variance, own.variance)) * weightOf("CROWD_AT_NETWORK");
  if (bits < 3 || bits < state.said + 1) return;
  state.said = bits;
  sight.say({
    ...{ code: "CROWD_AT_NETWORK", bits, group: { kind: "NETWORK", id: network } },
    numbers: { count, usual: Math.round(mean * 10) / 10 },
    decisions: state.fresh[1].slice(-MOST_SHOWN),
  });
}

/** What a client does for others goes with what they do: it counts by its root. */
const FOR_OTHERS = 4;

const kindOfDay = (day: number): string => (weekday(day) >= 5 ? String(weekday(day)) : "w");
const slotOf = (hour: number): number => Math.floor((hour % 24) / 3);

function ringOf(counts: Map<string, Ring>, key: string): Ring {
  const ring = counts.get(key) ?? [];
  counts.set(key, ring);
  return ring;
}

/** Counts of a client, by what they are kept under, with what they come to. */
type ClientCount = readonly [key: string, peers: string, value: number];

function dayCounts(today: ClientDay): readonly ClientCount[] {
  const kind = kindOfDay(today.day);
  const peers = today.asItself * 2 > today.count ? "ITSELF" : "OTHERS";
  return [
    [`DAY ${kind}`, `CLIENT_DAY ${peers}`, today.count],
    ["DENIED", "CLIENT_DENIED", today.denied.size],
    ["DENIALS", "CLIENT_DENIALS", today.denials],
  ];
}

function learnClient(house: HouseState, state: ClientState, [key, peers, value]: ClientCount, day: number): void {
  const week = weekOf(day);
  const own = ringOf(state.counts, key);
  const ofPeers = ringOf(house.peers, peers);
  const { bits } =
    key === "DENIED" || key === "DENIALS"
      ? deniedRarity(house, state, { of: key, value, week })
      : rarity(own, ofPeers, { value, week });
  const held = learn({ own, peers: ofPeers, held: state.held.get(key) }, { value, bits, day, week });
  if (held === undefined) state.held.delete(key);
  else state.held.set(key, held);
}

/** Ends the hour of a client. */
function closeClientHour(house: HouseState, state: ClientState): void {
  const { today } = state;
  if (today === null || today.inHour === 0) return;
  const peers = today.asItself * 2 > today.count ? "ITSELF" : "OTHERS";
  const key = `HOUR ${kindOfDay(today.day)} ${slotOf(today.hour)}`;
  learnClient(house, state, [key, `CLIENT_HOUR ${peers}`, today.inHour], today.day);
  today.inHour = 0;
}

/** Ends the day of a client. */
export function closeClientDay(house: HouseState, state: ClientState): void {
  const { today } = state;
  if (today === null) return;
  closeClientHour(house, state);
  for (const each of dayCounts(today)) learnClient(house, state, each, today.day);
  state.today = null;
}

/** Clients are denied as differently as they are: one is compared with its own days, and with those of all while it has few. */
function deniedRarity(
  house: HouseState,
  { counts }: ClientState,
  { of, value, week }: { readonly of: "DENIED" | "DENIALS"; readonly value: number; readonly week: number },
): Rarity {
  const own = counts.get(of);
  const isKnown = recently(own ?? [], week).days >= LEAST_PEERS;
  return rarity(own, isKnown ? own : house.peers.get(`CLIENT_${of}`), { value, week });
}

/** What a client does in an hour and in a day, and what it is denied. */
export function countClient(sight: Sight): void {
  const { client, day, decision, memory, week, weightOf } = sight;
  const { today } = client;
  if (today === null || decision.kind !== "ACCESS") return;
  const { house } = memory;
  const hour = Math.floor(decision.at / HOUR_MS);
  if (hour > today.hour) {
    closeClientHour(house, client);
    today.hour = hour;
    today.said.delete("CLIENT_HOUR");
  }
  today.count++;
  today.inHour++;
  if (decision.subject === null) today.asItself++;
  today.ids.push(decision.id);
  if (today.ids.length > MOST_SHOWN) today.ids.shift();
  const asItself = today.asItself * 2 > today.count;
  const by = asItself ? 1 : FOR_OTHERS;
  const peers = asItself ? "ITSELF" : "OTHERS";
  const kind = kindOfDay(day);
  const tell = (
    code: "CLIENT_DAY" | "CLIENT_HOUR" | "CLIENT_DENIED",
    found: Rarity,
    value: number,
    ids: readonly string[],
  ): void => {
    const bits = found.bits * weightOf(code);
    if (!isNews(today.said, code, bits)) return;
    sight.say({
      ...{ code, bits, group: { kind: "CLIENT", id: decision.clientId } },
      numbers: { count: value, usual: Math.round(found.usual * 10) / 10 },
      decisions: ids.slice(-MOST_SHOWN),
    });
  };
  const scaled = ({ bits, usual }: Rarity, root: number): Rarity => ({ bits: bits / root, usual });
  const ofDay = rarity(client.counts.get(`DAY ${kind}`), house.peers.get(`CLIENT_DAY ${peers}`), {
    value: today.count,
    week,
  });
  tell("CLIENT_DAY", scaled(ofDay, by), today.count, today.ids);
  const inSlot = client.counts.get(`HOUR ${kind} ${slotOf(hour)}`);
  const ofHour = rarity(inSlot, house.peers.get(`CLIENT_HOUR ${peers}`), { value: today.inHour, week });
  tell("CLIENT_HOUR", scaled(ofHour, by), today.inHour, today.ids.slice(-Math.min(today.inHour, MOST_SHOWN)));
  if (decision.outcome === "ALLOW") return;
  today.denied.add(targetOf(decision));
  today.denials++;
  today.deniedIds.push(decision.id);
  if (today.deniedIds.length > MOST_SHOWN) today.deniedIds.shift();
  const targets = deniedRarity(house, client, { of: "DENIED", value: today.denied.size, week });
  const all = scaled(deniedRarity(house, client, { of: "DENIALS", value: today.denials, week }), 2);
  const found = targets.bits >= all.bits ? targets : all;
  tell("CLIENT_DENIED", found, found === targets ? today.denied.size : today.denials, today.deniedIds);
}
