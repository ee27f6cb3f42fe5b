import { type Failure, failure, isMembers, type Members, type Problem } from "./answers.ts";
import type { Operation } from "./operation.ts";
import { isCredential, type Settings } from "./settings.ts";

export type Asked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

interface Request {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** One attempt. `again`: whether the same request may do better. */
type Attempt = Asked<Members> & { readonly again: boolean };

const no = (again: boolean, of: Failure): Attempt => ({ ok: false, failure: of, again });

/** What says that the request did not arrive, or that there is no answer to it now. */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const UNAUTHORIZED: ReadonlySet<string> = new Set([
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "INSUFFICIENT_USER_AUTHENTICATION",
  "TOO_MANY_FAILURES",
]);
const REFUSED: ReadonlySet<string> = new Set([
  "BAD_USER_INPUT",
  "LIMIT_EXCEEDED",
  "BAD_REQUEST",
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
]);

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** What the service says is wrong, in GraphQL's form or in AuthZEN's; null: nothing that can be read. */
function refusalIn(body: unknown): { code: string | null; message: string; problems: readonly Problem[] } | null {
  if (!isMembers(body)) return null;
  const first: unknown = Array.isArray(body.errors) ? body.errors[0] : body.error;
  if (!isMembers(first)) return null;
  const details = isMembers(first.extensions) ? first.extensions : first;
  const problems = (Array.isArray(details.problems) ? details.problems : []).filter(isMembers);
  return {
    code: textOf(details.code),
    message: textOf(first.message) ?? "",
    problems: problems.map(({ path, message }) => ({ path: String(path), message: String(message) })),
  };
}

function kindOf(status: number, code: string | null): Failure["kind"] {
  if (code !== null && UNAUTHORIZED.has(code)) return "unauthorized";
  if (code !== null && REFUSED.has(code)) return "refused";
  if (code !== null && status !== 404) return "unavailable";
  if (status === 401 || status === 403) return "unauthorized";
  return [400, 413, 415, 422, 431].includes(status) ? "refused" : "unavailable";
}

/** `Retry-After` (RFC 9110, section 10.2.3) in ms; null: there is none. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}

function read(response: Response, text: string): Attempt {
  const { status } = response;
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Whatever it is, it is no answer of the service.
  }
  const refusal = refusalIn(body);
  if (status === 200 && refusal === null && isMembers(body)) return { ok: true, value: body, again: false };
  const said = refusal?.message ? `: ${refusal.message}` : "";
  const more = {
    code: refusal?.code ?? null,
    problems: refusal?.problems ?? [],
    retryAfterMs: retryAfter(response.headers.get("retry-after")),
  };
  if (refusal === null && !AGAIN.has(status) && status !== 401 && status !== 403)
    return no(false, failure("unavailable", `What answers is not Scopewarden (HTTP ${status}). Check url.`, more));
  return no(
    AGAIN.has(status),
    failure(kindOf(status, more.code), `The service answered with HTTP ${status}${said}`, more),
  );
}

/** Such as ECONNREFUSED: a name, and never a text in which anything could stand. */
function codeOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { readonly cause?: unknown; readonly code?: unknown };
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code)) return ` (${code})`;
  return cause === undefined || cause === error ? "" : codeOf(cause);
}

/** Resolves at once when the signal ends it. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

const ABORTED = failure("aborted", "The caller's signal ended the call.");

export class Transport {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The data of an operation's answer. `variables` is JSON, so that it is written once. */
  async graphql<Result>(
    { text }: Operation<Result, never>,
    variables: string,
    signal: AbortSignal | undefined,
  ): Promise<Asked<Members>> {
    const body = `{"query":${JSON.stringify(text)},"variables":${variables}}`;
    const asked = await this.post({ path: "/graphql", type: "application/json", body }, signal);
    if (!asked.ok) return asked;
    const { data } = asked.value;
    return isMembers(data) ? { ok: true, value: data } : { ok: false, failure: this.notOurs() };
  }

  /** The members of the answer. Never rejects. */
  async post(request: Request, signal: AbortSignal | undefined): Promise<Asked<Members>> {
    const { retries, timeoutMs } = this.#settings;
    if (signal !== undefined && typeof signal?.addEventListener !== "function")
      return { ok: false, failure: failure("refused", "signal must be an AbortSignal.") };
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#attempt(request, signal);
      if (answer.ok || !answer.again || attempt === retries) return answer;
      const { retryAfterMs } = answer.failure;
      // Who would wait longer than for an answer is told so.
      if (retryAfterMs !== null && retryAfterMs > timeoutMs) return answer;
      await sleep(retryAfterMs ?? 25 + Math.random() * 50, signal);
      if (signal?.aborted) return { ok: false, failure: ABORTED };
    }
  }

  notOurs(): Failure {
    return failure("unavailable", `What answers at ${this.#settings.url} is not Scopewarden. Check url.`);
  }

  /** Ends in time whatever `fetch` and `token` do. */
  #attempt(request: Request, signal: AbortSignal | undefined): Promise<Attempt> {
    const { timeoutMs, url } = this.#settings;
    if (signal?.aborted) return Promise.resolve(no(false, ABORTED));
    const controller = new AbortController();
    return new Promise((resolve) => {
      const end = (attempt: Attempt): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        resolve(attempt);
        controller.abort();
      };
      const abort = (): void => end(no(false, ABORTED));
      const timeout = failure("timeout", `The service at ${url} did not answer within ${timeoutMs} ms.`);
      const timer = setTimeout(() => end(no(true, timeout)), timeoutMs);
      signal?.addEventListener("abort", abort);
      this.#send(request, controller.signal).then(end, (error: unknown) =>
        end(no(true, failure("unavailable", `The service at ${url} can't be reached${codeOf(error)}.`))),
      );
    });
  }

  async #send({ path, type, body }: Request, signal: AbortSignal): Promise<Attempt> {
    const { credential, fetch, url } = this.#settings;
    let token: unknown;
    try {
      token = await credential();
    } catch {
      // Nor is there one where nothing is given.
    }
    if (!isCredential(token))
      return no(false, failure("unauthorized", "token gave no access token, so that nothing was asked."));
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": type, accept: "application/json", authorization: `Bearer ${token}` },
      body,
      // The credential is for this address and no other; not every edge knows `error`.
      redirect: "manual",
      signal,
    });
    return read(response, await response.text());
  }
}
