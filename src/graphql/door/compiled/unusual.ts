/**
 * Thrown where a value or an operation is not of the form that is compiled. It is no failure and has no words for the
 * caller: graphql-js takes over, and reports what there is to report.
 */
export const UNUSUAL = new Error("not of the form that is compiled");
