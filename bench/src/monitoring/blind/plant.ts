/**
 * A second set of incidents, written by somebody who had read neither what watches nor the first set, from what is public of
 * privacy commissioners' decisions, indictments and security reports. Nothing is tuned on it: it is run when a change is done.
 */
import { DAYS, SCORED_FROM } from "../hospital/calendar.ts";
import type { Hospital } from "../hospital/rightful.ts";
import type { Staff } from "../hospital/types.ts";
import type { PlantedStory } from "../incidents/incident.ts";
import type { Random } from "../random.ts";
import { ACCOUNTS } from "./accountKinds.ts";
import { CLIENTS } from "./clientKinds.ts";
import { LOOKING } from "./lookingKinds.ts";
import type { BlindKind } from "./stage.ts";

const KINDS: Readonly<Record<string, BlindKind>> = { ...LOOKING, ...ACCOUNTS, ...CLIENTS };

/** From few to many in even steps of proportion, so that small doses are as frequent as large ones. */
const doseOf = ({ dose: [least, most] }: BlindKind, random: Random): number =>
  Math.round(least * (most / least) ** random.next());

function actorOf({ people, plan }: Hospital, { roles }: BlindKind, random: Random, taken: ReadonlySet<string>): Staff {
  const able = people.staff.filter(
    ({ id, role, unit, relatives }) =>
      !taken.has(id) &&
      (roles ?? ["nurse"]).includes(role) &&
      relatives.length > 0 &&
      (people.staffOf.get(unit) ?? []).length > 1 &&
      relatives.every((one) => one !== plan.celebrity.patient),
  );
  return random.pick(able.length > 0 ? able : people.staff.filter(({ relatives }) => relatives.length > 0));
}

/** Kinds in an order of the seed; ten seeds have each about as often. */
function* kindsFrom(seed: number, random: Random): Generator<string> {
  const names = Object.keys(KINDS);
  const offset = (seed * 7) % names.length;
  const turned = [...names.slice(offset), ...names.slice(0, offset)];
  // A step that has no factor in common with the number of kinds goes through all of them.
  for (let i = random.below(5); ; i++) yield turned[(i * 11) % turned.length] as string;
}

/** One or two incidents a week of the scored weeks, each with something that looks like it: a third of either sort is by one of the same. */
export function blindStories(hospital: Hospital, seed: number, random: Random): PlantedStory[] {
  const stories: PlantedStory[] = [];
  const taken = new Set<string>();
  const kinds = kindsFrom(seed, random);
  let nth = seed;
  for (let week = SCORED_FROM / 7; week < DAYS / 7; week++)
    for (let n = random.between(1, 2); n > 0; n--, nth++) {
      const name = kinds.next().value as string;
      const kind = KINDS[name] as BlindKind;
      const own = random.fork(`${week}-${n}-${name}`);
      const person = actorOf(hospital, kind, own, taken);
      taken.add(person.id);
      const other = actorOf(hospital, kind, own, taken);
      taken.add(other.id);
      // Who has a relation and who has a question open go round apart, so that some have both.
      const covered = kind.roles !== null && nth % 2 === 0;
      const questioned = Math.floor(nth / 2) % 3 === 0;
      const latest = DAYS - 2 - kind.days;
      const day = Math.min(week * 7 + own.below(5), Math.max(SCORED_FROM, latest));
      const id = `blind-${week}-${n}-${name}`;
      const alikeDay = questioned
        ? day - own.between(2, 5)
        : SCORED_FROM + own.below(Math.max(1, latest - SCORED_FROM));
      stories.push({
        story: { id, bad: true, kind: name, dose: null, snooping: kind.snooping && !covered },
        ...kind.plant(
          { hospital, random: own.fork("bad"), day, label: { kind: "INCIDENT", id }, covered, person },
          doseOf(kind, own),
        ),
      });
      const alike = `${id}-alike`;
      stories.push({
        story: { id: alike, bad: false, kind: `like ${name}`, dose: null, snooping: false },
        ...kind.plantLookAlike(
          {
            hospital,
            random: own.fork("alike"),
            day: alikeDay,
            label: { kind: "HARMLESS", id: alike },
            covered: false,
            person: questioned ? person : other,
          },
          doseOf(kind, own),
        ),
      });
    }
  return stories;
}
