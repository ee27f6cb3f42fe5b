import { clientOf, EVERYBODY, subjectOf } from "../baselines/entities.ts";
import { lastSeen } from "../baselines/seen.ts";
import { told } from "../baselines/sentence.ts";
import type { NetworkPlace, WatchedDecision } from "../watchedDecision.ts";
import { defineDetector } from "./defineDetector.ts";
import { type Known, noveltyOf, type Value } from "./novelty.ts";

/** Places that are known of each kind of entity. */
const MOST_KNOWN = { SUBJECT: 20, CLIENT: 150, ROLE: 280, PATIENT: 1 } as const;
/** How much less a place means where others come from it. */
const KNOWN_TO_OTHERS = 1 / 3;

type Part = "country" | "autonomousSystem" | "network";
/** The most telling first. */
const PARTS = {
  country: { said: "from the country", weight: 1 },
  autonomousSystem: { said: "from the autonomous system", weight: 0.5 },
  network: { said: "from the network", weight: 0.2 },
} as const satisfies { readonly [part in keyof NetworkPlace]: object };

const PART_NAMES = Object.keys(PARTS) as readonly Part[];

/** So surprising a country is that of a key in other hands, where the client acts as itself: no person travels with it. */
const STOLEN = 0.75;

type Name = "days" | "networkDays" | "points";
type PlaceValue = Value & { readonly part: Part; readonly text: string };

function valuesOf(
  place: NetworkPlace | null,
  { days, networkDays }: { readonly [name in Name]: number },
): readonly PlaceValue[] {
  if (place === null) return [];
  const values: PlaceValue[] = [];
  for (const part of PART_NAMES) {
    const value = place[part];
    if (value === null) continue;
    const text = String(value);
    values.push({ key: part + text, part, text, days: part === "network" ? networkDays : days });
  }
  return values;
}

const hasPlace = ({ place }: WatchedDecision): boolean =>
  place !== null && (place.network !== null || place.autonomousSystem !== null || place.country !== null);

/** A client or a person comes from a network, an autonomous system or a country that is new. */
export const newNetworkOrCountry = defineDetector<Known, Name>({
  code: "NEW_NETWORK_OR_COUNTRY",
  title: "Came from a new network or country",
  compares:
    "The network, the autonomous system and the country of an allowed request, with those of the client and of the person within some days, with how often they have new ones, and with where others come from.",
  parameters: {
    days: {
      default: 90,
      minimum: 7,
      maximum: 400,
      description: "Days for which a country and an autonomous system are remembered.",
    },
    networkDays: { default: 30, minimum: 7, maximum: 400, description: "Days for which a network is remembered." },
    points: {
      default: 80,
      minimum: 0,
      maximum: 100,
      description:
        "Points of a new country that nobody else comes from; of an autonomous system a half, of a network a fifth. A client that acts as itself, and hardly ever comes from anywhere new, has 100 for such a country.",
    },
  },
  entitiesOf(decision) {
    if (decision.outcome !== "ALLOW" || !hasPlace(decision)) return [];
    const subject = subjectOf(decision);
    return subject === null ? [clientOf(decision), EVERYBODY] : [clientOf(decision), subject, EVERYBODY];
  },
  alsoReads: (decision) => (decision.outcome === "ALLOW" && hasPlace(decision) ? [EVERYBODY] : []),
  observe({ entity, own, decision, parameters, peer }) {
    const values = valuesOf(decision.place, parameters);
    const { known, news, isYoung, surprise, every } = noveltyOf({ own, values, decision }, MOST_KNOWN[entity.kind]);
    const first = values.find(({ key }) => news.some((each) => each.key === key));
    // What everybody has is for comparison alone.
    if (first === undefined || entity.kind === "ROLE") return { baseline: known, unusual: null };
    const others = peer(EVERYBODY);
    const isKnown = others !== null && lastSeen(others.seen, first.key) !== null;
    const isStolen = decision.subject === null && first.part === "country" && !isKnown && surprise >= STOLEN;
    const points = isStolen
      ? 100
      : parameters.points * PARTS[first.part].weight * surprise * (isKnown ? KNOWN_TO_OTHERS : 1);
    const who = entity.kind === "CLIENT" ? entity.id : "This person";
    return {
      baseline: known,
      unusual: {
        severity: isYoung ? "INFO" : isStolen ? "HIGH" : points >= 40 ? "MEDIUM" : "LOW",
        points,
        sentence: `${who} came ${PARTS[first.part].said} ${first.text} for the first time in ${told(first.days)} days${isKnown ? ", as others do" : ", and nobody else does"}; there is something new about every ${told(every)} days.`,
      },
    };
  },
});
