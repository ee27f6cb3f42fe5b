import { requireMayAssertSomewhere } from "../domain/decisions/assertedRoles.ts";
import { withResourceId } from "../domain/decisions/patientInput.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import type { Entity } from "../domain/directory/entity.ts";
import { after } from "../domain/kernel/after.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { type Asker, Askers } from "../domain/simulation/search/askers.ts";
import { knownEntities, knownSubjects } from "../domain/simulation/search/candidates.ts";
import { readQuestion } from "./question.ts";
import {
  checkAsserted,
  decidingEach,
  entityOf,
  type Named,
  type Search,
  type SearchDeps,
  searchApi,
  templateOf,
} from "./search.ts";

/** The entity that is searched for: its type counts, anything else of it is ignored (section 8). */
const ofType = (entity: unknown): unknown => (isObject(entity) ? { type: entity.type, id: "-" } : entity);

/** The same question about another resource, in the organization that the directory names; null: it would contradict itself. */
function withResource(template: AccessRequest, id: string, known: Entity | undefined): AccessRequest | null {
  const resource = withResourceId(template.resource, id);
  if (resource === null) return null;
  const { subject } = template;
  const organization = known?.properties?.organization;
  if (resource.organization !== null || typeof organization !== "string") return { ...template, resource };
  // Asserted roles hold there alone, as in an evaluation of what is found.
  const roles = subject?.roles?.map(({ role }) => ({ organization, role }));
  return {
    ...template,
    resource: { ...resource, organization },
    subject: subject === null || roles === undefined ? subject : { ...subject, roles },
  };
}

/**
 * Reads a search for what one member of an evaluation could be: any id will do there, so that the rest is checked once, and
 * each candidate takes its place. @throws ScopewardenError BAD_USER_INPUT
 */
function readEntitySearch(member: "subject" | "resource", members: Members, deps: SearchDeps) {
  const input = readQuestion({ ...members, [member]: ofType(members[member]) }, deps);
  const template = templateOf(input, deps.inputLimits);
  checkAsserted(template, deps, requireMayAssertSomewhere);
  const { type } = input[member] as { readonly type: string };
  const registered = deps.facts.directory?.entities.get(type);
  return {
    identity: [member, template as unknown as Json],
    template,
    type,
    entity: (id: string) => entityOf(type, id, registered?.get(id)),
  };
}

/** One who may be found, by the id under which he or she is searched for. */
interface Candidate extends Asker {
  readonly id: string;
}

/** `{subject: {type}, action, resource, context?}` */
function readSubjectSearch(members: Members, deps: SearchDeps): Search<Candidate> {
  const { breathe, facts, gather } = deps;
  const { entity, identity, template, type } = readEntitySearch("subject", members, deps);
  const { clientId } = template;
  let askers = new Askers(facts, template);
  async function* from(ids: Iterable<string>): AsyncGenerator<Candidate> {
    // Whose the resource is, is the same for all who may be found.
    const gathered = (await gather(facts, [template])).get(template);
    if (gathered !== undefined) askers = new Askers({ ...facts, gathered }, template);
    for (const id of ids) yield { id, ...askers.asker(clientId, { type, id }) };
  }
  return {
    identity,
    candidates: async (place) => from(after(await knownSubjects(facts, type, breathe), place)),
    nameOf: ({ id }) => id,
    workOf: (candidate) => askers.workOf(candidate),
    verdictOf: (candidate) => askers.verdictOf(candidate),
    entity: ({ id }) => entity(id),
  };
}

/** `{subject, action, resource: {type}, context?}` */
function readResourceSearch(members: Members, deps: SearchDeps): Search<Named> {
  const { entity, identity, template, type } = readEntitySearch("resource", members, deps);
  const names = () => knownEntities(deps.facts, type, deps.breathe);
  // What else the directory has of it, the decision takes from there.
  const registered = deps.facts.directory?.entities.get(type);
  const requestFor = (id: string) => withResource(template, id, registered?.get(id));
  return { identity, entity: ({ name }) => entity(name), ...decidingEach(deps, names, requestFor) };
}

/** Subject Search API (section 8): who may do this with that resource? */
export const searchSubject = searchApi(readSubjectSearch);

/** Resource Search API (section 8): on which resources of a type may this subject do that? */
export const searchResource = searchApi(readResourceSearch);
