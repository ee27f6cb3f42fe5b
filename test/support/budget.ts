import fc from "fast-check";

/** Whether this is `npm run test:long`. */
export const LONG = process.env.TEST_LONG === "1";

/** Of what a law is tried with in `npm run test:long`, a tenth in `npm test`. */
export const runs = (long: number): number => (LONG ? long : Math.ceil(long / 10));

/** How often a case must have come up, so that a law was tried at all: in `npm run test:long` alone, as a tenth may have none by chance. */
export const atLeast = (long: number): number => (LONG ? long : -1);

// Elsewhere each run draws other cases. A build that is to pass draws what has passed before.
if (process.env.CI === "true") fc.configureGlobal({ seed: 20_261_130 });

/** Tries a law again, up to ten times in all, until what must have come up has: in `npm run test:long` alone. */
export async function untilTried(isEnough: () => boolean, round: () => Promise<void>): Promise<void> {
  for (let tried = 0; tried === 0 || (LONG && tried < 10 && !isEnough()); tried++) await round();
}
