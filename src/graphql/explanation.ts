import type { GraphQLResolveInfo } from "graphql";
import { Arg, Ctx, ID, Info, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem } from "../domain/kernel/text.ts";
import type {
  AccessExplanation as ExplainedAccess,
  PatientExplanation as ExplainedPatient,
} from "../domain/monitoring/explanations/explainAccess.ts";
import type { Explanation as Explained } from "../domain/simulation/explain.ts";
import { Assignment } from "./assignments.ts";
import type { GraphqlContext } from "./context.ts";
import { decisionOf } from "./decisionOf.ts";
import { Decision } from "./decisions.ts";
import { ExplanationKindEnum } from "./enums.ts";
import { Grant } from "./grants.ts";
import { flag, id, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { fieldsAsked } from "./itemFields.ts";
import { Rule } from "./rules.ts";

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
      "What says so: an entity of the directory as `type/id`, or the id of the emergency, the access request, the consent or the colleague's decision; null: the request itself, and always to who is no auditor.",
    ),
    since: time.orNull("Since when that is known. Null: to who is no auditor."),
  },
);

const decidedOf = ({ record, grants, assignments, rules, ...explanation }: Explained) => {
  const at = { policyRevision: record.policyRevision };
  return {
    decision: decisionOf(record),
    rules: rules.map((rule) => ({ ...rule, ...at })),
    grants: grants.map((grant) => ({ ...grant, ...at })),
    assignments: assignments.map((assignment) => ({ ...assignment, ...at })),
    ...explanation,
  };
};
const accessOf = ({ patients, ...rest }: ExplainedAccess) => ({ ...rest, patients: patients.map(patientOf) });
const ACCESS_FIELDS: readonly (keyof ExplainedAccess)[] = ["explained", "explainedLater", "patients"];
const Explanation = objectType<ReturnType<typeof decidedOf> & ReturnType<typeof accessOf>>(
  "Explanation",
  "Why a decision came out as it did, by the policy as it was; and why somebody looked at a patient's data, as far as this service can know.",
  {
    decision: of(Decision)(
      "The decision as it is on record; for who is no auditor with pseudonyms of patients, resources and addresses.",
    ),
    rules: of(Rule).list("The rules that its reasons name, as they were."),
    grants: of(Grant).list("What its client was granted then, at most 200."),
    assignments: of(Assignment).list("The roles that whoever asked was given then, at most 200."),
    reproduced: flag(
      "Whether deciding again, at its revision and time, gives the same: to the byte, unless it was made by older semantics.",
    ),
    difference: text.orNull("In a sentence, what differs; null: nothing."),
    explained: flag.orNull(
      "Whether the access to each of its patients is explained, by now: by what explained it when it was made, or else by what the directory and the patient's consents say now. Null: it is not asked, as it was denied, is no access, names no patient or is by no person.",
    ),
    explainedLater: flag("Whether that was not so when it was made."),
    patients: of(PatientExplanation).list("By what it is explained, by patient; empty where it is not asked."),
  },
);

@Resolver()
export class ExplanationResolver {
  @Query(() => Explanation, {
    nullable: true,
    description:
      "Why a decision came out as it did, and whether and by what an access is explained. Only what is asked for is worked out; that it was asked is on record before the answer. Null: there is no such decision.",
  })
  async explanation(
    @Arg("decisionId", () => ID, { description: "The decision's id." }) decisionId: string,
    @Ctx() { caller, domain }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const problem = identifierProblem(decisionId);
    if (problem !== null) throw badInput([{ path: "decisionId", message: problem }]);
    const explanation = await domain.explanation(caller, decisionId);
    if (explanation === null) return null;
    const asked = fieldsAsked(info);
    const ofAccess = ACCESS_FIELDS.filter((field) => asked.delete(field)).length > 0;
    asked.delete("__typename");
    // Both within the turn of this field; what is asked for is on record, even if only whether there is such a decision.
    const ofDecision = asked.size > 0 || !ofAccess;
    return {
      ...(ofDecision && decidedOf(await explanation.ofDecision())),
      ...(ofAccess && accessOf(await explanation.ofAccess())),
    };
  }
}
