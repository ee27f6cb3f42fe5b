import type { Properties } from "../../../src/domain/directory/entity.ts";
import type { Explanation } from "../../../src/domain/monitoring/explanations/explanation.ts";
import type {
  PatientRelation,
  WatchedDecision,
  WatchedPatient,
  Widening,
} from "../../../src/domain/monitoring/watchedDecision.ts";
import { DAY } from "./hospital/calendar.ts";
import type { Fact, NumberedDecision } from "./hospital/types.ts";

/** What makes of a decision what watching sees, from what is known by then. */
export interface Watcher {
  learn(fact: Fact): void;
  watch(decision: NumberedDecision): WatchedDecision;
}

const COLLEAGUES_FOR = 7 * DAY;
const SEEN_FOR = 90 * DAY;

/** Properties of patients whom somebody treats. */
const TIED = ["unit", "departments", "careTeam", "appointments", "orders", "referrals"];

const WIDENED_FOR = 7 * DAY;

type FactOf<Kind extends Fact["kind"]> = Extract<Fact, { readonly kind: Kind }>;

function added<T>(lists: Map<string, T[]>, key: string, one: T): void {
  const known = lists.get(key);
  if (known === undefined) lists.set(key, [one]);
  else known.push(one);
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

interface Known {
  readonly properties: Properties;
  readonly since: number;
}

/** A second, plain way to explain accesses, written from the words of the contract alone: what the service's own is compared with. */
export function createNaiveWatcher(): Watcher {
  const entities = new Map<string, Known>();
  /** Whose record each patient's is, of the staff. */
  const staffRecords = new Set<unknown>();
  /** By subject. */
  const emergencies = new Map<string, FactOf<"EMERGENCY">[]>();
  const widenings = new Map<string, FactOf<"WIDENING">[]>();
  /** By patient, role and unit: the last access that a relation explains, each by whom. */
  const byColleagues = new Map<string, Map<string, { readonly at: number; readonly id: string }>>();
  const seenBy = new Map<string, number>();

  function relationOf(
    person: { type: string; id: string },
    known: Known | undefined,
    patient: string,
  ): PatientRelation | null {
    if (person.type !== "user" || known === undefined) return null;
    if (known.properties.patientRecord === patient) return "SELF";
    if (list(known.properties.relatives).includes(patient)) return "RELATIVE";
    const household = known.properties.household;
    if (household !== undefined && entities.get(`Patient ${patient}`)?.properties.household === household)
      return "HOUSEHOLD";
    return staffRecords.has(patient) ? "COLLEAGUE" : null;
  }

  function byRelation(decision: NumberedDecision, known: Known | undefined, patientId: string): Explanation | null {
    const { subject } = decision;
    if (subject === null) return null;
    const patient = entities.get(`Patient ${patientId}`);
    const because = (kind: Explanation["kind"], since = patient?.since ?? decision.at): Explanation => ({
      kind,
      reference: `Patient/${patientId}`,
      since,
    });
    if (subject.type === "patient" && subject.id === patientId) return because("OWN_RECORD", decision.at);
    if (list(known?.properties.represents).includes(patientId)) return because("REPRESENTS", known?.since);
    if (patient === undefined) return null;
    const unit = known?.properties.unit;
    const names = (property: string): boolean => {
      const named = list(patient.properties[property]);
      return named.includes(subject.id) || (unit !== undefined && named.includes(unit));
    };
    if (names("careTeam")) return because("CARE_TEAM");
    if (names("appointments")) return because("APPOINTMENT");
    if (names("orders")) return because("ORDER");
    if (names("referrals")) return because("REFERRAL");
    return unit !== undefined && patient.properties.unit === unit ? because("SAME_UNIT") : null;
  }

  const openEmergency = ({ subject, at }: NumberedDecision, patient: string): FactOf<"EMERGENCY"> | undefined =>
    emergencies.get(subject?.id ?? "")?.find((one) => one.patient === patient && one.at <= at && at < one.endsAt);

  /** The newest widening of the week before that gave what the access was made with. */
  function widened({ subject, roles, at, outcome }: NumberedDecision): Widening | null {
    if (subject === null || outcome !== "ALLOW") return null;
    const given = widenings
      .get(subject.id)
      ?.findLast((one) => roles.includes(one.gives) && one.at <= at && at - one.at < WIDENED_FOR);
    return given === undefined ? null : { at: given.at, by: `${given.author.type}/${given.author.id}` };
  }

  function byOthers(decision: NumberedDecision, patient: string, group: string): Explanation | null {
    const { subject, at } = decision;
    if (subject === null) return null;
    const emergency = openEmergency(decision, patient);
    if (emergency !== undefined) return { kind: "BREAK_GLASS", reference: emergency.id, since: emergency.at };
    for (const [who, access] of byColleagues.get(`${patient} ${group}`) ?? [])
      if (who !== subject.id && at - access.at <= COLLEAGUES_FOR)
        return { kind: "COLLEAGUE", reference: access.id, since: access.at };
    return null;
  }

  return {
    learn(fact) {
      if (fact.kind === "EMERGENCY") added(emergencies, fact.subject.id, fact);
      if (fact.kind === "WIDENING" && fact.subject !== null) added(widenings, fact.subject.id, fact);
      if (fact.kind !== "ENTITY") return;
      const key = `${fact.type} ${fact.id}`;
      if (fact.properties === null) entities.delete(key);
      else entities.set(key, { properties: fact.properties, since: fact.at });
      if (fact.type === "user" && fact.properties?.patientRecord !== undefined)
        staffRecords.add(fact.properties.patientRecord);
    },
    watch(decision) {
      const { label: _, patients: ids, ...seen } = decision;
      const { subject, at } = decision;
      const known = subject === null ? undefined : entities.get(`${subject.type} ${subject.id}`);
      const unit = typeof known?.properties.unit === "string" ? known.properties.unit : null;
      const allowed = decision.outcome === "ALLOW" && decision.kind === "ACCESS";
      const group = `${decision.roles.join(" ")} ${unit}`;
      const patients = ids.map((id): WatchedPatient => {
        const related = allowed ? byRelation(decision, known, id) : null;
        const explanation = related ?? (allowed ? byOthers(decision, id, group) : null);
        const last = unit === null ? undefined : seenBy.get(`${unit} ${id}`);
        const seenByUnit = unit === null ? null : last !== undefined && at - last <= SEEN_FOR;
        // Only what a relation explains is ground for others; a team is one where there is a unit.
        if (related !== null && subject !== null && unit !== null) {
          const key = `${id} ${group}`;
          const accesses = byColleagues.get(key) ?? new Map<string, { readonly at: number; readonly id: string }>();
          byColleagues.set(key, accesses.set(subject.id, { at, id: decision.id }));
        }
        if (explanation !== null && unit !== null) seenBy.set(`${unit} ${id}`, at);
        const properties = entities.get(`Patient ${id}`)?.properties;
        return {
          id,
          explanation,
          relation: subject === null ? null : relationOf(subject, known, id),
          vip: properties?.vip === true,
          seenByUnit,
          ...(properties !== undefined && { underCare: TIED.some((property) => properties[property] !== undefined) }),
        };
      });
      const emergency = decision.breakGlass ? openEmergency(decision, ids[0] ?? "") : undefined;
      return {
        ...seen,
        unit,
        patients,
        widened: widened(decision),
        sunsets: [],
        emergency: emergency === undefined ? null : { id: emergency.id, reason: emergency.reason, overdueReviews: 0 },
      };
    },
  };
}
