import { isServedAsPatient } from "../../decisions/servedAsPatient.ts";
import type { WatchedDecision } from "../watchedDecision.ts";
import { closeClientDay, closePersonDay, countClient, countCrowd, countNetwork, countPerson } from "./count.ts";
import { facts } from "./facts.ts";
import { type ClientState, type Memory, newMemory, type PersonDay, type PersonState } from "./memory.ts";
import { newOfClient, newOfPerson } from "./newness.ts";
import { pair } from "./pair.ts";
import { closeWeek, note, questionsAt, rateOf } from "./rates.ts";
import { engineOf, isFact, type ReasonCode } from "./reasons.ts";
import { ALL, fade } from "./shares.ts";
import type { Group, Sight, Sign } from "./sign.ts";
import { dayOf, KEPT_DAYS, weekOf } from "./time.ts";

/** How what the engines say is weighed. */
export interface WatchSettings {
  /** Questions a week; null: one for 30 people, at least one. */
  readonly alertsPerWeek: number | null;
  /** By what bits are multiplied, of reasons that count more or less than they come. */
  readonly weights: { readonly [code in ReasonCode]?: number };
  /** Those that are shown and open nothing; as a part of a look they add nothing. */
  readonly shadow: readonly ReasonCode[];
}

/** Three are shipped: houses differ in these least, and their own history shows them last. */
const SHIPPED: WatchSettings["weights"] = { FAMILY_OR_SELF: 1.5, VIP: 1.5 };

const DEFAULTS: WatchSettings = { alertsPerWeek: null, weights: {}, shadow: [] };

/** What an engine says at the decision that makes it rare. */
export interface Spoken extends Sign {
  /** Groups a week that were so strange or stranger here. A fact has none. */
  readonly rate: number | null;
  /** Whether it is one of the questions that the budget has room for. */
  readonly opens: boolean;
  readonly isShadow: boolean;
  readonly at: number;
  readonly position: number;
}

/** That somebody gave a role or a scope to whoever they are, or that policy or directory changed. */
type PolicyNews =
  | {
      readonly kind: "GIVEN";
      readonly at: number;
      readonly author: string;
      readonly subject: string | null;
      readonly clientId: string | null;
      readonly gives: string;
    }
  | { readonly kind: "CHANGED"; readonly at: number };

export interface Watch {
  readonly memory: Memory;
  /** The next decision of the journal. */
  take(decision: WatchedDecision): readonly Spoken[];
  policy(news: PolicyNews): void;
  /** Whatever happened then: the clock goes on, and what is too old goes. */
  advance(at: number): void;
}

export const groupKey = ({ id, kind }: Group): string => `${kind} ${id}`;

const PEOPLE_A_QUESTION = 30;

const newPersonDay = (day: number): PersonDay => ({
  ...{ day, patients: new Map(), unexplained: new Map(), emergencies: new Map(), denied: new Map() },
  ...{ lately: [], burst: 0, hours: 0, said: new Map() },
});

const newPerson = (day: number): PersonState => ({
  ...{ since: day, seen: day, works: "", unit: null, groups: [ALL], today: null, counts: {}, held: {} },
  ...{ pairs: new Map(), traits: new Map(), places: new Map(), hours: [], countries: [], given: [0, 0] },
});

const newClient = (day: number): ClientState => ({
  ...{ since: day, seen: day, days: 0, news: 0, today: null, known: new Map(), counts: new Map() },
  ...{ held: new Map(), probed: new Map() },
});

/** Whoever is served as a patient is no staff. */
const isStaff = ({ purposeOfUse, scopesUsed: scopes, subject }: WatchedDecision): boolean =>
  subject !== null && !isServedAsPatient({ purposeOfUse, scopes, subject });

/** Of the staff's role: in the organization and unit, in all, and all. */
const groupsOf = ({ organization, roles, unit }: WatchedDecision): readonly string[] => {
  const role = roles[0] ?? "*";
  return [`${role}@${organization ?? ""}/${(unit ?? "").replace(/-\d+$/, "")}`, role, ALL];
};

export function createWatch(settings: WatchSettings = DEFAULTS, memory: Memory = newMemory()): Watch {
  const weights = { ...SHIPPED, ...settings.weights };
  const shadow = new Set(settings.shadow);
  const weightOf = (code: ReasonCode): number =>
    engineOf(code) === "PAIR" && shadow.has(code) ? 0 : (weights[code] ?? 1);
  const { house } = memory;

  const size = (): number => memory.people.size + memory.clients.size;
  const budget = (): number =>
    settings.alertsPerWeek ?? Math.max(1, (house.rates.closed.at(-1)?.size ?? memory.people.size) / PEOPLE_A_QUESTION);

  function endDay(day: number): void {
    const oldest = day - KEPT_DAYS;
    /** Whether something went. */
    const old = (days: Map<string, number>): boolean => {
      const before = days.size;
      for (const [key, on] of days) if (on < oldest) days.delete(key);
      return days.size < before;
    };
    for (const [id, state] of memory.people.entries()) {
      if (state.seen < oldest) memory.people.delete(id);
      else {
        if (state.today !== null && state.today.day < day) closePersonDay(house, state);
        old(state.places);
        for (const [patient, { days }] of state.pairs) if ((days.at(-1) ?? 0) < day - 35) state.pairs.delete(patient);
        memory.people.change(id);
      }
    }
    for (const [id, state] of memory.clients.entries())
      if (state.seen < oldest) memory.clients.delete(id);
      else if (old(state.known)) memory.clients.change(id);
    for (const [id, state] of memory.patients.entries()) {
      if (state.seen < day - 8) memory.patients.delete(id);
      else
        for (const [who, [on]] of state.viewers)
          if (day - on > 8) {
            state.viewers.delete(who);
            memory.patients.change(id);
          }
    }
    for (const [id, state] of memory.networks.entries()) {
      if (state.seen < oldest) memory.networks.delete(id);
      else if (old(state.accounts)) memory.networks.change(id);
    }
    for (const [place, staff] of memory.places.entries()) {
      if (old(staff)) memory.places.change(place);
      if (staff.size === 0) memory.places.delete(place);
    }
    house.given = house.given.filter(([, , at]) => dayOf(at) >= oldest);
  }

  function endWeek(week: number): void {
    closeWeek(house.rates, week, memory.people.size);
    for (const shares of [
      house.looks,
      house.traits,
      house.company,
      house.toward,
      house.places,
      house.hours,
      house.purposes,
      house.gaps,
    ])
      fade(shares);
    house.week = week;
  }

  /** The clock goes on: what is over is learnt. */
  function onDay(at: number): number {
    const day = dayOf(at);
    if (day <= house.day) return house.day;
    const week = weekOf(day);
    if (house.day === 0) {
      house.rates.week = week;
      house.week = week;
    } else {
      endDay(day);
      if (week > house.week) endWeek(week);
    }
    house.day = day;
    return day;
  }

  return {
    memory,
    advance: (at) => void onDay(at),
    policy(news) {
      if (news.kind === "CHANGED") {
        house.changedAt = Math.max(house.changedAt, news.at);
        return;
      }
      house.changedAt = Math.max(house.changedAt, news.at);
      const { at, author, clientId, gives, subject } = news;
      if (subject === author) house.given.push([author, gives, at]);
      else if (clientId !== null) house.given.push([`client ${clientId} by ${author}`, gives, at]);
    },
    take(decision) {
      const day = onDay(decision.at);
      const week = house.week;
      const spoken: Spoken[] = [];
      const client = memory.clients.of(decision.clientId, () => newClient(day));
      let clientGap: number | null = null;
      if (client.today === null || client.today.day < day) {
        closeClientDay(house, client);
        clientGap = client.days === 0 ? null : day - client.seen;
        client.days++;
        client.seen = day;
        client.today = {
          ...{ day, count: 0, asItself: 0, hour: 0, inHour: 0, denied: new Set(), denials: 0 },
          ...{ ids: [], deniedIds: [], news: new Map(), said: new Map() },
        };
      }
      let person: Sight["person"] = null;
      let personGap: number | null = null;
      if (isStaff(decision) && decision.subject !== null) {
        const id = `${decision.subject.type}/${decision.subject.id}`;
        const state = memory.people.of(id, () => newPerson(day));
        const works = `${decision.roles[0] ?? "*"} ${decision.unit} ${decision.organization}`;
        if (state.works !== works && (decision.roles.length > 0 || state.works === "")) {
          state.works = works;
          state.unit = decision.unit;
          state.groups = groupsOf(decision);
        }
        if (state.today === null || state.today.day < day) {
          closePersonDay(house, state);
          personGap = day === state.seen ? null : day - state.seen;
          state.seen = day;
          state.today = newPersonDay(day);
        }
        person = { id, state };
      }
      const sight: Sight = {
        ...{ decision, memory, day, week, person, client, weightOf },
        say(sign) {
          const key = groupKey(sign.group);
          const code = sign.as ?? sign.code;
          const fact = isFact(sign.code);
          const isShadow = shadow.has(sign.code);
          const rate = fact ? null : rateOf(house.rates, code, { bits: sign.bits, size: size() });
          if (rate !== null && !isShadow) note(house.rates, { bits: sign.bits, code, group: key, rate });
          spoken.push({
            ...sign,
            ...{ rate, at: decision.at, position: decision.position, isShadow },
            opens: !isShadow && (rate === null || questionsAt(house.rates, rate) <= budget()),
          });
        },
      };
      facts(sight);
      newOfClient(sight, clientGap);
      countClient(sight);
      const reached = decision.outcome === "ALLOW" && decision.kind === "ACCESS" ? decision.patients.slice(0, 100) : [];
      if (person === null) {
        if (decision.subject !== null) countNetwork(sight);
        return spoken;
      }
      if (decision.kind !== "ACCESS") return spoken;
      newOfPerson(sight, personGap);
      for (const patient of reached) pair(sight, patient);
      countPerson(sight, reached);
      for (const patient of reached) if (patient.explanation === null) countCrowd(sight, patient);
      return spoken;
    },
  };
}
