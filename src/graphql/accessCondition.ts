import type { AccessCondition as Condition } from "../domain/simulation/possible/conditions.ts";
import { objectType, text } from "./graphqlTypes.ts";

export const AccessCondition = objectType<Condition>(
  "AccessCondition",
  "What must hold, beside what is known, for something to be allowed.",
  {
    cel: text.orNull("In CEL, as rules have it; null: it is no matter of a rule, but of what a scope selects."),
    text: text("In a sentence, with the rule's description."),
  },
);
