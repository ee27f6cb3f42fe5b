import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver } from "type-graphql";
import type {
  ConfigureDetectorInput as Configuring,
  SeenDetector,
} from "../domain/monitoring/detectors/detectorAdmin.ts";
import { actor, actorOrNull } from "./callers.ts";
import type { GraphqlContext } from "./context.ts";
import { DetectorCodeEnum, DetectorMemberEnum, DetectorModeEnum } from "./enums.ts";
import { inputType, int, json, number, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";

type Parameter = SeenDetector["parameters"][number];
const DetectorParameter = objectType<Parameter>("DetectorParameter", "A number that may be set for a detector.", {
  name: text("Its name, as `configureDetector` and `backtest` take it."),
  value: number("What it is now."),
  default: number("What it is where nobody set it."),
  minimum: number("The least that it may be."),
  maximum: number("The most that it may be."),
  description: text("What it means, with its unit."),
});

const printedOf = ({ alerts, changedBy, findings, ...rest }: SeenDetector) => ({
  ...rest,
  changedBy: actorOrNull(changedBy),
  findingsLastWeek: findings,
  alertsLastWeek: alerts,
});

const Detector = objectType<ReturnType<typeof printedOf>>(
  "Detector",
  "What looks at each decision on record, behind the answer, for one kind of unusual access.",
  {
    code: oneOf(DetectorCodeEnum)("Its code."),
    title: text("What it is called."),
    compares: text("What it compares with what."),
    mode: oneOf(DetectorModeEnum)("What becomes of what it finds. One that nobody set is in SHADOW."),
    parameters: of(DetectorParameter).list(
      "What may be set of it; `alertAt` is the points at which its findings open an alert.",
    ),
    alertsPerWeek: number.orNull(
      "How many alerts a week somebody can look at, by which `backtest` looks for `alertAt`; null: nobody said.",
    ),
    version: int("How often it was set; 0: never."),
    changedAt: time.orNull("When it was set last; null: never."),
    changedBy: actor.orNull("Who set it last; null: nobody."),
    reason: text.orNull("Why it was set so; null: nobody set it."),
    findingsLastWeek: int("What it found in the last seven days, in SHADOW too."),
    alertsLastWeek: int("The alerts of the last seven days that rest on a finding of it, among others."),
  },
);

@Resolver(() => Detector)
class DetectorFields {
  @FieldResolver(() => Int, { description: "The revision of the policy now; detectors do not change it." })
  policyRevision(@Ctx() { domain }: GraphqlContext): number {
    return domain.policy.current().revision;
  }
}

const ConfigureDetectorInput = inputType<Configuring>("ConfigureDetectorInput", "How a detector is set.", {
  detector: oneOf(DetectorCodeEnum)("Which detector."),
  mode: oneOf(DetectorModeEnum)("What becomes of what it finds."),
  parameters: json.orNull("Numbers by name, such as `{ alertAt: 20 }`. Those that are given change, the others stay."),
  alertsPerWeek: number.orNull("How many alerts a week somebody can look at: more than 0. Absent or null: it stays."),
  clear: oneOf(DetectorMemberEnum).listOrNull("What is set back before the rest is set."),
  reason: text("Why, in 1 to 2000 characters; kept on record."),
});

@Resolver()
class DetectorResolver {
  @Query(() => [Detector], { description: "What looks at decisions, in the order in which it does." })
  async detectors(@Ctx() { domain }: GraphqlContext) {
    return (await domain.detectors.list()).map(printedOf);
  }

  @Mutation(() => Detector, {
    description:
      "Sets a detector, for the decisions that it looks at from then on. BAD_USER_INPUT, with paths from `input`; CONFLICT where somebody set it meanwhile. Under four eyes what may hide something is proposed (`proposePolicy`).",
  })
  async configureDetector(
    @Arg("input", () => ConfigureDetectorInput, { description: "How it is set, and why." }) input: Configuring,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    return printedOf(await domain.detectors.configure(caller, input));
  }
}

export const detectorResolvers = [DetectorFields, DetectorResolver];
