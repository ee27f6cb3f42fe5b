import { Arg, Field, FieldResolver, ObjectType, Query, Resolver, Root } from "type-graphql";
import { lintPutScope } from "../domain/policy/lintInput.ts";
import type { ScopeVersion } from "../domain/policy/types.ts";
import type { LintFinding as Finding, LintCode, LintSeverity } from "../domain/scopes/lint/finding.ts";
import { lintScope } from "../domain/scopes/lint/lintScope.ts";
import { LintCodeEnum, LintSeverityEnum } from "./enums.ts";
import { PutScope } from "./scopes.ts";
import { Scope } from "./scopeTypes.ts";

@ObjectType("LintFinding", { simpleResolvers: true, description: "Something wrong or unwise about a scope." })
class LintFinding implements Finding {
  @Field(() => LintCodeEnum, { description: "What was found, for programs; codes do not change." })
  readonly code!: LintCode;
  @Field(() => LintSeverityEnum, { description: "What it means for the scope." })
  readonly severity!: LintSeverity;
  @Field(() => String, { description: "What was found, for people." })
  readonly message!: string;
  @Field(() => String, { description: "How to narrow or mend the scope." })
  readonly narrowing!: string;
}

@Resolver(() => Scope)
export class LintResolver {
  @Query(() => [LintFinding], {
    description:
      "What the lint finds in a scope as it would be put; changes nothing. BAD_USER_INPUT for what is no scope. A justification overrides findings of severity REFUSE, but they are told.",
  })
  lintScope(
    @Arg("input", () => PutScope, { description: "The scope as `createScope` would take it." }) input: PutScope,
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
