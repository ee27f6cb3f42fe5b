import type { Caller } from "../../callers/types.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import type { InputLimits } from "../../decisions/inputReader.ts";
import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { once } from "../../kernel/once.ts";
import type { Breathe, NewId, Sha256 } from "../../kernel/ports.ts";
import { sortedInParts } from "../../kernel/sortedInParts.ts";
import type { ChangeFacts } from "../../policy/apply.ts";
import { byNounAndKey } from "../../policy/difference.ts";
import type { PolicyOperation } from "../../policy/operations.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { Snapshots } from "../../policy/snapshots.ts";
import type { RowChange } from "../../policy/types.ts";
import { simulationAct } from "../../record/acts.ts";
import type { AskedBy } from "../askedFacts.ts";
import { factsAsOf } from "../factsAsOf.ts";
import { supposing } from "../hypothesis.ts";
import type { RecordAct } from "../whatIf.ts";
import type { AccessDifference } from "./accessDifference.ts";
import { type ClientAccessInput, readAccessInput, type SubjectAccessInput } from "./accessInput.ts";
import type { AccessPage } from "./accessPages.ts";
import { changedRows } from "./changedRows.ts";
import { compareAccess } from "./compareAccess.ts";
import { holderAccess } from "./holderAccess.ts";
import { clientAccess, subjectAccess } from "./subjectAccess.ts";

/** Rows of a comparison that are listed. */
const MOST_ROWS = 10_000;

/** Two states of the policy. */
export interface PolicyComparison {
  readonly fromRevision: number;
  readonly toRevision: number;
  /** In the order in which a revision lists its changes. */
  readonly changes: readonly RowChange[];
  /** False: there are more. */
  readonly complete: boolean;
  /** Compared when it is asked for. */
  readonly access: () => Promise<AccessDifference>;
}

/** What can be reached, and the policy that says so; with a change, the one that it makes too. */
export interface AccessAnswer extends AccessPage {
  readonly policies: readonly Snapshot[];
}

/** What a client can reach. */
export interface ClientAccess extends AccessAnswer {
  /** Looked at when it is asked for; null: the cells are theirs, or those of a subject, or the client's alone were asked for. */
  readonly holders: () => Promise<AccessPage | null>;
}

/**
 * What reviewers ask of who can reach what. That it was asked is on record before it answers. All reject with BAD_USER_INPUT,
 * POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface AccessReview {
  clientAccess(caller: Caller, input: ClientAccessInput): Promise<ClientAccess>;
  subjectAccess(caller: Caller, input: SubjectAccessInput): Promise<AccessAnswer>;
  comparePolicy(caller: Caller, revisions: { readonly from: number; readonly to: number }): Promise<PolicyComparison>;
}

export function createAccessReview(deps: {
  readonly facts: () => DecideFacts;
  readonly askedBy: AskedBy;
  readonly changeFacts: () => ChangeFacts;
  readonly snapshots: Snapshots;
  readonly limits: InputLimits;
  readonly breathe: Breathe;
  readonly recordAct: RecordAct;
  readonly sha256: Sha256;
  readonly newId: NewId;
}): AccessReview {
  const { snapshots, limits, breathe, recordAct, sha256, newId } = deps;

  /** What a question is asked of: the policy, or what a change makes of it, and then without the change, too. */
  async function asked(caller: Caller, input: ClientAccessInput | SubjectAccessInput) {
    const known = await deps.askedBy(caller);
    const { facts: base } = await factsAsOf(known.facts, input, { snapshots, path: "input." });
    const operations = input.operations ?? [];
    const pathOf = (path: string): string => `input.${path}`;
    const facts = await supposing({ facts: base, changeFacts: deps.changeFacts() }, operations, { breathe, pathOf });
    const before = operations.length === 0 ? null : base;
    const policies = before === null ? [base.snapshot] : [base.snapshot, facts.snapshot];
    const asking = { of: readAccessInput(input, { limits, policies }), breathe, before };
    return { facts, asking, policies, operations };
  }

  const onRecord = (
    caller: Caller,
    field: string,
    { operations = [], ...of }: { baseRevision: number; questions: number; operations?: readonly PolicyOperation[] },
  ): Promise<void> =>
    recordAct(
      simulationAct(newId(), {
        at: deps.facts().now,
        callerId: caller.id,
        field,
        operations: operations.length,
        operationsSha256: sha256(canonicalJson(operations as unknown as Json)),
        ...of,
      }),
    );
  const told = async (
    caller: Caller,
    field: string,
    { operations, page }: { readonly operations: readonly PolicyOperation[]; readonly page: AccessPage },
  ): Promise<AccessPage> => {
    await onRecord(caller, field, { baseRevision: page.policyRevision, questions: page.cells.length, operations });
    return page;
  };

  return {
    async clientAccess(caller, input) {
      const { asking, facts, operations, policies } = await asked(caller, input);
      const by = input.by ?? null;
      const ask = by === "HOLDERS" ? holderAccess : clientAccess;
      const answer = async (page: AccessPage): Promise<AccessPage> =>
        told(caller, "clientAccess", { operations, page });
      const page = await answer(await ask(facts, input.clientId, asking));
      const holders = async (): Promise<AccessPage | null> => {
        if (by !== null || (input.subject ?? null) !== null) return null;
        const first = { ...asking, of: { ...asking.of, after: null } };
        return answer(await holderAccess(facts, input.clientId, first));
      };
      return { ...page, policies, holders: once(holders) };
    },
    async subjectAccess(caller, input) {
      const { asking, facts, operations, policies } = await asked(caller, input);
      const page = await told(caller, "subjectAccess", { operations, page: await subjectAccess(facts, asking) });
      return { ...page, policies };
    },
    async comparePolicy(caller, { from, to }) {
      const facts = deps.facts();
      const [before, after] = [await snapshots.at(from, "from"), await snapshots.at(to, "to")];
      const changes: RowChange[] = [];
      let complete = true;
      for (const change of changedRows(before, after)) {
        if (changes.length === MOST_ROWS) {
          complete = false;
          break;
        }
        changes.push(change);
        if (changes.length % 200 === 0) await breathe();
      }
      await onRecord(caller, "comparePolicy", { baseRevision: from, questions: 0 });
      return {
        fromRevision: from,
        toRevision: to,
        changes: await sortedInParts(changes, breathe, byNounAndKey),
        complete,
        access: once(() => compareAccess({ ...facts, snapshot: before }, { ...facts, snapshot: after }, { breathe })),
      };
    },
  };
}
