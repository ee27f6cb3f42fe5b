import { personOf } from "../../callers/person.ts";
import { asNamed, peopleBehind, peopleUntold, requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { PlacedFilter, PlacedState } from "../../cases/placed.ts";
import { type CaseSteps, requireStep } from "../../cases/steps.ts";
import type { Account } from "../../directory/accounts.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { CLIENT } from "../../policy/types.ts";
import {
  type RevokedTokens,
  type TokenRevocation,
  type TokenRevocationStore,
  tokenRevocationKind,
} from "./tokenRevocation.ts";

/** So many can be in force at a time: each token is compared with all of them. */
const MOST_IN_FORCE = 10_000;

type Maybe<Value> = Value | null | undefined;

export interface RevokeTokensInput {
  readonly issuer: string;
  /** One of these. */
  readonly person?: Maybe<string>;
  readonly clientId?: Maybe<string>;
  readonly tokenId?: Maybe<string>;
  readonly until?: Maybe<number>;
  readonly reason: string;
}

/** A revocation, and whether it is in force. */
export interface TimedRevocation extends TokenRevocation {
  readonly inForce: boolean;
  /** Of the answer to who revoked them: sentences on what looks like a slip; absent: there are none. */
  readonly notes?: readonly string[];
}

/** Whose tokens are refused for good. */
export type ShutOut = { readonly issuer: string } & ({ readonly person: string } | { readonly clientId: string });

/** Tokens that are refused, though their issuer would still stand for them. */
export interface TokenRevocations {
  /**
   * From now on these tokens are refused, on every instance within a second.
   * @throws ScopewardenError BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED; POLICY_UNAVAILABLE
   */
  revoke(caller: Identity, input: RevokeTokensInput): Promise<TimedRevocation>;
  /** The same of an account or a client whose access ends, however many are in force: for good, and once. */
  shutOut(caller: Identity, whose: ShutOut & { readonly reason: string }): Promise<TimedRevocation>;
  /** Whose tokens are accepted here. */
  readonly issuers: readonly string[];
  /**
   * The tokens that are still valid are accepted again.
   * @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where it is over; FORBIDDEN to whose tokens they are; POLICY_UNAVAILABLE
   */
  end(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<TimedRevocation>;
  /** @throws ScopewardenError BAD_USER_INPUT */
  page(query: {
    readonly filter: Pick<PlacedFilter, "states">;
    readonly page: CasePageRequest;
  }): Promise<CasePage<TimedRevocation>>;
  readonly desk: CaseDesk;
}

const ENDED_BY = "A revocation of tokens is ended by somebody whose tokens they are not";

/** A key that speaks for a client is that client's, whomever it belongs to. */
function withKeysClient(caller: Identity): Identity {
  const { defaultClientId: id, kind } = caller;
  if (kind !== "KEY" || id === null) return caller;
  return { ...caller, people: [...peopleBehind(caller), ...peopleUntold([{ type: CLIENT, id, issuer: null }])] };
}

const STEPS: CaseSteps<"end", TokenRevocation, PlacedState, null> = {
  end: {
    field: "endTokenRevocation",
    from: ["IN_FORCE"],
    require(caller, { clientId, issuer, person }) {
      requirePerson(caller, "A revocation of tokens is ended by a person");
      // The key of the configuration and the first one are nobody's, and whoever has them has the machine.
      // One token names nobody, and whose it was can have another.
      if ((person === null && clientId === null) || caller.subject === null) return;
      if (clientId === null)
        requireOtherThan(caller, [{ subject: { type: null, id: person ?? "", issuer } }], ENDED_BY);
      else requireOtherThan(withKeysClient(caller), [asNamed({ type: CLIENT, id: clientId })], ENDED_BY);
    },
  },
};

const isForGood = ({ tokenId, until }: Pick<RevokedTokens, "tokenId" | "until">): boolean =>
  tokenId === null && until === null;

const issuerExpected = (issuers: readonly string[]): string =>
  issuers.length === 0
    ? "is none of this service's issuers: it accepts no access tokens (SCOPEWARDEN_JWT_ISSUERS)"
    : `must be one of this service's issuers, to the letter: ${issuers.join(", ")}`;

export function createTokenRevocations(deps: {
  readonly store: TokenRevocationStore;
  readonly issuers: readonly string[];
  /** Whether an account ever did anything here, or is somebody's, and not a patient's alone; rejects where that can't be said. */
  readonly wasSeen: (account: Account) => Promise<boolean>;
  readonly clock: Clock;
  readonly newId: NewId;
}): TokenRevocations {
  const { clock, issuers, newId, store, wasSeen } = deps;
  const isInForce = ({ lifted, until }: TokenRevocation, now: number): boolean =>
    lifted === null && (until === null || now < until);
  const timed = (revocation: TokenRevocation, now: number): TimedRevocation => ({
    ...revocation,
    inForce: isInForce(revocation, now),
  });

  async function known(id: string): Promise<TokenRevocation> {
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no revocation ${id} of tokens.`);
    return found;
  }

  /** It is revoked by now: an answer that does not come takes nothing of that away. */
  async function accountNotes(account: Account): Promise<readonly string[]> {
    const seen = await wasSeen(account).catch(() => null);
    if (seen === null) return [`Whether the account ${account.id} is known here can't be said now.`];
    return seen
      ? []
      : [`The account ${account.id} of this issuer is not known here, or only as a patient's: is that its id?`];
  }

  async function place(
    caller: Identity,
    tokens: RevokedTokens & { readonly reason: string },
  ): Promise<TimedRevocation> {
    const now = clock();
    const revocation = { ...tokens, id: newId(), placedAt: now, placedBy: personOf(caller), lifted: null };
    await store.place(revocation);
    return timed(revocation, now);
  }

  return {
    issuers,

    async shutOut(caller, { issuer, reason, ...whose }) {
      const now = clock();
      const about = { person: null, clientId: null, ...whose };
      const standing = (await store.standing(now)).find(
        ({ clientId, person, ...each }) =>
          each.issuer === issuer && person === about.person && clientId === about.clientId && isForGood(each),
      );
      return standing === undefined
        ? place(caller, { issuer, ...about, tokenId: null, until: null, reason })
        : timed(standing, now);
    },

    async revoke(caller, { clientId = null, issuer, person = null, reason, tokenId = null, until = null }) {
      const now = clock();
      const read = new Reader();
      if (!issuers.includes(issuer)) read.problem("input.issuer", issuerExpected(issuers));
      if ([person, clientId, tokenId].filter((each) => each !== null).length !== 1)
        read.problem("input", "must have one of `person`, `clientId` and `tokenId`");
      if (clientId !== null) read.expect("input.clientId", identifierProblem(clientId));
      if (person !== null) read.expect("input.person", identifierProblem(person));
      if (tokenId !== null) read.expect("input.tokenId", identifierProblem(tokenId));
      if (until !== null && until <= now) read.problem("input.until", "must be in the future");
      read.expect("input.reason", reasonProblem(reason));
      read.check();
      if ((await store.standing(now)).length >= MOST_IN_FORCE)
        throw new ScopewardenError("LIMIT_EXCEEDED", `At most ${MOST_IN_FORCE} revocations of tokens are in force.`);
      const placed = await place(caller, { issuer, person, clientId, tokenId, until, reason });
      return person === null ? placed : { ...placed, notes: await accountNotes({ issuer, id: person }) };
    },

    async end(caller, { id, reason }) {
      const now = clock();
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("reason", reasonProblem(reason));
      read.check();
      const of = await known(id);
      requireStep(STEPS.end, caller, { kind: tokenRevocationKind, of, facts: null, now });
      await store.lift(id, { at: now, by: caller.id, reason });
      return timed(await known(id), now);
    },

    async page({ filter, page }) {
      const now = clock();
      const found = await store.page({ filter, now, page });
      return { ...found, items: found.items.map(({ key, node }) => ({ key, node: timed(node, now) })) };
    },

    desk: createCaseDesk({
      ...{ kind: tokenRevocationKind, steps: STEPS, reader: store, clock },
      factsOf: async () => () => null,
    }),
  };
}
