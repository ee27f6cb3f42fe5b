import type { App } from "./clients.ts";
import type { Person } from "./people.ts";

/** Where Scopewarden is, and a key: `service` to ask, `consent` to answer for patients. */
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
  /** When the grant, the role, the scope or the consent ends that it stands on; null: never. */
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
  /** The consent that the answers made, by which it can be withdrawn; null: none. */
  readonly grantId: string | null;
  /** What the patient is to be asked: `consentRequest` says what that is. Null: nothing. */
  readonly consentRequest: { readonly id: string } | null;
}

/** A question to a patient, which waits for its answer until it expires. */
export interface ConsentRequest {
  readonly id: string;
  readonly state: "OPEN" | "ANSWERED" | "EXPIRED";
  readonly clientName: string;
  readonly scopes: readonly AskedScope[];
  /** Refusals of more than this app, from which a yes would except it. */
  readonly inTheWay: readonly { readonly at: string; readonly reason: string }[];
  /** How long a yes would hold; null: until it is withdrawn. */
  readonly validUntil: string | null;
}

export interface AskedScope {
  readonly scope: string;
  readonly title: string | null;
  readonly description: string | null;
  /** What can be reached with it, in plain English. */
  readonly reaches: readonly string[];
}

/** There is no decision, so there must be no token. Worth another try. */
export class Unavailable extends Error {}

/** The question itself can't be asked: what came from outside is malformed or too long. */
export class BadQuestion extends Error {}

/** An answer to a patient's question that does not count: `CONFLICT` answered or expired, `FORBIDDEN` not this person's, `NOT_FOUND`. */
export class AnswerRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function ask({ url, key }: Connection, query: string, variables: unknown): Promise<unknown> {
  let answer: Answer;
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(5000),
    });
    answer = (await response.json()) as Answer;
  } catch (cause) {
    throw new Unavailable("Scopewarden did not answer.", { cause });
  }
  if (answer.data) return answer.data;
  const [error] = answer.errors ?? [];
  const code = error?.extensions?.code ?? "";
  const message = `Scopewarden did not decide: ${error?.message}`;
  if (code === "BAD_USER_INPUT") throw new BadQuestion(message);
  if (["CONFLICT", "FORBIDDEN", "NOT_FOUND"].includes(code)) throw new AnswerRefused(code, message);
  throw new Unavailable(message);
}

/** What a token for this person in this app is decided by, whoever asks and when. */
export const questionOf = (app: App, { id, patient }: Person, scopes: Iterable<string>): GrantQuestion => ({
  clientId: app.id,
  subject: { id },
  scopes: [...scopes],
  purposeOfUse: app.purposeOfUse,
  context: { patient: patient.id },
});

/** Which of these scopes may a token carry? Throws `BadQuestion`, and `Unavailable` where nothing was decided, whatever the cause. */
export async function decideGrant(connection: Connection, input: GrantQuestion): Promise<GrantDecision> {
  const query = `query ($input: DecideGrantInput!) {
    decideGrant(input: $input) {
      id scope newScopes summary grantId reasons { code }
      scopes { requested scopes title description reaches validUntil reasons { message } }
      consentRequest { id }
    }
  }`;
  const { decideGrant } = (await ask(connection, query, { input })) as { readonly decideGrant: GrantDecision };
  return decideGrant;
}

/** A question to a patient as it stands now, by a key of the role `consent`; null: there is none of this id. */
export async function consentRequest(connection: Connection, id: string): Promise<ConsentRequest | null> {
  const query = `query ($id: ID!) {
    consentRequest(id: $id) {
      id state clientName validUntil inTheWay { at reason }
      scopes { scope title description reaches }
    }
  }`;
  const data = (await ask(connection, query, { id })) as { readonly consentRequest: ConsentRequest | null };
  return data.consentRequest;
}

/** The scopes that a patient has agreed to in this consent and has not withdrawn, by a key of the role `consent`. */
export async function agreedIn(connection: Connection, grantId: string): Promise<readonly string[]> {
  const query = "query ($id: ID!) { consent(id: $id) { state terms { effect scopes } } }";
  const { consent } = (await ask(connection, query, { id: grantId })) as {
    readonly consent: {
      readonly state: string;
      readonly terms: { readonly effect: string; readonly scopes: readonly string[] | null };
    } | null;
  };
  return consent?.state === "ACTIVE" && consent.terms.effect === "PERMIT" ? (consent.terms.scopes ?? []) : [];
}

export interface ConsentAnswer {
  readonly id: string;
  /** Who is at the page. Whether that is the patient, or may answer for the patient, Scopewarden says. */
  readonly answeredBy: { readonly id: string; readonly type: "user" };
  readonly agreed: readonly string[];
  readonly refused: readonly string[];
}

/** Puts on record what the patient says. Throws `AnswerRefused`: nothing was recorded then. */
export async function answerConsentRequest(connection: Connection, input: ConsentAnswer): Promise<void> {
  const query = "mutation ($input: AnswerConsentRequestInput!) { answerConsentRequest(input: $input) { id } }";
  await ask(connection, query, { input });
}
