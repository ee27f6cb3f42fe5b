import { badInput } from "../../kernel/errors.ts";
import { identifierProblem, languageProblem } from "../../kernel/text.ts";
import { type AuthorizeInput, besideClient, ofItself, readContext, readScopes, readSubject } from "../accessInput.ts";
import { asSent } from "../asSent.ts";
import { readAssertedRoles } from "../assertedRoles.ts";
import { DEFAULT_INPUT_LIMITS, type InputLimits, InputReader, type Maybe } from "../inputReader.ts";
import { readPurpose } from "../purposeInput.ts";
import { recordSizeProblem } from "../recordSize.ts";
import type { GrantRequest } from "../types.ts";

/** What an authorization server asks before it issues a token. */
export interface DecideGrantInput {
  readonly clientId: string;
  readonly subject?: AuthorizeInput["subject"];
  readonly scopes: readonly string[];
  readonly heldScopes?: Maybe<readonly string[]>;
  readonly languages?: Maybe<readonly string[]>;
  readonly purposeOfUse?: Maybe<string>;
  readonly context?: AuthorizeInput["context"];
  readonly requestId?: Maybe<string>;
}

/** Languages of one request. */
export const MAX_LANGUAGES = 10;

/** A request about a token; `characters` are those of its lists and attributes. */
export interface ParsedGrant {
  readonly request: GrantRequest;
  readonly characters: number;
}

/** Well formed and within limits, as `parseAuthorizeInput` does it. @throws ScopewardenError BAD_USER_INPUT */
export function parseGrantInput(
  input: DecideGrantInput,
  path: string,
  limits: InputLimits = DEFAULT_INPUT_LIMITS,
): ParsedGrant {
  const reader = new InputReader(limits);
  const clientId = reader.text(input.clientId, path, "clientId", identifierProblem) ?? "";
  const read = readSubject(reader, input.subject, `${path}.subject`);
  const itself = ofItself(read, clientId);
  let subject = besideClient(read, clientId);
  const roles = input.subject?.roles ?? null;
  if (roles !== null)
    subject = readAssertedRoles(reader, subject, { roles, organization: null, path: `${path}.subject` });
  const scopes = readScopes(reader, input.scopes, path, "scopes") ?? [];
  const heldScopes = readScopes(reader, input.heldScopes, path, "heldScopes") ?? [];
  const languages = reader.list(input.languages, MAX_LANGUAGES, path, "languages", languageProblem);
  const purposeOfUse = readPurpose(reader, input.purposeOfUse, path);
  const context = readContext(reader, input.context, `${path}.context`);
  const requestId = reader.text(input.requestId, path, "requestId", identifierProblem);
  reader.check();
  const sent = asSent(input, { labels: null, purposeOfUse });
  const others = { languages, purposeOfUse, requestId, scopes, subject };
  const said = { clientId, context, heldScopes, ...(itself && { itself }) };
  const request = { ...(sent && { asSent: sent }), ...said, ...others };
  const problem = recordSizeProblem(request, path, reader.characters);
  if (problem !== null) throw badInput([problem]);
  return { request, characters: reader.characters };
}
