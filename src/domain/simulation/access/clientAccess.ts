import { decide } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { fhirVersionOf } from "../../decisions/facts.ts";
import { grantedScopes } from "../../decisions/holds/grants.ts";
import { rolePath } from "../../decisions/holds/roles.ts";
import { type Reason, reason } from "../../decisions/reason.ts";
import type { AccessRequest, JsonObject } from "../../decisions/types.ts";
import type { Rule } from "../../policy/types.ts";
import { EXPORT } from "../../scopes/exports.ts";
import { looksLikeSmart, smartScopeIn } from "../../scopes/smart.ts";
import type { AccessCell } from "./accessCell.ts";
import { type Asked, type AskedOf, askedOf } from "./asked.ts";
import { type CellWays, cellsOfScope, type Presented } from "./cellsOfScope.ts";
import { accessBy } from "./ways.ts";

/** Rules that a cell names. */
const MOST_RULES = 5;

/** Who stands for a patient in a request that is made up. */
const SOME_PATIENT = "some-patient";

/** What a made-up resource has, so that it meets the constraints of a scope. */
function attributesFor({ smart, versions }: Presented): JsonObject | null {
  const atoms = smart?.atoms ?? versions.at(-1)?.atoms ?? [];
  const entries = atoms
    .flatMap(({ constraint }) => constraint)
    .map(({ parameter, values }) => [parameter, values[0] ?? ""]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** A request of a cell, made up, to be told why it is denied. */
function exampleOf(
  { of, named, request }: Asked,
  presented: Presented,
  on: Pick<CellWays, "action" | "standsFor">,
): AccessRequest {
  const patient = of.context?.patient ?? SOME_PATIENT;
  const { standsFor: type } = on;
  const spans = type === "*";
  const context = of.context ?? { ipAddress: null, region: null, tokenId: null, userAgent: null, attributes: null };
  return {
    ...request,
    scopes: [presented.scope],
    action: on.action === "*" ? "read" : on.action,
    context: { ...context, patient },
    resource: {
      type,
      id: type === "Patient" ? patient : null,
      patient: spans ? null : patient,
      patients: null,
      organization: of.organization ?? named[0] ?? null,
      labels: null,
      attributes: attributesFor(presented),
    },
  };
}

/** Why requests of a cell are allowed, or why none is. */
function reasonsOf(asked: Asked, presented: Presented, cell: CellWays): readonly Reason[] {
  const { facts, places } = asked;
  if (cell.ways.length === 0) {
    const { outcome, reasons } = decide(facts, exampleOf(asked, presented, cell));
    return outcome === "DENY" ? reasons : [];
  }
  return cell.allowing.slice(0, MOST_RULES).map((rule) => {
    const held = places.find(({ roles }) => roles.has(rule.role))?.roles;
    const role = rule.role === "*" || held === undefined ? null : rolePath(held, rule.role);
    return reason("ALLOWED_BY_RULE", { role, ruleId: rule.id, scope: presented.scope });
  });
}

/** Of what is no scope, or permits nothing: no request is allowed with it. */
const NO_CELL: CellWays = {
  action: "*",
  resourceType: "*",
  standsFor: "Observation",
  ways: [],
  allowing: [],
  denying: new Set(),
};

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What a text that is presented stands for. */
function presentedAs(facts: DecideFacts, scope: string): Presented {
  const smart = smartScopeIn(fhirVersionOf(facts), scope);
  const versions = smart === null && looksLikeSmart(scope) ? [] : (facts.snapshot.scopes.get(scope) ?? []);
  return { scope, smart, versions };
}

/** A cell, and how it is told in full: reasons are made for those alone that are shown. */
export interface FoundCell {
  /** Its place among the cells of its client. */
  readonly key: string;
  readonly isDenied: boolean;
  readonly scope: string;
  readonly on: CellWays;
  readonly tell: () => AccessCell;
}

/**
 * What one client can reach with scopes, for a subject or as itself: each kind of request, and whether it is allowed. What is
 * known is folded away; the rest are conditions. A cell agrees with `decide` about every request that is of its kind. Null: work
 * was done, and there is nothing to show. `cut` is called where not all is told.
 */
export function* cellsOf(facts: DecideFacts, of: AskedOf, cut: () => void): Generator<FoundCell | null> {
  const asked = askedOf(facts, of);
  if (asked.isCut) cut();
  for (const scope of [...new Set(of.scopes)].sort(byText)) {
    const presented = presentedAs(facts, scope);
    let isEmpty = true;
    for (const cell of cellsOfScope(asked, presented, cut)) {
      isEmpty = false;
      yield cell === null ? null : foundCell(asked, presented, cell);
    }
    // What is no scope, or permits nothing, is told as such.
    if (isEmpty) yield foundCell(asked, presented, NO_CELL);
  }
}

const keyOfCell = (scope: string, { action, resourceType }: Pick<CellWays, "action" | "resourceType">): string =>
  JSON.stringify([scope, action, resourceType]);

function foundCell(asked: Asked, presented: Presented, cell: CellWays): FoundCell {
  const { action, resourceType, ways } = cell;
  const { scope } = presented;
  return {
    key: keyOfCell(scope, cell),
    isDenied: ways.length === 0,
    scope,
    on: cell,
    tell: () => ({
      clientId: asked.of.clientId,
      by: asked.of.subject === null ? "SELF" : null,
      role: null,
      alsoHeld: [],
      scope,
      resourceType,
      action,
      ...accessBy(ways),
      reasons: reasonsOf(asked, presented, cell),
      before: null,
    }),
  };
}

/** Whether a cell tells of a text that is no scope, or that permits nothing. */
export const isNoScope = ({ on }: FoundCell): boolean => on === NO_CELL;

/** What all cells of a question come to for requests of another cell, which need not be among them: what is in none is denied. */
export function answering(
  facts: DecideFacts,
  of: AskedOf,
  found: readonly FoundCell[],
): (like: FoundCell) => FoundCell {
  const cells = new Map(found.map((cell) => [cell.key, cell]));
  return (like) => {
    const { key, on, scope } = like;
    const { action, resourceType } = on;
    const exact = cells.get(key);
    if (exact !== undefined) return exact;
    const rest = action === EXPORT ? undefined : cells.get(keyOfCell(scope, { action, resourceType: "*" }));
    if (rest === undefined) {
      const denied = { ...on, ways: [], allowing: [], denying: new Set<Rule>() };
      return foundCell(askedOf(facts, of), presentedAs(facts, scope), denied);
    }
    return {
      ...rest,
      key,
      on: { ...rest.on, resourceType },
      tell: () => ({ ...rest.tell(), resourceType }),
    };
  };
}

/** The scopes that count where none are named: all that the client is granted, by any of these policies. */
export const scopesOf = (
  policies: readonly DecideFacts[],
  clientId: string,
  scopes: readonly string[] | null,
): readonly string[] => scopes ?? [...new Set(policies.flatMap((facts) => grantedScopes(facts, clientId)))];
