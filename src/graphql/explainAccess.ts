import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { StatsDimension } from "../domain/audit/decisionStats.ts";
import type {
  AccessExplanation as Explained,
  PatientExplanation as ExplainedPatient,
} from "../domain/monitoring/explanations/explainAccess.ts";
import type {
  ExplainedKindCount as KindCount,
  ExplainedShareRow as ShareRow,
} from "../domain/monitoring/explanations/explainedShare.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { Decision } from "./decisions.ts";
import { ExplanationKindEnum, StatsDimensionEnum } from "./enums.ts";
import { flag, id, int, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { DateTime } from "./scalars.ts";

const patientOf = ({ explainedLater, explanation, patient }: ExplainedPatient) => ({
  patient,
  explained: explanation !== null,
  explainedLater,
  kind: explanation?.kind ?? null,
  reference: explanation?.reference ?? null,
  since: explanation?.since ?? null,
});
const PatientExplanation = objectType<ReturnType<typeof patientOf>>(
  "PatientExplanation",
  "Whether and by what an access to one patient's data is explained.",
  {
    patient: id("The patient; to a reviewer a stable pseudonym."),
    explained: flag("Whether something explains it, by now."),
    explainedLater: flag("Whether nothing did when it was made."),
    kind: oneOf(ExplanationKindEnum).orNull("By what; null: by nothing."),
    reference: text.orNull(
      "What says so: an entity of the directory as `type/id`, or the id of the emergency, the access request, the consent or the colleague's decision; null: the request itself; to a reviewer also a consent, and REPRESENTS of a person seen by name.",
    ),
    since: time.orNull("Since when that is known."),
  },
);

const explanationOf = ({ patients, record, ...rest }: Explained) => ({
  ...rest,
  decision: decisionOf(record),
  patients: patients.map(patientOf),
});
const AccessExplanation = objectType<ReturnType<typeof explanationOf>>(
  "AccessExplanation",
  "Why somebody looked at a patient's data, as far as this service can know.",
  {
    decision: of(Decision)(
      "The decision as it is on record; for who is no auditor with pseudonyms of patients, resources and addresses.",
    ),
    explained: flag.orNull(
      "Whether the access to each of its patients is explained, by now. Null: it is not asked, as it was denied, is no access, names no patient or is by no person.",
    ),
    explainedLater: flag("Whether that was not so when it was made."),
    patients: of(PatientExplanation).list("By patient; empty where it is not asked."),
  },
);

const ExplainedKindCount = objectType<KindCount>("ExplainedKindCount", "How many accesses one kind explains.", {
  kind: oneOf(ExplanationKindEnum)("By what."),
  count: int("How many they are."),
});
const ExplainedShareRow = objectType<ShareRow>(
  "ExplainedShareRow",
  "How many of some accesses were explained when they were made. An access to several patients counts once for each.",
  {
    key: text.orNull("The value of `by`; null where it is absent, or the accesses say nothing there."),
    accesses: int("How many they are."),
    explained: int("How many of them were explained."),
    share: number("The share, from 0 to 1."),
    kinds: of(ExplainedKindCount).list("By what, the strongest kind first."),
  },
);

@Resolver()
export class ExplainAccessResolver {
  @Query(() => AccessExplanation, {
    description:
      "Whether, by what and since when an access is explained: what explained it when it was made, or else what the directory and the patient's consents say now. That it was asked is on record before the answer. NOT_FOUND.",
  })
  async explainAccess(
    @Arg("decisionId", () => ID, { description: "The decision's id." }) decisionId: string,
    @Ctx() { caller, domain }: GraphqlContext,
  ) {
    return explanationOf(await domain.explainAccess(caller, decisionId));
  }

  @Query(() => [ExplainedShareRow], {
    description:
      "The share of accesses to patients' data that were explained when they were made. Counted are the whole days (UTC) of the window, and today until now; the groups with the most accesses first, at most 1,000, and days in their order.",
  })
  explainedShare(
    @Arg("from", () => DateTime, { description: "From the first whole day (UTC) at or after this time." }) from: number,
    @Arg("to", () => DateTime, {
      nullable: true,
      description:
        "Until this time, at most 400 days later: the last whole day before it. In the running hour, later or absent: until now.",
    })
    to: number | null | undefined,
    @Arg("by", () => StatsDimensionEnum, {
      nullable: true,
      description: "By ORGANIZATION, CLIENT, ROLE or DAY; absent: all together.",
    })
    by: StatsDimension | null | undefined,
    @Ctx() { domain }: GraphqlContext,
  ) {
    return domain.explainedShare({ from, to, by });
  }
}
