import type { DecideFacts } from "../../decisions/facts.ts";
import { grantedScopes } from "../../decisions/holds/grants.ts";
import { entityOf } from "../../directory/directory.ts";
import { after } from "../../kernel/after.ts";
import { PATIENT_TYPE } from "../../kernel/patientId.ts";
import type { Breathe } from "../../kernel/ports.ts";
import type { Turns } from "../../kernel/turns.ts";
import type { ReadCondition } from "../../policy/conditions.ts";
import { rulesOfRole } from "../../policy/findRules.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { looksLikeSmart } from "../../scopes/smart.ts";
import { holdersByRole } from "../holders.ts";
import { countPartial } from "../possible/countPartial.ts";
import { type KnownScope, knownScope } from "../possible/possibilities.ts";
import { knownClients, knownRulesRoles } from "../search/candidates.ts";
import { walk } from "../search/walk.ts";
import { Evaluations } from "./evaluations.ts";
import { type AccessPlace, type By, organizationsTold, placesFor } from "./places.ts";
import { type PatientQuestion, reachesIn } from "./reaches.ts";
import { type PatientAccess, type RowsOfPolicy, rowsBeside, rowsOf } from "./rows.ts";

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

interface Deps {
  readonly facts: DecideFacts;
  /** The facts without the change that is asked about; absent or null: none is. */
  readonly before?: DecideFacts | null;
  readonly isPast: boolean;
  readonly readCondition: ReadCondition;
  readonly breathe: Breathe;
  readonly turns: Turns;
}

/** What one policy says of one unit after the other. */
interface OnePolicy {
  readonly clients: readonly string[];
  readonly roles: readonly string[];
  readonly named: (unit: Unit) => readonly string[];
  readonly rowsIn: (unit: Unit, named: readonly string[]) => Promise<RowsOfPolicy>;
}

/** Rules of one role that are looked at; one with more may have a rule for any scope. */
const LOOKED_AT = 2_000;

/** Which scopes allow rules of a role can mean. */
interface Meant {
  readonly all: boolean;
  readonly smart: boolean;
  readonly names: ReadonlySet<string>;
}

const EVERY: Meant = { all: true, smart: true, names: new Set() };

function meantBy(snapshot: Snapshot, role: string): Meant {
  const names = new Set<string>();
  let smart = false;
  let looked = 0;
  for (const { effect, scope } of rulesOfRole(snapshot, role)) {
    if (++looked > LOOKED_AT) return EVERY;
    if (effect !== "ALLOW") continue;
    if (scope === "*") return EVERY;
    if (looksLikeSmart(scope)) smart = true;
    else names.add(scope);
  }
  return { all: false, smart, names };
}

/** Those of a client's scopes that some allow rule can mean by which it is reached. */
class ScopesOfRoles {
  readonly #snapshot: Snapshot;
  readonly #known = new Map<string, Meant>();

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  among(scopes: readonly KnownScope[], by: By): readonly KnownScope[] {
    if (by.kind === "CLIENT") return scopes;
    const role = by.kind === "ROLE" ? by.role : "*";
    let meant = this.#known.get(role);
    if (meant === undefined) {
      meant = meantBy(this.#snapshot, role);
      this.#known.set(role, meant);
    }
    const { all, names, smart: anySmart } = meant;
    return scopes.filter(({ scope, smart }) => all || (smart !== null ? anySmart : names.has(scope)));
  }
}

async function onePolicy(
  question: PatientQuestion,
  { breathe, isPast }: Pick<Deps, "breathe" | "isPast">,
): Promise<OnePolicy> {
  const { facts, patient } = question;
  const known = { ...facts, isPast };
  const whereabouts = {
    byRole: await holdersByRole(facts.snapshot, facts.now, breathe),
    organization: organizationOf(facts, patient),
  };
  const ofRoles = new ScopesOfRoles(facts.snapshot);

  async function rowsIn({ by, clientId }: Unit, named: readonly string[]): Promise<RowsOfPolicy> {
    const isActive = facts.snapshot.clients.get(clientId)?.status === "ACTIVE";
    const granted = isActive ? grantedScopes(facts, clientId).flatMap((scope) => knownScope(facts, scope) ?? []) : [];
    const asked = { clientId, by, scopes: ofRoles.among(granted, by) };
    const places: readonly AccessPlace[] = placesFor(facts, asked, { ...whereabouts, named });
    const holdersIn = (organization: string | null): number | null =>
      by.kind === "ROLE" ? (places.find((place) => place.organization === organization)?.holders ?? 0) : null;
    const rows: PatientAccess[] = [];
    for (const each of asked.scopes.length === 0 ? [] : places)
      rows.push(...rowsOf({ clientId, asItself: by.kind === "CLIENT" }, each, await reachesIn(question, asked, each)));
    return { rows, holdersIn };
  }

  return {
    clients: await knownClients(known, breathe),
    roles: await knownRulesRoles(known, breathe),
    named: (unit) => organizationsTold(facts, unit, whereabouts),
    rowsIn,
  };
}

/** What is in either list, in code-unit order. */
const union = (lists: readonly (readonly string[])[]): readonly string[] =>
  lists.length === 1 ? (lists[0] ?? []) : [...new Set(lists.flat())].sort();

/**
 * One page of who could reach a patient's data: by client, role, organization and purpose, and not person by person. A role
 * stands for whoever holds it, by inheritance too. Of the data it is known that it is about this patient alone; what else
 * it is, and the circumstances, are open, so that what depends on them is CONDITIONAL.
 */
export async function patientAccess(
  deps: Deps,
  patient: string,
  {
    first,
    place,
    work = WORK_PER_PAGE,
  }: { readonly first: number; readonly place: RowPlace | null; readonly work?: number },
): Promise<PatientAccessPage> {
  const { before = null, breathe, isPast, readCondition, turns } = deps;
  const counted = countPartial(deps.facts.engine, PARTIAL);
  const policyOf = (facts: DecideFacts, isKept: boolean): Promise<OnePolicy> =>
    onePolicy(
      {
        facts: { ...facts, engine: counted.engine },
        patient,
        breathe,
        count: counted.add,
        evaluations: new Evaluations(counted.engine, readCondition),
      },
      { breathe, isPast: isPast || !isKept },
    );
  const is = await policyOf(deps.facts, before === null);
  const was = before === null ? null : await policyOf(before, true);
  const both = was === null ? [is] : [is, was];
  const lists = { clients: union(both.map(({ clients }) => clients)), roles: union(both.map(({ roles }) => roles)) };

  /** The same organizations are told apart by both policies: else a row would be compared with others. */
  async function rowsIn(unit: Unit): Promise<readonly PatientAccess[]> {
    const named = union(both.map((policy) => policy.named(unit)));
    const found = await is.rowsIn(unit, named);
    return was === null ? found.rows : rowsBeside(found, await was.rowsIn(unit, named));
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
