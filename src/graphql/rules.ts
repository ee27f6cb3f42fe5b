import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { PolicyRevision as Revision } from "../domain/policy/store.ts";
import type { Rule as DomainRule, Effect } from "../domain/policy/types.ts";
import { ChangeArgs, change, INPUT } from "./change.ts";
import { type Connection, connectionOf } from "./connections.ts";
import type { GraphqlContext } from "./context.ts";
import { EffectEnum } from "./enums.ts";
import { givenFilter, type Whole } from "./inputs.ts";
import { Obligation, ObligationInput } from "./obligations.ts";
import { type At, currentRow, listRows, POLICY_REVISION, PolicyPageArgs } from "./policyRows.ts";
import { PolicyRevision } from "./revisions.ts";

@ObjectType("Rule", {
  simpleResolvers: true,
  description:
    "What whoever holds a role may, or must not, do with a scope. `*` stands for any. A deny rule wins over every allow rule.",
})
export class Rule implements At<DomainRule> {
  @Field(() => ID, { description: "Its id; reasons name it." })
  readonly id!: string;
  @Field(() => String, { description: "The role it holds for, inherited ones included; `*`: any, and none." })
  readonly role!: string;
  @Field(() => String, { description: "The scope it holds for; a SMART scope means all that it covers; `*`: any." })
  readonly scope!: string;
  @Field(() => String, { description: "The action; `*`: any." })
  readonly action!: string;
  @Field(() => String, { description: "The resource type; `*`: any." })
  readonly resourceType!: string;
  @Field(() => String, { nullable: true, description: "A condition in CEL that must hold; null: always." })
  readonly when!: string | null;
  @Field(() => EffectEnum, { description: "What it does when it matches." })
  readonly effect!: Effect;
  @Field(() => [Obligation], { description: "What the caller must do when this rule allows." })
  readonly obligations!: readonly Obligation[];
  @Field(() => String, { nullable: true, description: "What it is for." })
  readonly description!: string | null;
  @Field(() => Int, { description: POLICY_REVISION })
  readonly policyRevision!: number;
}
const RuleConnection = connectionOf("Rule", "rules", () => Rule);

@InputType("RuleFilter", {
  description:
    "Narrows a list of rules; all that is given must hold. Texts are compared exactly: `*` finds the rules that say `*`.",
})
class RuleFilter {
  @Field(() => String, { nullable: true, description: "Rules that name this role." })
  readonly role?: string | null;
  @Field(() => String, { nullable: true, description: "Rules that name this scope." })
  readonly scope?: string | null;
  @Field(() => String, { nullable: true, description: "Rules that name this action." })
  readonly action?: string | null;
  @Field(() => String, { nullable: true, description: "Rules that name this resource type." })
  readonly resourceType?: string | null;
  @Field(() => EffectEnum, { nullable: true, description: "Rules of this effect." })
  readonly effect?: Effect | null;
}

@ArgsType()
class RulesArgs extends PolicyPageArgs {
  @Field(() => RuleFilter, { nullable: true, description: "Absent: all." })
  readonly filter?: RuleFilter | null;
}

@InputType("PutRule", {
  description: "A rule to be created, or changed if it is there: it becomes exactly what is said here.",
})
export class PutRule implements Whole<operations.PutRule> {
  @Field(() => ID, {
    nullable: true,
    description:
      "A letter followed by letters, digits, `_`, `.` or `-`, at most 128 characters; absent: one is made, and stands in the revision's change.",
  })
  readonly id!: string | null | undefined;
  @Field(() => String, { nullable: true, defaultValue: "*", description: "The role it holds for; `*`: any, and none." })
  readonly role!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    defaultValue: "*",
    description: "A registered scope or a SMART scope; `*`: any.",
  })
  readonly scope!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    defaultValue: "*",
    description: "The action: read, search, create, update, delete, or any other name; `*`: any.",
  })
  readonly action!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    defaultValue: "*",
    description: "The resource type: of FHIR R4 or one of your own; `*`: any.",
  })
  readonly resourceType!: string | null | undefined;
  @Field(() => String, {
    nullable: true,
    description:
      "A condition in CEL, at most 4000 characters, over `subject`, `client`, `resource`, `action`, `scope`, `purposeOfUse`, `context`, `now`. What a request does not carry is absent: guard it with `has()`. A condition that fails makes an allow rule not match and a deny rule match.",
  })
  readonly when!: string | null | undefined;
  @Field(() => EffectEnum, { description: "What it does when it matches." })
  readonly effect!: Effect;
  @Field(() => [ObligationInput], { nullable: true, description: "What the caller must do when this rule allows." })
  readonly obligations!: readonly ObligationInput[] | null | undefined;
  @Field(() => String, { nullable: true, description: "What it is for, at most 2000 characters." })
  readonly description!: string | null | undefined;
}

@InputType("RuleRef", { description: "Names a rule." })
export class RuleRef implements operations.RuleRef {
  @Field(() => ID, { description: "The rule's id." })
  readonly id!: string;
}

@Resolver()
export class RuleResolver {
  @Query(() => Rule, {
    nullable: true,
    description: "One rule of the current policy; null when there is none of that id.",
  })
  rule(
    @Arg("id", () => ID, { description: "The rule's id." }) id: string,
    @Ctx() ctx: GraphqlContext,
  ): At<DomainRule> | null {
    return currentRow<"rule">(ctx, (snapshot) => snapshot.rules.get(id));
  }

  @Query(() => RuleConnection, { description: "The rules, by id." })
  rules(@Args(() => RulesArgs) args: RulesArgs, @Ctx() ctx: GraphqlContext): Promise<Connection<At<DomainRule>>> {
    return listRows(ctx, { noun: "rule", list: "rules", filter: givenFilter(args.filter), args });
  }

  @Mutation(() => PolicyRevision, {
    description:
      "Creates a rule. BAD_USER_INPUT when there is one of that id, and for a condition that is no CEL, with line and column.",
  })
  createRule(
    @Arg("input", () => PutRule, INPUT) input: PutRule,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putRule: input }, args, "create");
  }

  @Mutation(() => PolicyRevision, { description: "Replaces a rule. BAD_USER_INPUT when there is none of that id." })
  updateRule(
    @Arg("input", () => PutRule, INPUT) input: PutRule,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { putRule: input }, args, "update");
  }

  @Mutation(() => PolicyRevision, { description: "Deletes a rule." })
  deleteRule(
    @Arg("input", () => RuleRef, INPUT) input: RuleRef,
    @Args(() => ChangeArgs) args: ChangeArgs,
    @Ctx() ctx: GraphqlContext,
  ): Promise<Revision> {
    return change(ctx, { deleteRule: input }, args);
  }
}
