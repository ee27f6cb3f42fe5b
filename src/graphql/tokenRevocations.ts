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
  const { clientId, id, inForce, issuer, lifted, notes = [], person, placedAt, placedBy, reason } = revocation;
  const { tokenId, until } = revocation;
  return {
    ...{ id, issuer, person, clientId, tokenId, at: placedAt, by: placedBy, until, reason, inForce, notes },
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
    person: id.orNull(
      "All tokens of this person, by the id that the issuer gives them; null: those of a client, one token, or, to who is no auditor, of an account that a patient's entry of the directory has.",
    ),
    clientId: id.orNull(
      "All tokens that the issuer gave this client, whoever signed in; null: those of a person, or one token.",
    ),
    tokenId: id.orNull("The one token of this id (`jti`, or `uti` of Entra); null: all of a person or a client."),
    at: time("Since when."),
    by: actor("Who revoked them."),
    until: time.orNull("Until when; null: until it is ended."),
    reason: text("Why they are refused."),
    inForce: flag("Whether they are refused now."),
    notes: text.list(
      "In the answer of `revokeTokens`: that no account of this id is known, or only as that of a patient, which is said alike, so that the id may be wrong. It is none of an entity of the directory, changed, decided or said nothing here, and asked for no decision that is on record. Elsewhere empty.",
    ),
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
  "Which tokens are refused, and until when. Exactly one of `person`, `clientId` and `tokenId`.",
  {
    issuer: text("Whose tokens: their `iss`, exactly; one of this service's issuers."),
    person: id.orNull(
      "All tokens of this person, by the id that the issuer gives them: what stands after `#` in their caller id.",
    ),
    clientId: id.orNull("All tokens that the issuer gave this client, whoever signed in."),
    tokenId: id.orNull("The one token of this id (`jti`, or `uti` of Entra)."),
    until: time.orNull("Until when, in the future; of one token its own end will do. Absent: until it is ended."),
    reason: text("Why, in 1 to 2000 characters; kept on record."),
  },
);

@Resolver()
class TokenRevocationResolver {
  @Mutation(() => TokenRevocation, {
    description:
      "From now on these access tokens are refused, on every instance within a second; whoever signs in again gets none that is accepted. BAD_USER_INPUT, with paths from `input`, for an issuer whose tokens are not accepted here too; LIMIT_EXCEEDED where 10000 are in force.",
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
    return revocationOf(
      domain.seenRevocation(caller, await domain.tokenRevocations.end(caller, { id: given, reason })),
    );
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
  async ({ caller, domain }, filter, args) => {
    const request = casePageRequest("tokenRevocations", args);
    const page = await domain.tokenRevocations.page({ filter, page: request });
    return toCaseConnection("tokenRevocations", request, page, (each) =>
      revocationOf(domain.seenRevocation(caller, each)),
    );
  },
);

export const tokenRevocationResolvers = [
  TokenRevocationFields,
  TokenRevocationResolver,
  revocationList,
  connection.resolver,
  viewerMayOf(TokenRevocation, "TOKEN_REVOCATION"),
];
