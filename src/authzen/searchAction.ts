import type { Json } from "../domain/kernel/canonical.ts";
import { type Members, Reader } from "../domain/kernel/reader.ts";
import { actionProblem } from "../domain/kernel/text.ts";
import { knownActions } from "./candidates.ts";
import { contextInput, readContext, readResource, readSubject } from "./entities.ts";
import { clientOf } from "./question.ts";
import { scopeNamed } from "./scopeNamed.ts";
import { present, type Search, type SearchDeps, searchApi, templateOf } from "./search.ts";

/** Reads an action search: `{subject, resource, context?}`. @throws ScopewardenError BAD_USER_INPUT */
function readActionSearch(members: Members, { caller, facts, inputLimits, breathe }: SearchDeps): Search {
  const json = new Reader();
  const subject = readSubject(json, members.subject);
  const resource = readResource(json, members.resource);
  const context = readContext(json, members.context);
  const clientId = clientOf(json, context, caller);
  json.check();
  const template = templateOf(
    {
      clientId: present(clientId),
      subject,
      scopes: context.scopes,
      action: "read",
      resource: present(resource),
      purposeOfUse: context.purposeOfUse,
      context: contextInput(json, context, null),
    },
    inputLimits,
  );
  return {
    identity: ["action", template as unknown as Json],
    candidates: () => knownActions(facts.snapshot, breathe),
    requestFor(name) {
      const named = context.scopes === null ? scopeNamed(facts, name, template.resource.type) : null;
      const action = named === null ? name : named.action;
      if (action === undefined || actionProblem(action) !== null) return null;
      return { ...template, action, scopes: named === null ? template.scopes : [name] };
    },
    entity: (name) => ({ name }),
  };
}

/** Action Search API (section 8): what may this subject do with that resource? */
export const searchAction = searchApi(readActionSearch);
