import { decide } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { grantInSteps } from "../../decisions/granting/decideGrant.ts";
import type { DecisionReader, DecisionRecord, GrantRequest, GrantVerdict, Verdict } from "../../decisions/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { differingParts, sameSemantics } from "../decideAgain.ts";
import { foldWindow, type RunBounds } from "../jobs/foldWindow.ts";
import { changedCells } from "./changedCells.ts";
import { askedOfOne } from "./replayInput.ts";
import { type Cause, Tally, type ThreeColumns } from "./tally.ts";
import type { JournalSpan, Replay, ReplayQuery } from "./types.ts";
import { createWorlds, type World } from "./worlds.ts";

async function grantAgain(facts: DecideFacts, request: GrantRequest, breathe: Breathe): Promise<GrantVerdict> {
  const steps = grantInSteps(facts, request);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await breathe();
  }
}

/** One decision in its three columns, or why it can't be made again. */
async function columnsOf(
  record: DecisionRecord,
  world: World | readonly Cause[],
  breathe: Breathe,
): Promise<ThreeColumns | readonly Cause[]> {
  if (!("base" in world)) return world;
  const again = (facts: DecideFacts): Verdict | Promise<GrantVerdict> =>
    record.kind === "ACCESS" ? decide(facts, record.request) : grantAgain(facts, record.request, breathe);
  const base = await again(world.base);
  const after = world.after === null ? base : await again(world.after);
  return { record, base, after, drifted: differingParts(record, base, sameSemantics(record)).length > 0 };
}

/** The engine could not tell: that is no answer, on neither side. @throws whatever else was thrown */
function causesOf(error: unknown): readonly Cause[] {
  if (!(error instanceof ScopewardenError && error.code === "INTERNAL")) throw error;
  return [{ path: "policyRevision", message: "can't be decided: the engine gives no answer" }];
}

/**
 * Past decisions, the newest first, each decided again by its base and under the change, with its own facts and clock, by
 * the same pure functions that decide and that change the policy. Nothing is put on record.
 * `span` is what the journal had when it was asked, as what came later is not read; absent: all that there is is read.
 * @throws ScopewardenError BAD_USER_INPUT when the operations do not apply, FORBIDDEN, POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE
 */
export async function replay(
  deps: Parameters<typeof createWorlds>[0] & {
    readonly decisions: Pick<DecisionReader, "decisions">;
  },
  { base, becomes, filter, mayIdentify, operations, samples }: ReplayQuery,
  { span, most, ...bounds }: RunBounds & { readonly span?: JournalSpan | null; readonly most?: number },
): Promise<Replay> {
  const { breathe, decisions, hypothesis } = deps;
  const worlds = await createWorlds(deps, { base, becomes, mayIdentify, operations });
  const tally = new Tally(samples);

  async function columns(record: DecisionRecord): Promise<ThreeColumns | readonly Cause[]> {
    try {
      return await columnsOf(record, await worlds.of(record), breathe);
    } catch (error) {
      return causesOf(error);
    }
  }

  const { complete } = await foldWindow(
    {
      pageAfter: (page) => decisions.decisions({ filter, page, parts: true }),
      start: span === undefined ? null : (span?.end ?? 0) + 1,
      ...(most !== undefined && { most }),
      timeOf: ({ decidedAt }) => decidedAt,
      first: Math.min(span?.newest ?? 0, (filter.to ?? Number.POSITIVE_INFINITY) - 1),
      last: Math.max(span?.oldest ?? 0, filter.from ?? 0),
      async fold(records) {
        await worlds.ahead(records);
        for (const record of records) {
          await breathe();
          const made = await columns(record);
          if ("record" in made) tally.add(made);
          else tally.notReplayable(record, made);
        }
      },
    },
    bounds,
  );
  const tells = worlds.tells();
  const asksOfPeople = tells === "PEOPLE";
  const done = tally.done({ base, baseRevision: hypothesis.facts.snapshot.revision, complete, asksOfPeople });
  return {
    ...done,
    isIdentifying: tells === "WHOSE" || askedOfOne(filter, hypothesis.facts.snapshot) !== null,
    cells: worlds.change === null ? null : await changedCells(worlds.change, done, breathe),
  };
}
