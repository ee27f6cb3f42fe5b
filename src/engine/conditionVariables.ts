import { patientsOf } from "../domain/decisions/patientsOf.ts";
import type { ConditionFacts } from "../domain/decisions/ruleEngine.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";

type Variables = Record<string, unknown>;

/** Adds the members that are there: in a condition, what the request does not carry does not exist. */
function add(target: Variables, name: string, value: unknown): void {
  if (value !== null && value !== undefined) target[name] = value;
}

function subjectOf({ id, type, organization, attributes }: NonNullable<AccessRequest["subject"]>): Variables {
  const subject: Variables = { id, type };
  add(subject, "organization", organization);
  add(subject, "attributes", attributes);
  return subject;
}

function resourceOf(named: AccessRequest["resource"]): Variables {
  const { type, id, patient, organization, labels, attributes } = named;
  const resource: Variables = { type };
  const patients = patientsOf(named);
  add(resource, "id", id);
  add(resource, "patient", patient ?? (patients.length === 1 ? patients[0] : null));
  add(resource, "patients", patients.length === 0 ? null : patients);
  add(resource, "organization", organization);
  add(resource, "labels", labels);
  add(resource, "attributes", attributes);
  return resource;
}

function contextOf({
  patient,
  ipAddress,
  region,
  userAgent,
  tokenId,
  attributes,
}: NonNullable<AccessRequest["context"]>): Variables {
  const context: Variables = {};
  add(context, "patient", patient);
  add(context, "ipAddress", ipAddress);
  add(context, "region", region);
  add(context, "userAgent", userAgent);
  add(context, "tokenId", tokenId);
  add(context, "attributes", attributes);
  return context;
}

/** Of a request without a subject, or a context: `has()` can be asked of its members, and touching one is an error. */
const NOBODY: Variables = Object.freeze({});

/** The names that a condition sees (docs/rules.md). What the request lacks is absent, so that touching it is an error. */
export function variablesFor(
  { request, client, now }: ConditionFacts,
  action: string,
  scope: string,
): Readonly<Variables> {
  const variables: Variables = {
    action,
    scope,
    resource: resourceOf(request.resource),
    client: client.name === null ? { id: client.id } : client,
    subject: request.subject === null ? NOBODY : subjectOf(request.subject),
    context: request.context === null ? NOBODY : contextOf(request.context),
    now: new Date(now),
  };
  add(variables, "purposeOfUse", request.purposeOfUse);
  return variables;
}
