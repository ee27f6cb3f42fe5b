import { refusedAuthors } from "../consent/authors.ts";
import { type KeptBreakGlass, versionOf } from "../consent/breakGlass/breakGlass.ts";
import { isCareTeam, subjectsNamed } from "../consent/recipientLinks.ts";
import type { Consent } from "../consent/types.ts";
import { type Directory, entityOf, linkedTo } from "../directory/directory.ts";
import type { Entity, Properties } from "../directory/entity.ts";
import { byteLength } from "../kernel/byteLength.ts";
import { canonicalJson } from "../kernel/canonical.ts";
import { badInput, type Problem, ScopewardenError } from "../kernel/errors.ts";
import { PATIENT_TYPE } from "../kernel/patientId.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { CLIENT } from "../policy/types.ts";
import { bytesOfNames, namesProblem } from "./consentBounds.ts";
import { authorsNamed } from "./consentData.ts";
import { type KnownEntities, knownEntities, mergeFacts } from "./mergeFacts.ts";
import { spareBytes } from "./recordSize.ts";
import { type KeptRestriction, versionOf as restrictionVersion } from "./restrictions/restriction.ts";
import { referencesOfSubject } from "./subjectReferences.ts";
import type { AccessRequest, DecisionKind, EntityName, FactName, GrantRequest } from "./types.ts";

/** What is known for one question beside the snapshot. */
export interface GatheredFacts {
  readonly consents: readonly Consent[];
  /** Emergencies that are open for its patients; absent: none. */
  readonly breakGlasses?: readonly KeptBreakGlass[];
  /** What alerts brought on its client and its subject; absent: nothing. */
  readonly restrictions?: readonly KeptRestriction[];
  /** Those of the directory on whom refusals depend beside the subject (`linkedNow`); absent: nobody. */
  readonly linked?: readonly Entity[];
}

/** All questions of one request, with what the directory knows of their resources, and the policy that they are decided against. */
export interface FactQuery {
  readonly kind: DecisionKind;
  readonly requests: readonly (AccessRequest | GrantRequest)[];
  readonly snapshot: Snapshot;
  /** The paths of questions that a caller asks, who may have only so much read; absent: nothing is bounded. */
  readonly pathOf?: (index: number) => string;
  /** A question without a subject is about whoever could be it; absent: the client asks for itself. */
  readonly whoever?: true;
}

/** What a source knows of each question, in their order. */
type Known = readonly Partial<GatheredFacts>[];

/** Where decisions get facts from that are not in the snapshot. */
export interface FactSource {
  /**
   * Asked once a request: answers for each question, in their order; at once where nothing has to be read. A rejection means that there is
   * no decision; one that is no ScopewardenError is told as POLICY_UNAVAILABLE. BAD_USER_INPUT: more would be read than one request may have.
   */
  gather(query: FactQuery): Known | Promise<Known>;
}

/** One that throws must leave no other unheard. */
function ask(source: FactSource, query: FactQuery): Known | Promise<Known> {
  try {
    return source.gather(query);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What each source knows: all read at the same time. */
async function askAll(sources: readonly FactSource[], query: FactQuery): Promise<readonly Known[]> {
  let known: readonly Known[];
  try {
    known = await Promise.all(sources.map((source) => ask(source, query)));
  } catch (cause) {
    if (cause instanceof ScopewardenError) throw cause;
    throw new ScopewardenError("POLICY_UNAVAILABLE", "What a decision depends on can't be read.", { cause });
  }
  if (known.some(({ length }) => length !== query.requests.length))
    throw new ScopewardenError("INTERNAL", "A source of facts did not answer for each question.");
  return known;
}

/** What several sources know of a question; of one alone its own list. */
function ofAll<Name extends keyof GatheredFacts>(
  answers: readonly Known[],
  i: number,
  name: Name,
): NonNullable<GatheredFacts[Name]> {
  let found: readonly unknown[] = NOTHING_KNOWN;
  for (const facts of answers) {
    const list = facts[i]?.[name];
    if (list !== undefined && list.length > 0) found = found.length === 0 ? list : [...found, ...list];
  }
  return found as NonNullable<GatheredFacts[Name]>;
}
const NOTHING_KNOWN: readonly never[] = [];

/** The request with what the directory knows of its resource. Most are of resources that it does not know. */
const withResource = (directory: Directory | undefined, request: AccessRequest | GrantRequest) =>
  knownEntities(directory, request)?.resource === undefined ? request : mergeFacts(directory, request).request;

/** What a record names by its id. Mostly there are consents alone: this runs for every decision. */
const withOthers = (
  consents: readonly Consent[],
  breakGlasses: readonly KeptBreakGlass[],
  restrictions: readonly KeptRestriction[],
): readonly { readonly id: string }[] =>
  breakGlasses.length + restrictions.length === 0 ? consents : [...consents, ...breakGlasses, ...restrictions];

const isForSome = ({ effect, recipients }: Pick<Consent, "effect" | "recipients">): boolean =>
  effect === "DENY" && recipients !== null;

/** Whether a consent refuses somebody in particular: an exception without recipients is for those of its consent. */
const refusesSome = (consent: Consent): boolean =>
  isForSome(consent) ||
  consent.exceptions.some(({ effect, recipients }) =>
    isForSome({ effect, recipients: recipients ?? consent.recipients }),
  );

/** Others who are linked to the FHIR resources by which somebody goes. */
function namesakesOf(subject: NonNullable<AccessRequest["subject"]>, directory: Directory): readonly Entity[] {
  const { id, type } = subject;
  const found: Entity[] = [];
  for (const reference of referencesOfSubject(subject, entityOf(directory, type, id)?.properties))
    for (const each of linkedTo(directory, reference)) {
      const entity = each.id === id && each.type === type ? undefined : entityOf(directory, each.type, each.id);
      if (entity !== undefined) found.push(entity);
    }
  return found;
}

/** Authors of one resource whose names are looked up: of others nobody knows who they are. */
const MOST_AUTHORS = 16;

type Asked = Pick<AccessRequest, "clientId" | "subject"> & Partial<Pick<AccessRequest, "resource">>;

/** The names by which somebody may be the author of the data, where consents refuse what somebody wrote: those and the resource's own. */
function authorsOf(consents: readonly Consent[], { resource }: Asked, directory: Directory): readonly string[] {
  const refused = consents.flatMap(refusedAuthors);
  if (refused.length === 0 || resource === undefined) return refused;
  const { attributes, id, type } = resource;
  const known = id === null ? null : (entityOf(directory, type, id)?.properties ?? null);
  return [...refused, ...authorsNamed([attributes, known]).slice(0, MOST_AUTHORS)];
}

/**
 * Of whom in the directory refusals depend beside the subject: who is linked now to names for which they were recorded without
 * anybody, the patient whose care team is refused, and who is linked to the same FHIR resources as the subject; of a client that acts as
 * itself its own entry; of data who may have written it. Mostly there is no such refusal.
 */
export function linkedNow(
  consents: readonly Consent[],
  request: Asked,
  directory: Directory | undefined,
): readonly Entity[] {
  if (directory === undefined || directory.entities.size === 0 || consents.length === 0) return NOTHING_KNOWN;
  const authors = authorsOf(consents, request, directory);
  const isOfSome = consents.some(refusesSome);
  if (authors.length === 0 && !isOfSome) return NOTHING_KNOWN;
  const found = new Map<string, Entity>();
  const add = (type: string, id: string): void => {
    const entity = entityOf(directory, type, id);
    if (entity !== undefined) found.set(`${type}/${id}`, entity);
  };
  for (const { links = [], patient } of consents)
    for (const { reference, subjects } of links)
      if (isCareTeam(reference)) add(PATIENT_TYPE, patient);
      else if (subjects.length === 0)
        for (const { type, id } of subjectsNamed(directory, patient, reference).slice(0, 1)) add(type, id);
  const { clientId, subject } = request;
  if (isOfSome && subject === null) add(CLIENT, clientId);
  if (isOfSome && subject !== null) for (const { id, type } of namesakesOf(subject, directory)) add(type, id);
  for (const author of authors) for (const { id, type } of linkedTo(directory, author)) add(type, id);
  return [...found.values()];
}

/**
 * What all sources know, for each question; they are asked with what the directory adds to it, a patient say.
 * @throws ScopewardenError POLICY_UNAVAILABLE; BAD_USER_INPUT where a caller's question rests on more than its record can
 * name; or what a source throws
 */
export async function gatherFacts(
  sources: readonly FactSource[],
  query: FactQuery,
  directory?: Directory,
): Promise<ReadonlyMap<object, GatheredFacts>> {
  const isKnown = directory !== undefined && directory.entities.size > 0;
  const requests = isKnown ? query.requests.map((request) => withResource(directory, request)) : query.requests;
  const answers = await askAll(sources, isKnown ? { ...query, requests } : query);
  const { pathOf } = query;
  const problems: Problem[] = [];
  const gathered = new Map<object, GatheredFacts>();
  for (const [i, request] of query.requests.entries()) {
    const consents = ofAll(answers, i, "consents");
    const breakGlasses = ofAll(answers, i, "breakGlasses");
    const restrictions = ofAll(answers, i, "restrictions");
    const linked = linkedNow(consents, request, directory);
    const named = withOthers(consents, breakGlasses, restrictions);
    const problem = pathOf === undefined ? null : namesProblem(request, named, pathOf(i));
    if (problem !== null) problems.push(problem);
    gathered.set(
      request,
      named === consents && linked.length === 0
        ? { consents }
        : {
            ...(breakGlasses.length === 0 ? null : { breakGlasses }),
            consents,
            ...(linked.length === 0 ? null : { linked }),
            ...(restrictions.length === 0 ? null : { restrictions }),
          },
    );
  }
  if (problems.length > 0) throw badInput(problems);
  return gathered;
}

/** What decisions about these questions would rest on beside the policy, of each. @throws ScopewardenError POLICY_UNAVAILABLE */
export type GatherAccess = (
  facts: { readonly snapshot: Snapshot; readonly directory?: Directory },
  requests: readonly AccessRequest[],
) => Promise<ReadonlyMap<object, GatheredFacts>>;

export const gatherAccess =
  (sources: readonly FactSource[]): GatherAccess =>
  ({ directory, snapshot }, requests) =>
    gatherFacts(sources, { kind: "ACCESS", requests, snapshot, whoever: true }, directory);

/** Of what the directory says, which is the same object until it is said anew. */
const remembered = new WeakMap<Properties, number>();

function bytesOfProperties(properties: Properties): number {
  let bytes = remembered.get(properties);
  if (bytes === undefined) {
    bytes = byteLength(canonicalJson(properties));
    remembered.set(properties, bytes);
  }
  return bytes;
}

/** What is known of those whom a request names, each with what it says as far as the record has room for it. */
function entityNames(
  request: AccessRequest | GrantRequest,
  { linked, resource, subject }: KnownEntities & Required<Pick<GatheredFacts, "linked">>,
  named: readonly { readonly id: string }[],
): EntityName[] {
  let room: number | null = null;
  const names: EntityName[] = [];
  for (const entity of new Set([subject, resource, ...linked])) {
    if (entity === undefined) continue;
    const { id, properties, type, version } = entity;
    if (properties === null) {
      names.push({ id, kind: "ENTITY", type, version });
      continue;
    }
    const bytes = bytesOfProperties(properties);
    room ??= spareBytes(request) - bytesOfNames(named);
    const kept = bytes <= room;
    if (kept) room -= bytes;
    names.push({ id, kind: "ENTITY", ...(kept ? { properties } : null), type, version });
  }
  return names;
}

const NO_ENTITIES: KnownEntities = { subject: undefined, resource: undefined };

/** All that a decision rests on beside the policy, by name: of what the directory has also what it said. */
export function namesOf(
  request: AccessRequest | GrantRequest,
  { gathered, known }: { readonly gathered: GatheredFacts | undefined; readonly known: KnownEntities | null },
): readonly FactName[] {
  const consents = gathered?.consents ?? [];
  const breakGlasses = gathered?.breakGlasses ?? [];
  const restrictions = gathered?.restrictions ?? [];
  const linked = gathered?.linked ?? [];
  const named = withOthers(consents, breakGlasses, restrictions);
  const entities = known ?? NO_ENTITIES;
  const names: FactName[] =
    known === null && linked.length === 0 ? [] : entityNames(request, { ...entities, linked }, named);
  for (const { id, version } of consents) names.push({ id, kind: "CONSENT", version });
  for (const each of breakGlasses) names.push({ id: each.id, kind: "BREAK_GLASS", version: versionOf(each) });
  for (const each of restrictions) names.push({ id: each.id, kind: "RESTRICTION", version: restrictionVersion(each) });
  return names;
}
