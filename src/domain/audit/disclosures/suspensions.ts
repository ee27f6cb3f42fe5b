import { personOf } from "../../callers/person.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { PlacedFilter, PlacedState } from "../../cases/placed.ts";
import { type CaseSteps, requireStep } from "../../cases/steps.ts";
import { type NamedSubject, readSubject } from "../../consent/accessRequests/accessRequestInput.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { patientId, patientProblem } from "../../kernel/patientId.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem, seenTextProblem } from "../../kernel/text.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { RecordAudit } from "../recordReads.ts";
import {
  type AccountingSuspension,
  type AccountingSuspensionStore,
  isInForce,
  type SuspendedRecipient,
} from "./suspension.ts";
import { suspensionKind } from "./suspensionKind.ts";

type Statement = AccountingSuspension["statement"];
type Maybe<Value> = Value | null | undefined;

/** For how long each kind of statement can suspend: an oral one by 45 CFR 164.528(a)(2)(ii), a written one so that a slip of the year is found. */
const LONGEST: { readonly [Kind in Statement]: readonly [ms: number, text: string] } = {
  ORAL: [30 * DAY_MS, "at most 30 days from now for an oral statement"],
  WRITTEN: [3653 * DAY_MS, "at most ten years (3653 days) from now"],
};

export interface SuspendAccountingInput {
  /** As an id or `Patient/id`. */
  readonly patient: string;
  /** One of these. */
  readonly recipient: {
    readonly clientId?: Maybe<string>;
    readonly subject?: Maybe<NamedSubject>;
    readonly organization?: Maybe<string>;
  };
  readonly statement: Statement;
  /** Who made the statement, and for which agency. */
  readonly agency: string;
  readonly until: number;
  readonly reason: string;
}

/** A suspension, and whether it is in force. */
export interface TimedSuspension extends AccountingSuspension {
  readonly inForce: boolean;
}

/** Suspensions of patients' right to an accounting of disclosures (45 CFR 164.528(a)(2)). */
export interface AccountingSuspensions {
  /**
   * From now on accountings of the patient leave out disclosures to the recipient.
   * @throws ScopewardenError BAD_USER_INPUT, with paths from `input`; CONFLICT for an oral statement while an oral one about the same is in
   * force; POLICY_UNAVAILABLE
   */
  suspend(caller: Identity, input: SuspendAccountingInput): Promise<TimedSuspension>;
  /** @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where it is over; POLICY_UNAVAILABLE */
  end(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<TimedSuspension>;
  /** That they were read is on record before the answer. @throws ScopewardenError BAD_USER_INPUT */
  page(
    caller: Caller,
    query: { readonly filter: Omit<PlacedFilter, "clientId">; readonly page: CasePageRequest },
  ): Promise<CasePage<TimedSuspension>>;
  readonly desk: CaseDesk;
}

/** Whoever may call the mutation may end any: it gives a patient back what they have a right to. */
const STEPS: CaseSteps<"end", AccountingSuspension, PlacedState, null> = {
  end: { field: "endAccountingSuspension", from: ["IN_FORCE"], require: () => undefined },
};

function readRecipient(read: Reader, given: SuspendAccountingInput["recipient"]): SuspendedRecipient {
  const { clientId = null, organization = null, subject = null } = given;
  if ([clientId, organization, subject].filter((each) => each !== null).length !== 1)
    read.problem("input.recipient", "must have one of `clientId`, `subject` and `organization`");
  if (clientId !== null) read.expect("input.recipient.clientId", identifierProblem(clientId));
  if (organization !== null) read.expect("input.recipient.organization", identifierProblem(organization));
  return {
    clientId,
    organization,
    subject: subject === null ? null : readSubject(read, subject, "input.recipient.subject"),
  };
}

export function createAccountingSuspensions(deps: {
  readonly store: AccountingSuspensionStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly recordAudit: RecordAudit;
}): AccountingSuspensions {
  const { clock, newId, store } = deps;
  const timed = (suspension: AccountingSuspension, now: number): TimedSuspension => ({
    ...suspension,
    inForce: isInForce(suspension, now),
  });

  async function known(id: string): Promise<AccountingSuspension> {
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no suspension ${id} of an accounting.`);
    return found;
  }

  return {
    async suspend(caller, { agency, patient: given, recipient: to, reason, statement, until }) {
      const now = clock();
      const read = new Reader();
      const patient = patientId(given);
      read.expect("input.patient", patientProblem(patient));
      const recipient = readRecipient(read, to);
      if (agency.trim() === "") read.problem("input.agency", "must say who made the statement, and for which agency");
      else read.expect("input.agency", seenTextProblem(agency, 500));
      const [longest, text] = LONGEST[statement];
      if (until <= now) read.problem("input.until", "must be in the future");
      else if (until > now + longest) read.problem("input.until", `must be ${text}`);
      read.expect("input.reason", reasonProblem(reason));
      read.check();
      const placedBy = personOf(caller);
      const suspension = {
        ...{ id: newId(), patient, recipient, statement, by: agency, until, reason },
        ...{ placedAt: now, placedBy, lifted: null },
      };
      await store.place(suspension);
      return timed(suspension, now);
    },

    async end(caller, { id, reason }) {
      const now = clock();
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("reason", reasonProblem(reason));
      read.check();
      const of = await known(id);
      requireStep(STEPS.end, caller, { kind: suspensionKind, of, facts: null, now });
      await store.lift(id, { at: now, by: caller.id, reason });
      return timed(await known(id), now);
    },

    async page(caller, { filter: { patient: given, states }, page }) {
      const now = clock();
      const read = new Reader();
      const patient = given === undefined ? undefined : patientId(given);
      if (patient !== undefined) read.expect("filter.patient", patientProblem(patient));
      read.check();
      const found = await store.page({ filter: { patient, states }, now, page });
      const shown = found.items.length;
      await deps.recordAudit(caller, { field: "accountingSuspensions", filter: { patient }, shown });
      return { ...found, items: found.items.map(({ key, node }) => ({ key, node: timed(node, now) })) };
    },

    desk: createCaseDesk({
      ...{ kind: suspensionKind, steps: STEPS, reader: store, clock },
      factsOf: async () => () => null,
    }),
  };
}
