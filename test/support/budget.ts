/** Whether this is `npm run test:long`. */
export const LONG = process.env.TEST_LONG === "1";

/** Of what a law is tried with in `npm run test:long`, a tenth in `npm test`. */
export const runs = (long: number): number => (LONG ? long : Math.ceil(long / 10));

/** How often a case must have come up, so that a law was tried at all: in `npm run test:long` alone, as a tenth may have none by chance. */
export const atLeast = (long: number): number => (LONG ? long : -1);
