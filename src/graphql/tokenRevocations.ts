import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver } from "type-graphql";
import type { PlacedFilter } from "../domain/cases/placed.ts";
import type { RevokeTokensInput as Revoking, TimedRevocation } from "../domain/consent/revocations/tokenRevocations.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { PlacedStateEnum } from "./enums.ts";
import { flag, id, inputType, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";

export const revocationOf = (revocation: TimedRevocation) => {
  const { id, inForce, issuer, lifted, person, placedAt, placedBy, reason, tokenId, until } = revocation;
  return {
    ...{ id, issuer, person, tokenId, at: placedAt, by: placedBy, until, reason, inForce },
    endedAt: lifted?.at ?? null,
    endedBy: actorOrNull(lifted?.by),
    endReason: lifted?.reason ?? null,
  };
};
type Printed = ReturnType<typeof revocationOf>;

export const TokenRevocation = objectType<Printed>(
  "TokenRevocation",
  "That access tokens are refused, though their issuer would still stand for them.",
  {
    id: id("Its id."),
    issuer: text("Whose tokens: their `iss`."),
    person: id.orNull("All tokens of this person, by the id that the issuer gives them; null: one token."),
    tokenId: id.orNull("The one token of this id (`jti`, or `uti` of Entra); null: all of a person."),
    at: time("Since when."),
    by: actor("Who revoked them."),
    until: time.orNull("Until when; null: until it is ended."),
    reason: text("Why they are refused."),
    inForce: flag("Whether they are refused now."),
    endedAt: time.orNull("When it was ended; null: it was not."),
    endedBy: actor.orNull("Who ended it; null: nobody."),
    endReason: text.orNull("Why it was ended; null: it was not."),
  },
);

@Resolver(() => TokenRevocation)
class TokenRevocationFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; revocations of tokens do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const RevokeTokensInput = inputType<Revoking>(
  "RevokeTokensInput",
  "Which tokens are refused, and until when. Exactly one of `person` and `tokenId`.",
  {
    issuer: text("Whose tokens: their `iss`, exactly."),
    person: id.orNull(
      "All tokens of this person, by the id that the issuer gives them: what stands after `#` in their caller id.",
    ),
    tokenId: id.orNull("The one token of this id (`jti`, or `uti` of Entra)."),
    until: time.orNull("Until when, in the future; of one token its own end will do. Absent: until it is ended."),
    reason: text("Why, in 1 to 2000 characters; kept on record."),
  },
);

@Resolver()
class TokenRevocationResolver {
  @Mutation(() => TokenRevocation, {
    description:
      "From now on these access tokens are refused, on every instance within a second; whoever signs in again gets none that is accepted. BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED where 10000 are in force.",
  })
  async revokeTokens(
    @Arg("input", () => RevokeTokensInput, { description: "Which tokens, until when, and why." }) input: Revoking,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<Printed> {
    return revocationOf(await domain.tokenRevocations.revoke(caller, input));
  }

  @Mutation(() => TokenRevocation, {
    description:
      "Tokens that are still valid are accepted again. NOT_FOUND; CONFLICT where it is over; FORBIDDEN to the person whose tokens they are.",
  })
  async endTokenRevocation(
    @Arg("id", () => ID, { description: "The revocation's id." }) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ): Promise<Printed> {
    return revocationOf(await domain.tokenRevocations.end(caller, { id: given, reason }));
  }
}

const connection = caseConnectionOf("TokenRevocation", "revocations of tokens", TokenRevocation);
const revocationList = listOf<Pick<PlacedFilter, "states">, CasePageArgs>(
  {
    name: "tokenRevocations",
    description: "Revocations of tokens: those that are over, too.",
    connection: connection.type,
    filter: {
      type: "TokenRevocationFilter",
      description: "Narrows a list of revocations; all that is given must hold.",
      members: { states: oneOf(PlacedStateEnum).list("Those in one of these states now.") },
    },
  },
  CasePageArgs,
  async ({ domain }, filter, args) => {
    const request = casePageRequest("tokenRevocations", args);
    const page = await domain.tokenRevocations.page({ filter, page: request });
    return toCaseConnection("tokenRevocations", request, page, revocationOf);
  },
);

export const tokenRevocationResolvers = [
  TokenRevocationFields,
  TokenRevocationResolver,
  revocationList,
  connection.resolver,
  viewerMayOf(TokenRevocation, "TOKEN_REVOCATION"),
];
