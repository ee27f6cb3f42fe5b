import type { DecideFacts } from "../../decisions/facts.ts";
import type { Place } from "../../decisions/granting/places.ts";
import { grantedScopes } from "../../decisions/holds/grants.ts";
import { queryOf } from "../../decisions/holds/query.ts";
import type { HeldRoles } from "../../decisions/holds/roles.ts";
import { PartlyKnown, UNKNOWN, Unknown } from "../../decisions/partial.ts";
import { patientsOf } from "../../decisions/patientsOf.ts";
import type { PartialFacts } from "../../decisions/ruleEngine.ts";
import type { AccessRequest, JsonObject, RequestContext, Subject } from "../../decisions/types.ts";
import type { Rule } from "../../policy/types.ts";
import type { AccessCondition } from "../access/accessCell.ts";
import { conditionsOf } from "./conditions.ts";
import {
  type KnownScope,
  knownScope,
  mayCover,
  needsPatient,
  type OpenAccess,
  possibilities,
} from "./possibilities.ts";

/** In the place of a patient whom nobody names. */
const SOMEBODY = "-";

/** How a request could be allowed that says no less than it does. */
export interface Chance {
  readonly scope: string;
  /** The rules by one of which. */
  readonly allowing: readonly Rule[];
  /** All rules that were looked at. */
  readonly rules: readonly Rule[];
  /** What must hold beside what is said, whoever the subject is. */
  readonly conditions: () => readonly AccessCondition[];
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

const NO_CONTEXT: RequestContext = {
  attributes: null,
  ipAddress: null,
  patient: null,
  region: null,
  tokenId: null,
  userAgent: null,
};

function openContext(context: RequestContext, patient: string | Unknown): PartialFacts["request"]["context"] {
  const { attributes, ipAddress, region, tokenId, userAgent } = context;
  return {
    attributes: openAttributes(attributes),
    ipAddress: open(ipAddress),
    patient,
    region: open(region),
    tokenId: open(tokenId),
    userAgent: open(userAgent),
  };
}

/** What conditions can see: the resource is the one that is named; its labels and attributes, the purpose and the context are open. */
function openFactsOf({ anybody, facts, open: more, request }: OpenRequest, inContext: string | Unknown): PartialFacts {
  const { clientId, context, purposeOfUse, resource, subject } = request;
  return {
    client: { id: clientId, name: facts.snapshot.clients.get(clientId)?.name ?? null },
    now: facts.now,
    request: {
      subject: subject === null ? null : anybody ? ANYBODY : openSubject(subject),
      purposeOfUse: open(purposeOfUse),
      context: openContext(context ?? NO_CONTEXT, inContext),
      resource: {
        ...resource,
        labels: open(resource.labels),
        attributes: openAttributes(resource.attributes),
        ...more,
      },
    },
  };
}

/** Whose the resource is, beside the patient in context. */
function whoseOf(patients: readonly string[], contextPatient: string | null): Place["patients"] {
  if (patients.length === 0) return "NOBODY";
  return contextPatient !== null && patients.includes(contextPatient) ? "CONTEXT" : "OTHERS";
}

/** A request as it is decided, with what the directory knows, asked while all that it does not say is open. */
export interface OpenRequest {
  readonly facts: DecideFacts;
  readonly request: AccessRequest;
  readonly held: HeldRoles;
  /** Whether nothing counts of the subject but that there is one, and the roles. */
  readonly anybody: boolean;
  /** The allow rules that count; absent: all. */
  readonly counts?: (rule: Rule) => boolean;
  /** What else is not known of the resource; absent: nothing. */
  readonly open?: Partial<PartialFacts["request"]["resource"]>;
}

/** An access with a patient in context, or as good as without one. */
interface Variant {
  readonly access: OpenAccess;
  readonly scopes: readonly KnownScope[];
  /** The patient in context, as conditions see it. */
  readonly inContext: string | Unknown;
}

function accessOf(
  { facts, held, request }: OpenRequest,
  scopes: readonly string[],
  contextPatient: string | null,
): OpenAccess {
  const { clientId, context, resource, subject } = request;
  const inContext = { ...(context ?? NO_CONTEXT), patient: contextPatient };
  const query = queryOf(facts, { ...request, context: inContext }, scopes);
  const { action, levelCovered = false, resourceType } = query;
  const place = {
    organization: resource.organization,
    roles: held,
    patients: whoseOf(patientsOf(resource), contextPatient),
  };
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

/** In which ways it may be asked; none: the client is not served. What is reached by a patient in context is that patient's. */
function variantsOf(asked: OpenRequest): readonly Variant[] {
  const { facts, request } = asked;
  if (facts.snapshot.clients.get(request.clientId)?.status !== "ACTIVE") return [];
  const names = request.scopes ?? grantedScopes(facts, request.clientId);
  const scopes = names.flatMap((name) => knownScope(facts, name) ?? []);
  const patient = request.context?.patient ?? null;
  if (patient !== null) return [{ access: accessOf(asked, names, patient), scopes, inContext: patient }];
  const [first, ...others] = patientsOf(request.resource);
  const inContext = first === undefined || others.length > 0 ? new Unknown([], true) : first;
  return [
    { access: accessOf(asked, names, null), scopes, inContext: UNKNOWN },
    { access: accessOf(asked, names, first ?? SOMEBODY), scopes: scopes.filter(needsPatient), inContext },
  ];
}

/** Whether some scope of the client may cover a request, if more were said, whatever roles are held. */
export const couldBeCovered = (asked: OpenRequest): boolean =>
  variantsOf(asked).some(({ access, scopes }) => mayCover(access, scopes));

/**
 * How a request could be allowed, if what it does not say were said: purpose, context, labels, attributes. Null: in no way.
 * Whatever rules could only tell from values that nobody can list counts as possible.
 */
export function couldBe(asked: OpenRequest): Chance | null {
  const { counts = () => true } = asked;
  const { engine } = asked.facts;
  for (const { access, inContext, scopes } of variantsOf(asked)) {
    const { action, resourceType } = access.cell;
    const facts = openFactsOf(asked, inContext);
    for (const possibility of possibilities(access, scopes)) {
      const { rules, scope } = possibility;
      const { allowing, canAllow } = engine.evaluatePartial({ rules, scope, action, facts });
      if (!canAllow || !allowing.some(counts)) continue;
      const anybody = (): PartialFacts => openFactsOf({ ...asked, anybody: true }, inContext);
      const conditions = () => conditionsOf(possibility, allowing, { engine, facts: anybody(), action, resourceType });
      return { scope, allowing, rules, conditions };
    }
  }
  return null;
}

/** Nothing of a resource but whose it is. */
const SOME_RECORD = {
  ...{ type: UNKNOWN, id: UNKNOWN, organization: UNKNOWN },
  ...{ labels: UNKNOWN, attributes: UNKNOWN },
};

/** Whether one rule could allow it, of whatever resource of the patient: if not, `couldBe` finds nothing by it. It takes far less. */
export function couldAllow(rule: Rule, asked: OpenRequest): boolean {
  const { facts, request } = asked;
  const { action, context, scopes } = request;
  const open = openFactsOf({ ...asked, open: SOME_RECORD }, context?.patient ?? UNKNOWN);
  const { canAllow } = facts.engine.evaluatePartial({ rules: [rule], scope: scopes?.[0] ?? "", action, facts: open });
  return canAllow;
}
