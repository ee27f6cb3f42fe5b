import type * as operations from "../domain/policy/operations.ts";
import type { Obligation as DomainObligation } from "../domain/policy/types.ts";
import { inputType, json, objectType, text } from "./graphqlTypes.ts";

export const Obligation = objectType<DomainObligation>(
  "Obligation",
  "What the caller must do along with the answer, which can be a DENY too. A caller that does not know the type, or can't do it, must treat an ALLOW as DENY.",
  {
    type: text("What is to be done, such as `filter`, `redact` or `notify`."),
    parameters: json.orNull("How, as the type defines it."),
  },
);

export const ObligationInput = inputType<operations.ObligationInput>(
  "ObligationInput",
  "An obligation that a rule attaches to what it allows.",
  {
    type: text("A letter followed by letters, digits, `_`, `.` or `-`; at most 128 characters."),
    parameters: json.orNull("Handed on to the caller as it is."),
  },
);
