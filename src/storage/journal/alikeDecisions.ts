import { HOUR_MS } from "../../domain/audit/countedWindow.ts";
import type { IndexedDecision } from "./decisionsToIndex.ts";

const ALIKE = [
  "kind",
  "outcome",
  "callerId",
  "clientId",
  "scope",
  "moreScopes",
  "resourceType",
  "purposeOfUse",
  "organization",
  "reasonCodes",
  "ruleIds",
] as const satisfies readonly (keyof IndexedDecision)[];

/** Decisions of a batch that are alike in what they are counted by. */
export interface AlikeDecisions extends Pick<IndexedDecision, (typeof ALIKE)[number]> {
  /** The hour in which they were made, in milliseconds since 1970. */
  readonly hour: number;
  /** How many they are, and when the last was made. */
  n: number;
  last: number;
  /** How many of them say no address, and how many are of nobody; of what was erased nobody knows. */
  unaddressed: number;
  nobody: number;
}

/** The patient of a resource of type Patient is its id. */
const isOfNobody = ({ erased, patient, resourceId, resourceType }: IndexedDecision): boolean =>
  !erased && patient === null && !(resourceType === "Patient" && resourceId !== null);

/** Grouped once for all that is counted: a step has few decisions, and fewer kinds of them. */
export function groupAlike(decisions: readonly IndexedDecision[]): readonly AlikeDecisions[] {
  const groups = new Map<string, AlikeDecisions>();
  for (const decision of decisions) {
    const hour = decision.decidedAt - (decision.decidedAt % HOUR_MS);
    const key = JSON.stringify([hour, ...ALIKE.map((name) => decision[name])]);
    const group = groups.get(key) ?? { ...decision, hour, n: 0, last: 0, unaddressed: 0, nobody: 0 };
    groups.set(key, group);
    group.n++;
    group.last = Math.max(group.last, decision.decidedAt);
    if (!decision.erased && decision.ipAddress === null) group.unaddressed++;
    if (isOfNobody(decision)) group.nobody++;
  }
  return [...groups.values()];
}

export const areAccesses = ({ kind }: AlikeDecisions): boolean => kind === "ACCESS";
