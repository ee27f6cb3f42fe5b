import { Arg, Args, Ctx, Field, InputType, Int, Mutation, Query, Resolver } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import type { ScopeVersion } from "../domain/policy/types.ts";
import type { AtomContext } from "../domain/scopes/atom.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import type { Connection } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { AtomContextEnum } from "./enums.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { type At, currentRow, listRows } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";
import { DateTime } from "./scalars.ts";
import { Scope, ScopeConnection, ScopesArgs } from "./scopeTypes.ts";

@InputType("AtomInput", {
  description: "What a scope permits: these actions on this resource type, in this context, under this constraint.",
})
export class AtomInput implements Whole<operations.AtomInput> {
  @Field(() => AtomContextEnum, { nullable: true, defaultValue: "ANY", description: "In whose name it is used." })
  readonly context!: AtomContext | null | undefined;
  @Field(() => String, { description: "A FHIR R4 type, a type of your own, or `*`, which needs a justification." })
  readonly resourceType!: string;
  @Field(() => [String], { description: "At least one: read, search, create, update, delete, or any other name." })
  readonly actions!: readonly string[];
  @Field(() => String, {
    nullable: true,
    description:
      "Search parameters of the FHIR type, as after the `?` of a SMART v2 scope: `category=laboratory`; no modifiers, chains or encodings.",
  })
  readonly constraint!: string | null | undefined;
}

@InputType("PutScope", {
  description:
    "A scope to be drafted. A draft is replaced; of anything later the next version is drafted. Broad scopes are refused unless justified.",
})
export class PutScope implements Whole<operations.PutScope> {
  @Field(() => String, {
    description: "1 to 256 characters as RFC 6749 section 3.3 permits. What looks like a SMART scope must be one.",
  })
  readonly name!: string;
  @Field(() => String, { nullable: true, description: "Its title for people, at most 2000 characters." })
  readonly title!: string | null | undefined;
  @Field(() => String, { nullable: true, description: "What it permits, for people; at most 2000 characters." })
  readonly description!: string | null | undefined;
  @Field(() => [AtomInput], {
    nullable: true,
    description: "What it permits: at least one; absent for a SMART scope, whose syntax declares it.",
  })
  readonly atoms!: readonly AtomInput[] | null | undefined;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether a consent is asked for when it is used.",
  })
  readonly requiresConsent!: boolean | null | undefined;
  @Field(() => String, {
    nullable: true,
    description: "Why it must be as broad as it is; kept, and shown. At most 2000 characters.",
  })
  readonly justification!: string | null | undefined;
}

@InputType("ScopeRef", { description: "Names a scope, or one version of it." })
export class ScopeRef implements Whole<operations.RetireScope> {
  @Field(() => String, { description: "The scope's name." })
  readonly name!: string;
  @Field(() => Int, {
    nullable: true,
    description: "The version; absent: the newest that the step can be taken from, and to delete, all.",
  })
  readonly version!: number | null | undefined;
  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      "For retireScope alone: ends it although clients used it in the last 30 days, which is BAD_USER_INPUT otherwise.",
  })
  readonly force!: boolean | null | undefined;
}

@InputType("DeprecateScope", { description: "Announces the end of a scope." })
export class DeprecateScope implements Whole<operations.DeprecateScope> {
  @Field(() => String, { description: "The scope's name." })
  readonly name!: string;
  @Field(() => Int, { nullable: true, description: "The version; absent: the newest that is active or deprecated." })
  readonly version!: number | null | undefined;
  @Field(() => DateTime, { description: "When it retires by itself; in the future." })
  readonly sunsetAt!: number;
  @Field(() => String, { nullable: true, description: "The scope to use instead." })
  readonly replacedBy!: string | null | undefined;
}

/** The version that a name means: in force before announced to end, before any other; the newest of several. */
function meantVersion(versions: readonly ScopeVersion[]): ScopeVersion | undefined {
  return (
    versions.findLast((v) => v.state === "ACTIVE") ??
    versions.findLast((v) => v.state === "DEPRECATED") ??
    versions.at(-1)
  );
}

@Resolver()
export class ScopeResolver {
  @Query(() => Scope, {
    nullable: true,
    description:
      "One version of a scope in the current policy; null when there is none. Without a version: the active one, else the deprecated one, else the newest.",
  })
  scope(
    @Arg("name", () => String, { description: "The scope's name." }) name: string,
    @Arg("version", () => Int, { nullable: true, description: "The version, from 1." }) version:
      | number
      | null
      | undefined,
    @Ctx() ctx: GraphqlContext,
  ): At<ScopeVersion> | null {
    return currentRow<"scope">(ctx, (snapshot) => {
      const versions = snapshot.scopes.get(name) ?? [];
      return (version ?? null) === null ? meantVersion(versions) : versions.find((v) => v.version === version);
    });
  }

  @Query(() => ScopeConnection, { description: "The registered scopes, every version by itself." })
  scopes(@Args(() => ScopesArgs) args: ScopesArgs, @Ctx() ctx: GraphqlContext): Promise<Connection<At<ScopeVersion>>> {
    return listRows(ctx, { noun: "scope", list: "scopes", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Drafts a new scope. BAD_USER_INPUT when there is one of that name, and for one that is too broad, with how to narrow it.",
  })
  createScope(
    @Arg("input", () => PutScope, INPUT) input: PutScope,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putScope: input }, args, "create");
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Replaces the draft of a scope, or drafts its next version. BAD_USER_INPUT when there is none of that name.",
  })
  updateScope(
    @Arg("input", () => PutScope, INPUT) input: PutScope,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putScope: input }, args, "update");
  }

  @Mutation(() => PolicyRevision, {
    description: "Puts a draft in force. The version that was active retires at once.",
  })
  activateScope(
    @Arg("input", () => ScopeRef, INPUT) input: ScopeRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { activateScope: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description: "Announces when an active scope retires, or changes what was announced.",
  })
  deprecateScope(
    @Arg("input", () => DeprecateScope, INPUT) input: DeprecateScope,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deprecateScope: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Ends a scope now. Clients may still hold it; decisions then say SCOPE_RETIRED. BAD_USER_INPUT when clients used it lately, unless `force` is true; `retirementPreview` tells who would break.",
  })
  retireScope(
    @Arg("input", () => ScopeRef, INPUT) input: ScopeRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { retireScope: input }, args);
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Deletes drafts and retired versions. BAD_USER_INPUT while one is in force, or a grant, a rule or a successor names the scope.",
  })
  deleteScope(
    @Arg("input", () => ScopeRef, INPUT) input: ScopeRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deleteScope: input }, args);
  }
}
