import { groupBy } from "../../../../src/domain/kernel/groupBy.ts";
import type { Random } from "../random.ts";
import type { Patient, Rota, Staff, StaffRole } from "./types.ts";
import type { Size } from "./world.ts";

const WARDS = Array.from({ length: 12 }, (_, i) => `ward-${i + 1}`);
const CLINICS = Array.from({ length: 4 }, (_, i) => `clinic-${i + 1}`);
export const EMERGENCY = "emergency";
export const LAB = "lab";
export const THERAPY = "therapy";
export const CODING = "coding";
export const QUALITY = "quality";
export const IT = "it";

const VIP_SHARE = 0.004;
const SENSITIVE_SHARE = 0.06;

type Establishment = readonly (readonly [units: readonly string[], StaffRole, count: number, Rota])[];
/** Who works where. */
const HOSPITAL: Establishment = [
  [WARDS, "nurse", 11, "SHIFTS"],
  [WARDS, "physician", 4, "DAYS"],
  [WARDS, "clerk", 1, "OFFICE"],
  [[EMERGENCY], "nurse", 18, "SHIFTS"],
  [[EMERGENCY], "physician", 10, "SHIFTS"],
  [[EMERGENCY], "clerk", 4, "SHIFTS"],
  [CLINICS, "physician", 5, "OFFICE"],
  [CLINICS, "nurse", 4, "OFFICE"],
  [CLINICS, "clerk", 2, "OFFICE"],
  [[LAB], "technician", 14, "SHIFTS"],
  [[THERAPY], "therapist", 12, "OFFICE"],
  [[CODING], "coder", 8, "OFFICE"],
  [[QUALITY], "auditor", 3, "OFFICE"],
  [[IT], "admin", 3, "OFFICE"],
];

const CLINIC: Establishment = [
  [["clinic-1"], "physician", 4, "OFFICE"],
  [["clinic-1"], "nurse", 4, "OFFICE"],
  [["clinic-1"], "clerk", 3, "OFFICE"],
  [[IT], "admin", 1, "OFFICE"],
];
const EVERYWHERE: readonly StaffRole[] = ["pharmacist", "infectionControl", "dischargePlanner", "palliative"];

/** Wards, clinics, staff; patients, of whom those from a number on are children. */
const SIZES = {
  HOSPITAL: { wards: WARDS, clinics: CLINICS, establishment: HOSPITAL, patients: 12_000, childrenFrom: 9_000 },
  CLINIC: { wards: [], clinics: ["clinic-1"], establishment: CLINIC, patients: 2_400, childrenFrom: 1_800 },
} as const satisfies Record<Size, object>;

export interface Population {
  readonly wards: readonly string[];
  readonly clinics: readonly string[];
  readonly staff: readonly Staff[];
  readonly staffOf: ReadonlyMap<string, readonly Staff[]>;
  readonly patients: readonly Patient[];
  readonly patient: (id: string) => Patient;
  /** Patients who are staff themselves: they are admitted like others. */
  readonly records: ReadonlyMap<string, Staff>;
}

/** How large it is beside a hospital. */
export const scaleOf = ({ patients }: Pick<Population, "patients">): number =>
  patients.length / SIZES.HOSPITAL.patients;

/** Everybody, with households and relatives; `everywhere` people whose patients are on all wards come on top. */
export function populate(random: Random, size: Size = "HOSPITAL", everywhere = 0): Population {
  const { wards, clinics, establishment, patients: count, childrenFrom } = SIZES[size];
  const beside: Establishment = Array.from({ length: everywhere }, (_, i) => {
    const role = EVERYWHERE[i % EVERYWHERE.length] ?? "pharmacist";
    return [[role], role, 1, "OFFICE"];
  });
  const patients: Patient[] = [];
  for (let i = 0; i < count; i++) {
    // Children live with somebody who may speak for them; a household has two adults on average.
    const child = i >= childrenFrom;
    const household = child ? `household-${random.below(childrenFrom / 2)}` : `household-${Math.floor(i / 2)}`;
    const vip = random.chance(VIP_SHARE);
    patients.push({
      id: `patient-${i}`,
      household,
      vip,
      sensitive: random.chance(SENSITIVE_SHARE),
      represents: [],
    });
  }
  const living = groupBy(patients, ({ household }) => household);
  const speakers = patients.map((patient, i): Patient => {
    if (i >= childrenFrom || i % 2 === 1) return patient;
    const children = (living.get(patient.household) ?? []).filter(({ id }) => Number(id.slice(8)) >= childrenFrom);
    return children.length === 0 ? patient : { ...patient, represents: children.map(({ id }) => id) };
  });

  const staff: Staff[] = [];
  // Every tenth adult patient may be staff; their relatives are their household and one who lives elsewhere.
  const own = random.some(
    speakers.slice(0, childrenFrom).filter(({ vip }) => !vip),
    400,
  );
  for (const [units, role, count, rota] of [...establishment, ...beside])
    for (const unit of units)
      for (let i = 0; i < count; i++) {
        const self = own[staff.length];
        if (self === undefined) throw new Error("more staff than people");
        const home = (living.get(self.household) ?? []).filter(({ id }) => id !== self.id);
        const elsewhere = random.pick(speakers);
        const relatives = [...new Set([...home.map(({ id }) => id), elsewhere.id])].filter((id) => id !== self.id);
        const id = `staff-${staff.length}`;
        staff.push({ id, role, unit, rota, household: self.household, relatives, patientRecord: self.id });
      }
  const byId = new Map(speakers.map((patient) => [patient.id, patient]));
  return {
    wards,
    clinics,
    staff,
    staffOf: groupBy(staff, ({ unit }) => unit),
    patients: speakers,
    patient: (id) => {
      const patient = byId.get(id);
      if (patient === undefined) throw new Error(`there is no ${id}`);
      return patient;
    },
    records: new Map(staff.map((person) => [person.patientRecord, person])),
  };
}
