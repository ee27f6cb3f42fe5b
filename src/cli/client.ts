import type { AuthorizeInput } from "../domain/decisions/accessInput.ts";
import type { PrintedReason } from "../domain/decisions/reasonText.ts";
import type { Outcome } from "../domain/decisions/types.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import { isObject, type Members } from "../domain/kernel/reader.ts";
import type { Obligation } from "../domain/policy/types.ts";
import { badUsage, CliError, EXIT, unavailable } from "./exit.ts";

/** A decision as the service answers it. */
export interface Answer {
  readonly id: string;
  readonly outcome: Outcome;
  readonly scope: string | null;
  /** The answer in one sentence. */
  readonly summary: string;
  /** The nearest first. */
  readonly reasons: readonly PrintedReason[];
  /** With those that are not listed. */
  readonly reasonCount: number;
  readonly sufficientScopes: readonly string[];
  readonly obligations: readonly Obligation[];
  readonly policyRevision: number;
  readonly decidedAt: string;
}

export interface Connection {
  /** Of the service, without a path; or with the whole path of its GraphQL endpoint. */
  readonly url: URL;
  readonly key: string;
  readonly timeoutMs: number;
}

const DECISION =
  "id outcome scope summary reasonCount sufficientScopes reasons { code message scope role ruleId } obligations { type parameters } policyRevision decidedAt";
const ONE = `query Authorize($input: AuthorizeInput!) { authorize(input: $input) { ${DECISION} } }`;
const BATCH = `query AuthorizeBatch($inputs: [AuthorizeInput!]!) { authorizeBatch(inputs: $inputs) { ${DECISION} } }`;

function isAnswer(value: unknown): value is Answer {
  return (
    isObject(value) &&
    typeof value.id === "string" &&
    (value.outcome === "ALLOW" || value.outcome === "DENY") &&
    typeof value.summary === "string" &&
    typeof value.reasonCount === "number" &&
    Array.isArray(value.reasons) &&
    value.reasons.every(
      (reason) => isObject(reason) && typeof reason.code === "string" && typeof reason.message === "string",
    ) &&
    Array.isArray(value.obligations) &&
    value.obligations.every((obligation) => isObject(obligation) && typeof obligation.type === "string") &&
    typeof value.policyRevision === "number"
  );
}

/** What is asked for, for the message when it can't be had. */
interface Purpose {
  /** What asking for it needs. */
  readonly needs: string;
  /** What is not there, when the service can't answer. */
  readonly failed: string;
  readonly instead: string;
}
const DECIDING: Purpose = {
  needs: "Asking for decisions needs a key with the role service.",
  failed: "There is no decision: the service could not make one.",
  instead: "Treat it as a denial, and ask again later.",
};

/** The service refused a request as it is. */
export class RefusedRequest extends CliError {
  /** As in `extensions.code`; empty where there is none. */
  readonly code: string;
  /** What is wrong with which part of the request. */
  readonly problems: readonly Problem[];

  constructor(code: string, problems: readonly Problem[], lines: readonly string[]) {
    super(EXIT.badInput, ...lines);
    this.code = code;
    this.problems = problems;
  }
}

/** Asks a running service. Every failure is a CliError that says what to do next. */
export class ScopewardenClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** `input` may be anything: the service says what is wrong with it. */
  async authorize(input: unknown): Promise<Answer> {
    const answer = (await this.ask(ONE, { input }, DECIDING)).authorize;
    if (!isAnswer(answer)) throw this.#notOurs();
    return answer;
  }

  /** In the order of the inputs. */
  async authorizeBatch(inputs: readonly AuthorizeInput[]): Promise<readonly Answer[]> {
    const answers = (await this.ask(BATCH, { inputs }, DECIDING)).authorizeBatch;
    if (!Array.isArray(answers) || answers.length !== inputs.length || !answers.every(isAnswer)) throw this.#notOurs();
    return answers;
  }

  /** The data of the answer to one GraphQL operation. @throws RefusedRequest for what is wrong with the request */
  async ask(query: string, variables: Members, purpose: Purpose): Promise<Members> {
    const response = await this.#send(JSON.stringify({ query, variables }));
    let body: unknown;
    try {
      body = JSON.parse(await response.text());
    } catch {
      throw this.#notOurs(response.status);
    }
    if (!isObject(body)) throw this.#notOurs(response.status);
    const errors = Array.isArray(body.errors) ? body.errors.filter(isObject) : [];
    if (errors.length > 0 || !response.ok) throw refusal(response.status, errors, purpose);
    if (!isObject(body.data)) throw this.#notOurs(response.status);
    return body.data;
  }

  async #send(body: string): Promise<Response> {
    const { url, key, timeoutMs } = this.#connection;
    const endpoint = url.pathname.endsWith("/graphql") ? url : new URL(`${url.href.replace(/\/$/, "")}/graphql`);
    try {
      return await fetch(endpoint, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json", accept: "application/json" },
        body,
        // The key is for this address and no other.
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      const why =
        error instanceof Error && error.name === "TimeoutError"
          ? `did not answer within ${timeoutMs / 1000} s`
          : `can't be reached${causeOf(error)}`;
      throw unavailable(
        `The service at ${url.origin} ${why}.`,
        "Start it with `scopewarden serve`, or give its address with --url.",
      );
    }
  }

  #notOurs(status?: number): CliError {
    return unavailable(
      `What answers at ${this.#connection.url.origin} is not Scopewarden${status === undefined ? "" : ` (HTTP ${status})`}. Check --url.`,
    );
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return "";
  return ` (${"code" in cause && typeof cause.code === "string" ? cause.code : cause.message})`;
}

/** Codes that are about the request; with any other, the same request may succeed later. */
const CALLERS_FAULT = new Set([
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "FOUR_EYES_REQUIRED",
  "NOT_FOUND",
  "CONFLICT",
  "LIMIT_EXCEEDED",
  "BAD_REQUEST",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
]);

function refusal(status: number, errors: readonly Members[], purpose: Purpose): CliError {
  const lines: string[] = [];
  const found: Problem[] = [];
  let code = "";
  for (const { message, extensions } of errors) {
    const details = isObject(extensions) ? extensions : {};
    code ||= typeof details.code === "string" ? details.code : "";
    const problems = Array.isArray(details.problems) ? details.problems.filter(isObject) : [];
    found.push(...problems.map((problem) => ({ path: String(problem.path), message: String(problem.message) })));
    if (problems.length > 0) lines.push(...problems.map((problem) => `${problem.path}: ${problem.message}`));
    else if (typeof message === "string") lines.push(message);
  }
  if (lines.length === 0) lines.push(`The service answered with HTTP ${status}.`);
  if (status === 401 || code === "UNAUTHENTICATED" || code === "TOO_MANY_FAILURES")
    return badUsage(
      "The service does not accept the key.",
      ...lines,
      "Set SCOPEWARDEN_KEY or --key-file to a key that is valid there.",
    );
  // What a second person must agree to is no matter of the key.
  if (code === "FOUR_EYES_REQUIRED") return new RefusedRequest(code, found, lines);
  if (code === "FORBIDDEN" || (status === 403 && code === "")) return badUsage(...lines, purpose.needs);
  if (CALLERS_FAULT.has(code) || (code === "" && status >= 400 && status < 500))
    return new RefusedRequest(status === 413 ? "LIMIT_EXCEEDED" : code, found, lines);
  return unavailable(purpose.failed, ...lines, purpose.instead);
}
