import type { Answer } from "./answers.ts";
import { enforce } from "./enforce.ts";
import type { Obligation } from "./operations.graphql.ts";
import type { AuthorizeInput } from "./schema.ts";

/** What a request that may not go on is answered with. */
interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly error: string; readonly message: string; readonly decisionId: string | null };
}

interface FastifyReplyLike {
  code(status: number): { headers(values: object): { send(body: unknown): unknown } };
}
interface ExpressResponseLike {
  status(code: number): { set(headers: object): { json(body: unknown): unknown } };
}
interface HonoContextLike {
  json(body: unknown, status: never, headers: Record<string, string>): unknown;
}

/** The client, as far as it is needed here. */
interface Asks {
  authorize(question: AuthorizeInput): Promise<Answer>;
}

/** One question before a route, for whichever of the three serves it. */
export interface Gate<Request> {
  /** The answer once its obligations are met, for any other server. */
  ask(request: Request): Promise<Answer>;
  /** A `preHandler`. */
  fastify(request: Request, reply: FastifyReplyLike): Promise<unknown>;
  /** A middleware; what `question` throws goes to `next`. */
  express(request: Request, response: ExpressResponseLike, next: (error?: unknown) => void): Promise<void>;
  /** A middleware; the request is Hono's context. */
  hono(context: Request & HonoContextLike, next: () => Promise<void>): Promise<Response | undefined>;
}

/** What RFC 6749 lets into `scope`, and so into a header between quotes. */
const SCOPES = /^[!#-[\]-~]+(?: [!#-[\]-~]+)*$/;

/** 403: it is denied; 503: nobody knows; 400: it can't even be asked. Null: it may go on. */
function refusalOf(answer: Answer): Refusal | null {
  if (answer.outcome === "allowed") return null;
  if (answer.outcome === "denied") {
    const scope = answer.sufficientScopes.join(" ");
    const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
    const headers = SCOPES.test(scope) ? { "www-authenticate": challenge } : {};
    return { status: 403, headers, body: { error: "denied", message: answer.summary, decisionId: answer.id } };
  }
  const body = { message: "There is no decision. Try again.", decisionId: null };
  if (answer.kind === "refused")
    return { status: 400, headers: {}, body: { ...body, error: "invalid", message: "This can't be asked." } };
  const seconds = Math.max(1, Math.ceil((answer.retryAfterMs ?? 1000) / 1000));
  return { status: 503, headers: { "retry-after": String(seconds) }, body: { ...body, error: "unavailable" } };
}

/**
 * Lets a request on only where the client's answer is ALLOW and all of its obligations are met. Without handlers no obligation can be.
 * `question`: what is asked for a request; what it throws is the server's to answer.
 */
export function requireScope<Request>(
  client: Asks,
  question: (request: Request) => AuthorizeInput | Promise<AuthorizeInput>,
  handlers: Readonly<Record<string, (obligation: Obligation, request: Request) => unknown>> = {},
): Gate<Request> {
  async function ask(request: Request): Promise<Answer> {
    const answer = await client.authorize(await question(request));
    const bound = Object.entries(handlers).map(
      ([type, handler]) => [type, (obligation: Obligation) => handler(obligation, request)] as const,
    );
    return enforce(answer, Object.fromEntries(bound));
  }
  return {
    ask,
    async fastify(request, reply) {
      const refusal = refusalOf(await ask(request));
      return refusal === null ? undefined : reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
    },
    async express(request, response, next) {
      let refusal: Refusal | null;
      try {
        refusal = refusalOf(await ask(request));
      } catch (error) {
        next(error);
        return;
      }
      if (refusal === null) next();
      else response.status(refusal.status).set(refusal.headers).json(refusal.body);
    },
    async hono(context, next) {
      const refusal = refusalOf(await ask(context));
      if (refusal !== null)
        return context.json(refusal.body, refusal.status as never, { ...refusal.headers }) as Response;
      await next();
      return undefined;
    },
  };
}
