import { ApiError } from "./apiError.ts";
import type { Operation } from "./operation.ts";

/** Who is signed in: sends with a key or a token. */
export interface Credentials {
  /** @throws ApiError UNAUTHENTICATED where the sign-in is over */
  send(request: (authorization: string) => Promise<Response>): Promise<Response>;
}

/** Relative to /console/, whatever path prefix a proxy puts before it. */
export const ENDPOINT = new URL("../graphql", document.baseURI).href;

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: {
      readonly code?: string;
      readonly problems?: readonly { path?: string; message?: string }[];
    };
  }[];
}

/** Of RFC 9470: how long ago a sign-in may have been at most, in seconds; null where it is not that which was missing. */
export function askedAge(response: Response): number | null {
  const challenge = response.headers.get("www-authenticate") ?? "";
  if (!/error="?insufficient_user_authentication\b/.test(challenge)) return null;
  return Number(/\bmax_age="?(\d+)/.exec(challenge)?.[1] ?? 0);
}

/** So long nobody waits for what they asked: then it is said that there is no answer. */
const MOST_WAIT_MS = 10_000;

/** `Retry-After` in seconds (RFC 9110 section 10.2.3); null where there is none, or a date. */
function retryAfterMs({ headers }: Response): number | null {
  const seconds = /^\d+$/.exec(headers.get("retry-after")?.trim() ?? "")?.[0];
  return seconds === undefined ? null : Math.min(Number(seconds) * 1000, MOST_WAIT_MS);
}

async function answerOf(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    throw new ApiError(
      "NETWORK",
      `The service answered with status ${response.status}, and nothing that can be read.`,
      { retryAfterMs: retryAfterMs(response) },
    );
  }
}

/** Asks the service. Nothing of it is kept by the browser: it is a POST, and the service says `no-store`. */
export async function ask<R, V>(
  credentials: Credentials,
  {
    operation,
    variables,
    signal,
  }: { readonly operation: Operation<R, V>; readonly variables: V; readonly signal?: AbortSignal },
): Promise<R> {
  const body = JSON.stringify({ query: operation.text, operationName: operation.name, variables });
  const request = (authorization: string) =>
    fetch(ENDPOINT, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json", authorization },
      body,
      ...(signal && { signal }),
    });
  let response: Response;
  try {
    response = await credentials.send(request);
  } catch (error) {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === "AbortError")) throw error;
    throw new ApiError(
      "NETWORK",
      "The service did not answer. Nothing is known of what was asked: look before you do it again.",
    );
  }
  const answer = await answerOf(response);
  const error = answer.errors?.[0];
  if (error !== undefined)
    throw new ApiError(error.extensions?.code ?? "INTERNAL", error.message, {
      problems: (error.extensions?.problems ?? []).map(({ path = "", message = "" }) => ({ path, message })),
      maxAge: askedAge(response),
      retryAfterMs: retryAfterMs(response),
    });
  if (!response.ok || answer.data == null)
    throw new ApiError("NETWORK", `The service answered with status ${response.status}.`, {
      retryAfterMs: retryAfterMs(response),
    });
  return answer.data as R;
}
