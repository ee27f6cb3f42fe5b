import { flag } from "./graphqlTypes.ts";

/** Ends what is said of a number that who is no auditor sees only where it is of more than ten patients. */
export const HIDDEN = " Null: of few patients.";

export const FEW = flag(
  "Whether a number is left out as it is of 1 to 10 patients, which only auditors see; the others are rounded down to ten then, and 0 is 0.",
);

/** Of a number of people. */
export const PEOPLE = " Null: 1 to 10 people, or of few patients, which auditors alone see.";
