import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Resolver } from "type-graphql";
import type { LegalHold as DomainHold } from "../domain/audit/retention/legalHold.ts";
import type { PlaceHoldInput as Placing } from "../domain/audit/retention/legalHolds.ts";
import type { PlacedFilter } from "../domain/cases/placed.ts";
import { actor, actorOrNull } from "./callers.ts";
import { viewerMayOf } from "./cases.ts";
import { CasePageArgs, caseConnectionOf, casePageRequest, toCaseConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { PlacedStateEnum } from "./enums.ts";
import { id, inputType, objectType, oneOf, text, time } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";

const holdOf = (hold: DomainHold) => {
  const { clientId, from, id, lifted, patient, placedAt, placedBy, reason, to } = hold;
  return {
    ...{ id, patient, clientId, from, to, reason, at: placedAt, by: placedBy },
    liftedAt: lifted?.at ?? null,
    liftedBy: actorOrNull(lifted?.by),
    liftReason: lifted?.reason ?? null,
  };
};

const LegalHold = objectType<ReturnType<typeof holdOf>>(
  "LegalHold",
  "What is kept beyond its time until the hold is lifted: acts that meet all that it says.",
  {
    id: id("Its id."),
    patient: id.orNull("Acts that name this patient; null: any."),
    clientId: id.orNull("Acts that name this client; null: any."),
    from: time.orNull("Acts from this time on; null: from the first on."),
    to: time.orNull("Acts before this time; null: until it is lifted."),
    reason: text("Why it was placed."),
    at: time("When it was placed."),
    by: actor("Who placed it."),
    liftedAt: time.orNull("When it was lifted; null: it is in force."),
    liftedBy: actor.orNull("Who lifted it; null: it is in force."),
    liftReason: text.orNull("Why it was lifted; null: it is in force."),
  },
);

@Resolver(() => LegalHold)
class LegalHoldFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; holds do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const PlaceLegalHoldInput = inputType<Placing>(
  "PlaceLegalHoldInput",
  "What is held: acts that meet all that is given. At least one of `patient`, `clientId`, `from` and `to`.",
  {
    patient: id.orNull(
      "Acts in which this patient is named, whatever they are about; as an id or `Patient/id`. Absent: any.",
    ),
    clientId: id.orNull("Acts in which this client is named. Absent: any."),
    from: time.orNull("Acts from this time on. Absent: from the first on."),
    to: time.orNull("Acts before this time. Absent: until it is lifted."),
    reason: text("Why, in 1 to 2000 characters; kept on record."),
  },
);

@Resolver()
class LegalHoldResolver {
  @Mutation(() => LegalHold, {
    description:
      "From now on nothing that the hold covers is erased, however old it is. BAD_USER_INPUT, with paths from `input`; LIMIT_EXCEEDED where 1000 are in force.",
  })
  async placeLegalHold(
    @Arg("input", () => PlaceLegalHoldInput, { description: "What is held, and why." }) input: Placing,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return holdOf(await domain.legalHolds.place(caller, input));
  }

  @Mutation(() => LegalHold, {
    description:
      "Ends a legal hold: what no other covers is erased once its time is over. NOT_FOUND; CONFLICT where it is lifted; FORBIDDEN under four eyes to who placed it, by whatever key.",
  })
  async liftLegalHold(
    @Arg("id", () => ID, { description: "The hold's id." }) given: string,
    @Arg("reason", () => String, { description: "Why, in 1 to 2000 characters; kept on record." }) reason: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return holdOf(await domain.legalHolds.lift(caller, { id: given, reason }));
  }
}

const connection = caseConnectionOf("LegalHold", "legal holds", LegalHold);
const holdList = listOf<PlacedFilter, CasePageArgs>(
  {
    name: "legalHolds",
    description:
      "Legal holds: those that are lifted, too. That they were read is on record before the answer (kind `AUDIT`).",
    connection: connection.type,
    filter: {
      type: "LegalHoldFilter",
      description: "Narrows a list of legal holds; all that is given must hold. Texts are compared exactly.",
      members: {
        states: oneOf(PlacedStateEnum).list("Those in one of these states now."),
        patient: id("Those of this patient, as an id or `Patient/id`."),
        clientId: id("Those of this client."),
      },
    },
  },
  CasePageArgs,
  async ({ caller, domain }, filter, args) => {
    const request = casePageRequest("legalHolds", args);
    const page = await domain.legalHolds.page(caller, { filter, page: request });
    return toCaseConnection("legalHolds", request, page, holdOf);
  },
);

export const legalHoldResolvers = [
  LegalHoldFields,
  LegalHoldResolver,
  holdList,
  connection.resolver,
  viewerMayOf(LegalHold, "LEGAL_HOLD"),
];
