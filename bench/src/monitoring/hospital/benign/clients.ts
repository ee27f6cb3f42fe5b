import { DAYS, HOUR, MINUTE, startOf, timeOf } from "../calendar.ts";
import { BILLING, LAB_SYSTEM, PHARMACY, SCHEDULING, SYSTEM_CLIENTS, type SystemClient, WAREHOUSE } from "../clients.ts";
import { refused, systemDecision } from "../decisions.ts";
import { scaleOf } from "../population.ts";
import type { GroundDecision, Label } from "../types.ts";
import type { Behaviour, BenignStage } from "./behaviour.ts";

const OTHER: Label = { kind: "RIGHTFUL", documented: null };
/** Those that act for themselves all the time. */
const BUSY: readonly SystemClient[] = [LAB_SYSTEM, PHARMACY, BILLING, SCHEDULING, WAREHOUSE];
const CARRIER = ["100.127.0.0/24", "100.127.1.0/24"].map((network) => ({
  network,
  autonomousSystem: 64505,
  country: "NL",
}));
const SORTS = ["AllergyIntolerance", "Immunization", "Procedure", "Device", "Location", "Appointment", "Encounter"];

/** Days, with fractions, on which something happens that happens so often in 28 days. */
function moments({ fixed }: BenignStage, name: string, a28: number): number[] {
  const random = fixed.fork(name);
  return Array.from({ length: random.poisson((a28 * DAYS) / 28) }, () => random.next() * DAYS).sort((a, b) => a - b);
}
const elapsed = (day: number): number => startOf(0) + day * 24 * HOUR;

/** What a client has asked for in addition since its releases, by a time. */
function released(stage: BenignStage, { id, scopes }: SystemClient, until: number): string[] {
  const level = (scopes[0] ?? "system/").split("/")[0];
  return moments(stage, `release/${id}`, stage.rates.releases)
    .map((day, i) => ({ day, scope: `${level}/${SORTS[(i * 3 + id.length) % SORTS.length]}.rs` }))
    .filter(({ day, scope }) => elapsed(day) <= until && !scopes.includes(scope))
    .map(({ scope }) => scope);
}

/** Releases, failovers, new keys and carriers change what clients do anyway. */
export const clientsLive: Behaviour = (stage, { decisions: ordinary }) => {
  const { rates, fixed, random, day, hospital } = stage;
  const outages = moments(stage, "failovers", rates.failovers / 3).map((from, i) => ({
    from: elapsed(from),
    until: elapsed(from) + fixed.fork(`failover/${i}`).between(4, 36) * HOUR,
    place: { network: `203.0.${114 + (i % 2)}.0/24`, autonomousSystem: 64497, country: i % 3 === 2 ? "BE" : "NL" },
  }));
  const keys = new Map(
    SYSTEM_CLIENTS.map(({ id }) => [id, moments(stage, `keys/${id}`, rates.newKeys / 3).map(elapsed)]),
  );
  const extra = new Map(SYSTEM_CLIENTS.map((client) => [client.id, released(stage, client, startOf(day))]));
  const byCarrier = (id: string): boolean => fixed.fork(`carrier/${id}`).chance(rates.carrier);
  const base = ordinary.map((one) => {
    const more = extra.get(one.clientId);
    if (more === undefined) return one;
    const turned = (keys.get(one.clientId) ?? []).filter((at) => at <= one.at).length;
    const outage =
      one.subject === null ? outages.find(({ from, until }) => from <= one.at && one.at < until) : undefined;
    const isCarried = one.subject?.type === "patient" && rates.carrier > 0 && byCarrier(one.subject.id);
    return {
      ...one,
      callerId: turned === 0 ? one.callerId : `${one.callerId}-${turned + 1}`,
      scopesAsked: more.length === 0 ? one.scopesAsked : [...(one.scopesAsked ?? []), ...more],
      ...(outage !== undefined && { place: outage.place }),
      ...(isCarried && { place: CARRIER[one.subject.id.length % CARRIER.length] ?? one.place }),
    };
  });
  // What is new is used, too.
  const decisions = BUSY.flatMap((client) =>
    (extra.get(client.id) ?? []).flatMap((scope) =>
      random
        .some(hospital.people.patients, random.between(3, 15) * scaleOf(hospital.people))
        .map((patient) =>
          systemDecision(
            { at: timeOf(day, 6 + random.next() * 14), client, label: OTHER, random },
            { action: "read", resourceType: (scope.split("/")[1] ?? "").split(".")[0] ?? "", patient },
            { scopesAsked: [...client.scopes, scope] },
          ),
        ),
    ),
  );
  return { decisions, base };
};

/** A client does again what was lost, at an hour at which it never runs. */
export const backloads: Behaviour = (stage) => {
  const { hospital, random, rates, day } = stage;
  const decisions: GroundDecision[] = [];
  for (const moment of moments(stage, "backloads", rates.backloads)) {
    if (Math.floor(moment) !== day) continue;
    const client = random.pick(BUSY);
    const [scope = ""] = client.scopes;
    const [resourceType = "", letters = ""] = (scope.split("/")[1] ?? "").split(".");
    const action = letters.includes("s") ? "search" : "create";
    for (const patient of random.some(hospital.people.patients, random.between(200, 900) * scaleOf(hospital.people)))
      decisions.push(
        systemDecision(
          { at: elapsed(moment) + random.below(2 * HOUR), client, label: OTHER, random },
          { action, resourceType, patient },
        ),
      );
  }
  return { decisions };
};

/** After a release or a change of role something is refused some times, until it is put right. */
export const denials: Behaviour = ({ rates, random }, { decisions: ordinary }) => {
  const able = ordinary.filter(({ kind, patients }) => kind === "ACCESS" && patients.length > 0);
  const decisions: GroundDecision[] = [];
  for (let n = random.poisson(rates.denials); n > 0 && able.length > 0; n--) {
    const like = random.pick(able);
    let at = like.at + MINUTE;
    for (let i = random.between(3, 10); i > 0; i--) {
      decisions.push(refused({ ...like, at }, random.chance(0.6) ? "SCOPE_DOES_NOT_COVER" : "NO_MATCHING_RULE"));
      at += random.between(2, 40) * 1000;
    }
  }
  return { decisions };
};
