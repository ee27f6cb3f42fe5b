import { Ctx, FieldResolver, Query, Resolver } from "type-graphql";
import type { ServiceFacts } from "../domain/callers/standing.ts";
import type { Domain } from "../domain/domain.ts";
import type { GraphqlContext } from "./context.ts";
import { flag, int, objectType, of, text, time } from "./graphqlTypes.ts";

const AcceptedTokens = objectType<ServiceFacts["tokens"][number]>(
  "AcceptedTokens",
  "Which access tokens are accepted beside API keys.",
  {
    issuer: text("Who must have issued them."),
    audience: text.orNull("For whom they must be meant; null: they name nobody, and are of clients that are listed."),
  },
);

type Shown = Pick<Domain["service"], "version" | "fourEyes" | "fhirVersion" | "tokens"> & {
  readonly revision: number;
  readonly now: number;
};
const Service = objectType<Shown>("Service", "What this service is, and how it is set.", {
  version: text("The version of Scopewarden."),
  revision: int("The policy's revision, by which it decides now."),
  fourEyes: flag("Whether what may allow more needs a proposal that somebody else approves."),
  fhirVersion: text("The version of FHIR whose types and parameters it knows, such as R4."),
  now: time("The service's clock: validity periods, sunsets and ends of keys go by it."),
  tokens: of<Shown["tokens"][number]>(AcceptedTokens).list("The access tokens that it accepts; none: only API keys."),
});

@Resolver(() => Service)
class ServiceFields {
  @FieldResolver(() => Boolean, {
    description:
      "Whether keys in force belong to two different people of whom one can propose a change and the other approve it, one of them an admin. Access tokens are not counted: nobody knows who will fetch one.",
  })
  canTwoApprove(@Ctx() { domain, loaders }: GraphqlContext): Promise<boolean> {
    return loaders.once("canTwoApprove", domain.service.canTwoApprove);
  }
}

@Resolver()
class ServiceResolver {
  @Query(() => Service, {
    description: "What this service is, and how it is set; no secrets. Open to every caller with a role.",
  })
  service(@Ctx() { domain }: GraphqlContext): Shown {
    const { clock, ...facts } = domain.service;
    return { ...facts, revision: domain.policy.current().revision, now: clock() };
  }
}

export const serviceResolvers = [ServiceFields, ServiceResolver];
