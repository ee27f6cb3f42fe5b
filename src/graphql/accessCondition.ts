import type { AccessCondition as Condition } from "../domain/simulation/access/accessCell.ts";
import { objectType, text } from "./graphqlTypes.ts";

export const AccessCondition = objectType<Condition>(
  "AccessCondition",
  "What must be so, for an access to be allowed.",
  {
    cel: text(
      'As a condition of a rule, which is not met if it fails, with three functions more: `meets("category=laboratory")`, the resource satisfies a scope\'s constraint, to which a search is confined by `filter`; `mayMeet(...)`, that can\'t be excluded; `consented("scope")`, the consent that a scope asks for is there. Null: it can\'t be said so.',
    ),
    text: text("For people."),
  },
);
