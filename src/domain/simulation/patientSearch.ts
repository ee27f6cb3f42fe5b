import type { Caller } from "../callers/types.ts";
import type { AccessRequest } from "../decisions/types.ts";
import type { Json } from "../kernel/canonical.ts";
import { badInput } from "../kernel/errors.ts";
import { PATIENT_TYPE, patientId, patientProblem } from "../kernel/patientId.ts";
import type { Sha256 } from "../kernel/ports.ts";
import type { ChangeFacts } from "../policy/apply.ts";
import type { ReadCondition } from "../policy/conditions.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { createAccessSearch, SearchPart } from "./accessSearch.ts";
import { type AsOf, factsAsOf } from "./factsAsOf.ts";
import { supposing } from "./hypothesis.ts";
import { patientAccess, type RowPlace } from "./patientAccess/patientAccess.ts";
import { type PersonPlace, type PersonWhoReaches, patientPeople } from "./patientAccess/people.ts";
import type { By } from "./patientAccess/places.ts";
import type { RowFilter } from "./patientAccess/rowQuestions.ts";
import type { PatientAccess } from "./patientAccess/rows.ts";
import { searchRecorder, withGathered } from "./search/onRecord.ts";
import { type Places, placesOf } from "./search/place.ts";

interface PatientAsked extends AsOf {
  /** An id, or `Patient/` and an id. */
  readonly patient: string;
  /** A change of the policy that is not made; none: no change. */
  readonly operations: readonly PolicyOperation[];
}

export interface PatientAccessAnswer {
  readonly policyRevision: number;
  /** Whether there are no more rows. */
  readonly complete: boolean;
  /** Where to go on; null: it is complete. */
  readonly endCursor: string | null;
  readonly rows: readonly { readonly access: PatientAccess; readonly cursor: string }[];
}

export interface PatientPeople {
  readonly policyRevision: number;
  /** Whether nobody is left. */
  readonly complete: boolean;
  /** Where to go on; null: it is complete. */
  readonly endCursor: string | null;
  readonly people: readonly PersonWhoReaches[];
}

/** Who could reach the data of a patient. That it was asked is on record before it is answered. All reject as those of `AccessSearch`. */
export interface PatientSearch {
  /** @throws ScopewardenError BAD_USER_INPUT */
  patientAccess(caller: Caller, asked: PatientAsked, part: SearchPart): Promise<PatientAccessAnswer>;
  /** The people of those rows. @throws ScopewardenError BAD_USER_INPUT */
  patientPeople(
    caller: Caller,
    asked: PatientAsked & { readonly filter: RowFilter },
    part: SearchPart,
  ): Promise<PatientPeople>;
}

/** @throws ScopewardenError BAD_USER_INPUT */
function readPatientId(value: string): string {
  const id = patientId(value);
  const problem = patientProblem(id);
  if (problem !== null) throw badInput([{ path: "patient", message: problem }]);
  return id;
}

/** Some access to the data of a patient. */
const ofPatient = (patient: string): AccessRequest => ({
  ...{ clientId: "-", subject: null, scopes: null, action: "read", purposeOfUse: null, context: null, requestId: null },
  resource: {
    ...{ type: PATIENT_TYPE, id: patient, patient, patients: null },
    ...{ organization: null, labels: null, attributes: null },
  },
});

const BY_KIND: Readonly<Record<string, By>> = { CLIENT: { kind: "CLIENT" }, ANYBODY: { kind: "ANYBODY" } };

const rowPlaces = (question: Json, sha256: Sha256): Places<RowPlace> =>
  placesOf<RowPlace>(question, {
    sha256,
    toTexts: ({ row, unit: { by, clientId } }) => [
      clientId,
      by.kind,
      by.kind === "ROLE" ? by.role : null,
      row === null ? null : String(row),
    ],
    of([clientId, kind, role, row]) {
      const by: By | undefined = typeof role === "string" ? { kind: "ROLE", role } : BY_KIND[kind ?? ""];
      const isRow = row === null || (typeof row === "string" && /^\d{1,9}$/.test(row));
      if (typeof clientId !== "string" || by === undefined || by.kind !== kind || !isRow) return null;
      return { unit: { clientId, by }, row: row === null || row === undefined ? null : Number(row) };
    },
  });

const personPlaces = (question: Json, sha256: Sha256): Places<PersonPlace> =>
  placesOf<PersonPlace>(question, {
    sha256,
    toTexts: ({ id, type }) => [type, id],
    of: ([type, id]) => (typeof type === "string" && typeof id === "string" ? { type, id } : null),
  });

/** Rows, and work, without a bound: all is done in turns. */
const ALL = Number.MAX_SAFE_INTEGER;

export function createPatientSearch(
  deps: Omit<Parameters<typeof createAccessSearch>[0], "limits"> & {
    readonly changeFacts: () => ChangeFacts;
    readonly readCondition: ReadCondition;
  },
): PatientSearch {
  const { askedBy, breathe, readCondition, sha256, snapshots, turns } = deps;
  const record = searchRecorder(deps);

  /** What is asked of one patient, and the act that says so. */
  async function ofRows(caller: Caller, asked: PatientAsked, field: string) {
    const { asOf = null, asOfRevision = null, operations } = asked;
    const patient = readPatientId(asked.patient);
    const { facts: now, gather } = await askedBy(caller);
    const base = await factsAsOf(now, { asOf, asOfRevision }, { snapshots, path: "" });
    const facts = await withGathered(base.facts, gather, ofPatient(patient));
    const then = await supposing({ facts, changeFacts: deps.changeFacts() }, operations, { breathe });
    const before = operations.length === 0 ? null : facts;
    const { revision } = base.facts.snapshot;
    const act = { field, at: now.now, baseRevision: revision, patients: [patient], operations };
    return {
      patient,
      revision,
      question: [field, patient, asOf, asOfRevision, operations as unknown as Json],
      deciding: { ...base, facts: then, before, readCondition, breathe, turns },
      recorded: () => record(caller, act),
    };
  }

  return {
    async patientAccess(caller, asked, { after, first }) {
      const { deciding, patient, question, recorded, revision } = await ofRows(caller, asked, "patientAccess");
      const places = rowPlaces(question, sha256);
      const place = after === null ? null : places.read(after);
      const page = await patientAccess(deciding, patient, { first, place });
      await recorded();
      return {
        policyRevision: revision,
        complete: page.next === null,
        endCursor: page.next === null ? null : places.textOf(page.next),
        rows: page.rows.map(({ access, place: at }) => ({ access, cursor: places.textOf(at) })),
      };
    },
    async patientPeople(caller, asked, { after, first }) {
      const { deciding, patient, question, recorded, revision } = await ofRows(caller, asked, "patientPeople");
      const { filter } = asked;
      const places = personPlaces([question, filter as unknown as Json], sha256);
      const place = after === null ? null : places.read(after);
      const page = { first: ALL, work: ALL, place: null };
      const found = await patientAccess({ ...deciding, before: null }, patient, page);
      const rows = found.rows.map(({ access }) => access);
      const { next, people } = await patientPeople(
        { ...deciding, isPast: deciding.isPast || asked.operations.length > 0 },
        { patient, rows, filter },
        { first, place },
      );
      await recorded();
      const endCursor = next === null ? null : places.textOf(next);
      return { policyRevision: revision, complete: next === null, endCursor, people };
    },
  };
}
