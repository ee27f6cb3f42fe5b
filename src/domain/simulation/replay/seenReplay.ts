import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { type OwnSubjects, pseudonymised } from "../../record/pseudonymised.ts";
import type { Replay, ReplaySample } from "./types.ts";

/** A flip with the decision as it is on record. */
export interface SeenSample extends Omit<ReplaySample, "decisionId"> {
  readonly decision: DecisionRecord;
}
export interface SeenReplay extends Omit<Replay, "samples" | "isOfNamed"> {
  readonly samples: readonly SeenSample[];
}

/**
 * A replay as a caller may see it: who is no auditor sees pseudonyms of patients, and no single decision where an auditor's filter named
 * somebody. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function seenReplay(
  deps: {
    readonly decisions: Pick<DecisionReader, "decision">;
    readonly pseudonym: () => Promise<Pseudonym>;
    readonly ownSubjects: OwnSubjects;
  },
  caller: Caller,
  { isOfNamed, samples, ...replay }: Replay,
): Promise<SeenReplay> {
  // Beside decisions that show the name, those of the same person under a pseudonym would tell whose that is.
  if (isOfNamed === true && journalView(caller) !== null)
    return { ...replay, groups: replay.groups.map((group) => ({ ...group, samples: [] })), samples: [] };
  const pseudonym = samples.length > 0 && journalView(caller) !== null ? await deps.pseudonym() : null;
  const seen: SeenSample[] = [];
  for (const { decisionId, ...sample } of samples) {
    const record = await deps.decisions.decision(decisionId);
    if (record === null) continue;
    const decision = pseudonym === null ? record : pseudonymised(record, pseudonym, await deps.ownSubjects(decisionId));
    seen.push({ ...sample, decision });
  }
  return { ...replay, samples: seen };
}
