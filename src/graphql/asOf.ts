import type { AsOf } from "../domain/simulation/factsAsOf.ts";
import { inputType, int, time } from "./graphqlTypes.ts";

export const AsOfInput = inputType<Required<AsOf>>(
  "AsOfInput",
  "When a question is asked about. The directory is always as it is known now.",
  {
    at: time.orNull(
      "By the clock, the validity periods and the policy of then; in the future, the policy as it is. Absent: now.",
    ),
    revision: int.orNull("By this revision of the policy, whatever the time says; absent: that of `at`."),
  },
);
