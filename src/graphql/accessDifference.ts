import type {
  AccessComparison as Compared,
  AccessDifference as Difference,
} from "../domain/simulation/access/accessDifference.ts";
import { AccessChangeEnum, AccessEnum } from "./enums.ts";
import { flag, id, int, objectType, of, oneOf, text } from "./graphqlTypes.ts";

const AccessComparison = objectType<Compared>(
  "AccessComparison",
  "Requests that a change touches, and how they are answered before and after it. `*` stands for any; a null subject or client is any.",
  {
    clientId: id.orNull("The client that asks; null: any that is granted the scope."),
    role: text.orNull("Whoever holds this role, alone or beside others; null: any."),
    subjectId: id.orNull("For whom; null: any, or the client itself."),
    subjectType: text.orNull("What the subject is."),
    organization: text.orNull("Where the resource is; null or `*`: anywhere."),
    scope: text(
      "The scope by which it is allowed; a SMART scope stands for what it covers, whatever scope is presented. `*`: any.",
    ),
    resourceType: text("The type of the resource."),
    action: text("What is done."),
    change: oneOf(AccessChangeEnum)("Whether more or less is allowed."),
    before: oneOf(AccessEnum)("How they are answered without the change, by whom is granted the scope."),
    after: oneOf(AccessEnum)("How they would be answered with it."),
    example: text.orNull("What is new, and what is no longer so, in a sentence."),
  },
);

export const AccessDifference = objectType<Difference>(
  "AccessDifference",
  "What two policies allow, compared. Every request that one denies and the other allows, now or at any later time, is in one of the cells, unless `complete` is false.",
  {
    complete: flag("False: not all that differs was compared, or not all that was found is listed."),
    equal: int("How many kinds of requests that the change touches are answered as before. They are not listed."),
    cells: of(AccessComparison).list(
      "The others, what is wider first: at most 500. What one holder gets or loses with a role is one of them, and so is what a client that is suspended could do.",
    ),
  },
);
