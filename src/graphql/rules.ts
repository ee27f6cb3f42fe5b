import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { Rule as DomainRule, Effect } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { connectionOf } from "./connections.ts";
import { EffectEnum } from "./enums.ts";
import type { Whole } from "./inputs.ts";
import { Obligation, ObligationInput } from "./obligations.ts";
import { type At, POLICY_REVISION, policyList, policyRow } from "./policyRows.ts";

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

export const ruleOperations = {
  putRule: {
    input: PutRule,
    step: "Creates or replaces a rule.",
    mutations: {
      create: [
        "createRule",
        "Creates a rule. BAD_USER_INPUT when there is one of that id, and for a condition that is no CEL, with line and column.",
      ],
      update: ["updateRule", "Replaces a rule. BAD_USER_INPUT when there is none of that id."],
    },
  },
  deleteRule: {
    input: RuleRef,
    step: "Deletes a rule.",
    mutations: {
      any: ["deleteRule", "Deletes a rule."],
    },
  },
} satisfies OperationRows;

export const ruleResolvers = [
  policyRow("rule", { type: Rule, key: "id", find: (snapshot, id) => snapshot.rules.get(id) }),
  policyList("rule", {
    name: "rules",
    description: "The rules, by id.",
    connection: connectionOf("Rule", "rules", () => Rule),
    filter: {
      type: "RuleFilter",
      description:
        "Narrows a list of rules; all that is given must hold. Texts are compared exactly: `*` finds the rules that say `*`.",
      members: {
        role: [String, "Rules that name this role."],
        scope: [String, "Rules that name this scope."],
        action: [String, "Rules that name this action."],
        resourceType: [String, "Rules that name this resource type."],
        effect: [EffectEnum, "Rules of this effect."],
      },
    },
  }),
  ...mutationsOf(ruleOperations),
];
