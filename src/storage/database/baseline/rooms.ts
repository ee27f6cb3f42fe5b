import { callers } from "./callers.ts";
import { cases } from "./cases.ts";
import type { Room } from "./columnTypes.ts";
import { consent } from "./consent.ts";
import { directory } from "./directory.ts";
import { refuse } from "./guards.ts";
import { jobs } from "./jobs.ts";
import { journal } from "./journal.ts";
import { monitoring } from "./monitoring.ts";
import { policy } from "./policy.ts";
import { record } from "./record.ts";
import { retention } from "./retention.ts";
import { rollup } from "./rollup.ts";
import { search } from "./search.ts";
import { webhooks } from "./webhooks.ts";

/** What decisions are made from; what waits for people; what is on record, and leaves it; what follows from it; what is under way. */
export const rooms: readonly Room[] = [
  refuse,
  ...[policy, directory, callers, consent],
  cases,
  ...[journal, retention],
  ...[record, search, rollup, monitoring],
  ...[jobs, webhooks],
];
