import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import type { NamesAsked } from "../domain/audit/names/nameNotes.ts";
import type { AuthorizeInput as Question } from "../domain/decisions/accessInput.ts";
import type { Verdict } from "../domain/decisions/types.ts";
import type { Snapshot } from "../domain/policy/snapshot.ts";
import type { Obligation as DomainObligation } from "../domain/policy/types.ts";
import {
  MAX_SIMULATED,
  type SimulationResult as Result,
  type Simulation as Simulated,
} from "../domain/simulation/simulate.ts";
import type { SufficientAccess as DomainSufficient } from "../domain/simulation/sufficientAccess.ts";
import type { SimulateInput as Asked } from "../domain/simulation/whatIf.ts";
import { AccessDifference } from "./accessDifference.ts";
import { PolicyOperation } from "./apply.ts";
import { AuthorizeInput } from "./authorize.ts";
import type { GraphqlContext } from "./context.ts";
import { Reason, SufficientAccess } from "./decisions.ts";
import { OutcomeEnum } from "./enums.ts";
import { flag, inputType, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { notesOf } from "./nameNotes.ts";
import { Obligation } from "./obligations.ts";
import { reasonsOf, type ShownReason } from "./recordedReason.ts";

const SimulateInput = inputType<Asked>(
  "SimulateInput",
  "A change that is not made, and what to ask before and after it.",
  {
    operations: of(PolicyOperation).list("The change, as `applyPolicy` takes it; empty: none."),
    requests: of<Question>(AuthorizeInput).list(
      `The questions, at most ${MAX_SIMULATED}; may be empty where only \`access\` is asked.`,
    ),
    asOfRevision: int.orNull("The revision of the policy to begin with; absent: the current one."),
  },
);

interface Decided extends Required<Pick<Verdict, "outcome" | "scope" | "reasonCount" | "sufficientScopes">> {
  readonly reasons: readonly ShownReason[];
  readonly obligations: readonly DomainObligation[];
}
export const SimulatedDecision = objectType<Decided>(
  "SimulatedDecision",
  "What would be decided: it is not on record.",
  {
    outcome: oneOf(OutcomeEnum)("The answer."),
    scope: text.orNull("The scope that would allow it; null when denied."),
    reasons: of(Reason).list("Why, as of a decision: at most 16."),
    reasonCount: int("How many reasons there were, those that are not listed included."),
    sufficientScopes: text.list("The least scope that would have been enough, as of a decision."),
    obligations: of(Obligation).list("What the caller would have to do, or else treat the answer as DENY."),
  },
);
export const simulatedOf = ({ outcome, scope, reasons, obligations, ...rest }: Verdict): Decided => ({
  outcome,
  scope,
  reasons: reasonsOf(reasons),
  reasonCount: rest.reasonCount ?? reasons.length,
  sufficientScopes: rest.sufficientScopes ?? [],
  obligations,
});

const resultOf = ({ before, after, ...result }: Result) => ({
  ...result,
  before: simulatedOf(before),
  after: simulatedOf(after),
});
const SimulationResult = objectType<Omit<ReturnType<typeof resultOf>, "sufficientAccess">>(
  "SimulationResult",
  "One question, before and after.",
  {
    before: of(SimulatedDecision)("What is answered without the change."),
    after: of(SimulatedDecision)("What would be answered with it."),
    changed: flag("Whether anything of the two differs."),
  },
);

const simulationOf = ({ results, ...simulation }: Simulated) => ({ ...simulation, results: results.map(resultOf) });
const Simulation = objectType<Omit<ReturnType<typeof simulationOf>, "access" | "policies">>(
  "Simulation",
  "What a change would do to some questions.",
  {
    baseRevision: int("The revision of the policy that it begins with."),
    changed: int("How many of the answers would change."),
    results: of(SimulationResult).list("In the order of the questions."),
  },
);

/** What the questions of a simulation name. */
const namesIn = (requests: readonly Question[], policy: readonly Snapshot[]): NamesAsked => ({
  clients: requests.map(({ clientId }) => clientId),
  scopes: requests.flatMap(({ scopes }) => scopes ?? []),
  organizations: requests.flatMap(({ resource, subject }) => [resource.organization, subject?.organization]),
  resourceTypes: requests.map(({ resource }) => resource.type),
  purposes: requests.map(({ purposeOfUse }) => purposeOfUse),
  patients: requests.flatMap(({ context, resource }) => [
    resource.patient,
    ...(resource.patients ?? []),
    context?.patient,
  ]),
  subjects: requests.map(({ subject }) => subject),
  resources: requests.map(({ resource }) => resource),
  ofPatients: requests.length > 0,
  policy,
});

@Resolver(() => Simulation)
class SimulationFields {
  @FieldResolver(() => AccessDifference, {
    description:
      "What the change does to access, whatever is asked: for every client, role and holder that it touches.",
  })
  access(@Root() { access }: ReturnType<typeof simulationOf>) {
    return access();
  }
}

@Resolver(() => SimulationResult)
class ResultFields {
  @FieldResolver(() => [SufficientAccess], {
    description:
      "Where it would be denied with the change: the roles and scopes any one of which, given as well, would make it an ALLOW; each is tried. LIMIT_EXCEEDED for more than 5 questions.",
  })
  async sufficientAccess(
    @Root() { after, sufficientAccess }: ReturnType<typeof resultOf>,
    @Ctx() { loaders }: GraphqlContext,
  ): Promise<readonly DomainSufficient[]> {
    if (after.outcome === "ALLOW") return [];
    return loaders.counted(await loaders.dear("sufficientAccess", sufficientAccess));
  }
}

@Resolver()
class WhatIfResolver {
  @Query(() => Simulation, {
    description:
      "What these questions would be answered with a change that is not made. Nothing changes, and no decision is put on record; that it was asked is. To who is no auditor it knows of patients only what the questions say, and `notes` tell so. BAD_USER_INPUT as of `applyPolicy` and `authorize`.",
  })
  async simulate(
    @Arg("input", () => SimulateInput, { description: "The change, and the questions." }) input: Asked,
    @Ctx() { domain, caller }: GraphqlContext,
  ) {
    const simulation = await domain.whatIf.simulate(caller, input);
    return { ...simulationOf(simulation), named: namesIn(input.requests, simulation.policies) };
  }
}

export const whatIfResolvers = [SimulationFields, ResultFields, WhatIfResolver, notesOf(Simulation)];
