import { int, time } from "./graphqlTypes.ts";

export const AS_OF_TIME =
  "When: by the clock, the validity periods and the policy of then; in the future, the policy as it is. Absent: now. The directory is always as it is known now.";
export const AS_OF_REVISION = "By this revision of the policy, whatever the time says; absent: that of `asOf`.";

/** When a question is asked about, in an input. */
export const asOfMembers = { asOf: time.orNull(AS_OF_TIME), asOfRevision: int.orNull(AS_OF_REVISION) };
