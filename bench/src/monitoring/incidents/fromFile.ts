import { badInput } from "../../../../src/domain/kernel/errors.ts";
import { purposeOf } from "../../../../src/domain/scopes/purposes.ts";
import { MINUTE, startOf } from "../hospital/calendar.ts";
import { EHR, SYSTEM_CLIENTS, type SystemClient } from "../hospital/clients.ts";
import { refused, staffDecision, systemDecision } from "../hospital/decisions.ts";
import type { Hospital } from "../hospital/rightful.ts";
import type { GroundDecision, Patient, Staff } from "../hospital/types.ts";
import type { Random } from "../random.ts";
import { strange } from "./actors.ts";
import type { PlantedStory, Stage } from "./incident.ts";
import type { IncidentFile, PatientSelector, StaffSelector, WrittenAccess, WrittenIncident } from "./incidentFile.ts";
import { HARMLESS_KINDS, plantHarmless, plantIncident } from "./plant.ts";

const noSuch = (id: string, message: string) => badInput([{ path: `incident ${id}`, message }]);

function staffOf({ people }: Hospital, selector: StaffSelector, id: string): Staff {
  const able = people.staff.filter((person) =>
    "id" in selector
      ? person.id === selector.id
      : person.role === selector.role && (selector.unit === null || person.unit === selector.unit),
  );
  const person = able["id" in selector ? 0 : selector.number];
  if (person === undefined) throw noSuch(id, `names somebody whom this hospital has not: ${JSON.stringify(selector)}`);
  return person;
}

/** Those who are something to a person, in the order of the hospital. */
function patientsOf(
  stage: Stage,
  of: Exclude<PatientSelector, { readonly id: string }>["of"],
  person: Staff | null,
): readonly string[] {
  const { people, plan } = stage.hospital;
  const all = people.patients;
  const ids = (patients: readonly Patient[]): string[] => patients.map(({ id }) => id);
  if (of === "VIP") return ids(all.filter(({ vip }) => vip));
  if (person === null) return of === "STRANGER" ? ids(all) : [];
  if (of === "SELF") return [person.patientRecord];
  if (of === "RELATIVE") return person.relatives;
  if (of === "COLLEAGUE")
    return (people.staffOf.get(person.unit) ?? [])
      .filter(({ id }) => id !== person.id)
      .map(({ patientRecord }) => patientRecord);
  if (of === "OWN_UNIT") return plan.workOf(person.unit, stage.day);
  const near = new Set([...person.relatives, person.patientRecord, plan.celebrity.patient]);
  return ids(all.filter(({ id }) => !near.has(id) && strange(stage, person, id, 1)));
}

function decisionsOf(stage: Stage, access: WrittenAccess, id: string): GroundDecision[] {
  const { hospital, random, label } = stage;
  const { staff, patient: selector, action, resourceType, purpose, scopes, place, count } = access;
  const person = staff === null ? null : staffOf(hospital, staff, id);
  const client: SystemClient | undefined = SYSTEM_CLIENTS.find((one) => one.id === access.client);
  const among = "id" in selector ? [selector.id] : patientsOf(stage, selector.of, person);
  const first = "id" in selector ? 0 : selector.number;
  return Array.from({ length: count }, (_, i) => {
    const name = among[first + (access.eachAnother ? i : 0)];
    const patient = hospital.people.patients.find((one) => one.id === name);
    if (patient === undefined)
      throw noSuch(id, `names a patient whom this hospital has not: ${JSON.stringify(selector)}, the ${first + i}th`);
    const at = startOf(access.day) + access.minute * MINUTE + i * access.everySeconds * 1000;
    const deed = { action, resourceType, patient };
    const beside = {
      ...(purpose === null ? {} : { purposeOfUse: purposeOf(purpose) }),
      ...(scopes === null ? {} : { scopesAsked: scopes, scopesUsed: scopes }),
      ...(place === null ? {} : { place }),
    };
    const made =
      person === null
        ? systemDecision({ at, client: client ?? newClient(access.client), label, random }, deed, beside)
        : staffDecision({ at, person, label, random }, deed, {
            ...(access.client === EHR ? {} : { clientId: access.client }),
            ...beside,
          });
    return access.outcome === "DENY" ? refused(made, "NO_MATCHING_RULE") : made;
  });
}

/** One that the hospital does not have yet. */
const newClient = (id: string): SystemClient => ({
  id,
  callerId: `key-${id}`,
  scopes: ["system/Observation.rs"],
  purpose: "TREAT",
  place: { network: "203.0.113.0/24", autonomousSystem: 64497, country: "NL" },
});

function plantWritten(
  hospital: Hospital,
  random: Random,
  { id, kind, bad, snooping, accesses }: WrittenIncident,
): PlantedStory {
  const label = { kind: bad ? "INCIDENT" : "HARMLESS", id } as const;
  const decisions = accesses.flatMap((access) => decisionsOf({ hospital, random, day: access.day, label }, access, id));
  return { story: { id, bad, kind, dose: null, snooping }, decisions, facts: [] };
}

/** What a file asks for, in one hospital. @throws ScopewardenError BAD_USER_INPUT where the hospital has not whom it names */
export function storiesOf(file: IncidentFile, hospital: Hospital, random: Random): PlantedStory[] {
  const harmless = file.harmless
    ? HARMLESS_KINDS.map((kind) => plantHarmless(hospital, random.fork(kind), kind, kind))
    : [];
  return [
    ...harmless,
    ...file.known.map((one) => plantIncident(hospital, random.fork(one.id), one)),
    ...file.written.map((one) => plantWritten(hospital, random.fork(one.id), one)),
  ];
}
