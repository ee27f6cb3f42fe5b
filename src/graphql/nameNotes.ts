import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { NamesAsked } from "../domain/audit/names/nameNotes.ts";
import type { GraphqlContext } from "./context.ts";

/** An answer that says which names were asked for; without them, or where they were found, it has no notes. */
export interface Named {
  readonly named?: NamesAsked | undefined;
}

/** Of an argument or a member beside `organization`. */
export const NEW_ORGANIZATION =
  "True: the organization is a new one, though the name of a known one is one letter away, which is BAD_USER_INPUT otherwise.";

/** What an answer says of names that occur nowhere: a field of its type. */
export function notesOf(answer: new () => object) {
  @Resolver(() => answer)
  class NotesOf {
    @FieldResolver(() => [String], {
      description:
        "A sentence for each name in the question that occurs nowhere, with the name that was probably meant: of clients, scopes, roles, rules, organizations, resource types and purposes. Of patients, subjects and resources to auditors and callers of the role CONSENT alone, and without another name. Of each kind the first ten are looked up. Last, where a question about patients is answered to who is no auditor, that nothing but what it says is used of them.",
    })
    notes(@Root() { named }: Named, @Ctx() { domain, caller }: GraphqlContext) {
      return named === undefined ? [] : domain.nameNotes(caller, named);
    }
  }
  return NotesOf;
}
