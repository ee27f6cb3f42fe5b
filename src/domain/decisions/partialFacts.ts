import { UNKNOWN } from "./partial.ts";
import type { PartialFacts } from "./ruleEngine.ts";

/** What conditions can see of a request of which nothing is known. */
export const NOTHING_KNOWN = {
  client: { id: UNKNOWN, name: UNKNOWN },
  now: UNKNOWN,
  request: {
    context: UNKNOWN,
    purposeOfUse: UNKNOWN,
    resource: {
      attributes: UNKNOWN,
      id: UNKNOWN,
      labels: UNKNOWN,
      organization: UNKNOWN,
      patient: UNKNOWN,
      patients: UNKNOWN,
      type: UNKNOWN,
    },
    subject: UNKNOWN,
  },
} as const satisfies PartialFacts;
