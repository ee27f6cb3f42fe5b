import { type Directory, entityOf } from "../directory/directory.ts";
import type { Entity, Properties } from "../directory/entity.ts";
import { type Json, sameJson } from "../kernel/canonical.ts";
import { clipped } from "../kernel/text.ts";
import { COMPLETE_LISTS } from "../scopes/completeLists.ts";
import { type Label, labelsOf } from "../scopes/securityLabels.ts";
import { patientsOf } from "./patientsOf.ts";
import { type Reason, reason } from "./reason.ts";
import { listed, NAMES_LISTED, TEXT_KEPT } from "./reasonBounds.ts";
import type { AccessRequest, GrantRequest, JsonObject, Resource, Subject } from "./types.ts";

/** What the directory has of those whom a request names. */
export interface KnownEntities {
  readonly subject: Entity | undefined;
  readonly resource: Entity | undefined;
}

/** Null: it knows neither. Nothing is allocated then, as this runs for every decision. */
export function knownEntities(
  directory: Directory | undefined,
  request: AccessRequest | GrantRequest,
): KnownEntities | null {
  if (directory === undefined || directory.entities.size === 0) return null;
  const { subject: of } = request;
  const subject = of === null ? undefined : entityOf(directory, of.type, of.id);
  const on = "resource" in request ? request.resource : null;
  const resource = on === null || on.id === null ? undefined : entityOf(directory, on.type, on.id);
  return subject === undefined && resource === undefined ? null : { subject, resource };
}

const textsOf = (value: Json | undefined): readonly string[] | null =>
  Array.isArray(value) && value.length > 0 ? (value as readonly string[]) : null;

/** The properties of an entity that say whose resource it is, as those of a resource. */
function patientProperties({ type, id, properties }: Entity): Pick<Resource, "id" | "patient" | "patients" | "type"> {
  const patient = properties?.patient;
  return { type, id, patient: typeof patient === "string" ? patient : null, patients: textsOf(properties?.patients) };
}

/** Whose the resource is, where only the directory says it; empty: nobody's, or the request says it too. */
export function knownPatients(request: AccessRequest | GrantRequest, { resource }: KnownEntities): readonly string[] {
  if (resource === undefined || !("resource" in request) || patientsOf(request.resource).length > 0) return [];
  return patientsOf(patientProperties(resource));
}

/** What merging came to, beside the request. */
export interface KnownFacts {
  readonly entities: KnownEntities;
  /** The request says otherwise of whose it is, or where: nothing can be allowed on it. */
  readonly disagree: Reason<"FACTS_DISAGREE"> | null;
  /** Attributes of the request gave way. */
  readonly replaced: Reason<"FACTS_REPLACED"> | null;
  /** What the request itself says of the resource. */
  readonly asked: Pick<Resource, "attributes">;
  /** What the request itself says of the subject. */
  readonly said: JsonObject | null;
  /** The request says no attributes of the subject: those that it has now are the directory's. */
  readonly moreAttributes: boolean;
}
type Disagreeing = Reason<"FACTS_DISAGREE">["parameters"]["members"][number];

/** Whether both say one of the lists that say all there is of a resource: what either names is in it. */
const isInBoth = (name: string, asked: JsonObject, known: JsonObject): boolean =>
  COMPLETE_LISTS.includes(name) && Array.isArray(asked[name]) && Array.isArray(known[name]);

/** Notes what of a request differs from what is known. */
class Differences {
  readonly members: Disagreeing[] = [];
  readonly asked: string[] = [];
  readonly attributes: string[] = [];

  /** The value that counts: the known one, where there is one. */
  text(member: Disagreeing, asked: string | null, known: Json | undefined): string | null {
    if (typeof known !== "string") return asked;
    if (asked !== null && asked !== known) this.note(member, asked);
    return known;
  }

  note(member: Disagreeing, asked: string): void {
    this.members.push(member);
    this.asked.push(asked);
  }

  /** Both, and of a name that both have the known value. */
  merged(of: string, asked: JsonObject | null, known: JsonObject): JsonObject | null {
    if (asked === null) return Object.keys(known).length === 0 ? null : known;
    for (const name in known) {
      const [theirs, ours] = [asked[name], known[name]];
      if (isInBoth(name, asked, known)) continue;
      if (theirs !== undefined && !sameJson(theirs, ours as Json)) this.attributes.push(`${of}.${name}`);
    }
    const merged: { [name: string]: Json | undefined } = { ...asked, ...known };
    for (const name of COMPLETE_LISTS)
      if (isInBoth(name, asked, known)) merged[name] = [...new Set([asked[name], known[name]].flat())] as Json;
    return merged as JsonObject;
  }
}

function mergeSubject(asked: Subject, properties: Properties, differences: Differences): Subject {
  const { organization, ...known } = properties;
  return {
    ...asked,
    organization: differences.text("subject.organization", asked.organization, organization),
    attributes: differences.merged("subject.attributes", asked.attributes, known),
  };
}

function union(asked: readonly Label[] | null, said: readonly string[] | null): readonly Label[] | null {
  const known = said === null ? null : labelsOf(said);
  if (asked === null || known === null) return asked ?? known;
  return [...new Set([...asked, ...known])];
}

/** Whose it is: as the directory says it, if it does. */
function mergePatients(
  asked: Resource,
  entity: Entity,
  differences: Differences,
): Pick<Resource, "patient" | "patients"> {
  const known = patientProperties(entity);
  const [theirs, ours] = [patientsOf(asked), patientsOf(known)];
  if (ours.length === 0) return asked;
  const agree = theirs.length === ours.length && theirs.every((each) => ours.includes(each));
  if (agree) return asked;
  if (theirs.length > 0) differences.note("resource.patient", clipped(theirs.join(", "), TEXT_KEPT));
  return known;
}

function mergeResource(asked: Resource, entity: Entity, differences: Differences): Resource {
  const { labels, organization, patient: _, patients: __, ...known } = entity.properties ?? {};
  const { patient, patients } = mergePatients(asked, entity, differences);
  return {
    ...asked,
    patient,
    patients,
    organization: differences.text("resource.organization", asked.organization, organization),
    labels: union(asked.labels, textsOf(labels)),
    attributes: differences.merged("resource.attributes", asked.attributes, known),
  };
}

const NOTHING_ASKED: Pick<Resource, "attributes"> = { attributes: null };

const replacedBy = (attributes: readonly string[]): Reason<"FACTS_REPLACED"> =>
  reason("FACTS_REPLACED", {
    parameters: { attributes: attributes.slice(0, NAMES_LISTED), ...listed("moreAttributes", attributes) },
  });

/** A request with what the directory knows. */
export interface Merged<Request> {
  readonly request: Request;
  readonly known: KnownFacts | null;
}

/**
 * The request as it is decided: what it leaves out of a subject or resource that the directory knows is taken from there,
 * labels are those of both, and of attributes the directory's count. Pure, and the request itself where nothing is known.
 */
export function mergeFacts<Request extends AccessRequest | GrantRequest>(
  directory: Directory | undefined,
  request: Request,
): Merged<Request> {
  const entities = knownEntities(directory, request);
  if (entities === null) return { request, known: null };
  const differences = new Differences();
  const ofSubject = entities.subject?.properties ?? null;
  const { resource } = entities;
  let merged: AccessRequest | GrantRequest = request;
  if (ofSubject !== null && request.subject !== null)
    merged = { ...merged, subject: mergeSubject(request.subject, ofSubject, differences) };
  if (resource !== undefined && resource.properties !== null && "resource" in merged)
    merged = { ...merged, resource: mergeResource(merged.resource, resource, differences) };
  const { asked, attributes, members } = differences;
  const known = {
    asked: "resource" in request ? request.resource : NOTHING_ASKED,
    entities,
    said: request.subject?.attributes ?? null,
    moreAttributes: request.subject !== null && request.subject.attributes === null,
    disagree: members.length === 0 ? null : reason("FACTS_DISAGREE", { parameters: { members }, personal: { asked } }),
    replaced: attributes.length === 0 ? null : replacedBy(attributes),
  };
  return { request: merged as Request, known };
}
