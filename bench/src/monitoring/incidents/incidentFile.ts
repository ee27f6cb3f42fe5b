import { type Members, Reader } from "../../../../src/domain/kernel/reader.ts";
import { DAYS } from "../hospital/calendar.ts";
import { ROLE_SCOPES } from "../hospital/clients.ts";
import type { StaffRole } from "../hospital/types.ts";
import { DOSES, type Dose, type IncidentKind } from "./incident.ts";
import { INCIDENTS } from "./plant.ts";

/** One of a hospital's kinds, at a dose. */
export interface KnownIncident {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly dose: Dose;
  /** Null: any. */
  readonly day: number | null;
}

/** Somebody of the staff: by the id, or the number-th of a role, and of a unit where one is named. */
export type StaffSelector =
  | { readonly id: string }
  | { readonly role: StaffRole; readonly unit: string | null; readonly number: number };

const PATIENTS = ["SELF", "RELATIVE", "COLLEAGUE", "VIP", "STRANGER", "OWN_UNIT"] as const;
/** A patient: by the id, or the number-th of those who are this to who looks. */
export type PatientSelector =
  | { readonly id: string }
  | { readonly of: (typeof PATIENTS)[number]; readonly number: number };

const OUTCOMES = ["ALLOW", "DENY"] as const;

/** One access, or `count` of them. */
export interface WrittenAccess {
  readonly day: number;
  /** Minutes since midnight. */
  readonly minute: number;
  readonly client: string;
  /** Null: the client acts for itself. */
  readonly staff: StaffSelector | null;
  readonly patient: PatientSelector;
  readonly action: string;
  readonly resourceType: string;
  readonly purpose: string | null;
  readonly scopes: readonly string[] | null;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly place: { readonly network: string; readonly autonomousSystem: number; readonly country: string } | null;
  readonly count: number;
  readonly everySeconds: number;
  /** Whether each of `count` is about another patient: the next number. */
  readonly eachAnother: boolean;
}

/** What somebody else has thought of. */
export interface WrittenIncident {
  readonly id: string;
  readonly kind: string;
  readonly bad: boolean;
  readonly snooping: boolean;
  readonly accesses: readonly WrittenAccess[];
}

export interface IncidentFile {
  /** Whether what looks like an incident and is none is there too. */
  readonly harmless: boolean;
  readonly known: readonly KnownIncident[];
  readonly written: readonly WrittenIncident[];
}

/** Reads with the names of what is expected, and refuses what it does not know: a member that is overlooked would judge something else. */
class FileReader extends Reader {
  members(value: unknown, path: string, names: readonly string[]): Members {
    const members = this.object(value, path) ?? {};
    for (const name of Object.keys(members))
      if (!names.includes(name)) this.problem(`${path}.${name}`, `is unknown; there are ${names.join(", ")}`);
    return members;
  }
  list(value: unknown, path: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.problem(path, "must be an array");
    return [];
  }
  whole(value: unknown, path: string, [least, most]: readonly [number, number], otherwise: number | null): number {
    if (value === undefined && otherwise !== null) return otherwise;
    const fine = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
    if (!fine) this.problem(path, `must be a whole number from ${least} to ${most}`);
    return fine ? value : least;
  }
  oneOf<T extends string>(value: unknown, path: string, names: readonly T[], otherwise?: T): T {
    if (value === undefined && otherwise !== undefined) return otherwise;
    const found = names.find((name) => name === value);
    if (found === undefined) this.problem(path, `must be one of ${names.join(", ")}`);
    return found ?? (names[0] as T);
  }
  flag(value: unknown, path: string, otherwise: boolean): boolean {
    return value === undefined ? otherwise : (this.boolean(value, path) ?? otherwise);
  }
}

function readStaff(reader: FileReader, value: unknown, path: string): StaffSelector {
  const given = reader.members(value, path, ["id", "role", "unit", "number"]);
  if (given.id !== undefined) return { id: reader.string(given.id, `${path}.id`) ?? "" };
  return {
    role: reader.oneOf(given.role, `${path}.role`, Object.keys(ROLE_SCOPES) as StaffRole[]),
    unit: reader.optionalString(given.unit, `${path}.unit`),
    number: reader.whole(given.number, `${path}.number`, [0, 10_000], 0),
  };
}

function readPatient(reader: FileReader, value: unknown, path: string): PatientSelector {
  const given = reader.members(value, path, ["id", "of", "number"]);
  if (given.id !== undefined) return { id: reader.string(given.id, `${path}.id`) ?? "" };
  return {
    of: reader.oneOf(given.of, `${path}.of`, PATIENTS),
    number: reader.whole(given.number, `${path}.number`, [0, 10_000], 0),
  };
}

function readMinute(reader: FileReader, value: unknown, path: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(reader.string(value, path) ?? "") ?? [];
  if (hours === undefined) reader.problem(path, "must be a time such as 14:05");
  return Number(hours ?? 0) * 60 + Number(minutes ?? 0);
}

function readPlace(reader: FileReader, value: unknown, path: string): WrittenAccess["place"] {
  if (value === undefined) return null;
  const given = reader.members(value, path, ["network", "autonomousSystem", "country"]);
  return {
    network: reader.string(given.network, `${path}.network`) ?? "",
    autonomousSystem: reader.whole(given.autonomousSystem, `${path}.autonomousSystem`, [0, 2 ** 32 - 1], null),
    country: reader.string(given.country, `${path}.country`) ?? "",
  };
}

const ACCESS = {
  day: true,
  time: true,
  client: true,
  staff: true,
  patient: true,
  action: true,
  resourceType: true,
  purpose: true,
  scopes: true,
  outcome: true,
  place: true,
  count: true,
  everySeconds: true,
  eachAnother: true,
} satisfies Record<Exclude<keyof WrittenAccess, "minute"> | "time", true>;

function readAccess(reader: FileReader, value: unknown, path: string): WrittenAccess {
  const given = reader.members(value, path, Object.keys(ACCESS));
  return {
    day: reader.whole(given.day, `${path}.day`, [0, DAYS - 1], null),
    minute: readMinute(reader, given.time, `${path}.time`),
    client: reader.optionalString(given.client, `${path}.client`) ?? "ehr",
    staff: given.staff === undefined ? null : readStaff(reader, given.staff, `${path}.staff`),
    patient: readPatient(reader, given.patient, `${path}.patient`),
    action: reader.optionalString(given.action, `${path}.action`) ?? "read",
    resourceType: reader.optionalString(given.resourceType, `${path}.resourceType`) ?? "Observation",
    purpose: reader.optionalString(given.purpose, `${path}.purpose`),
    scopes: reader.optionalStrings(given.scopes, `${path}.scopes`),
    outcome: reader.oneOf(given.outcome, `${path}.outcome`, OUTCOMES, "ALLOW"),
    place: readPlace(reader, given.place, `${path}.place`),
    count: reader.whole(given.count, `${path}.count`, [1, 10_000], 1),
    everySeconds: reader.whole(given.everySeconds, `${path}.everySeconds`, [1, 86_400], 30),
    eachAnother: reader.flag(given.eachAnother, `${path}.eachAnother`, false),
  };
}

/** What is planted instead of the standard incidents. @throws ScopewardenError BAD_USER_INPUT with every problem and its place */
export function readIncidentFile(value: unknown): IncidentFile {
  const reader = new FileReader();
  const file = reader.members(value, "file", ["version", "harmless", "incidents"]);
  reader.whole(file.version, "version", [1, 1], null);
  const known: KnownIncident[] = [];
  const written: WrittenIncident[] = [];
  const ids = new Set<string>();
  for (const [i, one] of reader.list(file.incidents, "incidents").entries()) {
    const path = `incidents[${i}]`;
    const own = reader.object(one, path) ?? {};
    const id = reader.string(own.id, `${path}.id`) ?? "";
    if (ids.has(id)) reader.problem(`${path}.id`, "stands twice");
    ids.add(id);
    if (own.accesses === undefined) {
      const given = reader.members(one, path, ["id", "kind", "dose", "day"]);
      const kind = reader.oneOf(given.kind, `${path}.kind`, Object.keys(INCIDENTS) as IncidentKind[]);
      const last = DAYS - 1 - INCIDENTS[kind].days;
      const day = given.day === undefined ? null : reader.whole(given.day, `${path}.day`, [0, last], null);
      known.push({ id, kind, dose: reader.oneOf(given.dose, `${path}.dose`, DOSES, "MEDIUM"), day });
      continue;
    }
    const given = reader.members(one, path, ["id", "kind", "bad", "snooping", "accesses"]);
    const accesses = reader
      .list(given.accesses, `${path}.accesses`)
      .map((access, n) => readAccess(reader, access, `${path}.accesses[${n}]`));
    if (accesses.length === 0) reader.problem(`${path}.accesses`, "must have at least one");
    written.push({
      id,
      kind: reader.optionalString(given.kind, `${path}.kind`) ?? id,
      bad: reader.flag(given.bad, `${path}.bad`, true),
      snooping: reader.flag(given.snooping, `${path}.snooping`, false),
      accesses,
    });
  }
  const harmless = reader.flag(file.harmless, "harmless", true);
  reader.check();
  return { harmless, known, written };
}
