import {
  type Answer,
  type Found,
  failed,
  failure,
  type GrantAnswer,
  type Introspection,
  readGrant,
} from "./answers.ts";
import { Transport } from "./ask.ts";
import { decideAll, newRequestId, write } from "./decide.ts";
import { DecideGrant, type WhoCanMatch } from "./operations.graphql.ts";
import type { AuthorizeInput, DecideGrantInput, WhoCanInput } from "./schema.ts";
import {
  type ActionSearch,
  type FoundAction,
  type FoundEntity,
  type ListOptions,
  type ResourceSearch,
  type SubjectSearch,
  scopesSupported,
  search,
  whoCan,
} from "./search.ts";
import { type ClientSettings, type DecisionEvent, readSettings } from "./settings.ts";

export type {
  Allowed,
  Answer,
  Denied,
  Failed,
  Failure,
  FailureKind,
  Found,
  GrantAnswer,
  Introspection,
  Problem,
} from "./answers.ts";
export { enforce, type Handler, type Handlers } from "./enforce.ts";
export type { Obligation, Reason, ScopeGrant, WhoCanMatch } from "./operations.graphql.ts";
export { type Gate, requireScope } from "./requireScope.ts";
export type * from "./schema.ts";
export type {
  ActionSearch,
  FoundAction,
  FoundEntity,
  ListOptions,
  ResourceSearch,
  SubjectSearch,
} from "./search.ts";
export type { ClientSettings, DecisionEvent } from "./settings.ts";

export interface CallOptions {
  /** Ends the call: its answer is an error of kind `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks the service. No call rejects or throws, and nothing that was answered is kept. */
export interface Client {
  /** May this be done? */
  authorize(question: AuthorizeInput, options?: CallOptions): Promise<Answer>;
  /** May these be done? As many answers as questions, in their order, however many; one that can't be asked leaves the others as they are. */
  authorizeBatch(questions: readonly AuthorizeInput[], options?: CallOptions): Promise<readonly Answer[]>;
  /** Which scopes may a token carry? On an error none. */
  decideGrant(question: DecideGrantInput, options?: CallOptions): Promise<GrantAnswer>;
  searchSubjects(question: SubjectSearch, options?: ListOptions): Promise<Found<FoundEntity>>;
  searchResources(question: ResourceSearch, options?: ListOptions): Promise<Found<FoundEntity>>;
  searchActions(question: ActionSearch, options?: ListOptions): Promise<Found<FoundAction>>;
  whoCan(question: WhoCanInput, options?: ListOptions): Promise<Found<WhoCanMatch>>;
  scopesSupported(options?: ListOptions): Promise<Found<string>>;
  /** What is a token worth that somebody sent (RFC 7662)? */
  introspect(token: string, options?: CallOptions): Promise<Introspection>;
}

/** What is no object, or another error of the program that calls: told as an answer, as a thrown error is how things fall open. */
const UNFORESEEN = failure("refused", "The call itself is wrong: its question or options are not what they must be.");

/** `call`, without what it throws. */
async function settled<Value>(call: () => Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    return await call();
  } catch {
    return otherwise;
  }
}

/** @throws TypeError for wrong settings, which it names. */
export function createClient(settings: ClientSettings): Client {
  const read = readSettings(settings);
  const { onDecision, retries } = read;
  const transport = new Transport(read);
  const isRetried = retries > 0;

  function tell(event: DecisionEvent): void {
    if (onDecision === null) return;
    void settled(async () => onDecision(event), undefined);
  }

  async function authorizeBatch(
    questions: readonly AuthorizeInput[],
    options: CallOptions,
  ): Promise<readonly Answer[]> {
    // No answers would read as all of them allowed.
    if (!Array.isArray(questions)) return [failed(failure("refused", "The questions must be a list."))];
    const began = Date.now();
    const asked = [...(questions as readonly AuthorizeInput[])];
    const answers = await settled(
      () => decideAll(transport, asked, { isRetried, signal: options.signal }),
      asked.map(() => failed(UNFORESEEN)),
    );
    const ms = Date.now() - began;
    for (const [i, answer] of answers.entries())
      tell({ call: "authorize", question: asked[i] as AuthorizeInput, answer, ms });
    return answers;
  }

  async function grant(question: DecideGrantInput, { signal }: CallOptions): Promise<GrantAnswer> {
    const written = write(question, isRetried ? newRequestId() : null);
    const none = { scope: null, scopes: [], newScopes: [] } as const;
    if (!written.ok) return { ...failed(written.failure), ...none };
    const asked = await transport.graphql(DecideGrant, `{"input":${written.value}}`, signal);
    if (!asked.ok) return { ...failed(asked.failure), ...none };
    return readGrant(asked.value.decideGrant) ?? { ...failed(transport.notOurs()), ...none };
  }

  async function introspect(token: string, { signal }: CallOptions): Promise<Introspection> {
    const body = new URLSearchParams({ token: String(token) }).toString();
    const request = { path: "/introspect", type: "application/x-www-form-urlencoded", body };
    const asked = await transport.post(request, signal);
    const fail = (of: typeof UNFORESEEN): Introspection => ({ outcome: "error", active: false, ...of });
    if (!asked.ok) return fail(asked.failure);
    const { active } = asked.value;
    if (active === true) return { outcome: "active", active, claims: asked.value };
    return active === false ? { outcome: "inactive", active } : fail(transport.notOurs());
  }

  const nothing = { items: [], complete: false, error: UNFORESEEN };
  return {
    authorizeBatch: (questions, options = {}) => authorizeBatch(questions, options),
    async authorize(question, options = {}) {
      const [answer = failed(UNFORESEEN)] = await authorizeBatch([question], options);
      return answer;
    },
    async decideGrant(question, options = {}) {
      const began = Date.now();
      const otherwise = { ...failed(UNFORESEEN), scope: null, scopes: [], newScopes: [] } as const;
      const answer = await settled(() => grant(question, options), otherwise);
      tell({ call: "decideGrant", question, answer, ms: Date.now() - began });
      return answer;
    },
    searchSubjects: (question, options = {}) => settled(() => search(transport, "subject", question, options), nothing),
    searchResources: (question, options = {}) =>
      settled(() => search(transport, "resource", question, options), nothing),
    searchActions: (question, options = {}) => settled(() => search(transport, "action", question, options), nothing),
    whoCan: (question, options = {}) => settled(() => whoCan(transport, question, options), nothing),
    scopesSupported: (options = {}) => settled(() => scopesSupported(transport, options), nothing),
    introspect: (token, options = {}) =>
      settled(() => introspect(token, options), { outcome: "error", active: false, ...UNFORESEEN }),
  };
}
