import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import { patientsOf } from "../decisions/patientsOf.ts";
import type { AccessRequest } from "../decisions/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import { PATIENT_TYPE, patientId, patientProblem } from "../kernel/patientId.ts";
import type { Breathe, NewId, Sha256 } from "../kernel/ports.ts";
import type { Turns } from "../kernel/turns.ts";
import type { ChangeFacts } from "../policy/apply.ts";
import type { ReadCondition } from "../policy/conditions.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { type Act, simulationAct } from "../record/acts.ts";
import type { AskedBy, AskedFacts } from "./askedFacts.ts";
import { type AsOf, factsAsOf } from "./factsAsOf.ts";
import { supposing } from "./hypothesis.ts";
import { patientAccess, type RowPlace } from "./patientAccess/patientAccess.ts";
import type { By } from "./patientAccess/places.ts";
import type { PatientAccess } from "./patientAccess/rows.ts";
import { type Places, placesOf } from "./search/place.ts";
import { type AskerPlace, readWhoCan, type WhoCanInput, type WhoCanMatch, whoCan } from "./search/whoCan.ts";

export interface WhoCan {
  readonly policyRevision: number;
  /** Whether nobody is left. */
  readonly complete: boolean;
  /** Where to go on; null: it is complete. */
  readonly endCursor: string | null;
  readonly matches: readonly WhoCanMatch[];
}

/** Which part of an answer. `after` is an `endCursor`. */
interface Part {
  readonly first: number;
  readonly after: string | null;
}

/**
 * Who can do what, for people who review access. That it was asked is on record before it is answered. All reject with
 * POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface AccessSearch {
  /** Who is neither reviewer nor auditor asks about its own client. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
  whoCan(caller: Caller, input: WhoCanInput, part: Part): Promise<WhoCan>;
  /** @throws ScopewardenError BAD_USER_INPUT */
  patientAccess(caller: Caller, asked: PatientAsked, part: Part): Promise<PatientAccessAnswer>;
}

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

const mayReadPolicy = ({ roles }: Caller): boolean => roles.has("reviewer") || roles.has("auditor");

/** The client that the caller may ask about; null: any. @throws ScopewardenError BAD_USER_INPUT, FORBIDDEN */
function clientFor(caller: Caller, asked: string | null): string | null {
  if (mayReadPolicy(caller)) return asked;
  const own = caller.defaultClientId;
  if (own !== null && asked !== null && asked !== own)
    throw new ScopewardenError("FORBIDDEN", `This caller may ask about its own client alone, which is ${own}.`);
  const client = asked ?? own;
  if (client !== null) return client;
  const message = "is missing, and this caller has no default client: name the OAuth client";
  throw badInput([{ path: "input.clientId", message }]);
}

const askerPlaces = (question: Json, sha256: Sha256): Places<AskerPlace> =>
  placesOf<AskerPlace>(question, {
    sha256,
    toTexts: ({ clientId, subject }) => [clientId, subject?.type ?? null, subject?.id ?? null],
    of([clientId, type, id]) {
      if (typeof clientId !== "string") return null;
      return { clientId, subject: typeof type === "string" && typeof id === "string" ? { type, id } : null };
    },
  });

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

export function createAccessSearch(deps: {
  readonly askedBy: AskedBy;
  readonly changeFacts: () => ChangeFacts;
  readonly snapshots: Snapshots;
  readonly limits: InputLimits;
  readonly readCondition: ReadCondition;
  readonly breathe: Breathe;
  readonly turns: Turns;
  readonly recordAct: (act: Act) => Promise<void>;
  readonly sha256: Sha256;
  readonly newId: NewId;
}): AccessSearch {
  const { askedBy, breathe, limits, newId, readCondition, recordAct, sha256, snapshots, turns } = deps;

  const record = (
    caller: Caller,
    asked: {
      readonly field: string;
      readonly at: number;
      readonly baseRevision: number;
      readonly patients: readonly string[];
      readonly operations?: readonly PolicyOperation[];
    },
  ) => {
    const { operations = [] } = asked;
    return recordAct(
      simulationAct(newId(), {
        ...asked,
        callerId: caller.id,
        operations: operations.length,
        operationsSha256: sha256(canonicalJson(operations as unknown as Json)),
        questions: 1,
      }),
    );
  };

  /** With the consents of those whom a request names, as they are now, and their emergencies. */
  async function withGathered(
    facts: DecideFacts,
    gather: AskedFacts["gather"],
    request: AccessRequest,
  ): Promise<DecideFacts> {
    const gathered = (await gather(facts, [request])).get(request);
    return gathered === undefined ? facts : { ...facts, gathered };
  }

  return {
    async whoCan(caller, input, { after, first }) {
      const { asOf = null, asOfRevision = null, subjectType = null } = input;
      const clientId = clientFor(caller, input.clientId ?? null);
      const template = readWhoCan({ ...input, clientId }, limits);
      const narrowed = { clientId, subjectType };
      const places = askerPlaces([narrowed, template as unknown as Json, asOf, asOfRevision], sha256);
      const place = after === null ? null : places.read(after);
      const { facts: now, gather } = await askedBy(caller);
      const asked = await factsAsOf(now, input, { snapshots, path: "input." });
      const facts = await withGathered(asked.facts, gather, template);
      const { matches, next } = await whoCan({ ...asked, facts, breathe, turns }, template, { first, place, narrowed });
      const { revision } = asked.facts.snapshot;
      await record(caller, {
        field: "whoCan",
        at: now.now,
        baseRevision: revision,
        patients: patientsOf(template.resource),
      });
      return {
        policyRevision: revision,
        complete: next === null,
        endCursor: next === null ? null : places.textOf(next),
        matches: mayReadPolicy(caller) ? matches : matches.map((match) => ({ ...match, conditions: [] })),
      };
    },
    async patientAccess(caller, { asOf = null, asOfRevision = null, operations, patient: name }, { after, first }) {
      const patient = readPatientId(name);
      const places = rowPlaces(["patientAccess", patient, asOf, asOfRevision, operations as unknown as Json], sha256);
      const place = after === null ? null : places.read(after);
      const { facts: now, gather } = await askedBy(caller);
      const asked = await factsAsOf(now, { asOf, asOfRevision }, { snapshots, path: "" });
      const facts = await withGathered(asked.facts, gather, ofPatient(patient));
      const then = await supposing({ facts, changeFacts: deps.changeFacts() }, operations, { breathe });
      const before = operations.length === 0 ? null : facts;
      const deciding = { ...asked, facts: then, before, readCondition, breathe, turns };
      const page = await patientAccess(deciding, patient, { first, place });
      const { revision } = asked.facts.snapshot;
      const patients = [patient];
      await record(caller, { field: "patientAccess", at: now.now, baseRevision: revision, patients, operations });
      return {
        policyRevision: revision,
        complete: page.next === null,
        endCursor: page.next === null ? null : places.textOf(page.next),
        rows: page.rows.map(({ access, place: at }) => ({ access, cursor: places.textOf(at) })),
      };
    },
  };
}
