import type { DecideFacts } from "../../decisions/facts.ts";
import type { Place } from "../../decisions/granting/places.ts";
import { grantedScopes } from "../../decisions/holds/grants.ts";
import { queryOf } from "../../decisions/holds/query.ts";
import type { HeldRoles } from "../../decisions/holds/roles.ts";
import { PartlyKnown, UNKNOWN } from "../../decisions/partial.ts";
import { patientsOf } from "../../decisions/patientsOf.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import type { AccessRequest, JsonObject, RequestContext, Subject } from "../../decisions/types.ts";
import type { Rule } from "../../policy/types.ts";
import { type AccessCondition, conditionsOf } from "./conditions.ts";
import { knownScope, mayCover, type OpenAccess, possibilities } from "./possibilities.ts";

/** In the place of a patient whom nobody names. */
const SOMEBODY = "-";

/** How a request could be allowed that says no less than it does. */
export interface Chance {
  readonly scope: string;
  /** The rules by one of which. */
  readonly allowing: readonly Rule[];
  /** All rules that were looked at. */
  readonly rules: readonly Rule[];
  /** By what is known of it. */
  readonly facts: PartialFacts;
  /** What must hold beside what these say. */
  readonly conditions: (facts: PartialFacts) => readonly AccessCondition[];
}

/** What is not said may be sent, and what is said may be more. */
const open = <T>(value: T | null) => value ?? UNKNOWN;
const openAttributes = (attributes: JsonObject | null) => (attributes === null ? UNKNOWN : new PartlyKnown(attributes));

const openSubject = ({ attributes, id, organization, type }: Subject) => ({
  id,
  type,
  organization: open(organization),
  attributes: openAttributes(attributes),
});
/** Whoever it is. */
const ANYBODY = { id: UNKNOWN, type: UNKNOWN, organization: UNKNOWN, attributes: UNKNOWN };

function openContext(context: RequestContext | null): PartialFacts["request"]["context"] {
  if (context === null) return UNKNOWN;
  const { attributes, ipAddress, patient, region, tokenId, userAgent } = context;
  return {
    attributes: openAttributes(attributes),
    ipAddress: open(ipAddress),
    patient: open(patient),
    region: open(region),
    tokenId: open(tokenId),
    userAgent: open(userAgent),
  };
}

/** What conditions can see: the resource is the one that is named; its labels and attributes, the purpose and the context are open. */
function openFactsOf(facts: DecideFacts, request: AccessRequest, anybody: boolean): PartialFacts {
  const { clientId, context, purposeOfUse, resource, subject } = request;
  return {
    client: { id: clientId, name: facts.snapshot.clients.get(clientId)?.name ?? null },
    now: facts.now,
    request: {
      subject: subject === null ? null : anybody ? ANYBODY : openSubject(subject),
      purposeOfUse: open(purposeOfUse),
      context: openContext(context),
      resource: { ...resource, labels: open(resource.labels), attributes: openAttributes(resource.attributes) },
    },
  };
}

/** Whose the resource is, beside the patient in context. */
function whoseOf(patients: readonly string[], contextPatient: string): Place["patients"] {
  if (patients.length === 0) return "NOBODY";
  return patients.includes(contextPatient) ? "CONTEXT" : "OTHERS";
}

/** A request as it is decided, with what the directory knows, asked while all that it does not say is open. */
export interface OpenRequest {
  readonly facts: DecideFacts;
  readonly request: AccessRequest;
  readonly held: HeldRoles;
  /** Whether nothing counts of the subject but that there is one, and the roles. */
  readonly anybody: boolean;
}

function accessOf({ facts, held, request }: OpenRequest, scopes: readonly string[]): OpenAccess {
  const { clientId, context, resource, subject } = request;
  const patients = patientsOf(resource);
  const contextPatient = context?.patient ?? patients[0] ?? SOMEBODY;
  const inContext = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
  const query = queryOf(facts, { ...request, context: { ...inContext, patient: contextPatient } }, scopes);
  const { action, levelCovered = false, resourceType } = query;
  const place = { organization: resource.organization, roles: held, patients: whoseOf(patients, contextPatient) };
  return {
    facts,
    clientId,
    hasSubject: subject !== null,
    contextPatient,
    cell: { place, action, resourceType, typeForConditions: resourceType, levelCovered },
    asked: request.action,
    query,
  };
}

/** The access, and the scopes by which it may be had; null: the client is not served. */
function openAccess(asked: OpenRequest) {
  const { facts, request } = asked;
  if (facts.snapshot.clients.get(request.clientId)?.status !== "ACTIVE") return null;
  const names = request.scopes ?? grantedScopes(facts, request.clientId);
  return { access: accessOf(asked, names), scopes: names.flatMap((name) => knownScope(facts, name) ?? []) };
}

/** Whether some scope of the client may cover a request, if more were said, whatever roles are held. */
export function couldBeCovered(asked: OpenRequest): boolean {
  const found = openAccess(asked);
  return found !== null && mayCover(found.access, found.scopes);
}

/**
 * How a request could be allowed, if what it does not say were said: purpose, context, labels, attributes. Null: in no way.
 * Whatever rules could only tell from values that nobody can list counts as possible.
 */
export function couldBe(asked: OpenRequest): Chance | null {
  const found = openAccess(asked);
  if (found === null) return null;
  const { access, scopes } = found;
  const { action } = access.cell;
  const { engine } = asked.facts;
  const facts = openFactsOf(asked.facts, asked.request, asked.anybody);
  for (const possibility of possibilities(access, scopes)) {
    const { rules, scope } = possibility;
    const { allowing, canAllow } = engine.evaluatePartial({ rules, scope, action, facts });
    if (!canAllow) continue;
    const conditions: Chance["conditions"] = (known) =>
      conditionsOf(possibility, allowing, { engine, facts: known, action });
    return { scope, allowing, rules, facts, conditions };
  }
  return null;
}
