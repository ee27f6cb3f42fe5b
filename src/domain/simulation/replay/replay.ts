import { decide } from "../../decisions/decide.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { grantInSteps } from "../../decisions/granting/decideGrant.ts";
import type { DecisionReader, DecisionRecord, GrantRequest, GrantVerdict, Verdict } from "../../decisions/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { endOf, type Page } from "../../kernel/pages.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { differingParts, sameSemantics } from "../decideAgain.ts";
import { changedCells } from "./changedCells.ts";
import { type Cause, Tally, type ThreeColumns } from "./tally.ts";
import type { Replay, ReplayQuery } from "./types.ts";
import { createWorlds, type World } from "./worlds.ts";

/** Records of one page: how far a replay goes on before it looks whether to stop. */
const PAGE = 500;

async function grantAgain(facts: DecideFacts, request: GrantRequest, breathe: Breathe): Promise<GrantVerdict> {
  const steps = grantInSteps(facts, request);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value;
    await breathe();
  }
}

/** One decision in its three columns, or why it can't be made again. Of an access at once: there are very many. */
function columnsOf(
  record: DecisionRecord,
  world: World | readonly Cause[],
  breathe: Breathe,
): Promise<ThreeColumns> | ThreeColumns | readonly Cause[] {
  if (!("base" in world)) return world;
  const columns = (base: Verdict | GrantVerdict, after: Verdict | GrantVerdict): ThreeColumns => ({
    record,
    base,
    after,
    drifted: differingParts(record, base, sameSemantics(record)).length > 0,
  });
  if (record.kind === "ACCESS") {
    const base = decide(world.base, record.request);
    return columns(base, world.after === null ? base : decide(world.after, record.request));
  }
  const { request } = record;
  return grantAgain(world.base, request, breathe).then(async (base) =>
    columns(base, world.after === null ? base : await grantAgain(world.after, request, breathe)),
  );
}

/** The engine could not tell: that is no answer, on neither side. @throws whatever else was thrown */
function causesOf(error: unknown): readonly Cause[] {
  if (!(error instanceof ScopewardenError && error.code === "INTERNAL")) throw error;
  return [{ path: "policyRevision", message: "can't be decided: the engine gives no answer" }];
}

/** How far a replay goes. */
export interface ReplayBounds {
  /** Where in the journal it begins, going back: what came later is not read. Null: at its end. */
  readonly after: number | null;
  readonly maxDecisions: number;
  /** Asked between pages; true: what was read is what is answered. */
  readonly isTimeUp: () => boolean;
  /** Told between pages: when the oldest decision that was read was made, and how many were. */
  readonly onProgress?: (oldest: number, read: number) => void;
}

/**
 * Past decisions, the newest first, each decided again by its base and under the change, with its own facts and clock, by
 * the same pure functions that decide and that change the policy. Nothing is put on record.
 * @throws ScopewardenError BAD_USER_INPUT when the operations do not apply, FORBIDDEN, POLICY_UNAVAILABLE, JOURNAL_UNAVAILABLE
 */
export async function replay(
  deps: Parameters<typeof createWorlds>[0] & {
    readonly decisions: Pick<DecisionReader, "decisions">;
  },
  { base, becomes, filter, mayIdentify, operations, samples }: ReplayQuery,
  { after: start, isTimeUp, maxDecisions, onProgress = () => {} }: ReplayBounds,
): Promise<Replay> {
  const { breathe, decisions, hypothesis } = deps;
  const worlds = await createWorlds(deps, { base, becomes, mayIdentify, operations });
  const tally = new Tally(samples);
  let complete = false;
  const pageAfter = (after: number | null, read: number): Promise<Page<DecisionRecord, number>> =>
    decisions.decisions({ filter, page: { first: Math.min(PAGE, maxDecisions - read), after } });
  let next = maxDecisions > 0 && !isTimeUp() ? pageAfter(start, 0) : null;
  while (next !== null) {
    const page = await next;
    const { items, hasNextPage } = page;
    const [last, end] = [items.at(-1), endOf(page)];
    complete = !hasNextPage;
    const isEnough = end === null || complete || tally.read + items.length >= maxDecisions || isTimeUp();
    // The next page is read while this one is decided.
    next = isEnough ? null : pageAfter(end, tally.read + items.length);
    try {
      await worlds.ahead(items.map(({ node }) => node));
      for (const { node } of items) {
        await breathe();
        let columns: ThreeColumns | readonly Cause[];
        try {
          const world = worlds.of(node);
          const made = columnsOf(node, world instanceof Promise ? await world : world, breathe);
          columns = made instanceof Promise ? await made : made;
        } catch (error) {
          columns = causesOf(error);
        }
        if ("record" in columns) tally.add(columns);
        else tally.notReplayable(node, columns);
      }
    } catch (error) {
      // Nothing is read any more once the caller is told.
      await next?.catch(() => {});
      throw error;
    }
    if (last !== undefined) onProgress(last.node.decidedAt, tally.read);
  }
  const done = tally.done({ base, baseRevision: hypothesis.facts.snapshot.revision, complete });
  return {
    ...done,
    isIdentifying: worlds.isIdentifying(),
    cells: worlds.change === null ? null : await changedCells(worlds.change, done, breathe),
  };
}
