import { Arg, Ctx, Field, InputType, Int, Query, Resolver } from "type-graphql";
import type * as operations from "../domain/policy/operations.ts";
import type { ScopeVersion } from "../domain/policy/types.ts";
import type { AtomContext } from "../domain/scopes/atom.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import type { GraphqlContext } from "./context.ts";
import { AtomContextEnum, ScopeStateEnum } from "./enums.ts";
import type { Whole } from "./inputs.ts";
import { type At, currentRow, policyList } from "./policyRows.ts";
import { DateTime } from "./scalars.ts";
import { Scope, ScopeConnection } from "./scopeTypes.ts";

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
class ScopeResolver {
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
}

export const scopeOperations = {
  putScope: {
    input: PutScope,
    step: "Drafts a scope or its next version.",
    mutations: {
      create: [
        "createScope",
        "Drafts a new scope. BAD_USER_INPUT when there is one of that name, and for one that is too broad, with how to narrow it.",
      ],
      update: [
        "updateScope",
        "Replaces the draft of a scope, or drafts its next version. BAD_USER_INPUT when there is none of that name.",
      ],
    },
  },
  activateScope: {
    input: ScopeRef,
    step: "Puts a draft in force.",
    mutations: {
      any: ["activateScope", "Puts a draft in force. The version that was active retires at once."],
    },
  },
  deprecateScope: {
    input: DeprecateScope,
    step: "Announces when a scope retires.",
    mutations: {
      any: ["deprecateScope", "Announces when an active scope retires, or changes what was announced."],
    },
  },
  retireScope: {
    input: ScopeRef,
    step: "Ends a scope now.",
    mutations: {
      any: [
        "retireScope",
        "Ends a scope now. Clients may still hold it; decisions then say SCOPE_RETIRED. BAD_USER_INPUT when clients used it lately, unless `force` is true; `retirementPreview` tells who would break.",
      ],
    },
  },
  deleteScope: {
    input: ScopeRef,
    step: "Deletes drafts and retired versions of a scope that nothing names.",
    mutations: {
      any: [
        "deleteScope",
        "Deletes drafts and retired versions. BAD_USER_INPUT while one is in force, or a grant, a rule or a successor names the scope.",
      ],
    },
  },
} satisfies OperationRows;

export const scopeResolvers = [
  ScopeResolver,
  policyList("scope", {
    name: "scopes",
    description: "The registered scopes, every version by itself.",
    connection: ScopeConnection,
    filter: {
      type: "ScopeFilter",
      description: "Narrows a list of scopes; all that is given must hold. Texts are compared exactly.",
      members: {
        name: [String, "The versions of the scope of this name."],
        namePrefix: [String, "Names that begin so."],
        state: [ScopeStateEnum, "Versions in this state. One past its sunset is still listed as DEPRECATED."],
        requiresConsent: [Boolean, "Whether a consent is asked for."],
      },
    },
  }),
  ...mutationsOf(scopeOperations),
];
