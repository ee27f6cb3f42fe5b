import type { RecordAudit } from "../../audit/recordReads.ts";
import { personOf } from "../../callers/person.ts";
import { asNamed, requirePersonOtherThan } from "../../callers/samePerson.ts";
import type { Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import { type CaseSteps, requireStepOnRecord } from "../../cases/steps.ts";
import { consentPatients } from "../../decisions/consentSource.ts";
import type { DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { requireNotPatient } from "../../directory/ownRecords.ts";
import { badInput, conflict, ScopewardenError } from "../../kernel/errors.ts";
import type { Breathe, Clock, Pseudonym } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import { day } from "../../kernel/time.ts";
import { type OwnSubjects, pseudonymised } from "../../record/pseudonymised.ts";
import { seesPatients } from "../alerts/seen.ts";
import { type SampleState, sampleKind } from "./sampleKind.ts";
import type { Candidate, SampleStore } from "./store.ts";
import {
  type SampledAccess,
  type SampleVerdict,
  sampleId,
  WEEK_MS,
  type WeeklySample,
  weekOf,
} from "./weeklySample.ts";

/** So many accesses a week are looked at. */
const SAMPLE_SIZE = 20;
/** Of weeks that began earlier some findings are kept no more, so that what was flagged can't be told. */
const WEEKS_BACK = 24;

/** Random accesses that nobody is told of: what comes of them is the only estimate of what watching misses. */
export interface WeeklySamples {
  /**
   * The sample of the week in which a time is; null: it was not drawn.
   * @throws ScopewardenError BAD_USER_INPUT for a week of which none can be drawn: one that is not over, or over too long
   */
  ofWeek(time: number): Promise<WeeklySample | null>;
  /**
   * Draws the sample of this week, once: after the first time it is that one.
   * @throws ScopewardenError BAD_USER_INPUT as above; JOURNAL_UNAVAILABLE
   */
  draw(caller: Identity, time: number): Promise<WeeklySample>;
  /**
   * Says what somebody found of one of its accesses, once and for all.
   * @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; FORBIDDEN to whose access or whose record it is; CONFLICT where it is judged
   */
  judge(
    caller: Identity,
    about: { readonly id: string; readonly verdict: SampleVerdict; readonly text: string },
  ): Promise<SampledAccess>;
  /** A decision as the caller may see it; null: it is no more. That an auditor reads it is on record before the answer. */
  decision(caller: Identity, decisionId: string): Promise<DecisionRecord | null>;
  readonly desk: CaseDesk;
}

const RULE = "An access is judged by somebody whose access it was not, and whose record it was not";
const missing = (id: string): ScopewardenError =>
  new ScopewardenError("NOT_FOUND", `There is no access ${id} in a sample.`);

const patientsOf = ({ patients = [], request }: DecisionRecord): readonly string[] => [
  ...consentPatients(request),
  ...patients,
];

/** Nobody judges what they did themselves, nor what was done with their own record; and nobody what is erased. */
const SAMPLE_STEPS: CaseSteps<
  "judge",
  SampledAccess,
  SampleState,
  {
    readonly record: DecisionRecord | null;
    readonly directory: Directory;
    /** Subjects who have a pseudonym there, as patients. */
    readonly own: ReadonlySet<string>;
  }
> = {
  judge: {
    field: "judgeSample",
    from: ["OPEN"],
    isAwaited: true,
    require(caller, { id }, { own, record }) {
      if (record === null) throw missing(id);
      if (record.erased !== undefined) throw conflict(`Whose access ${id} was is erased by now: it can't be judged.`);
      const { clientId, subject } = record.request;
      const isNamed = subject !== null && !own.has(subject.id) && !patientsOf(record).includes(subject.id);
      const parties = [{ type: "client", id: clientId }, ...(isNamed ? [subject] : [])];
      requirePersonOtherThan(caller, parties.map(asNamed), RULE);
    },
    requireHidden(caller, { id }, { directory, record }) {
      if (record === null) throw missing(id);
      const { subject } = record.request;
      if (subject !== null) requirePersonOtherThan(caller, [asNamed(subject)], RULE);
      requireNotPatient(caller, patientsOf(record), { directory, rule: RULE });
    },
  },
};

/** Accesses that are looked at without a break. */
const AT_ONCE = 2_000;

/**
 * Draws `most` accesses of a window, each with the same chance: those whose decisions come first by `keyOf`, a hash under a secret that
 * nobody who makes a decision knows. Whoever draws from the same accesses draws the same.
 */
export async function drawUniformly(
  {
    breathe,
    keyOf,
    store,
  }: {
    readonly store: Pick<SampleStore, "unexplained">;
    readonly keyOf: (decisionId: string) => string;
    readonly breathe: Breathe;
  },
  { from, most, to }: { readonly from: number; readonly to: number; readonly most: number },
): Promise<{ readonly population: number; readonly decisionIds: readonly string[] }> {
  let population = 0;
  let kept: { readonly key: string; readonly decisionId: string }[] = [];
  let after: Candidate | null = null;
  do {
    const next: readonly Candidate[] = await store.unexplained({ from, to, after, first: AT_ONCE });
    population += next.length;
    for (const { decisionId } of next) kept.push({ key: keyOf(decisionId), decisionId });
    kept = kept.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, most);
    after = next.length < AT_ONCE ? null : (next.at(-1) ?? null);
    await breathe();
  } while (after !== null);
  return { population, decisionIds: kept.map(({ decisionId }) => decisionId) };
}

export function createWeeklySamples(deps: {
  readonly store: SampleStore;
  readonly decisions: Pick<DecisionReader, "decision" | "decisionsById">;
  readonly directory: () => Directory;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly ownSubjects: OwnSubjects;
  /** A hash of a decision's id under a secret of its own. */
  readonly sampleKey: () => Promise<(decisionId: string) => string>;
  readonly breathe: Breathe;
  readonly clock: Clock;
  readonly recordAudit: RecordAudit;
}): WeeklySamples {
  const { store, decisions, breathe, clock } = deps;

  async function drawn(caller: Identity, from: number): Promise<WeeklySample> {
    const keyOf = await deps.sampleKey();
    const window = { from, to: from + WEEK_MS, most: SAMPLE_SIZE };
    const { decisionIds, population } = await drawUniformly({ store, keyOf, breathe }, window);
    const drawing = { from, drawnAt: clock(), drawnBy: caller.id, population };
    const accesses = decisionIds.map((decisionId, i) => ({
      ...{ id: sampleId(from, i + 1), decisionId, drawing, judged: null },
    }));
    const sample = { ...drawing, accesses };
    try {
      await store.draw(sample);
      return sample;
    } catch (error) {
      // Somebody else asked at the same time, and was first.
      const found = error instanceof ScopewardenError && error.code === "CONFLICT" ? await store.find(from) : null;
      if (found !== null) return found;
      throw error;
    }
  }

  async function factsOf(accesses: readonly SampledAccess[]) {
    const directory = deps.directory();
    const records = await decisions.decisionsById(accesses.map(({ decisionId }) => decisionId));
    const own = new Map<string, ReadonlySet<string>>();
    for (const { decisionId } of accesses) own.set(decisionId, await deps.ownSubjects(decisionId));
    return ({ decisionId }: SampledAccess) => ({
      ...{ directory, record: records.get(decisionId) ?? null, own: own.get(decisionId) ?? new Set() },
    });
  }

  /** @throws ScopewardenError BAD_USER_INPUT for a week that has none, and of which none can be drawn */
  async function find(from: number): Promise<WeeklySample | null> {
    const found = await store.find(from);
    if (found !== null) return found;
    const now = clock();
    const message =
      from + WEEK_MS > now
        ? "must be in a week that is over; weeks begin on Mondays at 00:00 UTC"
        : from < weekOf(now) - WEEKS_BACK * WEEK_MS
          ? `must be in one of the last ${WEEKS_BACK} weeks: of earlier ones it is not kept what was flagged`
          : null;
    if (message !== null) throw badInput([{ path: "week", message }]);
    return null;
  }

  return {
    ofWeek: (time) => find(weekOf(time)),
    async draw(caller, time) {
      const from = weekOf(time);
      return (await find(from)) ?? drawn(caller, from);
    },

    async judge(caller, { id, text, verdict }) {
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("text", reasonProblem(text));
      read.check();
      const of = await store.findAccess(id);
      if (of === null) throw missing(id);
      const facts = (await factsOf([of]))(of);
      const at = clock();
      const steppable = { kind: sampleKind, of, facts, now: at };
      await requireStepOnRecord(SAMPLE_STEPS.judge, caller, steppable, (field) =>
        deps.recordAudit(caller, { field, filter: { decisionId: of.decisionId }, shown: 0 }),
      );
      const judged = { at, by: personOf(caller), verdict, text };
      await store.judge(id, judged);
      return { ...of, judged };
    },

    async decision(caller, decisionId) {
      const record = await decisions.decision(decisionId);
      if (record === null) return null;
      if (!seesPatients(caller))
        return pseudonymised(record, await deps.pseudonym(), await deps.ownSubjects(decisionId));
      await deps.recordAudit(caller, { field: "weeklySample", filter: { decisionId }, shown: 1 });
      return record;
    },

    desk: createCaseDesk({
      ...{ kind: sampleKind, steps: SAMPLE_STEPS, reader: store, factsOf, clock },
      // Who and whose it was is read where it is judged: that is on record for each.
      titleOf: ({ drawing }) => ({
        title: `Judge an access that was drawn at random from the week of ${day(drawing.from)}`,
        ...{ subject: null, patient: null, clientId: null },
      }),
    }),
  };
}
