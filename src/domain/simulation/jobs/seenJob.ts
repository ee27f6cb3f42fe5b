import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { Job } from "./job.ts";

/** A job as a caller may see it. */
export interface SeenJob extends Omit<Job, "read"> {
  /** Null: to who is no auditor, as so far it may be of few patients. */
  readonly read: number | null;
}

/** Who may not know whose the decisions are learns how many there are by what comes of the job, and not before. */
export const seenJob = (caller: Caller, job: Job): SeenJob =>
  journalView(caller) === null ? job : { ...job, read: null };
