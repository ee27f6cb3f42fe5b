import type { DecideFacts } from "../../decisions/facts.ts";
import { grantedScopes } from "../../decisions/holds/grants.ts";
import { entityOf } from "../../directory/directory.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Turns } from "../../kernel/turns.ts";
import type { ReadCondition } from "../../policy/conditions.ts";
import { holdersByRole } from "../holders.ts";
import { countPartial } from "../possible/countPartial.ts";
import { knownScope } from "../possible/possibilities.ts";
import { knownClients, knownRulesRoles } from "../search/candidates.ts";
import { after, walk } from "../search/walk.ts";
import { Evaluations } from "./evaluations.ts";
import { type AccessPlace, type By, placesFor } from "./places.ts";
import { type PatientQuestion, reachesIn } from "./reaches.ts";
import { type PatientAccess, rowsOf } from "./rows.ts";
import { ScopesOfRoles } from "./scopesOfRole.ts";

/** One client, and by what it is reached: all rows of it are found at once. */
interface Unit {
  readonly clientId: string;
  readonly by: By;
}

/** After which row of a unit a page goes on; `row` is its number, null: it has no more. */
export interface RowPlace {
  readonly unit: Unit;
  readonly row: number | null;
}

/** A row of a unit, or that it has no more. */
interface Candidate extends RowPlace {
  readonly access: PatientAccess | null;
}

export interface PatientAccessPage {
  readonly rows: readonly { readonly access: PatientAccess; readonly place: RowPlace }[];
  /** Null: there is no more. */
  readonly next: RowPlace | null;
}

/** Work of one page, in the units of `Turns`: some 50 ms. */
const WORK_PER_PAGE = 10_000;

/** What it takes to ask the rules about one purpose, in the same units. */
const PARTIAL = 16;

const CLIENT: By = { kind: "CLIENT" };
const ANYBODY: By = { kind: "ANYBODY" };

/** The organization of the patient, where the directory knows it. */
function organizationOf({ directory }: DecideFacts, patient: string): string | null {
  const known = directory === undefined ? undefined : entityOf(directory, PATIENT_TYPE, patient);
  const organization = known?.properties?.organization;
  return typeof organization === "string" ? organization : null;
}

/** The units that are left after a place, that of the place itself first, unless it has no more. */
function* unitsFrom(
  lists: { readonly clients: readonly string[]; readonly roles: readonly string[] },
  place: RowPlace | null,
): Generator<Unit> {
  const { clients, roles } = lists;
  const begun = place?.unit ?? null;
  if (begun !== null && clients.includes(begun.clientId)) {
    if (place?.row !== null) yield begun;
    if (begun.by.kind === "CLIENT") yield { clientId: begun.clientId, by: ANYBODY };
    for (const role of after(roles, begun.by.kind === "ROLE" ? begun.by.role : null))
      yield { clientId: begun.clientId, by: { kind: "ROLE", role } };
  }
  for (const clientId of after(clients, begun?.clientId ?? null)) {
    yield { clientId, by: CLIENT };
    yield { clientId, by: ANYBODY };
    for (const role of roles) yield { clientId, by: { kind: "ROLE", role } };
  }
}

/**
 * One page of who could reach a patient's data: by client, role, organization and purpose, and not person by person. A role
 * stands for whoever holds it, by inheritance too. Of the data it is known that it is about this patient alone; what else
 * it is, and the circumstances, are open, so that what depends on them is CONDITIONAL.
 */
export async function patientAccess(
  deps: {
    readonly facts: DecideFacts;
    readonly isPast: boolean;
    readonly readCondition: ReadCondition;
    readonly breathe: Breathe;
    readonly turns: Turns;
  },
  patient: string,
  {
    first,
    place,
    work = WORK_PER_PAGE,
  }: { readonly first: number; readonly place: RowPlace | null; readonly work?: number },
): Promise<PatientAccessPage> {
  const { breathe, isPast, readCondition, turns } = deps;
  const counted = countPartial(deps.facts.engine, PARTIAL);
  const facts = { ...deps.facts, engine: counted.engine };
  const question: PatientQuestion = {
    facts,
    patient,
    breathe,
    count: counted.add,
    evaluations: new Evaluations(counted.engine, readCondition),
  };
  const known = { ...facts, isPast };
  const lists = { clients: await knownClients(known, breathe), roles: await knownRulesRoles(known, breathe) };
  const byRole = await holdersByRole(facts.snapshot, facts.now, breathe);
  const organization = organizationOf(facts, patient);
  const ofRoles = new ScopesOfRoles(facts.snapshot);

  async function rowsIn({ by, clientId }: Unit): Promise<readonly PatientAccess[]> {
    if (facts.snapshot.clients.get(clientId)?.status !== "ACTIVE") return [];
    const granted = grantedScopes(facts, clientId).flatMap((scope) => knownScope(facts, scope) ?? []);
    const scopes = ofRoles.among(granted, by);
    if (scopes.length === 0) return [];
    const rows: PatientAccess[] = [];
    const asked = { clientId, by, scopes };
    for (const each of placesFor(facts, asked, { byRole, organization }) satisfies readonly AccessPlace[])
      rows.push(...rowsOf({ clientId, asItself: by.kind === "CLIENT" }, each, await reachesIn(question, asked, each)));
    return rows;
  }

  async function* candidates(): AsyncGenerator<Candidate> {
    for (const unit of unitsFrom(lists, place)) {
      const rows = await rowsIn(unit);
      const done = unit === place?.unit ? (place.row ?? -1) : -1;
      for (const [row, access] of rows.entries()) if (row > done) yield { unit, row, access };
      yield { unit, row: null, access: null };
    }
  }

  const look = ({ access, row, unit }: Candidate) => (access === null ? null : { access, place: { unit, row } });
  const walked = { candidates: candidates(), look, workOf: () => 1, workBeyond: counted.work };
  const { isLast, last, results } = await walk(walked, { limit: first, work }, turns);
  return { rows: results, next: isLast || last === null ? null : { unit: last.unit, row: last.row } };
}
