import type { Caller } from "../callers/types.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { badInput, ScopewardenError } from "../kernel/errors.ts";
import type { Journal } from "../kernel/journal.ts";
import type { Clock, NewId } from "../kernel/ports.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import type { DecisionKind, DecisionRecord } from "./types.ts";

type RecordOf<Kind extends DecisionKind> = Extract<DecisionRecord, { readonly kind: Kind }>;
type RequestOf<Kind extends DecisionKind> = RecordOf<Kind>["request"];
/** What a decider adds to a request: everything of a record but what the recorder knows. */
type VerdictOf<Kind extends DecisionKind> = Omit<RecordOf<Kind>, "kind" | "id" | "decidedAt" | "callerId" | "request">;

/** Questions of one kind, well formed, each with the path that names it in problems. */
interface Questions<Kind extends DecisionKind> {
  readonly kind: Kind;
  readonly caller: Caller;
  readonly requests: readonly RequestOf<Kind>[];
  readonly pathOf: (index: number) => string;
  readonly decide: (snapshot: Snapshot, now: number, request: RequestOf<Kind>) => VerdictOf<Kind>;
}

export interface Recorder {
  /**
   * Decides all questions against one snapshot and answers when all are durable, in their order. A request id that
   * its caller has used before gives the decision of then.
   * @throws ScopewardenError BAD_USER_INPUT for a request id used before for something else, POLICY_UNAVAILABLE,
   * JOURNAL_UNAVAILABLE.
   */
  answer<Kind extends DecisionKind>(questions: Questions<Kind>): Promise<readonly RecordOf<Kind>[]>;
}

const sameInput = (a: object, b: object): boolean =>
  canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json);

/** The same id and input give the same decision; the same id and another input is a mistake of the caller. */
function checkRepeated<Kind extends DecisionKind>(
  record: DecisionRecord,
  kind: Kind,
  request: RequestOf<Kind>,
  path: string,
): RecordOf<Kind> {
  if (record.kind === kind && sameInput(record.request, request)) return record as RecordOf<Kind>;
  throw badInput([
    {
      path: `${path}.requestId`,
      message: `${request.requestId} was used before for another request; use a new id for each`,
    },
  ]);
}

/** A record, its members in the order of canonical JSON, in which the journal writes it. */
function recordOf(
  verdict: VerdictOf<DecisionKind>,
  by: Pick<DecisionRecord, "kind" | "callerId" | "decidedAt" | "id" | "request">,
): DecisionRecord {
  const { obligations, outcome, policyRevision, reasons, scope } = verdict;
  const { callerId, decidedAt, id, kind, request } = by;
  const record =
    "details" in verdict
      ? {
          callerId,
          decidedAt,
          details: verdict.details,
          id,
          kind,
          obligations,
          outcome,
          policyRevision,
          reasons,
          request,
          scope,
        }
      : { callerId, decidedAt, id, kind, obligations, outcome, policyRevision, reasons, request, scope };
  // TypeScript does not see that a kind, its request and its verdict make a record of that kind.
  return record as unknown as DecisionRecord;
}

export function createRecorder(deps: {
  readonly snapshot: () => Snapshot;
  readonly journal: Journal<DecisionRecord>;
  readonly clock: Clock;
  readonly newId: NewId;
}): Recorder {
  const { journal, clock, newId } = deps;

  async function earlier<Kind extends DecisionKind>({
    kind,
    caller,
    requests,
    pathOf,
  }: Questions<Kind>): Promise<Map<string, RecordOf<Kind>>> {
    const first = new Map<string, { readonly request: RequestOf<Kind>; readonly path: string }>();
    for (const [i, request] of requests.entries()) {
      if (request.requestId === null) continue;
      const path = pathOf(i);
      const twin = first.get(request.requestId);
      if (twin === undefined) first.set(request.requestId, { request, path });
      else if (!sameInput(twin.request, request)) {
        throw badInput([
          { path: `${path}.requestId`, message: `${request.requestId} stands twice with different requests` },
        ]);
      }
    }
    // All at once: a batch waits for the slowest of them, and not for each.
    const records = await Promise.all([...first.keys()].map((id) => journal.findByRequestId(caller.id, id)));
    const found = new Map<string, RecordOf<Kind>>();
    for (const [i, [id, { request, path }]] of [...first].entries()) {
      const record = records[i] ?? null;
      if (record !== null) found.set(id, checkRepeated(record, kind, request, path));
    }
    return found;
  }

  return {
    async answer(questions) {
      const { kind, caller, requests, pathOf, decide } = questions;
      type Answer = RecordOf<typeof kind>;
      journal.admit(requests.length);
      const known = requests.some((r) => r.requestId !== null) ? await earlier(questions) : null;
      const snapshot = deps.snapshot();
      const decidedAt = clock();
      const fresh: Answer[] = [];
      const answers = requests.map((request): Answer => {
        const old = request.requestId === null ? undefined : known?.get(request.requestId);
        if (old !== undefined) return old;
        const record = recordOf(decide(snapshot, decidedAt, request), {
          kind,
          callerId: caller.id,
          decidedAt,
          id: newId(),
          request,
        }) as Answer;
        fresh.push(record);
        if (request.requestId !== null) known?.set(request.requestId, record);
        return record;
      });
      if (fresh.length === 0) return answers;
      const stored = await journal.append(fresh);
      const standing = new Map<string, DecisionRecord>();
      for (const [i, record] of fresh.entries()) {
        const stands = stored[i];
        if (stands === undefined)
          throw new ScopewardenError("INTERNAL", "The journal answered with fewer records than it was given.");
        if (stands !== record) standing.set(record.id, stands);
      }
      if (standing.size === 0) return answers;
      return answers.map((answer, i) => {
        const stands = standing.get(answer.id);
        const request = requests[i];
        return stands === undefined || request === undefined ? answer : checkRepeated(stands, kind, request, pathOf(i));
      });
    },
  };
}
