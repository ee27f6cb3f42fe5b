import { requireMayAssertSomewhere } from "../domain/decisions/assertedRoles.ts";
import { withResourceId } from "../domain/decisions/patientInput.ts";
import type { AccessRequest } from "../domain/decisions/types.ts";
import type { Json } from "../domain/kernel/canonical.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import { knownEntities, knownSubjects } from "./candidates.ts";
import { resourceInput, subjectInput } from "./entities.ts";
import { readQuestion } from "./question.ts";
import {
  checkAsserted,
  entityOf,
  questionAbout,
  type Search,
  type SearchDeps,
  searchApi,
  templateOf,
} from "./search.ts";

/** The entity that is searched for: its type counts, anything else of it is ignored (section 8). */
const ofType = (entity: unknown): unknown => (isObject(entity) ? { type: entity.type, id: "-" } : entity);

/** The same question about another candidate; null: it would contradict itself. */
function withId(template: AccessRequest, member: "subject" | "resource", id: string): AccessRequest | null {
  if (member === "subject")
    return template.subject === null ? null : { ...template, subject: { ...template.subject, id } };
  const resource = withResourceId(template.resource, id);
  return resource === null ? null : { ...template, resource };
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
  const registered = facts.snapshot.entities.get(type);
  const known = member === "subject" ? knownSubjects : knownEntities;
  const put = member === "subject" ? subjectInput : resourceInput;
  return {
    identity: [member, template as unknown as Json],
    candidates: () => known(facts.snapshot, type, breathe),
    requestFor(id) {
      const entity = registered?.get(id);
      if (entity === undefined || entity.properties === null) return withId(template, member, id);
      return questionAbout((json) => ({ ...input, [member]: put(json, entity) }), inputLimits);
    },
    entity: (id) => entityOf(type, id, registered?.get(id)),
  };
}

/** Subject Search API (section 8): who may do this with that resource? */
export const searchSubject = searchApi((members, deps) => readEntitySearch("subject", members, deps));

/** Resource Search API (section 8): on which resources of a type may this subject do that? */
export const searchResource = searchApi((members, deps) => readEntitySearch("resource", members, deps));
