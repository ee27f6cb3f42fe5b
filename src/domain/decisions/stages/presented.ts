import { isProtocolScope } from "../../scopes/protocol.ts";
import type { AccessQuestion, GrantQuestion } from "../question.ts";
import { type Reason, reason } from "../reason.ts";

/** Stage 3: there are scopes to look at that can reach something, those of the token or all that the client is granted. */
export function checkPresented({
  client,
  request: { clientId, scopes: presented },
  scopes,
}: AccessQuestion): Reason | null {
  if (client === undefined) return null;
  if (scopes.length > 0)
    return scopes.every(isProtocolScope) ? reason("NO_SCOPES", { parameters: { because: "ONLY_PROTOCOL" } }) : null;
  return presented === null
    ? reason("NO_SCOPES", { parameters: { because: "NONE_GRANTED" }, personal: { clientId } })
    : reason("NO_SCOPES", { parameters: { because: "NONE_PRESENTED" } });
}

/** The same of a token that is to be issued: something is requested for it. */
export function checkRequested({ scopes }: GrantQuestion): Reason | null {
  return scopes.length > 0 ? null : reason("NO_SCOPES", { parameters: { because: "NONE_REQUESTED" } });
}
