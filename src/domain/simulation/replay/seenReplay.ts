import { journalView, seesAccesses } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import type { Pseudonym } from "../../kernel/ports.ts";
import { type OwnSubjects, pseudonymised } from "../../record/pseudonymised.ts";
import type { Replay, ReplaySample } from "./types.ts";

/** A flip with the decision as it is on record. */
export interface SeenSample extends Omit<ReplaySample, "decisionId"> {
  readonly decision: DecisionRecord;
}
export interface SeenReplay extends Omit<Replay, "samples" | "isIdentifying" | "isOfNamed"> {
  readonly samples: readonly SeenSample[];
}

/** Whether the figures of a replay are for auditors alone; of an old one, of which it is not known, they are. */
export const isForAuditors = ({ isIdentifying }: { readonly isIdentifying?: boolean | undefined }): boolean =>
  isIdentifying !== false;

/**
 * A replay as a caller may see it. Who is no auditor sees pseudonyms of patients, no single decision where an auditor's filter named
 * somebody, and nothing where the change asked for somebody: null. An admin sees no single decision.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function seenReplay(
  deps: {
    readonly decisions: Pick<DecisionReader, "decision">;
    readonly pseudonym: () => Promise<Pseudonym>;
    readonly ownSubjects: OwnSubjects;
  },
  caller: Caller,
  { isIdentifying, isOfNamed, samples, ...replay }: Replay,
): Promise<SeenReplay | null> {
  const seesAll = journalView(caller) === null;
  if (!seesAll && isForAuditors({ isIdentifying })) return null;
  // Beside decisions that show the name, those of the same person under a pseudonym would tell whose that is.
  if (!seesAccesses(caller) || (isOfNamed === true && !seesAll))
    return { ...replay, groups: replay.groups.map((group) => ({ ...group, samples: [] })), samples: [] };
  const pseudonym = samples.length > 0 && !seesAll ? await deps.pseudonym() : null;
  const seen: SeenSample[] = [];
  for (const { decisionId, ...sample } of samples) {
    const record = await deps.decisions.decision(decisionId);
    if (record === null) continue;
    const decision = pseudonym === null ? record : pseudonymised(record, pseudonym, await deps.ownSubjects(decisionId));
    seen.push({ ...sample, decision });
  }
  return { ...replay, samples: seen };
}
