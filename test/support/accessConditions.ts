import { Environment } from "@marcbachmann/cel-js";
import { checkConsent } from "../../src/domain/consent/checkConsent.ts";
import type { Consent } from "../../src/domain/consent/types.ts";
import { dataOf } from "../../src/domain/decisions/consentData.ts";
import { recipientOf } from "../../src/domain/decisions/consentUse.ts";
import { emergenciesFor } from "../../src/domain/decisions/emergency.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { atomRequestOf } from "../../src/domain/decisions/holds/coverage.ts";
import { mayReachShared } from "../../src/domain/decisions/holds/sharedReach.ts";
import { patientsOf } from "../../src/domain/decisions/patientsOf.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import { parseConstraint } from "../../src/domain/scopes/atom.ts";
import { matchAtom } from "../../src/domain/scopes/match.ts";
import { mayMatch } from "../../src/domain/scopes/mayMatch.ts";
import { isSharedType } from "../../src/domain/scopes/sharedTypes.ts";
import { parseSmartScope } from "../../src/domain/scopes/smart.ts";
import type { AccessCell } from "../../src/domain/simulation/access/accessCell.ts";
import { variablesFor } from "../../src/engine/conditionVariables.ts";
import { purposeCode } from "./oneForm.ts";

/** The functions that conditions of cells have beside those of rules, for the request that is looked at. */
const functions = {
  meets: (_: string): boolean => false,
  mayMeet: (_: string): boolean => false,
  consented: (_: string): boolean => false,
};
let emergencyOpen = false;
const environment = new Environment({ unlistedVariablesAreDyn: true });
for (const name of Object.keys(functions) as (keyof typeof functions)[])
  environment.registerFunction(`${name}(string): bool`, (text: string) => functions[name](text));
environment.registerFunction("emergencyOpen(): bool", () => emergencyOpen);

/** Whether all that the scope has for such a request is for the patient in context. */
function isForContext({ action, resourceType, scope }: AccessCell, { now, snapshot }: DecideFacts): boolean {
  const versions = (snapshot.scopes.get(scope) ?? []).filter(
    ({ state, sunsetAt }) => state === "ACTIVE" || (state === "DEPRECATED" && (sunsetAt ?? Infinity) > now),
  );
  const atoms = parseSmartScope(scope)?.atoms ?? versions.flatMap((version) => version.atoms);
  const matching = atoms.filter(
    (atom) => atom.action === action && (atom.resourceType === "*" || atom.resourceType === resourceType),
  );
  return matching.length > 0 && matching.every(({ context }) => context === "PATIENT");
}

/** Whether a cell's conditions hold for a request, as CEL says it: what fails does not hold. */
export function holdsFor(cell: AccessCell, request: AccessRequest, facts: DecideFacts): boolean {
  if (cell.access !== "CONDITIONAL") return cell.access === "ALLOW";
  const client = facts.snapshot.clients.get(request.clientId);
  const query = atomRequestOf(facts, request);
  const named = patientsOf(request.resource);
  const inContext = request.context?.patient ?? null;
  // A search by a scope for the patient in context is confined to that patient's.
  const ofContext = named.length === 0 && inContext !== null && query.action === "search" && isForContext(cell, facts);
  const patients = ofContext ? [inContext] : named;
  const consents: readonly Consent[] = facts.gathered?.consents ?? [];
  const atomOf = (text: string) => {
    const parsed = parseConstraint(text, query.resourceType);
    if (!parsed.ok) throw new Error(text);
    const { action, resourceType } = query;
    return { action, resourceType, context: "ANY", constraint: parsed.value } as const;
  };
  const { organization } = request.resource;
  const isOpenFor = (patient: string): boolean =>
    emergenciesFor(facts, request.subject, patient).some((each) => each.organization === organization);
  // What is shared belongs to no patient, where a scope for the patient in context reaches it.
  const isNobodys = isSharedType(request.resource.type) && mayReachShared(facts.snapshot, organization);
  const whose = isNobodys ? named : patients;
  emergencyOpen = whose.length > 0 && whose.every(isOpenFor);
  functions.meets = (text) => query.action === "search" || matchAtom(atomOf(text), query).matches;
  functions.mayMeet = (text) => mayMatch(atomOf(text), query);
  functions.consented = (name) =>
    patients.length > 0 &&
    patients.every((patient) => {
      const question = {
        patient,
        recipient: recipientOf(request, {
          gathered: facts.gathered,
          patient,
          known: null,
          roles: new Set(),
          scope: name,
        }),
        purposes: request.purposeOfUse === null ? [] : [purposeCode(request.purposeOfUse)],
        scope: name,
        action: null,
        at: facts.now,
        data: dataOf(request.resource, query.action, { sources: [request.resource.attributes] }),
      };
      const own = consents.filter((consent) => consent.patient === patient);
      const use = { question, purpose: request.purposeOfUse, scopeAsks: true };
      return checkConsent({ consents: own, isGuarded: false, silence: "PERMIT" }, use).permits;
    });
  const variables = variablesFor(
    { request, client: { id: request.clientId, name: client?.name ?? null }, now: facts.now },
    query.action,
    cell.scope,
  );
  return cell.conditions.every(({ cel }) => {
    try {
      return environment.evaluate(cel, variables) === true;
    } catch (error) {
      if (String(error).includes("ParseError")) throw error;
      return false;
    }
  });
}
