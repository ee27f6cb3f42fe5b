import { countedAs, countsAlone } from "../../domain/decisions/countedAs.ts";
import { mergeFacts } from "../../domain/decisions/mergeFacts.ts";
import { patientsOfDecision } from "../../domain/decisions/patientsOfDecision.ts";
import type { AccessRecord, AccessRequest, DecisionRecord, GrantRequest } from "../../domain/decisions/types.ts";
import { directoryOf } from "../../domain/directory/directory.ts";
import type { EntityRef } from "../../domain/directory/entity.ts";
import { PATIENT_TYPE } from "../../domain/kernel/patientId.ts";
import { consentQuestion, isAskedWhy, isAsPatient, roleUsed } from "../../domain/monitoring/explanations/accessesOf.ts";
import {
  COLLEAGUE_DAYS,
  explainByRecord,
  explainByRelation,
  NOTHING_ON_RECORD,
} from "../../domain/monitoring/explanations/explainPatient.ts";
import type { Explanation } from "../../domain/monitoring/explanations/explanation.ts";
import {
  isUnderCare,
  type KnownEntity,
  type PatientAccess,
  patientRelation,
  unitOf,
} from "../../domain/monitoring/explanations/patientAccess.ts";
import { type ExplainedAccess, SeenBefore } from "../../domain/monitoring/explanations/seenBefore.ts";
import type { NetworkPlace, WatchedDecision, WatchedPatient } from "../../domain/monitoring/watchedDecision.ts";
import { watchedDecisionOf } from "../../domain/monitoring/watchedDecisionOf.ts";
import { DAY_MS } from "../../domain/policy/use.ts";
import type { RecordedAct } from "../../domain/record/acts.ts";
import { withParameters } from "../database/dialect.ts";
import { countedTo, followAgain } from "../journal/archivedTo.ts";
import { type Batch, type Consumer, type ReadBatch, readingOnly } from "../journal/consumer.ts";
import { type Addition, explainedAdditionsOf } from "../journal/rollup/additions.ts";
import { addToRollup } from "../journal/rollup/addToRollup.ts";
import { createDirectoryThen, type DirectoryThen } from "./directoryThen.ts";
import { createGroundsThen } from "./groundsThen.ts";
import { onRecordThen } from "./onRecordThen.ts";
import { createRolesThen, type RolesThen } from "./rolesThen.ts";
import { watchedAccessOf, watchedSql, watchedValues } from "./watchedAccessTables.ts";

export const WATCHING = "watching";
/** What is done with the decisions of a batch, in their order, and written in the transaction in which they are explained. */
export interface WatchStep {
  /** What takes the decisions, and answers with what is to be written, as data alone. Null: nothing looks at them. */
  begin(batch: ReadBatch): Promise<((decisions: readonly WatchedDecision[]) => Promise<unknown>) | null>;
  write(batch: Batch, taken: unknown): Promise<void>;
  /** As of a consumer. */
  undone(): void;
}

/** What a step has read, and how it explains it. */
interface WatchedStep {
  /** The revision of the directory after it; null: it is as it was. */
  readonly directoryRevision: number | null;
  /** The accesses as `watched_access` gets them; null: there are none. */
  readonly values: string | null;
  /** Those that are to be counted. */
  readonly additions: readonly Addition[];
  /** What `WatchStep` has of them. */
  readonly taken: unknown;
}

/** One access of one patient, on its way to an explanation. */
interface Asked {
  readonly access: PatientAccess;
  explanation: Explanation | null;
}

/** One decision, with what was known when it was made. */
interface Seen {
  readonly record: DecisionRecord;
  readonly position: number;
  readonly directoryRevision: number;
  readonly request: AccessRequest | GrantRequest;
  readonly person: KnownEntity | null;
  readonly roles: readonly string[];
  readonly unit: string | null;
  readonly patients: readonly { readonly id: string; readonly asked: Asked | null }[];
}

interface Placed {
  readonly record: DecisionRecord;
  readonly position: number;
  readonly directoryRevision: number;
}

/** The revision of the directory that stands at a position of the journal. */
interface DirectoryAt {
  readonly position: number;
  readonly revision: number;
}

/** The decisions of a batch, each with the revision of the directory that stood before it in the journal. */
async function readBatch(
  batch: ReadBatch,
  known: DirectoryAt | null,
): Promise<{ readonly placed: readonly Placed[]; readonly from: number; readonly to: number }> {
  const { acts, after, select } = batch;
  const isKnown = known?.position === after;
  const [row] = isKnown ? [known] : await select('SELECT "revision" FROM watched_directory', []);
  const from = Number(row?.revision ?? 0);
  let to = from;
  const placed: Placed[] = [];
  for (const act of acts) {
    if (act.kind !== "DIRECTORY" && act.kind !== "DECISION") continue;
    const { kind, position, record } = act.recorded() as Extract<RecordedAct, { kind: "DIRECTORY" | "DECISION" }>;
    if (kind === "DIRECTORY") to = record.revision;
    // Of what was erased nothing can be explained or found; it was, before, and what is left of that stays.
    else if (record.erased === undefined && countsAlone(countedAs(record)))
      placed.push({ record, position, directoryRevision: to });
  }
  return { placed, from, to };
}

function refsOf({ record }: Placed): readonly EntityRef[] {
  const { subject } = record.request;
  const resource = record.kind === "ACCESS" ? record.request.resource : null;
  return [
    ...(subject === null ? [] : [{ type: subject.type, id: subject.id }]),
    ...(resource === null || resource.id === null ? [] : [{ type: resource.type, id: resource.id }]),
    ...patientsOfDecision(record).map((id) => ({ type: PATIENT_TYPE, id })),
  ];
}

/** What was known of one decision, and how far relations explain it. */
function seenOf({ record, position, directoryRevision }: Placed, then: DirectoryThen, rolesOf: RolesThen): Seen {
  const { subject } = record.request;
  const find = (type: string, id: string | null) => (id === null ? null : then.entity({ type, id }, directoryRevision));
  const person = subject === null ? null : find(subject.type, subject.id);
  const on = record.kind === "ACCESS" ? record.request.resource : null;
  const resource = on === null ? null : find(on.type, on.id);
  const known = [person, resource].filter((entity) => entity !== null);
  const request =
    known.length === 0 ? record.request : mergeFacts(directoryOf(known, directoryRevision), record.request).request;
  const roles = rolesOf(request, { revision: record.policyRevision, time: record.decidedAt });
  const unit = unitOf(person);
  const why = isAskedWhy(record);
  const asPatient = why && isAsPatient(record);
  const role = roleUsed(record) ?? (roles.length === 1 ? (roles[0] ?? null) : null);
  const patients = patientsOfDecision(record).map((id) => {
    if (!why || subject === null) return { id, asked: null };
    const access: PatientAccess = {
      at: record.decidedAt,
      person: { type: subject.type, id: subject.id },
      patient: id,
      role,
      organization: "resource" in request ? request.resource.organization : null,
      asPatient,
      known: { person, resource, patient: find(PATIENT_TYPE, id) },
    };
    return { id, asked: { access, explanation: explainByRelation(access) } };
  });
  return { record, position, directoryRevision, request, person, roles, unit, patients };
}

const consentsNamed = ({ facts = [] }: DecisionRecord) =>
  facts.flatMap((fact) => (fact.kind === "CONSENT" ? [{ id: fact.id, version: fact.version }] : []));

const unexplainedOf = (seen: readonly Seen[]) =>
  seen.flatMap((one) => one.patients.flatMap(({ asked }) => (asked?.explanation === null ? [{ asked, one }] : [])));

/** What is on record of those that no relation explains: emergencies, access requests and consents. */
async function explainFromRecord(batch: ReadBatch, seen: readonly Seen[]): Promise<void> {
  const open = unexplainedOf(seen);
  if (open.length === 0) return;
  const unexplained = open.map(({ asked: { access }, one }) => ({ access, consents: consentsNamed(one.record) }));
  const then = await onRecordThen(batch, unexplained);
  for (const [i, { asked, one }] of open.entries()) {
    const { access } = asked;
    const newest = then.consents(unexplained[i]?.consents ?? []);
    asked.explanation = explainByRecord(access, {
      ...NOTHING_ON_RECORD,
      breakGlasses: then.breakGlasses(access.patient),
      accessRequests: then.accessRequests(access.person),
      consents:
        newest.length === 0
          ? null
          : {
              newest: newest.filter(({ patient }) => patient === access.patient),
              question: consentQuestion(one.record as AccessRecord, one.request as AccessRequest, {
                patient: access.patient,
                person: one.person,
                roles: one.roles,
              }),
            },
    });
  }
}

/** What accesses before the batch say of those in it. */
async function loadBefore(
  { dialect, select }: ReadBatch,
  seen: readonly Seen[],
  { colleagueDays, units }: { readonly colleagueDays: number; readonly units: boolean },
): Promise<SeenBefore> {
  const before = new SeenBefore();
  const sql = watchedSql(dialect);
  const colleagues = new Map<string, readonly unknown[]>();
  for (const { asked, one } of unexplainedOf(seen)) {
    const { at, patient, person, role } = asked.access;
    if (one.unit === null || role === null) continue;
    const values = [patient, one.unit, role, person.type, person.id, at - colleagueDays * DAY_MS];
    const key = JSON.stringify(values.slice(0, 5));
    // Of several accesses the earliest is the one that looks back farthest.
    if (!colleagues.has(key) || Number(colleagues.get(key)?.[5]) > Number(values[5])) colleagues.set(key, values);
  }
  if (colleagues.size > 0)
    for (const row of await select(sql.colleagues, [JSON.stringify([...colleagues.values()])]))
      before.add(watchedAccessOf(row));
  const pairs = new Map(
    seen.flatMap(({ patients, unit }) =>
      units && unit !== null ? patients.map(({ id }) => [JSON.stringify([id, unit]), [id, unit]] as const) : [],
    ),
  );
  if (pairs.size > 0)
    for (const row of await select(sql.units, [JSON.stringify([...pairs.values()])]))
      if (row.at !== null) before.noteUnit({ patient: String(row.patient), unit: String(row.unit) }, Number(row.at));
  return before;
}

function watchedPatient(
  { directoryRevision, person, record, unit }: Seen,
  { asked, id }: Seen["patients"][number],
  { before, then }: { readonly before: SeenBefore; readonly then: DirectoryThen },
): WatchedPatient {
  const { subject } = record.request;
  const patient = then.entity({ type: PATIENT_TYPE, id }, directoryRevision);
  const underCare = isUnderCare(patient);
  return {
    id,
    explanation: asked?.explanation ?? null,
    relation:
      subject === null
        ? null
        : patientRelation(
            { known: { person, patient, resource: null }, patient: id, person: subject },
            then.peopleOf(id, directoryRevision),
          ),
    vip: patient?.properties?.vip === true,
    seenByUnit: before.seenByUnit({ patient: id, unit }, record.decidedAt),
    ...(underCare !== null && { underCare }),
  };
}

/**
 * Explains each access that was allowed to a person, and keeps and counts that, by what was known when it
 * was decided: the directory as it stood before the decision in the journal, the emergencies and access requests of its time, and the
 * consents that its record names. A few statements a batch. Who takes the decisions further is told besides by which young change of the
 * policy they were allowed, and in which emergency.
 */
export function createWatching({
  colleagueDays = COLLEAGUE_DAYS,
  placeOf = () => null,
  next,
}: {
  /** By how many days an access of a colleague may be earlier. */
  readonly colleagueDays?: number;
  /** Where an address is, as far as offline data says; absent: it is not known. */
  readonly placeOf?: (ipAddress: string) => NetworkPlace | null;
  /** Is told of all decisions of the batch, denials and grants too. */
  readonly next?: WatchStep;
} = {}): Consumer {
  const directoryThen = createDirectoryThen();
  const rolesThen = createRolesThen();
  const groundsThen = createGroundsThen();
  // Another instance may have gone on: then the next step begins elsewhere.
  let directory: DirectoryAt | null = null;
  return {
    name: WATCHING,
    undone() {
      directory = null;
      next?.undone();
    },
    async read(batch): Promise<WatchedStep> {
      const { from, placed, to } = await readBatch(batch, directory);
      directory = { position: batch.until, revision: to };
      const take = (await next?.begin(batch)) ?? null;
      const watched = take === null ? placed.filter(({ record }) => isAskedWhy(record)) : placed;
      const directoryRevision = to === from ? null : to;
      if (watched.length === 0) return { directoryRevision, values: null, additions: [], taken: null };
      const then = await directoryThen(batch, {
        refs: watched.flatMap(refsOf),
        ofPatients: take === null ? [] : watched.flatMap(({ record }) => patientsOfDecision(record)),
        from,
        to,
      });
      const revisions = watched.map(({ record: { policyRevision } }) => policyRevision);
      const rolesOf = await rolesThen(batch, {
        asking: watched.map(({ record }) => record.request),
        from: Math.min(...revisions),
        to: Math.max(...revisions),
      });
      const seen = watched.map((each) => seenOf(each, then, rolesOf));
      await explainFromRecord(batch, seen);
      const before = await loadBefore(batch, seen, { colleagueDays, units: take !== null });
      const groundOf = take === null ? null : await groundsThen(readingOnly(batch), seen);
      const accesses: ExplainedAccess[] = [];
      const decisions: WatchedDecision[] = [];
      for (const one of seen) {
        const { position, record, request, roles, unit } = one;
        const own: ExplainedAccess[] = [];
        for (const { asked } of one.patients) {
          if (asked === null) continue;
          const { at, organization, patient, person, role } = asked.access;
          const colleague = before.colleague({ patient, role, unit }, { at, person, days: colleagueDays });
          asked.explanation ??= explainByRecord(asked.access, { ...NOTHING_ON_RECORD, colleague });
          const { clientId } = record.request;
          const { explanation } = asked;
          own.push({
            at,
            clientId,
            decisionId: record.id,
            explanation,
            organization,
            patient,
            person,
            position,
            role,
            unit,
          });
        }
        if (groundOf !== null) {
          const patients = one.patients.map((each) => watchedPatient(one, each, { before, then }));
          const address = record.request.context?.ipAddress ?? null;
          const place = address === null ? null : placeOf(address);
          decisions.push(
            watchedDecisionOf(record, { ...groundOf(record), patients, place, position, request, roles, unit }),
          );
        }
        for (const access of own) before.add(access);
        accesses.push(...own);
      }
      const values = accesses.length === 0 ? null : watchedValues(accesses);
      // Who changes this sends the follower back in the same transaction, so that a step which read the old one is not taken.
      const counted = await countedTo(batch, WATCHING);
      const additions = explainedAdditionsOf(accesses.filter(({ position }) => position > counted));
      return { directoryRevision, values, additions, taken: (await take?.(decisions)) ?? null };
    },
    async write(batch, { additions, directoryRevision, taken, values }: WatchedStep) {
      const { change, dialect } = batch;
      if (directoryRevision !== null)
        await change(withParameters(dialect, 'UPDATE watched_directory SET "revision" = ?'), [directoryRevision]);
      if (values !== null) await change(watchedSql(dialect).insert, [values]);
      await addToRollup(batch, additions);
      if (taken !== null) await next?.write(batch, taken);
    },
  };
}

const POSITION = `(SELECT f."position" FROM journal_follower AS f WHERE f."name" = '${WATCHING}')`;
/** Throws away what `watching` has derived, and sends it back to the journal's beginning. */
export const EMPTY_WATCHED: readonly string[] = [
  "DELETE FROM watched_access",
  // As it stood at the first act that is there.
  'UPDATE watched_directory SET "revision" = COALESCE((SELECT MAX("directory_revision") FROM journal_archive), 0)',
  // What people have judged since can't be found anew.
  `UPDATE watch_taken SET "position" = ${POSITION} WHERE "position" < ${POSITION}`,
  ...followAgain(WATCHING, ["EXPLAINED", "EXPLAINED_EVER"]),
];
