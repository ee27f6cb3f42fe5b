import { ScopewardenError } from "../../domain/kernel/errors.ts";
import { scrubbed } from "../database/faults.ts";
import type { Follower } from "./follower.ts";
import { journalSql } from "./journalSql.ts";

/** Keeps `decision_index`, by which decisions are searched: always a beginning of the journal. */
export const decisionIndex: Follower = {
  name: "decision_index",
  async step({ change, dialect, after, until }) {
    const { indexDecisions, indexPatients } = journalSql(dialect);
    await change(indexDecisions, [after, until]);
    await change(indexPatients, [after, until]);
  },
};

/**
 * Ends when the index has all that the journal had when this was called, whoever appended it.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE when it can't be brought up to that.
 */
export type UntilIndexed = () => Promise<void>;

export const untilIndexed =
  (followers: { caughtUp(follower: Follower): Promise<void> }): UntilIndexed =>
  () =>
    followers.caughtUp(decisionIndex).catch((error: unknown) => {
      const text = "The journal's index can't be brought up to date; without it a search would leave decisions out.";
      throw new ScopewardenError("JOURNAL_UNAVAILABLE", text, { cause: scrubbed(error) });
    });
