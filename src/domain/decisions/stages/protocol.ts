import { listsProtocolScope } from "../../scopes/protocol.ts";
import type { GrantQuestion, Question } from "../question.ts";
import { reason } from "../reason.ts";
import type { GrantCheck, ScopeCheck } from "../scopeCheck.ts";

/** Stage 3 for one scope: it may reach resources, as every scope but those of protocols. These are no reason against an access. */
export const passProtocol = (_question: Question, { protocol }: ScopeCheck): boolean => protocol === null;

/**
 * The same of a scope for a token: one of a protocol is the client's if its setting names it. Who has signed in, and what
 * outlives the sign-in, is told of a person, so there must be one (RFC 6749 section 4.4.3: none for a client's own token).
 */
export function checkProtocol({ client, request: { subject } }: GrantQuestion, check: GrantCheck): boolean {
  const { problems, protocol, scope } = check;
  if (protocol === null) return true;
  const personal = { clientId: client?.id ?? "" };
  const refuse = (because: "NO_SUBJECT" | "PROTOCOL"): void => {
    problems.push(reason("SCOPE_NOT_GRANTED", { parameters: { at: null, because, missing: null }, personal, scope }));
  };
  if (!listsProtocolScope(client?.protocolScopes ?? null, scope)) refuse("PROTOCOL");
  if (subject === null && (protocol === "IDENTITY" || protocol === "REFRESH")) refuse("NO_SUBJECT");
  return false;
}
