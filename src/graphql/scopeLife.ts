import type { GraphQLResolveInfo } from "graphql";
import { Arg, Args, Ctx, ID, Info, Int, Query, Resolver } from "type-graphql";
import { badInput } from "../domain/kernel/errors.ts";
import type { Page } from "../domain/kernel/pages.ts";
import { identifierProblem, textProblem } from "../domain/kernel/text.ts";
import type {
  ScopeAdvice as Advice,
  MinimalScopes as Minimal,
  SeenSaving,
  SeenSavings,
} from "../domain/monitoring/reviews/scopeAdvice.ts";
import type { DroppedScope as Dropped, ProposedScope as Proposed } from "../domain/simulation/minimalScopes.ts";
import type { AffectedClient, RetirementPreview as Preview, Replacement } from "../domain/simulation/retirement.ts";
import type { ScopeUsePage, SeenScopeUse as Use } from "../domain/simulation/scopeLife.ts";
import { connectionOf, PageArgs, pageRequest, toConnection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { DroppedBecauseEnum, SavingKindEnum } from "./enums.ts";
import { FEW, HIDDEN, PEOPLE } from "./fewPatients.ts";
import { Grant } from "./grants.ts";
import { flag, id, int, objectType, of, oneOf, text, time } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";
import { fieldsAsked, itemFields } from "./itemFields.ts";
import { POLICY_REVISION } from "./policyRows.ts";

const SINCE = "Where the window begins: with a whole hour, to who is no auditor with a whole day.";
const AS_OF = "All that was on record at this time is counted.";
const MAX_DAYS = 3650;
/** So far back the last use of a grant is looked for. */
const MAX_ADVISED_DAYS = 400;

/** The grant with the revision at which it was read. */
const shownUse =
  (policyRevision: number) =>
  ({ grant, ...use }: Use) => ({ ...use, grant: grant === null ? null : { ...grant, policyRevision } });
const ScopeUse = objectType<ReturnType<ReturnType<typeof shownUse>>>(
  "ScopeUse",
  "How one client holds and uses a scope.",
  {
    clientId: id("The client."),
    name: text.orNull("Its name; null for a client that is there no more."),
    scope: text("The scope: the one that is asked for, or the one that is granted."),
    grant: of(Grant).orNull(
      "By which it holds the scope now: by name, or by a SMART scope that covers it. Null: not any more.",
    ),
    uses: int.orNull(`Allowed accesses of the window that rest on the scope.${HIDDEN}`),
    lastUsedAt: time.orNull(
      "When one last rested on it: where a scope is asked for, before the window too; to who is no auditor the day. Null: there is none.",
    ),
    few: FEW,
  },
);

const ScopeUseConnection = connectionOf<InstanceType<typeof ScopeUse>, Omit<ScopeUsePage, keyof Page<Use, string>>>(
  "ScopeUse",
  "grants with their use",
  ScopeUse,
  {
    policyRevision: int(POLICY_REVISION),
    since: time(SINCE),
    asOf: time(AS_OF),
    uses: int.orNull(
      "Allowed accesses of the window that rest on the scope that is asked for, of all clients. Null: none is, or of few patients.",
    ),
  },
);

const ScopeReplacement = objectType<Replacement>("ScopeReplacement", "A scope that a client could use instead.", {
  scope: text("The scope."),
  successor: flag("Whether it is the successor that the retired scope names."),
  granted: flag("Whether the client is granted it now; if not, it must be first."),
  covers: int.orNull(`How many of the accesses that would be refused it allows.${HIDDEN}`),
});

const RetirementClient = objectType<AffectedClient>("RetirementClient", "What a retirement would do to one client.", {
  clientId: id("The client."),
  name: text.orNull("Its name; null for a client that is there no more."),
  uses: int.orNull(`Allowed accesses of the window that rest on the scope.${HIDDEN}`),
  lastUsedAt: time("When one last did; to who is no auditor the day."),
  few: FEW,
  checked: int.orNull(`How many of them were decided again, the newest.${HIDDEN}`),
  wouldBreak: int.orNull(`Of these, how many would be refused.${HIDDEN}`),
  wouldChange: int.orNull(
    "Of these, how many would still be allowed, but with other obligations or a narrower search.",
  ),
  people: int.orNull(`How many people would be refused, each once.${PEOPLE}`),
  refusedAlready: int.orNull(`Of these, how many the policy refuses now, with the scope and without it.${HIDDEN}`),
  useInstead: of(ScopeReplacement).list(
    "What to use instead: the successor first, then what the client is granted and helps most; at most 5.",
  ),
  unanswered: int.orNull(
    "Accesses that would be refused, and that nothing in `useInstead` allows. Null: of few patients.",
  ),
});

const RetirementPreview = objectType<Preview>(
  "RetirementPreview",
  "Who would break if a scope were retired now, by what was allowed with it.",
  {
    name: text("The scope."),
    version: int("The version that would retire."),
    policyRevision: int(POLICY_REVISION),
    since: time(SINCE),
    asOf: time(AS_OF),
    few: FEW,
    checked: int.orNull(`Decisions that were made again.${HIDDEN}`),
    wouldBreak: int.orNull(`Of these, how many would be refused.${HIDDEN}`),
    people: int.orNull(`How many people would be refused, each once.${PEOPLE}`),
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

const MinimalScopes = objectType<Omit<Minimal, "operations" | "asOf" | "patients">>(
  "MinimalScopes",
  "A small set of scopes that serves all that a client was allowed in a window.",
  {
    scopes: of(ProposedScope).list("The scopes to grant instead of those granted now."),
    dropped: of(DroppedScope).list("What is granted now and not needed."),
    few: FEW,
    checked: int.orNull(
      `Decisions that were made again under the proposal, by what was known when they were made.${HIDDEN}`,
    ),
    notAllowedNow: int.orNull(
      `Decisions of the window that the policy as it is would no longer allow, or that can't be made again; nothing was proposed for them.${HIDDEN}`,
    ),
    flipped: int.orNull(
      `Decisions that would be refused, get other obligations or a narrower search under the proposal: 0, or do not use it.${HIDDEN}`,
    ),
    flips: id.list("These, by id; to who is no auditor none."),
    smallest: flag("Whether all combinations of granted scopes were tried and none is smaller; else it is a good one."),
    complete: flag("Whether every decision of the window was looked at; else the newest 10,000."),
  },
);

const ScopeSavingType = objectType<SeenSaving>("ScopeSaving", "Where a scope could be less.", {
  scope: text("The scope that is granted."),
  clientId: id.orNull("To whom; null: to nobody."),
  why: oneOf(SavingKindEnum)("Why."),
  saves: int(
    "How many pairs of an action and a resource type the client could do no more; a scope for all types has as many as FHIR has types.",
  ),
  uses: int.orNull(`How often it was used in the window.${HIDDEN}`),
  lastUsedAt: time.orNull(
    "When it was last used, in the last 400 days; to who is no auditor the day. Null: it was not.",
  ),
  few: FEW,
  instead: text.list("What would do instead: the smaller set, or the other scopes of the client that permit it."),
});

type Advised = Pick<Advice, "clientId" | "policyRevision" | "since"> &
  SeenSavings & { readonly minimal: Omit<Minimal, "operations" | "asOf" | "patients"> | null };
const ScopeAdvice = objectType<Advised>("ScopeAdvice", "Which scopes could be less.", {
  clientId: id.orNull("The client that is asked about; null: all."),
  policyRevision: int(POLICY_REVISION),
  since: time(SINCE),
  asOf: time(AS_OF),
  savings: of(ScopeSavingType).list("What saves most first, at most 1,000."),
  complete: flag("Whether these are all, and every access of the window was looked at for the smaller sets."),
  minimal: of(MinimalScopes).orNull(
    "Of one client a small set that serves all that it was allowed: chosen from its grants, SMART scopes narrowed to what was used, checked by deciding every access again. Null: all clients are asked about.",
  ),
});

/** The length of a window in days. @throws ScopewardenError BAD_USER_INPUT */
const daysOf = (days: number | null | undefined, standard: number, max: number): number =>
  boundedInt(days, { path: "days", min: 1, max, default: standard });

function checkText(path: string, problem: string | null): void {
  if (problem !== null) throw badInput([{ path, message: problem }]);
}

const days = (standard: number, max: number) => ({
  nullable: true,
  defaultValue: standard,
  description: `The window: the last so many days, 1 to ${max}, from the beginning of the hour in which they begin, for who is no auditor of the day.`,
});

@Resolver()
export class ScopeLifeResolver {
  @Query(() => ScopeUseConnection, {
    description:
      "Who holds scopes, and how often each was used in a window, from the journal. With `scope`: who holds it or ever used it, most uses first for an auditor, a SMART scope by its exact text; NOT_FOUND for one that is not known; FORBIDDEN to who is no auditor for one whose constraint asks for somebody. Without: the grants in force. A grant that is younger than the window may have had no time.",
  })
  async scopeUse(
    @Arg("scope", () => String, { nullable: true, description: "The scope; absent: all that are granted." })
    asked: string | null | undefined,
    @Arg("unused", () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: "Only what is granted and was not used.",
    })
    unused: boolean | null | undefined,
    @Arg("days", () => Int, days(30, MAX_DAYS)) window: number | null | undefined,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() ctx: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const scope = asked ?? null;
    if (scope !== null) checkText("scope", textProblem(scope, 256));
    // A place among the uses of a scope is none among all grants.
    const list = scope === null ? "scopeUse" : `scopeUse ${scope}`;
    const page = pageRequest(list, args);
    const query = { scope, unused: unused ?? false, days: daysOf(window, 30, MAX_DAYS), page };
    const { asOf, policyRevision, since, uses, ...found } = await ctx.domain.scopeLife.use(ctx.caller, query);
    const { edges, pageInfo } = toConnection(list, page, found, shownUse(policyRevision));
    return { policyRevision, since, asOf, uses, pageInfo, edges: ctx.loaders.inParts(edges, itemFields(info)) };
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
    @Arg("days", () => Int, days(30, MAX_DAYS)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
  ) {
    checkText("name", textProblem(name, 256));
    return ctx.domain.scopeLife.retirementPreview(ctx.caller, {
      name,
      version: version ?? null,
      days: daysOf(window, 30, MAX_DAYS),
    });
  }

  @Query(() => ScopeAdvice, {
    description:
      "Scopes that clients are granted and do not use, use in part, or have by other scopes too, and active ones that nobody is granted, by what each would save; and which few scopes would be enough for one client. Scopes not observed for the whole window are not called unused. Only what is asked for is worked out. Changes nothing. NOT_FOUND for a client that is not known.",
  })
  async scopeAdvice(
    @Arg("clientId", () => ID, { nullable: true, description: "The client; absent: all of them." })
    asked: string | null | undefined,
    @Arg("days", () => Int, days(90, MAX_ADVISED_DAYS)) window: number | null | undefined,
    @Ctx() ctx: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    const clientId = asked ?? null;
    if (clientId !== null) checkText("clientId", identifierProblem(clientId));
    const { minimal, now, savings, ...advice } = ctx.domain.reviews.advice(ctx.caller, {
      clientId,
      days: daysOf(window, 90, MAX_ADVISED_DAYS),
    });
    const fields = fieldsAsked(info);
    // Both within the turn of this field.
    const saved = fields.has("savings") || fields.has("complete") ? await savings() : null;
    const small = fields.has("minimal") ? await minimal() : null;
    const asOf = Math.min(saved?.asOf ?? now, small?.asOf ?? now);
    return { ...advice, ...saved, minimal: small, asOf };
  }
}
