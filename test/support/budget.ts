/** Whether this is `npm run test:long`. */
export const LONG = process.env.TEST_LONG === "1";

/** Of what a law is tried with in `npm run test:long`, a tenth in `npm test`. */
export const runs = (long: number): number => (LONG ? long : Math.ceil(long / 10));

/**
 * How often a case must have come up at least, so that a law was tried at all, where it must so often in `npm run test:long`. A tenth
 * of the runs has fewer, and of what is rare perhaps nothing: -1.
 */
export const atLeast = (long: number): number => (LONG ? long : long < 50 ? -1 : Math.floor(long / 20));
