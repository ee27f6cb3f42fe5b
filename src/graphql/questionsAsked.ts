import { Args, Ctx, Query, Resolver } from "type-graphql";
import type { Json } from "../domain/kernel/canonical.ts";
import type { SimulationAct } from "../domain/record/simulationAct.ts";
import { Actor, actorOrNull } from "./callers.ts";
import { connectionOf, numberedPageRequest, PageArgs, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { id, int, json, objectType, of, text, time } from "./graphqlTypes.ts";

const questionOf = ({ asked, at, baseRevision, callerId, field, operations, patients, questions }: SimulationAct) => ({
  ...{ at, field, baseRevision, operations, questions },
  by: actorOrNull(callerId),
  asked: (asked ?? null) as Json,
  patients: patients ?? [],
});

const AskedQuestion = objectType<ReturnType<typeof questionOf>>(
  "AskedQuestion",
  "That somebody asked what a change would do, or who can do what, as it stands on record.",
  {
    by: of(Actor).orNull("Who asked."),
    at: time("When."),
    field: text("What was asked, by the name of the field."),
    baseRevision: int("The revision of the policy that was asked about."),
    operations: int("How many operations the change has."),
    asked: json.orNull(
      "Where past decisions answered, what it went by: operations, filter, window; of `entity`, the entry and the reason; of `find`, the text and who was shown; of `recordConsent`, what was asked. Null: of other questions, or erased.",
    ),
    patients: id.list("About whose data it was asked."),
    questions: int("How many decisions it made."),
  },
);
const QuestionsConnection = connectionOf("AskedQuestion", "questions that were asked", AskedQuestion);

@Resolver()
export class QuestionsAskedResolver {
  @Query(() => QuestionsConnection, {
    description:
      "Who asked what a change would do to past decisions (`replay`, `startReplay`, `backtest`, `startBacktest`, `retirementPreview`, `scopeAdvice { minimal }`, the report of `proposePolicy` and `refreshProposal`, `proposalOutcome`), or who can do what, and who opened an entry of the directory (`entity`) and why, and whom a consent desk looked for by name (`find`) or asked about (`recordConsent`), newest first. That it was read is on record.",
  })
  async questionsAsked(@Args(() => PageArgs) args: PageArgs, @Ctx() { caller, domain }: GraphqlContext) {
    const request = numberedPageRequest("questionsAsked", args);
    return toConnection("questionsAsked", request, await domain.questionsAsked.page(caller, request), questionOf);
  }
}
