import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import type { ConsentReadAct } from "../../consent/consentReadAct.ts";
import type { ConsentStore } from "../../consent/store.ts";
import type { Consent } from "../../consent/types.ts";
import { mergeFacts } from "../../decisions/mergeFacts.ts";
import type { AccessRecord, DecisionReader, DecisionRecord } from "../../decisions/types.ts";
import type { Directory } from "../../directory/directory.ts";
import { groupBy } from "../../kernel/groupBy.ts";
import type { Clock, NewId, Pseudonym, Sha256 } from "../../kernel/ports.ts";
import { type Act, simulationAct } from "../../record/acts.ts";
import { type OwnSubjects, subjectNames } from "../../record/pseudonymised.ts";
import type { Explanation as WhyDecided } from "../../simulation/explain.ts";
import type { WhatIf } from "../../simulation/whatIf.ts";
import { consentQuestion, isAskedWhy, isAsPatient } from "./accessesOf.ts";
import { explainByRecord, explainByRelation, NOTHING_ON_RECORD } from "./explainPatient.ts";
import type { Explanation, ExplanationKind } from "./explanation.ts";
import { knownParties, type PatientAccess } from "./patientAccess.ts";
import type { ExplainedAccess } from "./seenBefore.ts";
import type { WatchedAccessStore } from "./store.ts";

/** An explanation as a caller may see it; `since` null: to who is no auditor. */
type SeenExplanation = Omit<Explanation, "since"> & { readonly since: number | null };

/** Whether and by what the access to one patient's data is explained. */
export interface PatientExplanation {
  readonly patient: string;
  /** Null: nothing explains it, then or now. */
  readonly explanation: SeenExplanation | null;
  /** Whether nothing explained it when it was made, and something does now. */
  readonly explainedLater: boolean;
}

export interface AccessExplanation {
  /** Whether each of its patients has an explanation by now; null: it is not asked why. */
  readonly explained: boolean | null;
  /** Whether that was not so when it was made. */
  readonly explainedLater: boolean;
  /** By patient. */
  readonly patients: readonly PatientExplanation[];
}

/**
 * Why a decision was asked for, as far as that is known: what explained it when it was made, or else what does now. That it was asked,
 * and that consents were read, is on record before the answer; to a reviewer patients and resources have pseudonyms.
 * @throws ScopewardenError JOURNAL_UNAVAILABLE, POLICY_UNAVAILABLE
 */
export type ExplainAccess = (caller: Caller, record: DecisionRecord) => Promise<AccessExplanation>;

type Asked = Parameters<typeof isAskedWhy>[0] & AccessRecord;

export function createExplainAccess(deps: {
  readonly watched: Pick<WatchedAccessStore, "ofDecision" | "directoryTimes">;
  readonly directory: () => Directory;
  readonly consents: Pick<ConsentStore, "ofPatients">;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly sha256: Sha256;
  readonly recordAct: (act: Act) => Promise<void>;
  readonly recordRead: (act: ConsentReadAct) => Promise<void>;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly ownSubjects: OwnSubjects;
}): ExplainAccess {
  const { clock, directory: current, watched } = deps;

  /** By what the directory and the patients' consents say now; what is on record of other accesses says the same as then. */
  async function explainNow(
    record: Asked,
    open: readonly ExplainedAccess[],
    consents: readonly Consent[],
  ): Promise<ReadonlyMap<string, Explanation>> {
    const directory = current();
    const { request } = mergeFacts(directory, record.request);
    const { resource } = record.request;
    const partiesOf = ({ patient, person }: ExplainedAccess, sinceOf: (version: number) => number) =>
      knownParties(directory, { patient, person, resource }, sinceOf);
    const entities = open.flatMap((each) => Object.values(partiesOf(each, () => 0)));
    const versions = new Set(entities.flatMap((entity) => entity?.version ?? []));
    const times = await watched.directoryTimes([...versions]);
    const ofPatient = groupBy(consents, ({ patient }) => patient);
    const found = new Map<string, Explanation>();
    for (const each of open) {
      const { at, organization, patient, person, role } = each;
      const known = partiesOf(each, (version) => times.get(version) ?? at);
      const access: PatientAccess = { at, asPatient: isAsPatient(record), known, organization, patient, person, role };
      const question = {
        ...consentQuestion(record, request, { patient, person: known.person, roles: role === null ? [] : [role] }),
        at: clock(),
      };
      const on = { ...NOTHING_ON_RECORD, consents: { newest: ofPatient.get(patient) ?? [], question } };
      const explanation = explainByRelation(access) ?? explainByRecord(access, on);
      if (explanation !== null) found.set(patient, explanation);
    }
    return found;
  }

  async function explain(caller: Caller, record: DecisionRecord): Promise<AccessExplanation> {
    const accesses = await watched.ofDecision(record.id);
    if (!isAskedWhy(record) || accesses.length === 0) return { explained: null, explainedLater: false, patients: [] };
    const open = accesses.filter(({ explanation }) => explanation === null);
    const asked = open.map(({ patient }) => patient);
    const consents = asked.length === 0 ? [] : await deps.consents.ofPatients(asked);
    const now = open.length === 0 ? new Map<string, Explanation>() : await explainNow(record, open, consents);
    if (asked.length > 0)
      await deps.recordRead({
        ...{ callerId: caller.id, at: clock(), field: "explanation", patients: asked },
        consents: [...now.values()].filter(({ kind }) => kind === "CONSENT").length,
      });
    const patients = accesses.map(({ explanation, patient }) => {
      const later = explanation === null ? (now.get(patient) ?? null) : null;
      return { patient, explanation: explanation ?? later, explainedLater: later !== null };
    });
    return {
      explained: patients.every(({ explanation }) => explanation !== null),
      explainedLater: patients.some(({ explainedLater }) => explainedLater),
      patients,
    };
  }

  return async (caller, record) => {
    const explanation = await explain(caller, record);
    const patients = explanation.patients.map(({ patient }) => patient);
    await deps.recordAct(
      simulationAct(deps.newId(), {
        at: clock(),
        baseRevision: record.policyRevision,
        callerId: caller.id,
        field: "explanation",
        operations: 0,
        operationsSha256: deps.sha256("[]"),
        ...(patients.length > 0 && { patients }),
        questions: 1,
      }),
    );
    if (journalView(caller) === null) return explanation;
    return underPseudonyms(explanation, record, {
      pseudonym: await deps.pseudonym(),
      own: await deps.ownSubjects(record.id),
    });
  };
}

/**
 * Who speaks for a patient may be the patient, by the directory's word under another id. Beside a name that is left open: that it is so would
 * tell whose the pseudonym is.
 */
const LEFT_OPEN: readonly ExplanationKind[] = ["OWN_RECORD", "REPRESENTS"];

/**
 * As reviewers see it: patients have pseudonyms, and that somebody is a patient is not said by name. A relation is its kind alone: by since when
 * it is known, whoever knows when the directory was changed could tell whose it is.
 */
function underPseudonyms(
  { patients, ...rest }: AccessExplanation,
  record: DecisionRecord,
  { own, pseudonym }: { readonly pseudonym: Pseudonym; readonly own: ReadonlySet<string> },
): AccessExplanation {
  const { subject } = record.request;
  const subjectName = subjectNames(record, pseudonym, own);
  const isNamed = subject !== null && subjectName(subject.id) === subject.id;
  const shown = ({ kind }: SeenExplanation): SeenExplanation => ({
    kind: isNamed && LEFT_OPEN.includes(kind) ? "REPRESENTS" : kind,
    reference: null,
    since: null,
  });
  return {
    ...rest,
    patients: patients.map(({ explanation, patient, ...more }) => ({
      ...more,
      patient: pseudonym(patient),
      explanation: explanation === null ? null : shown(explanation),
    })),
  };
}

/** Why one decision came out as it did, and why somebody looked: each is worked out, and put on record, when it is asked for. */
interface DecisionExplanation {
  ofDecision(): Promise<WhyDecided>;
  ofAccess(): Promise<AccessExplanation>;
}

/** Null: there is no such decision. @throws ScopewardenError JOURNAL_UNAVAILABLE */
export type Explanations = (caller: Caller, decisionId: string) => Promise<DecisionExplanation | null>;

export function createExplanations(deps: {
  readonly decisions: Pick<DecisionReader, "decision">;
  readonly explain: WhatIf["explain"];
  readonly explainAccess: ExplainAccess;
}): Explanations {
  return async (caller, decisionId) => {
    const record = await deps.decisions.decision(decisionId);
    return record === null
      ? null
      : { ofDecision: () => deps.explain(caller, record), ofAccess: () => deps.explainAccess(caller, record) };
  };
}
