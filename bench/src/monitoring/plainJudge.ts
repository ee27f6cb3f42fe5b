import type { WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, HOUR, MINUTE } from "./hospital/calendar.ts";
import type { Judge, Said } from "./score/judge.ts";

interface Rate {
  hour: number;
  /** The decisions of this hour, the first ones by their ids. */
  count: number;
  ids: string[];
  hours: number;
  sum: number;
  squares: number;
}
const SHOWN = 20;

/**
 * The plain rules that a log is usually watched with, as a yardstick: more in an hour than mean and three standard
 * deviations, a country that is new to a client, five denials in ten minutes, and whom the directory relates and does not explain.
 */
export function createPlainJudge(): Judge {
  const rates = new Map<string, Rate>();
  const countries = new Map<string, Set<string>>();
  const denials = new Map<string, { at: number; id: string }[]>();
  /** By rule and entity: when it was told; once a day is enough. */
  const told = new Map<string, number>();

  function frequency({ clientId, at, id }: WatchedDecision): readonly string[] | null {
    const hour = Math.floor(at / HOUR);
    const rate = rates.get(clientId) ?? { hour, count: 0, ids: [], hours: 0, sum: 0, squares: 0 };
    rates.set(clientId, rate);
    if (hour !== rate.hour) {
      rate.sum += rate.count;
      rate.squares += rate.count ** 2;
      rate.hours += hour - rate.hour;
      rate.hour = hour;
      rate.count = 0;
      rate.ids = [];
    }
    rate.count++;
    if (rate.ids.length < SHOWN - 1) rate.ids.push(id);
    if (rate.hours < 7 * 24) return null;
    const mean = rate.sum / rate.hours;
    const deviation = Math.sqrt(Math.max(0, rate.squares / rate.hours - mean ** 2));
    return rate.count > mean + 3 * deviation ? [...rate.ids, id] : null;
  }

  function newCountry({ clientId, place, id }: WatchedDecision): readonly string[] | null {
    const country = place?.country;
    if (country === null || country === undefined) return null;
    const known = countries.get(clientId);
    if (known?.has(country)) return null;
    countries.set(clientId, (known ?? new Set()).add(country));
    return known === undefined ? null : [id];
  }

  function denied({ clientId, subject, outcome, at, id }: WatchedDecision): readonly string[] | null {
    if (outcome !== "DENY") return null;
    const key = `${clientId} ${subject?.id}`;
    const last = (denials.get(key) ?? []).filter((one) => at - one.at < 10 * MINUTE);
    last.push({ at, id });
    denials.set(key, last);
    return last.length >= 5 ? last.map((one) => one.id) : null;
  }

  const related = ({ patients, id }: WatchedDecision): readonly string[] | null =>
    patients.some(({ explanation, relation, vip }) => explanation === null && (relation !== null || vip)) ? [id] : null;

  const RULES: readonly (readonly [string, (decision: WatchedDecision) => readonly string[] | null])[] = [
    ["new country", newCountry],
    ["related", (one) => (one.outcome === "ALLOW" && one.subject !== null ? related(one) : null)],
    ["denials", denied],
    ["frequency", frequency],
  ];

  return {
    take(decision) {
      const raised: Said[] = [];
      for (const [rate, [code, rule]] of RULES.entries()) {
        const decisions = rule(decision);
        if (decisions === null) continue;
        const group = code === "related" ? `user/${decision.subject?.id}` : decision.clientId;
        const key = `${code} ${group}`;
        if (decision.at - (told.get(key) ?? 0) < DAY) continue;
        told.set(key, decision.at);
        raised.push({ matter: group, group, code, rate, decisions });
      }
      return raised;
    },
  };
}
