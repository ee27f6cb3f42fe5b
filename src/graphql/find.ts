import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import type { Found as DomainFound, FindByText, FoundKind } from "../domain/audit/names/findByText.ts";
import type { GraphqlContext } from "./context.ts";
import { FoundKindEnum } from "./enums.ts";
import { flag, id, objectType, of, oneOf, text } from "./graphqlTypes.ts";
import { boundedInt } from "./inputs.ts";

const DEFAULT_FIRST = 20;
const MAX_FIRST = 100;

const FoundMatch = objectType<DomainFound>("FoundMatch", "One thing whose id or name has the text.", {
  kind: oneOf(FoundKindEnum)("What kind of thing."),
  id: id("Its id; of a scope or a role its name."),
  type: text.orNull("Of STAFF, the type in the directory, such as `user`; else null."),
  name: text.orNull("Its name, or title; null: it has none. Of a PATIENT it is not said."),
  unit: text.orNull("Of STAFF, where they work, as the directory says it; else null."),
  what: text("What it is, in words."),
});

const Found = objectType<Awaited<ReturnType<FindByText>>>("Found", "What was found by a text.", {
  matches: of(FoundMatch).list(
    "What is called just so first, then what begins with the text, then what has it inside; among those by kind, in the order of `FoundKind`, and id.",
  ),
  complete: flag("Whether there is no more."),
});

@Resolver()
class FindResolver {
  @Query(() => Found, {
    description:
      "What has a text in its id or name, whatever its letter case: clients, scopes, roles, rules and organizations for who may read the policy, staff by the directory's `name` for reviewers and auditors. A consent desk, a person with the role CONSENT, finds clients, scopes and, where `kinds` names STAFF, at most 20 of the staff by three letters or more; each such search of staff is on record before the answer, and listed by `questionsAsked`. A patient is found by the whole id alone, by auditors and callers of the role CONSENT, and each such look is on record before the answer (kind `AUDIT`). BAD_USER_INPUT names the argument; FORBIDDEN for a kind that the caller may not see and asks for.",
  })
  find(
    @Arg("text", () => String, { description: "1 to 256 characters. `Patient/x` is the patient x." }) sought: string,
    @Arg("kinds", () => [FoundKindEnum], {
      nullable: true,
      description: "These kinds alone; absent: all that the caller may see, to a consent desk without STAFF.",
    })
    kinds: readonly FoundKind[] | null | undefined,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_FIRST,
      description: `How many matches at most: 1 to ${MAX_FIRST}, else BAD_USER_INPUT.`,
    })
    first: number | null | undefined,
    @Ctx() { caller, domain }: GraphqlContext,
  ): ReturnType<FindByText> {
    const most = boundedInt(first, { path: "first", min: 1, max: MAX_FIRST, default: DEFAULT_FIRST });
    return domain.find(caller, { text: sought, kinds, first: most });
  }
}

export const findResolvers = [FindResolver];
