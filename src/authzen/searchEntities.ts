import { requireMayAssertSomewhere } from "../domain/decisions/assertedRoles.ts";
import { withResourceId } from "../domain/decisions/patientInput.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import type { Entity } from "../domain/directory/entity.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { knownEntities, knownSubjects } from "./candidates.ts";
import { readQuestion } from "./question.ts";
import { checkAsserted, entityOf, type Search, type SearchDeps, searchApi, templateOf } from "./search.ts";

/** The entity that is searched for: its type counts, anything else of it is ignored (section 8). */
const ofType = (entity: unknown): unknown => (isObject(entity) ? { type: entity.type, id: "-" } : entity);

/** The same question about another subject. */
const withSubject = ({ subject, ...template }: AccessRequest, id: string): AccessRequest | null =>
  subject === null ? null : { ...template, subject: { ...subject, id } };

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
 * Reads a search for what one member of an evaluation could be: `{subject: {type}, action, resource, context?}` or
 * `{subject, action, resource: {type}, context?}`. @throws ScopewardenError BAD_USER_INPUT
 */
function readEntitySearch(member: "subject" | "resource", members: Members, deps: SearchDeps): Search {
  const { facts, inputLimits, breathe } = deps;
  // Any id will do, so that the rest is checked once: each candidate takes its place.
  const input = readQuestion({ ...members, [member]: ofType(members[member]) }, deps);
  const template = templateOf(input, inputLimits);
  checkAsserted(template, deps, requireMayAssertSomewhere);
  const { type } = input[member] as { readonly type: string };
  const registered = facts.directory?.entities.get(type);
  const known = member === "subject" ? knownSubjects : knownEntities;
  return {
    identity: [member, template as unknown as Json],
    candidates: () => known(facts, type, breathe),
    // What else the directory has of it, the decision takes from there.
    requestFor: (id) =>
      member === "subject" ? withSubject(template, id) : withResource(template, id, registered?.get(id)),
    entity: (id) => entityOf(type, id, registered?.get(id)),
  };
}

/** Subject Search API (section 8): who may do this with that resource? */
export const searchSubject = searchApi((members, deps) => readEntitySearch("subject", members, deps));

/** Resource Search API (section 8): on which resources of a type may this subject do that? */
export const searchResource = searchApi((members, deps) => readEntitySearch("resource", members, deps));
