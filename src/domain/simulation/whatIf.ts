import { journalView } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { BreakGlassStore } from "../consent/breakGlass/store.ts";
import type { ConsentStore } from "../consent/store.ts";
import type { AuthorizeInput } from "../decisions/accessInput.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { InputLimits } from "../decisions/inputReader.ts";
import type { RestrictionFacts } from "../decisions/restrictions/store.ts";
import type { DecisionRecord } from "../decisions/types.ts";
import type { DirectoryStore } from "../directory/store.ts";
import { canonicalJson, type Json } from "../kernel/canonical.ts";
import type { Breathe, NewId, Pseudonym, Sha256 } from "../kernel/ports.ts";
import type { ChangeFacts } from "../policy/apply.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import type { Snapshots } from "../policy/snapshots.ts";
import { type Act, simulationAct } from "../record/acts.ts";
import { type OwnSubjects, pseudonymised, subjectNames } from "../record/pseudonymised.ts";
import type { AskedBy } from "./askedFacts.ts";
import { type Explanation, explain } from "./explain.ts";
import { type Simulation, simulate } from "./simulate.ts";

/** Puts an act on record durably. @throws ScopewardenError JOURNAL_UNAVAILABLE */
export type RecordAct = (act: Act) => Promise<void>;

export interface SimulateInput {
  /** None: the same questions at two states of the same policy, which differ in nothing. */
  readonly operations: readonly PolicyOperation[];
  readonly requests: readonly AuthorizeInput[];
  /** The policy to begin with; absent: the current one. */
  readonly asOfRevision?: number | null | undefined;
}

/** What reviewers and auditors ask. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export interface WhatIf {
  /**
   * That it was asked is on record before it answers. For who is no auditor by what the questions say of patients, and nothing else
   * (`askedFacts.ts`). @throws ScopewardenError BAD_USER_INPUT
   */
  simulate(caller: Caller, input: SimulateInput): Promise<Simulation>;
  /** That it was asked is on record before it answers. Who is no auditor sees pseudonyms of patients. */
  explain(caller: Caller, record: DecisionRecord): Promise<Explanation>;
}

export function createWhatIf(deps: {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly snapshots: Snapshots;
  readonly directory: Pick<DirectoryStore, "version">;
  readonly consents: Pick<ConsentStore, "versions">;
  readonly breakGlasses: Pick<BreakGlassStore, "versions">;
  readonly restrictions: Pick<RestrictionFacts, "versions">;
  readonly limits: InputLimits;
  readonly askedBy: AskedBy;
  readonly breathe: Breathe;
  readonly recordAct: RecordAct;
  readonly pseudonym: () => Promise<Pseudonym>;
  readonly ownSubjects: OwnSubjects;
  readonly sha256: Sha256;
  readonly newId: NewId;
}): WhatIf {
  const { snapshots, directory, consents, limits, breathe, recordAct, sha256, newId } = deps;

  async function at(facts: DecideFacts, revision: number | null): Promise<DecideFacts> {
    return revision === null ? facts : { ...facts, snapshot: await snapshots.at(revision, "input.asOfRevision") };
  }

  return {
    async simulate(caller, { operations, requests, asOfRevision = null }) {
      const known = await deps.askedBy(caller);
      const facts = await at(known.facts, asOfRevision);
      const hypothesis = { facts, changeFacts: deps.changeFacts() };
      const { gather } = known;
      const simulation = await simulate({ hypothesis, limits, breathe, gather }, { operations, requests });
      await recordAct(
        simulationAct(newId(), {
          at: facts.now,
          baseRevision: simulation.baseRevision,
          callerId: caller.id,
          field: "simulate",
          operations: operations.length,
          operationsSha256: sha256(canonicalJson(operations as unknown as Json)),
          questions: requests.length,
        }),
      );
      return simulation;
    },
    async explain(caller, record) {
      const facts = deps.facts();
      const explanation = await explain(
        { snapshots, directory, consents, breakGlasses: deps.breakGlasses, restrictions: deps.restrictions, facts },
        record,
      );
      await recordAct(
        simulationAct(newId(), {
          at: facts.now,
          baseRevision: record.policyRevision,
          callerId: caller.id,
          field: "explanation",
          operations: 0,
          operationsSha256: sha256("[]"),
          questions: 1,
        }),
      );
      if (journalView(caller) === null) return explanation;
      const pseudonym = await deps.pseudonym();
      const own = await deps.ownSubjects(record.id);
      const nameOf = subjectNames(record, pseudonym, own);
      // Whoever else holds none of these would tell whose a pseudonym beside them is.
      const assignments = explanation.assignments.filter(
        ({ subjectId }) => subjectId === null || nameOf(subjectId) === subjectId,
      );
      return { ...explanation, assignments, record: pseudonymised(record, pseudonym, own) };
    },
  };
}
