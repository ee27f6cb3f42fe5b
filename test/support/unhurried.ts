import type { AppOptions } from "../../src/app.ts";
import type { StorageOptions } from "../../src/storage/storage.ts";

/**
 * How the record is followed and searched where neither is what a test is about: a slow machine neither refuses what waits for the
 * index nor ends a search with a part of what there is.
 */
export const UNHURRIED = { indexWaitMs: 60_000, searchClock: () => 0 } satisfies StorageOptions["following"];

/** The same of an app, whose replays and back-tests have not ten seconds but two hundred. */
export const UNHURRIED_APP = {
  following: UNHURRIED,
  monotonic: () => performance.now() / 20,
} satisfies Partial<AppOptions>;
