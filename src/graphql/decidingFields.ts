import type { DecidingField } from "../domain/callers/permissions.ts";
import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { AskGrantInput } from "../domain/decisions/asking/consentAsking.ts";
import { ScopewardenError } from "../domain/kernel/errors.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { shownRequest } from "./shownRequest.ts";

async function authorize({ caller, domain }: GraphqlContext, input: AuthorizeInput) {
  const [record] = await domain.authorizer.authorize(caller, [input], () => "input");
  if (record === undefined) throw new ScopewardenError("INTERNAL", "no decision for an input");
  return decisionOf(record);
}

async function authorizeBatch({ caller, domain }: GraphqlContext, inputs: readonly AuthorizeInput[]) {
  const records = await domain.authorizer.authorize(caller, inputs, (i) => `inputs[${i}]`);
  return records.map(decisionOf);
}

/**
 * What each root field that decides comes to, given its one argument: for its resolver, and for operations that are
 * compiled. Each throws what the authorizer does. The mutations are the queries, for clients that answer queries themselves.
 */
export const decidingFields = {
  authorize,
  authorizeBatch,
  decide: authorize,
  decideBatch: authorizeBatch,
  async decideGrant({ caller, domain }: GraphqlContext, input: AskGrantInput) {
    const { authorizer, consentAsking, policy } = domain;
    const asked = await consentAsking.decideGrant(authorizer, caller, { input, path: "input" });
    const { consentRequest, record } = asked;
    const decision = decisionOf(record);
    const { by, scopeGrants, newScopes, summary, ...rest } = decision;
    return {
      ...rest,
      by,
      summary,
      scopes: scopeGrants ?? [],
      newScopes: newScopes ?? [],
      request: record.request,
      consentRequest: consentRequest === null ? null : shownRequest(policy.current(), consentRequest),
      record,
    };
  },
} satisfies { readonly [Field in DecidingField]: (context: GraphqlContext, argument: never) => Promise<unknown> };
