import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import { dayStart } from "../../kernel/time.ts";
import { fewest, givenNumber, givenPeople, inGivenOrder, isFew, mostGivenAlike } from "../fewPatients.ts";
import {
  REPLAY_DIMENSIONS,
  REPLAY_TOTALS,
  type Replay,
  type ReplayCause,
  type ReplayCount,
  type ReplayDimension,
  type ReplayGroup,
  type ReplaySample,
  type ReplayTotal,
} from "./types.ts";

/** A flip with the decision as it is on record. */
export interface SeenSample extends Omit<ReplaySample, "decisionId"> {
  readonly decision: DecisionRecord;
}

/** With its numbers as they may be seen: null where they are of few patients, or too small for an answer that has such. */
type Seen<T, Numbers extends keyof T, Hidden extends PropertyKey = never> = Omit<T, Numbers | Hidden> & {
  readonly [Name in Numbers]: number | null;
} & {
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
};
type FlipTotal = "allowToDeny" | "denyToAllow" | "narrowed" | "otherObligations" | "widened";
export type SeenCount = Seen<ReplayCount, FlipTotal, "fewest">;
export type SeenGroup = Seen<ReplayGroup, "days" | "decisions" | "patients", "fewest" | "people"> & {
  readonly people: number | null;
};
export type SeenCause = Seen<ReplayCause, "decisions", "patients">;
export type SeenReplay = Seen<
  Replay,
  ReplayTotal | "ungrouped",
  | ReplayDimension
  | "asksOfPeople"
  | "causes"
  | "groups"
  | "isIdentifying"
  | "patients"
  | "samples"
  | "people"
  | "ungroupedPatients"
  | "cells"
> & { readonly [Name in ReplayDimension]: readonly SeenCount[] } & {
  readonly people: number | null;
  readonly groups: readonly SeenGroup[];
  readonly causes: readonly SeenCause[];
  readonly cells: (Omit<NonNullable<Replay["cells"]>, "unused"> & { readonly unused: number | null }) | null;
  readonly samples: readonly SeenSample[];
};

const FLIPS: readonly FlipTotal[] = ["allowToDeny", "denyToAllow", "narrowed", "widened", "otherObligations"];

/** Whether the figures of a replay are for auditors alone; of an old one, of which it is not known, they are. */
export const isForAuditors = ({ asksOfPeople, isIdentifying }: Partial<Replay>): boolean =>
  isIdentifying !== false || asksOfPeople === undefined;

/** Whether any number of the answer is of few patients, so that another could be subtracted from the others. */
function hasFew(replay: Replay): boolean {
  const counts = [...REPLAY_DIMENSIONS.flatMap((name) => replay[name]), ...replay.groups].map(({ fewest }) => fewest);
  const others = replay.causes.map(({ patients }) => patients);
  return [...Object.values(replay.patients), ...counts, ...others, replay.ungroupedPatients].some(isFew);
}

/** How many flips there are at most by what who is no auditor sees: what is compared with it tells no more than is shown. */
export function mostFlipsSeen(replay: Replay): number {
  const flips = [replay.allowToDeny, replay.denyToAllow];
  return (hasFew(replay) ? flips.map(mostGivenAlike) : flips).reduce((sum, each) => sum + each, 0);
}

/** A scope without its constraint, which may name somebody. */
const withoutConstraint = (scopes: string): string => scopes.replace(/\?\S+/g, "?...");

const dayOf = (at: number | null): number | null => (at === null ? null : dayStart(at));

/** Numbers and groups, for who may not know whose the decisions are: no decision, no person, no patient, and days for times. */
function withoutPeople(replay: Replay): Omit<SeenReplay, "samples"> {
  const { asksOfPeople = true, cells, causes, groups, patients, people, ungroupedPatients, ...known } = replay;
  const { isIdentifying: _, samples: __, ...rest } = known;
  const isRounded = hasFew(replay);
  const given = (value: number, of: number): number | null => givenNumber(value, { patients: of, isRounded });
  // Where one number of people is left out, another could be subtracted from the others.
  const peopleRounded = isRounded || [people, ...groups.map((group) => group.people)].some((n) => isFew(n ?? 0));
  const ofFlips = fewest(FLIPS.map((name) => patients[name]));
  const totals = Object.fromEntries(REPLAY_TOTALS.map((name) => [name, given(replay[name], patients[name])]));
  const countOf = ({ fewest, ...count }: ReplayCount): SeenCount => ({
    key: withoutConstraint(count.key),
    few: isFew(fewest),
    ...(Object.fromEntries(FLIPS.map((name) => [name, given(count[name], fewest)])) as Record<
      FlipTotal,
      number | null
    >),
  });
  const groupOf = ({
    days,
    decisions,
    fewest: of,
    firstAt,
    lastAt,
    patients: all,
    people: hit,
    ...group
  }: ReplayGroup): SeenGroup => ({
    ...group,
    scope: group.scope === null ? null : withoutConstraint(group.scope),
    few: isFew(of),
    days: given(days, of),
    decisions: given(decisions, of),
    firstAt: dayStart(firstAt),
    lastAt: dayStart(lastAt),
    patients: given(all, of),
    people: givenPeople(hit, { patients: of, isRounded: peopleRounded }),
    samples: [],
  });
  const lists = Object.fromEntries(
    REPLAY_DIMENSIONS.map((name) => [
      name,
      inGivenOrder((asksOfPeople ? [] : replay[name]).map(countOf), {
        name: ({ key }) => key,
        numbers: (count) => FLIPS.map((flip) => count[flip]),
      }),
    ]),
  );
  return {
    ...rest,
    ...(totals as Record<ReplayTotal, number | null>),
    ...(lists as Record<ReplayDimension, readonly SeenCount[]>),
    // Nobody can't be told from few where the change asks what is so of people: each of them could be who was looked for.
    ...(asksOfPeople && { same: null, countsComplete: false }),
    few: isRounded,
    people: givenPeople(people, { patients: ofFlips, isRounded: peopleRounded }),
    groups: inGivenOrder(groups.filter(({ fewest }) => !(asksOfPeople && isFew(fewest))).map(groupOf), {
      name: ({ kind, clientId, role, scope, resourceType, action }) =>
        JSON.stringify([kind, clientId, role, scope, resourceType, action]),
      numbers: ({ decisions }) => [decisions],
    }),
    causes: inGivenOrder(
      causes.map(({ patients: of, decisions, ...cause }) => ({
        ...cause,
        few: isFew(of),
        decisions: given(decisions, of),
      })),
      { name: ({ path, message }) => `${path} ${message}`, numbers: ({ decisions }) => [decisions] },
    ),
    cells: cells === null ? null : { ...cells, unused: asksOfPeople ? null : given(cells.unused, 0) },
    ungrouped: given(replay.ungrouped, ungroupedPatients),
    from: dayOf(replay.from),
    to: dayOf(replay.to),
  };
}

/** All of it, as auditors see it. */
function whole(made: Replay) {
  const {
    asksOfPeople: _,
    isIdentifying: __,
    patients: ___,
    samples: ____,
    ungroupedPatients: _____,
    ...replay
  } = made;
  const countOf = ({ fewest: _, ...count }: ReplayCount): SeenCount => ({ ...count, few: false });
  const lists = Object.fromEntries(REPLAY_DIMENSIONS.map((name) => [name, replay[name].map(countOf)] as const));
  return {
    ...replay,
    ...(lists as { readonly [Name in ReplayDimension]: SeenCount[] }),
    few: false,
    people: replay.people ?? null,
    groups: replay.groups.map(({ fewest: _, ...group }) => ({ ...group, people: group.people ?? null, few: false })),
    causes: replay.causes.map(({ patients: _, ...cause }) => ({ ...cause, few: false })),
  };
}

/**
 * A replay as a caller may see it. Who is no auditor sees numbers and groups, none of them of few patients, and nothing where the change
 * asked for somebody: null. @throws ScopewardenError JOURNAL_UNAVAILABLE
 */
export async function seenReplay(
  deps: { readonly decisions: Pick<DecisionReader, "decision"> },
  caller: Caller,
  replay: Replay,
): Promise<SeenReplay | null> {
  if (journalView(caller) !== null) return isForAuditors(replay) ? null : { ...withoutPeople(replay), samples: [] };
  const samples: SeenSample[] = [];
  for (const { decisionId, ...sample } of replay.samples) {
    const decision = await deps.decisions.decision(decisionId);
    if (decision !== null) samples.push({ ...sample, decision });
  }
  return { ...whole(replay), samples };
}
