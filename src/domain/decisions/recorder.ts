import type { Caller } from "../callers/types.ts";
import type { Directory } from "../directory/directory.ts";
import type { Journal } from "../kernel/journal.ts";
import type { Clock, NewId } from "../kernel/ports.ts";
import { NO_TURNS, type Turns } from "../kernel/turns.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { DEFAULT_FHIR_VERSION, type FhirVersion } from "../scopes/fhir.ts";
import type { DecideFacts } from "./facts.ts";
import { type FactSource, type GatheredFacts, gatherFacts, namesOf } from "./gather.ts";
import { type KnownEntities, knownEntities, knownPatients } from "./mergeFacts.ts";
import {
  appendDecisions,
  checkRepeated,
  earlierAnswers,
  mayRepeat,
  type RecordOf,
  type RequestOf,
} from "./requestIds.ts";
import type { RuleEngine } from "./ruleEngine.ts";
import type { Parts } from "./searchParts.ts";
import { SEMANTICS_VERSION } from "./semantics.ts";
import type { DecisionKind, DecisionRecord, GrantVerdict, Verdict } from "./types.ts";
import { PIECE, pieces, scopesAPiece } from "./workOf.ts";

interface VerdictByKind {
  readonly ACCESS: Verdict;
  readonly GRANT: GrantVerdict;
}

/** Questions of one kind, well formed, each with the path that names it in problems. */
interface Questions<Kind extends DecisionKind> {
  readonly kind: Kind;
  readonly caller: Caller;
  readonly requests: readonly RequestOf<Kind>[];
  /** About how many their records will have together. */
  readonly bytes: number;
  readonly pathOf: (index: number) => string;
  /** Absent: none is a part of a search. */
  readonly parts?: Parts | null;
  readonly decide: (facts: DecideFacts, request: RequestOf<Kind>) => VerdictByKind[Kind];
  /** The same, which stops after each scope. */
  readonly inSteps: (facts: DecideFacts, request: RequestOf<Kind>) => Generator<undefined, VerdictByKind[Kind]>;
}

export interface Recorder {
  /**
   * Decides all questions against one snapshot and answers when all are durable, in their order. A request id that
   * its caller has used in the last five minutes gives the decision of then: a DENY always, an ALLOW as long as one made now
   * is the same (`mayRepeat`). Else it is decided anew.
   * @throws ScopewardenError BAD_USER_INPUT for a request id used in that time for something else, and for questions about
   * more consents than may be read or named, POLICY_UNAVAILABLE,
   * JOURNAL_UNAVAILABLE, and what a source of facts throws; then nothing is decided, or what was is not on record.
   */
  answer<Kind extends DecisionKind>(questions: Questions<Kind>): Promise<readonly RecordOf<Kind>[]>;
}

/** A record, its members in the order of canonical JSON, in which the journal writes it. */
function recordOf(
  verdict: Verdict | GrantVerdict,
  on: {
    readonly fhirVersion: FhirVersion;
    readonly gathered: GatheredFacts | undefined;
    readonly known: KnownEntities | null;
  },
  by: Pick<DecisionRecord, "kind" | "callerId" | "decidedAt" | "id" | "request">,
): DecisionRecord {
  const { obligations, outcome, policyRevision, reasonCount, reasons, scope, sufficientScopes } = verdict;
  const { callerId, decidedAt, id, kind, request } = by;
  const semantics = SEMANTICS_VERSION;
  const details = "details" in verdict ? { details: verdict.details } : null;
  const { fhirVersion, gathered, known } = on;
  const version = fhirVersion === DEFAULT_FHIR_VERSION ? null : { fhirVersion };
  const facts = gathered === undefined && known === null ? [] : namesOf(by.request, on);
  const patients = known === null ? [] : knownPatients(by.request, known);
  const more = reasonCount === undefined ? null : { reasonCount };
  const isPlain =
    details === null &&
    more === null &&
    sufficientScopes === undefined &&
    version === null &&
    (facts.length === 0 || patients.length === 0);
  // Most are one of the first two: to put a record together from parts takes longer than to decide it.
  const record = !isPlain
    ? {
        callerId,
        decidedAt,
        ...details,
        ...(facts.length === 0 ? null : { facts }),
        ...version,
        id,
        kind,
        obligations,
        outcome,
        ...(patients.length === 0 ? null : { patients }),
        policyRevision,
        ...more,
        reasons,
        request,
        scope,
        semantics,
        ...(sufficientScopes === undefined ? null : { sufficientScopes }),
      }
    : facts.length === 0
      ? { callerId, decidedAt, id, kind, obligations, outcome, policyRevision, reasons, request, scope, semantics }
      : {
          callerId,
          decidedAt,
          facts,
          id,
          kind,
          obligations,
          outcome,
          policyRevision,
          reasons,
          request,
          scope,
          semantics,
        };
  // TypeScript does not see that a kind, its request and its verdict make a record of that kind.
  return record as unknown as DecisionRecord;
}

/** Goes on after so many scopes in a turn of its own. */
async function stepByStep<Made>(steps: Generator<undefined, Made>, turns: Turns, scopes: number): Promise<Made> {
  for (let step = 1; ; step++) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (step % scopes === 0) await turns.take(PIECE);
  }
}

export interface RecorderDeps {
  readonly snapshot: () => Snapshot;
  /** What is known of subjects and resources now; absent: nothing. */
  readonly directory?: () => Directory;
  readonly engine: RuleEngine;
  /** Where facts come from that are not in the snapshot; absent: there are none. */
  readonly factSources?: readonly FactSource[];
  readonly journal: Journal<DecisionRecord>;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Absent: nobody else waits. */
  readonly turns?: Turns;
  readonly fhirVersion?: FhirVersion;
}

export function createRecorder(deps: RecorderDeps): Recorder {
  const { engine, factSources = [], journal, clock, newId, turns = NO_TURNS } = deps;
  const { fhirVersion = DEFAULT_FHIR_VERSION } = deps;

  /** What sources know, for each question that needs a decision; null: there is none, or nobody to ask. */
  function factsOf<Kind extends DecisionKind>(
    { kind, pathOf, requests }: Questions<Kind>,
    on: {
      readonly isAnswered: (request: RequestOf<Kind>) => boolean;
      readonly snapshot: Snapshot;
      readonly directory: Directory | undefined;
    },
  ): Promise<ReadonlyMap<object, GatheredFacts>> | null {
    if (factSources.length === 0) return null;
    const open: RequestOf<Kind>[] = [];
    const places: number[] = [];
    for (const [i, request] of requests.entries()) {
      if (on.isAnswered(request)) continue;
      open.push(request);
      places.push(i);
    }
    if (open.length === 0) return null;
    const query = { kind, requests: open, snapshot: on.snapshot, pathOf: (i: number) => pathOf(places[i] ?? i) };
    return gatherFacts(factSources, query, on.directory);
  }

  return {
    async answer(questions) {
      const { kind, caller, requests, bytes, parts = null, pathOf, decide, inSteps } = questions;
      type Answer = RecordOf<typeof kind>;
      journal.admit(requests.length, bytes);
      const answers: Answer[] = [];
      const fresh: Answer[] = [];
      const turnOf = new Map<string, number>();
      try {
        const known = requests.some((r) => r.requestId !== null)
          ? await earlierAnswers({ kind, callerId: caller.id, requests, pathOf }, { journal, now: clock })
          : null;
        const earlierOf = ({ requestId }: (typeof requests)[number]) =>
          requestId === null ? undefined : known?.get(requestId);
        const snapshot = deps.snapshot();
        const directory = deps.directory?.();
        const isAnswered = (request: (typeof requests)[number]) => (earlierOf(request)?.answer ?? null) !== null;
        const gathered = await factsOf(questions, { isAnswered, snapshot, directory });
        const decidedAt = clock();
        const facts: DecideFacts = { snapshot, ...(directory && { directory }), engine, now: decidedAt, fhirVersion };
        for (const piece of pieces(requests, snapshot)) {
          const long = piece.work > PIECE;
          const turn = turns.take(long ? PIECE : piece.work);
          if (turn !== null) await turn;
          for (const request of piece.requests) {
            const earlier = earlierOf(request);
            if (earlier !== undefined && earlier.answer !== null) {
              answers.push(earlier.answer);
              continue;
            }
            const own = gathered?.get(request);
            const all = own === undefined ? facts : { ...facts, gathered: own };
            const verdict = long
              ? await stepByStep(inSteps(all, request), turns, scopesAPiece(kind))
              : decide(all, request);
            const by = { kind, callerId: caller.id, decidedAt, id: newId(), request };
            const on = { fhirVersion, gathered: own, known: knownEntities(directory, request) };
            const made = recordOf(verdict, on, by);
            const isAgain = made.kind === "ACCESS" && parts?.isAgain(made) === true;
            const record = (isAgain ? { again: true, ...made } : made) as Answer;
            const perhaps = earlier?.perhaps ?? null;
            const answer = perhaps !== null && mayRepeat(perhaps, record) ? perhaps : record;
            if (answer === record) fresh.push(record);
            answers.push(answer);
            if (earlier === undefined) continue;
            earlier.answer = answer;
            turnOf.set(record.id, earlier.nextTurn);
          }
        }
      } finally {
        journal.release(requests.length, bytes);
      }
      if (fresh.length === 0) return answers;
      const existing = await appendDecisions(journal, fresh, turnOf);
      parts?.counted(fresh.filter(({ id }) => !existing.has(id)));
      if (existing.size === 0) return answers;
      return answers.map((answer, i) => {
        const held = existing.get(answer.id);
        const request = requests[i];
        return held === undefined || request === undefined ? answer : checkRepeated(held, kind, request, pathOf(i));
      });
    },
  };
}
