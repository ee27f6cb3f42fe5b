import { createRandom } from "../../random.ts";
import { startOf } from "../calendar.ts";
import { staffEntity } from "../directory.ts";
import type { DayOfWork, Hospital } from "../rightful.ts";
import type { Fact } from "../types.ts";
import type { Rates } from "../world.ts";
import type { Behaviour, BenignStage } from "./behaviour.ts";
import { backloads, clientsLive, denials } from "./clients.ts";
import {
  colleaguesAndOwn,
  conferences,
  evenings,
  everywhere,
  floats,
  glass,
  unrecorded,
  wardLists,
  wrongPatients,
} from "./people.ts";

/** What changes the ordinary work comes first; each sees what is left by those before it. */
const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  unrecorded,
  clientsLive,
  colleaguesAndOwn,
  wardLists,
  evenings,
  everywhere,
  conferences,
  floats,
  glass,
  wrongPatients,
  backloads,
  denials,
};
/** The behaviours of one hospital; where all rates are 0 it changes nothing. */
export function benignWork(hospital: Hospital, rates: Rates, seed: number) {
  const root = createRandom(`hospital/${seed}/benign`);
  const isOn = Object.values(rates).some((rate) => rate > 0);
  const memory: BenignStage["memory"] = new Map();
  const unknown = new Map(
    hospital.people.staff.map((person) => {
      const random = root.fork(`known/${person.id}`);
      const relatives = person.relatives.filter(() => !random.chance(rates.lacking));
      return [person.id, { relatives, unit: random.chance(rates.lacking) ? null : person.unit }];
    }),
  );

  return {
    /** What the directory says of its people instead. */
    directory(fact: Fact): Fact {
      if (!isOn || fact.kind !== "ENTITY" || fact.type !== "user" || fact.properties === null) return fact;
      const known = unknown.get(fact.id);
      if (known === undefined) return fact;
      const { unit: _, ...properties } = fact.properties;
      const unit = known.unit === null ? null : fact.properties.unit;
      return {
        ...fact,
        properties: { ...properties, relatives: known.relatives, ...(unit !== null && unit !== undefined && { unit }) },
      };
    },
    day(day: number, ordinary: DayOfWork): DayOfWork {
      if (!isOn) return ordinary;
      let base = ordinary.decisions;
      const decisions = [];
      const ties = [...ordinary.ties];
      const facts: Fact[] = hospital.moves.flatMap(({ person, unit, until, knownFrom }) => [
        ...(knownFrom === day ? [staffEntity(person, startOf(day), unit)] : []),
        ...(knownFrom !== null && until === day ? [staffEntity(person, startOf(day))] : []),
      ]);
      for (const [name, behaviour] of Object.entries(BEHAVIOURS)) {
        const random = root.fork(`${name}/${day}`);
        const made = behaviour({ hospital, rates, day, memory, random, fixed: root.fork(name) }, { decisions: base });
        base = made.base ?? base;
        decisions.push(...made.decisions);
        ties.push(...(made.ties ?? []));
        facts.push(...(made.facts ?? []));
      }
      return { decisions: [...base, ...decisions], ties, facts };
    },
  };
}
