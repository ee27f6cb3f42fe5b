import { Arg, Args, ArgsType, Ctx, Field, ID, Int, ObjectType, Query, Resolver } from "type-graphql";
import type { ScopeClient, ScopeUsage as Usage } from "../domain/audit/usage.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem, textProblem } from "../domain/kernel/text.ts";
import type { DroppedScope as Dropped, ProposedScope as Proposed } from "../domain/simulation/minimalScopes.ts";
import type { AffectedClient, RetirementPreview as Preview, Replacement } from "../domain/simulation/retirement.ts";
import type { MinimalScopes as Minimal } from "../domain/simulation/scopeLife.ts";
import { type Connection, PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DroppedBecauseEnum } from "./enums.ts";
import { Grant, GrantConnection } from "./grants.ts";
import { boundedInt } from "./inputs.ts";
import { type At, POLICY_REVISION } from "./policyRows.ts";
import { DateTime } from "./scalars.ts";

const SINCE = "Where the window begins.";
const MAX_DAYS = 3650;

@ObjectType("ScopeClientUsage", { simpleResolvers: true, description: "How one client holds and uses a scope." })
class ScopeClientUsage implements Omit<ScopeClient, "grant"> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, { nullable: true, description: "Its name; null for a client that is there no more." })
  readonly name!: string | null;
  @Field(() => Grant, {
    nullable: true,
    description: "By which it holds the scope now: by name, or by a SMART scope that covers it. Null: not any more.",
  })
  readonly grant!: At<Grant> | null;
  @Field(() => Int, { description: "Allowed accesses of the window that rest on the scope." })
  readonly uses!: number;
  @Field(() => DateTime, {
    nullable: true,
    description: "When one last rested on it, before the window too; null: never.",
  })
  readonly lastUsedAt!: number | null;
}

@ObjectType("ScopeUsage", { simpleResolvers: true, description: "Who holds a scope, and how each used it." })
class ScopeUsage implements Omit<Usage, "clients"> {
  @Field(() => String, { description: "The scope." })
  readonly name!: string;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
  @Field(() => DateTime, { description: SINCE })
  readonly since!: number;
  @Field(() => Int, { description: "Allowed accesses of the window that rest on the scope, of all clients." })
  readonly uses!: number;
  @Field(() => [ScopeClientUsage], {
    description: "The clients that hold it now or ever used it, most uses first, at most 1000.",
  })
  readonly clients!: readonly ScopeClientUsage[];
  @Field(() => Boolean, { description: "Whether these are all clients." })
  readonly complete!: boolean;
}

@ObjectType("ScopeReplacement", { simpleResolvers: true, description: "A scope that a client could use instead." })
class ScopeReplacement implements Replacement {
  @Field(() => String, { description: "The scope." })
  readonly scope!: string;
  @Field(() => Boolean, { description: "Whether it is the successor that the retired scope names." })
  readonly successor!: boolean;
  @Field(() => Boolean, { description: "Whether the client is granted it now; if not, it must be first." })
  readonly granted!: boolean;
  @Field(() => Int, { description: "How many of the accesses that would be refused it allows." })
  readonly covers!: number;
}

@ObjectType("RetirementClient", { simpleResolvers: true, description: "What a retirement would do to one client." })
class RetirementClient implements AffectedClient {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => String, { nullable: true, description: "Its name; null for a client that is there no more." })
  readonly name!: string | null;
  @Field(() => Int, { description: "Allowed accesses of the window that rest on the scope." })
  readonly uses!: number;
  @Field(() => DateTime, { description: "When one last did." })
  readonly lastUsedAt!: number;
  @Field(() => Int, { description: "How many of them were decided again, the newest." })
  readonly checked!: number;
  @Field(() => Int, { description: "Of these, how many would be refused." })
  readonly wouldBreak!: number;
  @Field(() => Int, {
    description: "Of these, how many would still be allowed, but with other obligations or a narrower search.",
  })
  readonly wouldChange!: number;
  @Field(() => Int, { description: "Of these, how many the policy refuses now, with the scope and without it." })
  readonly refusedAlready!: number;
  @Field(() => [ScopeReplacement], {
    description: "What to use instead: the successor first, then what the client is granted and helps most; at most 5.",
  })
  readonly useInstead!: readonly ScopeReplacement[];
  @Field(() => Int, { description: "Accesses that would be refused, and that nothing in `useInstead` allows." })
  readonly unanswered!: number;
}

@ObjectType("RetirementPreview", {
  simpleResolvers: true,
  description: "Who would break if a scope were retired now, by what was allowed with it.",
})
class RetirementPreview implements Preview {
  @Field(() => String, { description: "The scope." })
  readonly name!: string;
  @Field(() => Int, { description: "The version that would retire." })
  readonly version!: number;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
  @Field(() => DateTime, { description: SINCE })
  readonly since!: number;
  @Field(() => Int, { description: "Decisions that were made again." })
  readonly checked!: number;
  @Field(() => Int, { description: "Of these, how many would be refused." })
  readonly wouldBreak!: number;
  @Field(() => [RetirementClient], { description: "The clients that used the scope in the window, most broken first." })
  readonly clients!: readonly RetirementClient[];
  @Field(() => Boolean, { description: "Whether all there is was looked at; else the newest of each client." })
  readonly complete!: boolean;
}

@ObjectType("ProposedScope", { simpleResolvers: true, description: "A scope that a client needs." })
class ProposedScope implements Proposed {
  @Field(() => String, { description: "The scope to grant." })
  readonly scope!: string;
  @Field(() => [String], { description: "The granted scopes that it is, or is a part of." })
  readonly from!: readonly string[];
  @Field(() => Boolean, { description: "Whether it is less than what is granted." })
  readonly narrowed!: boolean;
}

@ObjectType("DroppedScope", { simpleResolvers: true, description: "A granted scope that is not needed." })
class DroppedScope implements Dropped {
  @Field(() => String, { description: "The granted scope." })
  readonly scope!: string;
  @Field(() => DroppedBecauseEnum, { description: "Why it is not needed." })
  readonly why!: Dropped["why"];
}

@ObjectType("MinimalScopes", {
  simpleResolvers: true,
  description: "The smallest set of scopes found that serves all that a client was allowed in a window.",
})
class MinimalScopes implements Omit<Minimal, "operations"> {
  @Field(() => ID, { description: "The client." })
  readonly clientId!: string;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
  @Field(() => DateTime, { description: SINCE })
  readonly since!: number;
  @Field(() => [ProposedScope], { description: "The scopes to grant instead of those granted now." })
  readonly scopes!: readonly ProposedScope[];
  @Field(() => [DroppedScope], { description: "What is granted now and not needed." })
  readonly dropped!: readonly DroppedScope[];
  @Field(() => Int, { description: "Decisions that were made again under the proposal." })
  readonly checked!: number;
  @Field(() => Int, {
    description:
      "Decisions of the window that the policy as it is would no longer allow; nothing was proposed for them.",
  })
  readonly notAllowedNow!: number;
  @Field(() => [ID], {
    description:
      "Decisions that would be refused, get other obligations or a narrower search under the proposal: empty, or do not use it.",
  })
  readonly flips!: readonly string[];
  @Field(() => Boolean, {
    description: "Whether all combinations of granted scopes were tried and none is smaller; else it is a good one.",
  })
  readonly smallest!: boolean;
  @Field(() => Boolean, { description: "Whether every decision of the window was looked at; else the newest 10,000." })
  readonly complete!: boolean;
}

/** The length of a window in days. @throws ScopewardenError BAD_USER_INPUT */
const daysOf = (days: number | null | undefined, standard: number): number =>
  boundedInt(days, { path: "days", min: 1, max: MAX_DAYS, default: standard });

function checkText(path: string, problem: string | null): void {
  if (problem !== null) throw badInput([{ path, message: problem }]);
}

const days = (standard: number) => ({
  nullable: true,
  defaultValue: standard,
  description: `The window: the last so many days, 1 to ${MAX_DAYS}.`,
});

@ArgsType()
class UnusedGrantsArgs extends PageArgs {
  @Field(() => Int, days(90))
  readonly days?: number | null;
}

@Resolver()
export class ScopeLifeResolver {
  @Query(() => ScopeUsage, {
    description:
      "Who holds a scope, when each last used it, and how often in a window, from the journal. A SMART scope is counted by its exact text. NOT_FOUND for a scope that is not known.",
  })
  async scopeUsage(
    @Arg("name", () => String, { description: "The scope." }) name: string,
    @Arg("days", () => Int, days(30)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<ScopeUsage> {
    checkText("name", textProblem(name, 256));
    const { clients, ...usage } = await ctx.domain.scopeLife.usage({ name, days: daysOf(window, 30) });
    const at = ({ grant, ...client }: ScopeClient) => ({
      ...client,
      grant: grant === null ? null : { ...grant, policyRevision: usage.policyRevision },
    });
    return { ...usage, clients: clients.map(at) };
  }

  @Query(() => RetirementPreview, {
    description:
      "Who would break if a scope were retired now, and what each should use instead: accesses that were allowed with it are decided again without it. Changes nothing. BAD_USER_INPUT for what can't be retired.",
  })
  retirementPreview(
    @Arg("name", () => String, { description: "The scope." }) name: string,
    @Arg("version", () => Int, {
      nullable: true,
      description: "The version; absent: the one that `retireScope` takes.",
    })
    version: number | null | undefined,
    @Arg("days", () => Int, days(30)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<RetirementPreview> {
    checkText("name", textProblem(name, 256));
    return ctx.domain.scopeLife.retirementPreview({ name, version: version ?? null, days: daysOf(window, 30) });
  }

  @Query(() => GrantConnection, {
    description:
      "The grants in force that no allowed access of a window used. A grant that is younger than the window may have had no time.",
  })
  async unusedGrants(
    @Args(() => UnusedGrantsArgs) args: UnusedGrantsArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Connection<At<Grant>>> {
    const page = pageRequest("unusedGrants", args);
    const found = await ctx.domain.scopeLife.unusedGrants({ days: daysOf(args.days, 90), page });
    const { policyRevision } = found;
    return toConnection("unusedGrants", page, found, (grant) => ({ ...grant, policyRevision }));
  }

  @Query(() => MinimalScopes, {
    description:
      "Proposes the smallest set of scopes for a client that serves all that it was allowed in a window: chosen from its grants, SMART scopes narrowed to what was used. Checked by deciding every access again. Changes nothing. NOT_FOUND for a client that is not known.",
  })
  minimalScopes(
    @Arg("clientId", () => ID, { description: "The client." }) clientId: string,
    @Arg("days", () => Int, days(30)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ): Promise<MinimalScopes> {
    checkText("clientId", identifierProblem(clientId));
    return ctx.domain.scopeLife.minimalScopes({ clientId, days: daysOf(window, 30) });
  }
}
