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

// A mutation, as each answer is a record of its own: no cache on the way may answer in its place.
const QUESTION = `mutation ($input: AuthorizeInput!) {
  decide(input: $input) { id outcome summary sufficientScopes obligations { type parameters } }
}`;

/** May this be done? Asked for each request, and its answer kept for none. Throws `Unavailable`. */
export async function decide({ url, key }: Connection, input: Question): Promise<Decision> {
  let text: string;
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: QUESTION, variables: { input } }),
      signal: AbortSignal.timeout(5000),
    });
    text = await response.text();
    const { data } = JSON.parse(text) as { data?: { decide: Decision } | null };
    if (data) return data.decide;
  } catch (cause) {
    throw new Unavailable(`Scopewarden did not answer: ${cause}`, { cause });
  }
  throw new Unavailable(`Scopewarden did not decide: ${text}`);
}
