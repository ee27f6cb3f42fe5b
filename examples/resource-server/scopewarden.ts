/** Where Scopewarden is, and a key that holds the role `service`. */
export interface Connection {
  readonly url: string;
  readonly key: string;
}

/** What is known of the resource before it is given away: the more, the more a rule can tell. */
export interface ResourceFacts {
  readonly type: string;
  readonly id?: string;
  readonly patient?: string;
  readonly organization: string;
  readonly labels?: readonly string[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface Question {
  readonly clientId: string;
  readonly subject: { readonly id: string } | null;
  readonly scopes: readonly string[];
  readonly action: string;
  readonly resource: ResourceFacts;
  readonly purposeOfUse: string | null;
  readonly context: {
    readonly patient: string | null;
    readonly tokenId: string;
    readonly ipAddress: string;
    readonly userAgent: string | null;
  };
}

export interface Obligation {
  readonly type: string;
  readonly parameters: unknown;
}

export interface Decision {
  readonly id: string;
  readonly outcome: "ALLOW" | "DENY";
  /** In one sentence, for people. */
  readonly summary: string;
  /** Of a DENY: the scope that a token would need as well; empty: no scope would do. */
  readonly sufficientScopes: readonly string[];
  readonly obligations: readonly Obligation[];
}

/** There is no decision, so there must be no data. Worth another try: 503. */
export class Unavailable extends Error {}

/** The question itself can't be asked: what came from outside is malformed or too long. */
export class BadQuestion extends Error {}

interface Answer {
  readonly data?: { readonly decide: Decision } | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

// A mutation, as each answer is a record of its own: no cache on the way may answer in its place.
const QUESTION = `mutation ($input: AuthorizeInput!) {
  decide(input: $input) { id outcome summary sufficientScopes obligations { type parameters } }
}`;

/** May this be done? Asked for each request, and its answer kept for none. Throws `BadQuestion` and `Unavailable`. */
export async function decide({ url, key }: Connection, input: Question): Promise<Decision> {
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
  if (answer.data) return answer.data.decide;
  const [error] = answer.errors ?? [];
  const Refusal = error?.extensions?.code === "BAD_USER_INPUT" ? BadQuestion : Unavailable;
  throw new Refusal(`Scopewarden did not decide: ${error?.message}`);
}
