/** Where Scopewarden is, and a key that holds the role `service`. */
export interface Connection {
  readonly url: string;
  readonly key: string;
}

export interface GrantQuestion {
  readonly clientId: string;
  readonly subject: { readonly id: string };
  /** What the client asks for. */
  readonly scopes: readonly string[];
  /** What the person has agreed to before: `newScopes` is the rest. */
  readonly heldScopes?: readonly string[];
  /** In which to name the scopes, as BCP 47 writes them, the best first. */
  readonly languages?: readonly string[];
  readonly purposeOfUse: string;
  readonly context: { readonly patient: string };
  /** Makes a retry safe: the same id and question give the same answer. */
  readonly requestId?: string;
}

/** What became of one scope that was asked for. */
export interface ScopeGrant {
  readonly requested: string;
  /** What the token may carry for it; empty: nothing. */
  readonly scopes: readonly string[];
  /** In the person's language, where the scope is registered and has it. */
  readonly title: string | null;
  readonly description: string | null;
  /** What can be reached with it, in plain English. */
  readonly reaches: readonly string[];
  /** When the grant, the role or the scope ends that it stands on; null: never. */
  readonly validUntil: string | null;
  readonly reasons: readonly { readonly message: string }[];
}

export interface GrantDecision {
  readonly id: string;
  /** For the token as it is; null: nothing may be granted. */
  readonly scope: string | null;
  readonly newScopes: readonly string[];
  readonly summary: string;
  readonly reasons: readonly { readonly code: string }[];
  readonly scopes: readonly ScopeGrant[];
}

/** There is no decision, so there must be no token. Worth another try. */
export class Unavailable extends Error {}

/** The question itself can't be asked: what came from outside is malformed or too long. */
export class BadQuestion extends Error {}

interface Answer {
  readonly data?: { readonly decideGrant: GrantDecision } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const QUESTION = `query ($input: DecideGrantInput!) {
  decideGrant(input: $input) {
    id scope newScopes summary reasons { code }
    scopes { requested scopes title description reaches validUntil reasons { message } }
  }
}`;

/** Which of these scopes may a token carry? Throws `BadQuestion`, and `Unavailable` where nothing was decided, whatever the cause. */
export async function decideGrant({ url, key }: Connection, input: GrantQuestion): Promise<GrantDecision> {
  let answer: Answer;
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: QUESTION, variables: { input } }),
      signal: AbortSignal.timeout(5000),
    });
    answer = (await response.json()) as Answer;
  } catch (cause) {
    throw new Unavailable("Scopewarden did not answer.", { cause });
  }
  if (answer.data) return answer.data.decideGrant;
  const [error] = answer.errors ?? [];
  const Refusal = error?.extensions?.code === "BAD_USER_INPUT" ? BadQuestion : Unavailable;
  throw new Refusal(`Scopewarden did not decide: ${error?.message}`);
}
