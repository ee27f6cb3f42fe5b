import { Arg, FieldResolver, Query, Resolver, Root } from "type-graphql";
import { lintPutScope } from "../domain/policy/lintInput.ts";
import type * as operations from "../domain/policy/operations.ts";
import type { ScopeVersion } from "../domain/policy/types.ts";
import type { LintFinding as Finding } from "../domain/scopes/lint/finding.ts";
import { lintScope } from "../domain/scopes/lint/lintScope.ts";
import { LintCodeEnum, LintSeverityEnum } from "./enums.ts";
import { objectType, oneOf, text } from "./graphqlTypes.ts";
import { PutScope } from "./scopes.ts";
import { Scope } from "./scopeTypes.ts";

const LintFinding = objectType<Finding>("LintFinding", "Something wrong or unwise about a scope.", {
  code: oneOf(LintCodeEnum)("What was found, for programs; codes do not change."),
  severity: oneOf(LintSeverityEnum)("What it means for the scope."),
  message: text("What was found, for people."),
  narrowing: text("How to narrow or mend the scope."),
});

@Resolver(() => Scope)
export class LintResolver {
  @Query(() => [LintFinding], {
    description:
      "What the lint finds in a scope as it would be put; changes nothing. BAD_USER_INPUT for what is no scope. A justification overrides findings of severity REFUSE, but they are told.",
  })
  lintScope(
    @Arg("input", () => PutScope, { description: "The scope as `createScope` would take it." })
    input: operations.PutScope,
  ): readonly Finding[] {
    return lintPutScope(input, "input");
  }

  @FieldResolver(() => [LintFinding], {
    description: "What the lint finds in it today; of severity REFUSE only where a justification was given.",
  })
  lint(@Root() scope: ScopeVersion): readonly Finding[] {
    return lintScope(scope);
  }
}
