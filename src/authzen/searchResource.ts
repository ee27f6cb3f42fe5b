import type { Json } from "../domain/kernel/canonical.ts";
import { type Members, Reader } from "../domain/kernel/reader.ts";
import { knownEntities } from "./candidates.ts";
import { readAction, readContext, readSubject, readType, resourceInput } from "./entities.ts";
import { inputOf } from "./question.ts";
import { entityOf, present, questionAbout, type Search, type SearchDeps, searchApi, templateOf } from "./search.ts";

/** Reads a resource search: `{subject, action, resource: {type}, context?}`. @throws ScopewardenError BAD_USER_INPUT */
function readResourceSearch(members: Members, { caller, facts, inputLimits, breathe }: SearchDeps): Search {
  const json = new Reader();
  const subject = readSubject(json, members.subject);
  const action = readAction(json, members.action);
  const type = readType(json, members.resource, "resource");
  const context = readContext(json, members.context);
  json.check();
  // Any id will do, so that the rest is checked once: each candidate takes its place.
  const resource = { type: present(type), id: "-" };
  const input = inputOf(
    json,
    { subject: present(subject), action: present(action), resource, context },
    { caller, facts },
  );
  json.check();
  const about = present(input);
  const template = templateOf(about, inputLimits);
  const registered = facts.snapshot.entities.get(resource.type);
  return {
    identity: ["resource", template as unknown as Json],
    candidates: () => knownEntities(facts.snapshot, resource.type, breathe),
    requestFor(id) {
      const entity = registered?.get(id);
      return entity === undefined || entity.properties === null
        ? { ...template, resource: { ...template.resource, id } }
        : questionAbout(about, (read, rest) => ({ ...rest, resource: resourceInput(read, entity) }), inputLimits);
    },
    entity: (id) => entityOf(resource.type, id, registered?.get(id)),
  };
}

/** Resource Search API (section 8): on which resources of a type may this subject do that? */
export const searchResource = searchApi(readResourceSearch);
