import { personOf } from "../../callers/person.ts";
import { requireOtherThan, requirePerson } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { PlacedFilter, PlacedState } from "../../cases/placed.ts";
import { type CaseSteps, requireStep } from "../../cases/steps.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem, textProblem } from "../../kernel/text.ts";
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
  readonly tokenId?: Maybe<string>;
  readonly until?: Maybe<number>;
  readonly reason: string;
}

/** A revocation, and whether it is in force. */
export interface TimedRevocation extends TokenRevocation {
  readonly inForce: boolean;
}

/** Tokens that are refused, though their issuer would still stand for them. */
export interface TokenRevocations {
  /**
   * From now on these tokens are refused, on every instance within a second.
   * @throws ScopewardenError BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED; POLICY_UNAVAILABLE
   */
  revoke(caller: Identity, input: RevokeTokensInput): Promise<TimedRevocation>;
  /** The same of an account whose person's access ends, however many are in force: for good, and once. */
  shutOut(
    caller: Identity,
    account: { readonly issuer: string; readonly person: string; readonly reason: string },
  ): Promise<TimedRevocation>;
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

const STEPS: CaseSteps<"end", TokenRevocation, PlacedState, null> = {
  end: {
    field: "endTokenRevocation",
    from: ["IN_FORCE"],
    require(caller, { issuer, person }) {
      requirePerson(caller, "A revocation of tokens is ended by a person");
      // The key of the configuration and the first one are nobody's, and whoever has them has the machine.
      if (person === null || caller.subject === null) return;
      const revoked = { subject: { type: null, id: person, issuer } };
      requireOtherThan(caller, [revoked], "A revocation of tokens is ended by somebody whose tokens they are not");
    },
  },
};

export function createTokenRevocations(deps: {
  readonly store: TokenRevocationStore;
  readonly clock: Clock;
  readonly newId: NewId;
}): TokenRevocations {
  const { clock, newId, store } = deps;
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
    async shutOut(caller, { issuer, person, reason }) {
      const now = clock();
      const standing = (await store.standing(now)).find(
        (each) => each.issuer === issuer && each.person === person && each.until === null,
      );
      return standing === undefined
        ? place(caller, { issuer, person, tokenId: null, until: null, reason })
        : timed(standing, now);
    },

    async revoke(caller, { issuer, person = null, reason, tokenId = null, until = null }) {
      const now = clock();
      const read = new Reader();
      if (issuer === "") read.problem("input.issuer", "must not be empty");
      else read.expect("input.issuer", textProblem(issuer, 256));
      if ((person === null) === (tokenId === null)) read.problem("input", "must have one of `person` and `tokenId`");
      if (person !== null) read.expect("input.person", identifierProblem(person));
      if (tokenId !== null) read.expect("input.tokenId", identifierProblem(tokenId));
      if (until !== null && until <= now) read.problem("input.until", "must be in the future");
      read.expect("input.reason", reasonProblem(reason));
      read.check();
      if ((await store.standing(now)).length >= MOST_IN_FORCE)
        throw new ScopewardenError("LIMIT_EXCEEDED", `At most ${MOST_IN_FORCE} revocations of tokens are in force.`);
      return place(caller, { issuer, person, tokenId, until, reason });
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
