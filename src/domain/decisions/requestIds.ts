import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Journal } from "../kernel/journal.ts";
import type { DecisionKind, DecisionRecord } from "./types.ts";

export type RecordOf<Kind extends DecisionKind> = Extract<DecisionRecord, { readonly kind: Kind }>;
export type RequestOf<Kind extends DecisionKind> = RecordOf<Kind>["request"];

/** For how long a request id repeats its answer, from when that was decided. */
const REPEATS_MS = 5 * 60 * 1000;
/** How often somebody else may be first under a request id before it is given up. */
const MOST_TURNS = 5;

/** What stands under a request id that is asked for. */
export interface Earlier<Kind extends DecisionKind> {
  /** The answer; null: there is none yet. */
  answer: RecordOf<Kind> | null;
  /** What may be the answer, if a decision made now comes to the same; null: there is none. */
  readonly perhaps: RecordOf<Kind> | null;
  /** Which of the answers to this id the next one is, from 0. */
  readonly nextTurn: number;
}

const sameJson = (a: object, b: object): boolean =>
  canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

/** The same id and input give the same decision; the same id and another input is a mistake of the caller. */
export function checkRepeated<Kind extends DecisionKind>(
  record: DecisionRecord,
  kind: Kind,
  request: RequestOf<Kind>,
  path: string,
): RecordOf<Kind> {
  if (record.kind === kind && sameJson(record.request, request)) return record as RecordOf<Kind>;
  throw badInput([
    {
      path: `${path}.requestId`,
      message: `${request.requestId} was used for another request less than five minutes ago; use a new id for each`,
    },
  ]);
}

/**
 * Whether an earlier decision is the answer where another was made now: a DENY always; an ALLOW where it would be the same in
 * everything but how it counts, under no newer revision. One that rests on what has changed since, such as a consent, or has ended, is not.
 */
export function mayRepeat(earlier: DecisionRecord, now: DecisionRecord): boolean {
  if (earlier.outcome === "DENY") return true;
  const { decidedAt, id, policyRevision } = earlier;
  const same = { again: true, decidedAt, id, policyRevision };
  return policyRevision >= now.policyRevision && sameJson({ ...earlier, ...same }, { ...now, ...same });
}

/**
 * What stands under the request ids of these requests, by id; those without one are left out.
 * @throws ScopewardenError BAD_USER_INPUT for an id that stands twice, or was used in the last five minutes, with different requests
 */
export async function earlierAnswers<Kind extends DecisionKind>(
  asked: {
    readonly kind: Kind;
    readonly callerId: string;
    readonly requests: readonly RequestOf<Kind>[];
    readonly pathOf: (index: number) => string;
  },
  deps: { readonly journal: Pick<Journal<DecisionRecord>, "findByRequestId">; readonly now: () => number },
): Promise<ReadonlyMap<string, Earlier<Kind>>> {
  const { kind, callerId, requests, pathOf } = asked;
  const first = new Map<string, { readonly request: RequestOf<Kind>; readonly path: string }>();
  for (const [i, request] of requests.entries()) {
    if (request.requestId === null) continue;
    const path = pathOf(i);
    const twin = first.get(request.requestId);
    if (twin === undefined) first.set(request.requestId, { request, path });
    else if (!sameJson(twin.request, request)) {
      throw badInput([
        { path: `${path}.requestId`, message: `${request.requestId} stands twice with different requests` },
      ]);
    }
  }
  // All at once: a batch waits for the slowest of them, and not for each.
  const answered = await Promise.all([...first.keys()].map((id) => deps.journal.findByRequestId(callerId, id)));
  const now = deps.now();
  const found = new Map<string, Earlier<Kind>>();
  for (const [i, [id, { request, path }]] of [...first].entries()) {
    const held = answered[i] ?? null;
    const nextTurn = held === null ? 0 : held.turn + 1;
    // Another instance's clock may be ahead.
    const repeats = held !== null && Math.abs(now - held.record.decidedAt) < REPEATS_MS;
    const record = repeats ? checkRepeated(held.record, kind, request, path) : null;
    const isDeny = record?.outcome === "DENY";
    found.set(id, { answer: isDeny ? record : null, perhaps: isDeny ? null : record, nextTurn });
  }
  return found;
}

/**
 * Makes decisions durable, each with its turn under its request id, if it has one. Answers with those that stand in the place of
 * one, by its id: under the same request id another was first, and is the answer, or is of another request. Where it may not be
 * the answer, the own one takes the next turn.
 */
export async function appendDecisions<Kind extends DecisionKind>(
  journal: Pick<Journal<DecisionRecord>, "append">,
  fresh: readonly RecordOf<Kind>[],
  turnOf: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, DecisionRecord>> {
  const instead = new Map<string, DecisionRecord>();
  let left = fresh;
  for (let later = 0; left.length > 0; later++) {
    if (later === MOST_TURNS)
      throw new ScopewardenError("JOURNAL_UNAVAILABLE", "A request id is asked for again and again; try again.");
    const turns = turnOf.size === 0 ? undefined : left.map(({ id }) => (turnOf.get(id) ?? 0) + later);
    const stored = await journal.append(left, turns);
    const again: RecordOf<Kind>[] = [];
    for (const [i, record] of left.entries()) {
      const held = stored[i]?.record;
      if (held === undefined)
        throw new ScopewardenError("INTERNAL", "The journal answered with fewer records than it was given.");
      if (held === record) continue;
      const same = held.kind === record.kind && sameJson(held.request, record.request);
      if (same && !mayRepeat(held, record)) again.push(record);
      else instead.set(record.id, held);
    }
    left = again;
  }
  return instead;
}
