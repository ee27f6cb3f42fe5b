import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, ID, Info, Int, Query, Resolver } from "type-graphql";
import type { ScopeClient, ScopeUsage as Usage } from "../domain/audit/usage.ts";
import { badInput } from "../domain/kernel/errors.ts";
import { identifierProblem, textProblem } from "../domain/kernel/text.ts";
import type { DroppedScope as Dropped, ProposedScope as Proposed } from "../domain/simulation/minimalScopes.ts";
import type { AffectedClient, RetirementPreview as Preview, Replacement } from "../domain/simulation/retirement.ts";
import type { MinimalScopes as Minimal } from "../domain/simulation/scopeLife.ts";
import { PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DroppedBecauseEnum } from "./enums.ts";
import { Grant, GrantConnection } from "./grants.ts";
import { flag, id, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";
import { itemFields } from "./itemFields.ts";
import { POLICY_REVISION } from "./policyRows.ts";

const SINCE = "Where the window begins.";
const MAX_DAYS = 3650;

/** The grant with the revision at which it was read. */
const clientUsageAt =
  (policyRevision: number) =>
  ({ grant, ...client }: ScopeClient) => ({ ...client, grant: grant === null ? null : { ...grant, policyRevision } });
type ClientUsage = ReturnType<ReturnType<typeof clientUsageAt>>;

const ScopeClientUsage = objectType<ClientUsage>("ScopeClientUsage", "How one client holds and uses a scope.", {
  clientId: id("The client."),
  name: text.orNull("Its name; null for a client that is there no more."),
  grant: of(Grant).orNull(
    "By which it holds the scope now: by name, or by a SMART scope that covers it. Null: not any more.",
  ),
  uses: int("Allowed accesses of the window that rest on the scope."),
  lastUsedAt: time.orNull("When one last rested on it, before the window too; null: never."),
});

const ScopeUsage = objectType<Omit<Usage, "clients"> & { clients: readonly ClientUsage[] }>(
  "ScopeUsage",
  "Who holds a scope, and how each used it.",
  {
    name: text("The scope."),
    policyRevision: int(POLICY_REVISION),
    since: time(SINCE),
    uses: int("Allowed accesses of the window that rest on the scope, of all clients."),
    clients: of(ScopeClientUsage).list("The clients that hold it now or ever used it, most uses first, at most 1000."),
    complete: flag("Whether these are all clients."),
  },
);

const ScopeReplacement = objectType<Replacement>("ScopeReplacement", "A scope that a client could use instead.", {
  scope: text("The scope."),
  successor: flag("Whether it is the successor that the retired scope names."),
  granted: flag("Whether the client is granted it now; if not, it must be first."),
  covers: int("How many of the accesses that would be refused it allows."),
});

const RetirementClient = objectType<AffectedClient>("RetirementClient", "What a retirement would do to one client.", {
  clientId: id("The client."),
  name: text.orNull("Its name; null for a client that is there no more."),
  uses: int("Allowed accesses of the window that rest on the scope."),
  lastUsedAt: time("When one last did."),
  checked: int("How many of them were decided again, the newest."),
  wouldBreak: int("Of these, how many would be refused."),
  wouldChange: int("Of these, how many would still be allowed, but with other obligations or a narrower search."),
  refusedAlready: int("Of these, how many the policy refuses now, with the scope and without it."),
  useInstead: of(ScopeReplacement).list(
    "What to use instead: the successor first, then what the client is granted and helps most; at most 5.",
  ),
  unanswered: int("Accesses that would be refused, and that nothing in `useInstead` allows."),
});

const RetirementPreview = objectType<Preview>(
  "RetirementPreview",
  "Who would break if a scope were retired now, by what was allowed with it.",
  {
    name: text("The scope."),
    version: int("The version that would retire."),
    policyRevision: int(POLICY_REVISION),
    since: time(SINCE),
    checked: int("Decisions that were made again."),
    wouldBreak: int("Of these, how many would be refused."),
    clients: of(RetirementClient).list("The clients that used the scope in the window, most broken first."),
    complete: flag(
      "Whether all there is was looked at; else the newest of the 100 clients that used it most, at most 250. `startReplay` with `retireScope` decides all of them again.",
    ),
  },
);

const ProposedScope = objectType<Proposed>("ProposedScope", "A scope that a client needs.", {
  scope: text("The scope to grant."),
  from: text.list("The granted scopes that it is, or is a part of."),
  narrowed: flag("Whether it is less than what is granted."),
});

const DroppedScope = objectType<Dropped>("DroppedScope", "A granted scope that is not needed.", {
  scope: text("The granted scope."),
  why: oneOf(DroppedBecauseEnum)("Why it is not needed."),
});

const MinimalScopes = objectType<Omit<Minimal, "operations">>(
  "MinimalScopes",
  "A small set of scopes that serves all that a client was allowed in a window.",
  {
    clientId: id("The client."),
    policyRevision: int(POLICY_REVISION),
    since: time(SINCE),
    scopes: of(ProposedScope).list("The scopes to grant instead of those granted now."),
    dropped: of(DroppedScope).list("What is granted now and not needed."),
    checked: int("Decisions that were made again under the proposal."),
    notAllowedNow: int(
      "Decisions of the window that the policy as it is would no longer allow; nothing was proposed for them.",
    ),
    flips: id.list(
      "Decisions that would be refused, get other obligations or a narrower search under the proposal: empty, or do not use it.",
    ),
    smallest: flag("Whether all combinations of granted scopes were tried and none is smaller; else it is a good one."),
    complete: flag("Whether every decision of the window was looked at; else the newest 10,000."),
  },
);

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
    @Info() info: GraphQLResolveInfo,
  ) {
    checkText("name", textProblem(name, 256));
    const { clients, ...usage } = await ctx.domain.scopeLife.usage({ name, days: daysOf(window, 30) });
    const listed = clients.map(clientUsageAt(usage.policyRevision));
    return { ...usage, clients: ctx.loaders.inParts(listed, itemFields(info)) };
  }

  @Query(() => RetirementPreview, {
    description:
      "Who would break if a scope were retired now, and what each should use instead: accesses that were allowed with it are decided again without it. Changes nothing. BAD_USER_INPUT for what can't be retired; FORBIDDEN to who is no auditor for a scope whose constraint asks for a patient, a person or a resource, and by such scopes nothing is tried for them.",
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
  ) {
    checkText("name", textProblem(name, 256));
    return ctx.domain.scopeLife.retirementPreview(ctx.caller, {
      name,
      version: version ?? null,
      days: daysOf(window, 30),
    });
  }

  @Query(() => GrantConnection, {
    description:
      "The grants in force that no allowed access of a window used. A grant that is younger than the window may have had no time.",
  })
  async unusedGrants(
    @Arg("days", () => Int, days(90)) window: number | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() ctx: GraphqlContext,
  ) {
    const page = pageRequest("unusedGrants", args);
    const found = await ctx.domain.scopeLife.unusedGrants({ days: daysOf(window, 90), page });
    const { policyRevision } = found;
    return toConnection("unusedGrants", page, found, (grant) => ({ ...grant, policyRevision }));
  }

  @Query(() => MinimalScopes, {
    description:
      "Proposes a small set of scopes for a client that serves all that it was allowed in a window: chosen from its grants, SMART scopes narrowed to what was used. Checked by deciding every access again; `smallest` says whether fewer could do. Changes nothing. NOT_FOUND for a client that is not known.",
  })
  minimalScopes(
    @Arg("clientId", () => ID, { description: "The client." }) clientId: string,
    @Arg("days", () => Int, days(30)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ) {
    checkText("clientId", identifierProblem(clientId));
    return ctx.domain.scopeLife.minimalScopes({ clientId, days: daysOf(window, 30) });
  }
}
