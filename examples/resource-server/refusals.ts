import type { FastifyReply } from "fastify";
import { Unauthorized } from "./accessToken.ts";
import { NotUnderstood } from "./obligations.ts";
import { BadQuestion, type Decision, Unavailable } from "./scopewarden.ts";

/** The answer was DENY. */
export class Denied extends Error {
  readonly decision: Decision;

  constructor(decision: Decision) {
    super(decision.summary);
    this.decision = decision;
  }
}

/** What was asked for is not here, or makes no sense: 404 and 400. */
export class BadRequest extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

/** FHIR's way to say what went wrong. */
const outcome = (code: string, diagnostics: string) => ({
  resourceType: "OperationOutcome",
  issue: [{ severity: "error", code, diagnostics }],
});

/** Answers what was thrown: status, challenge of RFC 6750 and OperationOutcome. */
export function sendRefusal(error: Error & { statusCode?: number }, reply: FastifyReply): unknown {
  const send = (status: number, code: string, diagnostics = error.message) =>
    reply.status(status).type("application/fhir+json").send(outcome(code, diagnostics));
  if (error instanceof Unauthorized) {
    reply.header("www-authenticate", error.error === null ? "Bearer" : `Bearer error="${error.error}"`);
    return send(401, error.error === null ? "login" : "security");
  }
  if (error instanceof Denied) {
    const { id, sufficientScopes } = error.decision;
    // Only where a scope would help is it worth the app's while to ask for one.
    if (sufficientScopes.length > 0) {
      const scope = sufficientScopes.join(" ");
      reply.header("www-authenticate", `Bearer error="insufficient_scope", scope="${scope}"`);
    }
    return send(403, "forbidden", `${error.message} (decision ${id})`);
  }
  if (error instanceof NotUnderstood) return send(403, "forbidden");
  if (error instanceof BadRequest) return send(error.status, error.status === 404 ? "not-found" : "invalid");
  if (error instanceof BadQuestion) return send(400, "invalid");
  if (error instanceof Unavailable) {
    console.error(error);
    reply.header("retry-after", "5");
    return send(503, "transient", "No decision could be made. Try again.");
  }
  if (error.statusCode !== undefined && error.statusCode < 500) return send(error.statusCode, "invalid");
  console.error(error);
  return send(500, "exception", "It is our fault.");
}
