import type { FastifyInstance, FastifyRequest } from "fastify";
import { badInput, ScopewardenError } from "../domain/kernel/errors.ts";
import { type Answer, jsonAnswer } from "../doors/answer.ts";
import { HTTP_STATUS } from "../doors/status.ts";
import { CREDENTIALS } from "./authenticate.ts";
import type { RefusalAnswer } from "./refusal.ts";
import { sendAnswer } from "./sendAnswer.ts";
import type { Introspected, TokenAuthenticator } from "./tokens/tokenAuthenticator.ts";

const PATH = "/introspect";
const FORM = "application/x-www-form-urlencoded";
/** A token is at most as long as a header may be; what is sent beside it is a hint. */
const BYTES = 32 * 1024;

const INACTIVE = jsonAnswer(200, JSON.stringify({ active: false }));

/** By RFC 7662 section 2.3 in OAuth's form (RFC 6749 section 5.2), and in that of the other doors beside it. */
const refusalAnswer: RefusalAnswer = ({ code, headers = {}, message, status = HTTP_STATUS[code] }) =>
  jsonAnswer(
    status,
    JSON.stringify({
      error:
        status === 401 || status === 403
          ? "invalid_client"
          : status >= 500
            ? "temporarily_unavailable"
            : "invalid_request",
      error_description: message,
      errors: [{ message, extensions: { code } }],
    }),
    Object.entries(headers),
  );

/** @throws ScopewardenError BAD_USER_INPUT for a form that has no token, or two. */
function tokenOf({ body }: FastifyRequest): string {
  const form = body instanceof URLSearchParams ? body : new URLSearchParams();
  const [token, ...more] = form.getAll("token");
  if (token === undefined || token === "" || more.length > 0)
    throw badInput([{ path: "token", message: `must be sent once, in a body of the type ${FORM}` }]);
  return token;
}

/**
 * What is told of a token that was found: all, or that it is not active. At which check it fell stands in the log alone: a guard can do
 * nothing with it, and whoever tries tokens learns nothing. @throws ScopewardenError where it can't be told
 */
function answerOf(read: Introspected, { facts }: FastifyRequest): Answer {
  if (read.ok) return jsonAnswer(200, JSON.stringify(read.claims));
  facts.tokenCheck = read.check;
  if (read.check === "keys_unavailable" || read.check === "state_unavailable")
    throw new ScopewardenError(
      "AUTHENTICATION_UNAVAILABLE",
      "What the token is worth can't be verified at the moment; try again.",
    );
  return INACTIVE;
}

/** OAuth 2.0 Token Introspection (RFC 7662) for who guards a FHIR server. `tokens`: null where no issuer has audiences of guards. */
export async function registerIntrospection(
  server: FastifyInstance,
  tokens: Pick<TokenAuthenticator, "introspect"> | null,
): Promise<void> {
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(FORM, { parseAs: "string", bodyLimit: BYTES }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    scope.post(PATH, { config: { door: PATH, refusalAnswer } }, async (request, reply) => {
      const token = tokenOf(request);
      if (tokens === null)
        throw new ScopewardenError(
          "NOT_FOUND",
          "No issuer of this service has guardAudiences, for which a token could be introspected (docs/guard.md).",
        );
      const isToken = CREDENTIALS.test(`bearer ${token}`);
      return sendAnswer(reply, isToken ? answerOf(await tokens.introspect(token), request) : INACTIVE);
    });
  });
}
