import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { lintRuleIn } from "../domain/policy/lint/lintRule.ts";
import type { RuleLintFinding } from "../domain/policy/lint/ruleFinding.ts";
import { lintPutRule, lintPutScope, lintVersion } from "../domain/policy/lintInput.ts";
import type * as operations from "../domain/policy/operations.ts";
import type { Rule as DomainRule, ScopeVersion } from "../domain/policy/types.ts";
import type { LintFinding as ScopeLintFinding } from "../domain/scopes/lint/finding.ts";
import type { GraphqlContext } from "./context.ts";
import { LintCodeEnum, LintSeverityEnum } from "./enums.ts";
import { objectType, oneOf, text } from "./graphqlTypes.ts";
import { PutRule, Rule } from "./rules.ts";
import { PutScope } from "./scopes.ts";
import { Scope } from "./scopeTypes.ts";

const LintFinding = objectType<ScopeLintFinding | RuleLintFinding>(
  "LintFinding",
  "Something wrong or unwise about a scope or a rule.",
  {
    code: oneOf(LintCodeEnum)("What was found, for programs; codes do not change."),
    severity: oneOf(LintSeverityEnum)("What it means for the scope or rule."),
    message: text("What was found, for people."),
    narrowing: text("How to narrow or mend it."),
  },
);

@Resolver(() => Scope)
export class LintResolver {
  @Query(() => [LintFinding], {
    description:
      "What the lint finds in a scope as it would be put; changes nothing. BAD_USER_INPUT for what is no scope. A justification overrides findings of severity REFUSE, but they are told.",
  })
  lintScope(
    @Arg("input", () => PutScope, { description: "The scope as `createScope` would take it." })
    input: operations.PutScope,
    @Ctx() ctx: GraphqlContext,
  ): readonly ScopeLintFinding[] {
    return lintPutScope(input, "input", ctx.domain.lint);
  }

  @Query(() => [LintFinding], {
    description:
      "What the lint finds in a rule as it would be put into the current policy; changes nothing. BAD_USER_INPUT for what is no rule. A justification overrides findings of severity REFUSE, but they are told.",
  })
  lintRule(
    @Arg("input", () => PutRule, { description: "The rule as `createRule` would take it." })
    input: operations.PutRule,
    @Ctx() ctx: GraphqlContext,
  ): readonly RuleLintFinding[] {
    return lintPutRule(input, "input", { snapshot: ctx.domain.policy.current(), facts: ctx.domain.lint });
  }

  @FieldResolver(() => [LintFinding], {
    description: "What the lint finds in it today; severity REFUSE only if a justification was given.",
  })
  lint(@Root() scope: ScopeVersion): readonly ScopeLintFinding[] {
    return lintVersion(scope);
  }
}

@Resolver(() => Rule)
export class RuleLintResolver {
  @FieldResolver(() => [LintFinding], {
    description: "What the lint finds in it in the current policy; severity REFUSE only if a justification was given.",
  })
  lint(@Root() rule: DomainRule, @Ctx() ctx: GraphqlContext): readonly RuleLintFinding[] {
    return lintRuleIn(ctx.domain.policy.current(), rule, ctx.domain.lint.readCondition);
  }
}
