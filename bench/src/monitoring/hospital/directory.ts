import type { Properties } from "../../../../src/domain/directory/entity.ts";
import { ORGANIZATION } from "./clients.ts";
import type { Population } from "./population.ts";
import type { Fact, Patient, Staff, Tie, TieKind } from "./types.ts";

type EntityFact = Extract<Fact, { readonly kind: "ENTITY" }>;

export const staffEntity = (person: Staff, at: number, unit = person.unit): EntityFact => ({
  kind: "ENTITY",
  at,
  type: "user",
  id: person.id,
  properties: {
    organization: ORGANIZATION,
    unit,
    household: person.household,
    relatives: person.relatives,
    patientRecord: person.patientRecord,
  },
});

const TIES = {
  unit: true,
  careTeam: true,
  appointments: true,
  orders: true,
  referrals: true,
} satisfies Record<TieKind, true>;

/** What the directory says of a patient while these ties hold. */
function patientProperties({ household, vip }: Patient, ties: Iterable<Tie>): Properties {
  const properties: Record<string, string | boolean | readonly string[]> = { organization: ORGANIZATION, household };
  if (vip) properties.vip = true;
  const held = [...ties];
  for (const kind of Object.keys(TIES) as TieKind[]) {
    const names = [...new Set(held.filter((tie) => tie.kind === kind).map(({ who }) => who))].sort();
    // A patient lies in one unit: the one to which they came last.
    if (kind === "unit") {
      const last = held.filter((tie) => tie.kind === "unit").at(-1);
      if (last !== undefined) properties.unit = last.who;
    } else if (names.length > 0) properties[kind] = names;
  }
  return properties;
}

/** The directory as the hospital's systems keep it: which ties hold now. */
export function createDirectoryKeeper(people: Population) {
  const held = new Map<string, Set<Tie>>();
  return {
    /** A tie begins or ends; what the directory says of the patient from then on. */
    change(tie: Tie, holds: boolean, at: number): EntityFact {
      const ties = held.get(tie.patient) ?? new Set();
      if (holds) ties.add(tie);
      else ties.delete(tie);
      held.set(tie.patient, ties);
      const properties = patientProperties(people.patient(tie.patient), ties);
      return { kind: "ENTITY", at, type: "Patient", id: tie.patient, properties };
    },
    /** Everybody, as of the first moment. */
    *all(at: number): Generator<EntityFact> {
      for (const person of people.staff) yield staffEntity(person, at);
      for (const patient of people.patients) {
        yield {
          kind: "ENTITY",
          at,
          type: "Patient",
          id: patient.id,
          properties: patientProperties(patient, held.get(patient.id) ?? []),
        };
        if (patient.represents.length > 0)
          yield { kind: "ENTITY", at, type: "patient", id: patient.id, properties: { represents: patient.represents } };
      }
    },
  };
}
