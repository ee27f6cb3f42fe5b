import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { meantVersion } from "../domain/decisions/holds/lifecycle.ts";
import type * as operations from "../domain/policy/operations.ts";
import type { ScopeVersion } from "../domain/policy/types.ts";
import { mutationsOf, type OperationRows } from "./change.ts";
import { clearing } from "./clearing.ts";
import type { GraphqlContext } from "./context.ts";
import { AtomContextEnum, ScopeStateEnum } from "./enums.ts";
import { flag, inputType, int, of, oneOf, text, time } from "./graphqlTypes.ts";
import { type At, currentRow, policyList } from "./policyRows.ts";
import { Scope, ScopeConnection } from "./scopeTypes.ts";

const AtomInput = inputType<operations.AtomInput>(
  "AtomInput",
  "What a scope permits: these actions on this resource type, in this context, under this constraint.",
  {
    context: oneOf(AtomContextEnum).or("ANY", "In whose name it is used."),
    resourceType: text("A FHIR type, a type of your own, or `*`, which needs a justification."),
    actions: text.list("At least one: read, search, create, update, delete, or any other name."),
    constraint: text.orNull(
      "Search parameters of the FHIR type, as after the `?` of a SMART v2 scope: `category=laboratory`; no modifiers, chains or encodings.",
    ),
  },
);

const TranslationInput = inputType<operations.TranslationInput>(
  "ScopeTranslationInput",
  "What a scope is called in another language, for consent pages.",
  {
    language: text("The language, as BCP 47 writes it: `de`, `pt-BR`."),
    title: text("Its title for people, at most 2000 characters."),
    description: text.orNull("What it permits, for people; at most 2000 characters."),
  },
);
const translations = of(TranslationInput).listOrNull(
  "Title and description in other languages, each language once; at most 50.",
);

const clear = clearing("scope");

export const PutScope = inputType<operations.PutScope>(
  "PutScope",
  "A scope to be drafted. A draft is replaced; anything later gets a next version as a draft. Broad scopes are refused unless justified. BAD_USER_INPUT when that leaves out what its newest version has set; say it again, or `clear` it.",
  {
    name: text(
      "1 to 2048 characters as RFC 6749 section 3.3 permits. A name that looks like a SMART scope must be one; protocol scopes are not registered.",
    ),
    title: text.orNull("Its title for people, at most 2000 characters."),
    description: text.orNull("What it permits, for people; at most 2000 characters."),
    translations,
    atoms: of(AtomInput).listOrNull(
      "What it permits: at least one; absent for a SMART scope, whose syntax declares it.",
    ),
    requiresConsent: flag.orNull(
      "Whether a consent is asked for when it is used; absent: false. If it is true it must be said.",
    ),
    justification: text.orNull("Why it must be as broad as it is; kept, and shown. At most 2000 characters."),
    clear,
  },
);

const UpdateScope = inputType<operations.UpdateScope>(
  "UpdateScope",
  "What changes of a scope's newest version; what is left out stays as it is, and null is refused. A draft is changed; anything later gets a next version as a draft.",
  {
    name: text("The scope's name."),
    title: text.orNull("Its title for people, at most 2000 characters."),
    description: text.orNull("What it permits, for people; at most 2000 characters."),
    translations,
    atoms: of(AtomInput).listOrNull("What it permits, all of it; absent for a SMART scope, whose syntax declares it."),
    requiresConsent: flag.orNull("Whether a consent is asked for when it is used."),
    justification: text.orNull("Why it must be as broad as it is; kept, and shown. At most 2000 characters."),
    clear,
  },
);

const ScopeRef = inputType<operations.RetireScope>("ScopeRef", "Names a scope, or one version of it.", {
  name: text("The scope's name."),
  version: int.orNull("The version; absent: the newest that the step can be taken from, and to delete, all."),
  force: flag.or(
    false,
    "For retireScope alone: ends it although clients used it in the last 30 days, which is BAD_USER_INPUT otherwise.",
  ),
});

const DeprecateScope = inputType<operations.DeprecateScope>("DeprecateScope", "Announces the end of a scope.", {
  name: text("The scope's name."),
  version: int.orNull("The version; absent: the newest that is active or deprecated."),
  sunsetAt: time("When it retires by itself; in the future."),
  replacedBy: text.orNull("The scope to use instead."),
});

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
    },
  },
  updateScope: {
    input: UpdateScope,
    step: "Changes what is given of a scope's draft, or of its next version.",
    mutations: {
      any: [
        "updateScope",
        "Changes the given members of a scope's draft, and nothing else; without a draft it drafts the next version. BAD_USER_INPUT when there is none of that name.",
      ],
    },
  },
  activateScope: {
    input: ScopeRef,
    step: "Puts a draft in force.",
    mutations: { any: ["activateScope", "Puts a draft in force. The version that was active retires at once."] },
  },
  deprecateScope: {
    input: DeprecateScope,
    step: "Announces when a scope retires.",
    mutations: { any: ["deprecateScope", "Announces when an active scope retires, or changes what was announced."] },
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
        name: text("The versions of the scope of this name."),
        namePrefix: text("Names that begin so."),
        state: oneOf(ScopeStateEnum)("Versions in this state. One past its sunset is still listed as DEPRECATED."),
        requiresConsent: flag("Whether a consent is asked for."),
      },
    },
  }),
  ...mutationsOf(scopeOperations),
];
