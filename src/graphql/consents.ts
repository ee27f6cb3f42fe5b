import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver } from "type-graphql";
import type { RecordConsentInput as DomainInput } from "../domain/consent/consentInput.ts";
import type { ConsentFilter } from "../domain/consent/store.ts";
import type { ConsentQuestionInput as DomainQuestion } from "../domain/decisions/asking/consentTrial.ts";
import { connectionOf, PageArgs, pageRequest, toConnection } from "./connections.ts";
import {
  Consent,
  ConsentQuestionInput,
  consentOf,
  QUESTIONS,
  RecordConsentInput,
  UNTIL_LINKED,
} from "./consentTypes.ts";
import type { GraphqlContext } from "./context.ts";
import { UntilLinkedEnum } from "./enums.ts";
import { id } from "./graphqlTypes.ts";
import { listOf } from "./lists.ts";
import { notesOf } from "./nameNotes.ts";
import { Json } from "./scalars.ts";

const REASON = { description: "Why, in 1 to 2000 characters; kept on record." };
const DRY_RUN = {
  nullable: true,
  defaultValue: false,
  description: "Answers what it would be, what it would end and what would stay, and records nothing.",
};
const ID_OF = { description: "The consent's id." };

@Resolver(() => Consent)
class ConsentFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; consents do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

@Resolver()
class ConsentResolver {
  @Query(() => Consent, {
    nullable: true,
    description:
      "The newest version of a consent; null when there is none of this id. That it was read is on record before the answer.",
  })
  async consent(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    const found = await domain.consents.consent(caller, given);
    return found === null ? null : consentOf(found);
  }

  @Mutation(() => Consent, {
    description:
      "Records what a patient agrees to or refuses; for an id that exists, as its next version. BAD_USER_INPUT lists every problem, with its path from `input`; CONFLICT where another version came in between. Nothing has changed then.",
  })
  async recordConsent(
    @Arg("input", () => RecordConsentInput, { description: "What the patient says." }) input: DomainInput,
    @Arg("dryRun", () => Boolean, DRY_RUN) dryRun: boolean | null | undefined,
    @Arg("questions", () => [ConsentQuestionInput], QUESTIONS)
    questions: readonly DomainQuestion[] | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return consentOf(await domain.tryConsent(caller, input, { dryRun: dryRun ?? false, questions }));
  }

  @Query(() => Json, {
    description:
      "The newest version of a consent as a Consent of FHIR R4, which `recordFhirConsent` takes; what FHIR has no place for stands in modifier extensions. NOT_FOUND. That it was read is on record before the answer.",
  })
  exportConsent(@Arg("id", () => ID, ID_OF) given: string, @Ctx() { domain, caller }: GraphqlContext) {
    return domain.consents.export(caller, given);
  }

  @Mutation(() => Consent, {
    description:
      "Records a Consent of FHIR R4, as the next version where one of its id is there; one that is not active, as withdrawn. BAD_USER_INPUT lists all that can't be kept, with its FHIR path; nothing is left out without a word.",
  })
  async recordFhirConsent(
    @Arg("resource", () => Json, { description: "The resource: at most 65536 characters and 16 levels." })
    resource: unknown,
    @Arg("includeNarrower", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        "Whether a permission's purposes stand for narrower ones too, which FHIR R4 can't say; never for BTG and HLEGAL. A refusal always does, but for ETREAT, ERTREAT and BTG.",
    })
    includeNarrower: boolean | null | undefined,
    @Arg("replacesAll", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description:
        "Whether it ends all that the patient said before of the same recipients and purposes, which FHIR R4 can't say: ask the patient. Else it ends of refusals only those of the data that it names.",
    })
    replacesAll: boolean | null | undefined,
    @Arg("untilLinked", () => UntilLinkedEnum, {
      nullable: true,
      description: `${UNTIL_LINKED} So it is of a Device that is no client of the policy, whose refusal then counts once there is one.`,
    })
    untilLinked: "ALL" | null | undefined,
    @Arg("reason", () => String, REASON) reason: string,
    @Arg("dryRun", () => Boolean, DRY_RUN) dryRun: boolean | null | undefined,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const input = { resource, includeNarrower, replacesAll, untilLinked, reason };
    return consentOf(await domain.consents.recordFhir(caller, input, dryRun ?? false));
  }

  @Mutation(() => Consent, {
    description:
      "Withdraws a consent, as its next version: nothing of it holds from now on, and what it replaced does not come back. NOT_FOUND; CONFLICT where it is withdrawn already.",
  })
  async withdrawConsent(
    @Arg("id", () => ID, ID_OF) given: string,
    @Arg("reason", () => String, REASON) reason: string,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return consentOf(await domain.consents.withdraw(caller, given, reason));
  }
}

const ConsentConnection = connectionOf("Consent", "consents", Consent);

const ConsentList = listOf<ConsentFilter, PageArgs>(
  {
    name: "consents",
    description:
      "The newest version of each consent, the last recorded first. A caller with the role `consent` names the patient; an auditor sees all. That they were read is on record before the answer.",
    connection: ConsentConnection,
    filter: {
      type: "ConsentFilter",
      description: "Narrows a list of consents; all that is given must hold.",
      all: "all, for an auditor",
      members: {
        patient: id("Of this patient, as an id or `Patient/id`."),
        clientId: id("For this client by name."),
      },
    },
  },
  PageArgs,
  async ({ caller, domain }, filter, args) => {
    const page = pageRequest("consents", args);
    const found = await domain.consents.page(caller, { filter, page });
    const isEmpty = page.after === null && found.items.length === 0;
    const named = isEmpty ? { clients: [filter.clientId], patients: [filter.patient] } : undefined;
    return { ...toConnection("consents", page, found, consentOf), named };
  },
);

export const consentResolvers = [ConsentFields, ConsentResolver, ConsentList, notesOf(ConsentConnection)];
