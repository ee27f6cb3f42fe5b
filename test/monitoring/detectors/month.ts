import type { DetectorCode } from "../../../src/domain/monitoring/detectors/detector.ts";
import type { NetworkPlace, WatchedDecision } from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY, decision, explained, HOUR, MINUTE, patient, START } from "./watching.ts";

const MIDNIGHT = Math.floor(START / DAY) * DAY;
const hospital: NetworkPlace = { network: "192.0.2.0/24", autonomousSystem: 64_496, country: "CH" };
const away: NetworkPlace = { network: "203.0.113.0/24", autonomousSystem: 64_511, country: "BR" };
const STAFF = ["nina", "otto", "petra", "quinn", "rosa", "sami"];
const SCOPES = ["user/Observation.rs", "user/Condition.rs"];

/** Six weeks of a ward: six nurses, at work from Monday to Friday, each with ten patients, now and then one whom nothing explains. */
export function month(): readonly WatchedDecision[] {
  return Array.from({ length: 42 }, (_, day) => day)
    .filter((day) => day % 7 < 5)
    .flatMap((day) =>
      STAFF.flatMap((id, person) =>
        Array.from({ length: 10 }, (_, i) => {
          const unknown = i === 9 && (day + person) % 2 === 0;
          return decision({
            at: MIDNIGHT + day * DAY + (8 + (i % 8)) * HOUR + person * 7 * MINUTE + i * 1_000,
            subject: { type: "user", id },
            patients: [unknown ? patient(`unknown-${day}-${person}`) : explained(`known-${i}`)],
            place: hospital,
            scopesAsked: SCOPES,
            scopesUsed: [SCOPES[i % 2] ?? ""],
          });
        }),
      ),
    )
    .sort((a, b) => a.at - b.at);
}

const NEXT = MIDNIGHT + 42 * DAY + 10 * HOUR;
const one = (more: Partial<WatchedDecision>) => [
  decision({ at: NEXT, place: hospital, scopesAsked: SCOPES, scopesUsed: SCOPES, ...more }),
];
const many = (count: number, of: (i: number) => Partial<WatchedDecision>) =>
  Array.from({ length: count }, (_, i) => one({ at: NEXT + i * 1_000, ...of(i) })).flat();

/** What each detector is there to find, on the Monday after. */
export const incidents: { readonly [code in DetectorCode]: readonly WatchedDecision[] } = {
  BROADER_REQUEST: one({ scopesAsked: ["user/*.cruds"] }),
  NEW_SCOPE: one({ scopesUsed: ["export_all"] }),
  NEW_PURPOSE_OR_ORGANIZATION: one({ purposeOfUse: "HRESCH", organization: "elsewhere" }),
  NEW_NETWORK_OR_COUNTRY: one({ place: away }),
  FREQUENCY: many(400, () => ({})),
  MANY_PATIENTS: many(40, (i) => ({ patients: [patient(`victim-${i}`)] })),
  MANY_VIEWERS: many(12, (i) => ({
    subject: { type: "user", id: `curious-${i}` },
    unit: `ward-${i + 2}`,
    patients: [patient("celebrity")],
  })),
  UNRELATED_PATIENT: one({ patients: [patient("secret", { vip: true })], labels: ["V"] }),
  OWN_OR_RELATED_RECORD: one({ patients: [patient("cousin", { relation: "RELATIVE" })] }),
  DENIAL_BURST: many(12, (i) => ({
    outcome: "DENY",
    reasons: ["NO_MATCHING_RULE"],
    patients: [patient(`tried-${i}`)],
  })),
  PRIVILEGE_THEN_USE: one({ widened: { at: NEXT - HOUR, by: "user/nina" } }),
  DORMANT_CLIENT: one({ at: NEXT + 100 * DAY }),
  OFF_HOURS: one({ at: NEXT - 7 * HOUR, patients: [patient("by-night")] }),
  BREAK_GLASS_EXCESS: many(6, (i) => ({
    breakGlass: true,
    patients: [patient(`emergency-${i}`)],
    emergency: { id: `e-${i}`, reason: "x", overdueReviews: 0 },
  })),
  SUNSET_USE: one({ sunsets: [{ scope: "user/Observation.rs", endsAt: NEXT + 5 * DAY }] }),
};
