import type { Json } from "../domain/kernel/canonical.ts";
import { type Members, Reader } from "../domain/kernel/reader.ts";
import { knownSubjects } from "./candidates.ts";
import { readAction, readContext, readResource, readType, subjectInput } from "./entities.ts";
import { inputOf } from "./question.ts";
import { entityOf, present, questionAbout, type Search, type SearchDeps, searchApi, templateOf } from "./search.ts";

/** Reads a subject search: `{subject: {type}, action, resource, context?}`. @throws ScopewardenError BAD_USER_INPUT */
function readSubjectSearch(members: Members, { caller, facts, inputLimits, breathe }: SearchDeps): Search {
  const json = new Reader();
  const type = readType(json, members.subject, "subject");
  const action = readAction(json, members.action);
  const resource = readResource(json, members.resource);
  const context = readContext(json, members.context);
  json.check();
  // Any id will do, so that the rest is checked once: each candidate takes its place.
  const subject = { type: present(type), id: "-" };
  const input = inputOf(
    json,
    { subject, action: present(action), resource: present(resource), context },
    { caller, facts },
  );
  json.check();
  const about = present(input);
  const template = templateOf(about, inputLimits);
  const plain = { ...subject, organization: null, attributes: null };
  const registered = facts.snapshot.entities.get(subject.type);
  return {
    identity: ["subject", template as unknown as Json],
    candidates: () => knownSubjects(facts.snapshot, subject.type, breathe),
    requestFor(id) {
      const entity = registered?.get(id);
      return entity === undefined || entity.properties === null
        ? { ...template, subject: { ...plain, id } }
        : questionAbout(about, (read, rest) => ({ ...rest, subject: subjectInput(read, entity) }), inputLimits);
    },
    entity: (id) => entityOf(subject.type, id, registered?.get(id)),
  };
}

/** Subject Search API (section 8): who may do this with that resource? */
export const searchSubject = searchApi(readSubjectSearch);
