import type { ApiKeys } from "../../callers/apiKeys.ts";
import { personOf } from "../../callers/person.ts";
import { requireOtherThan, requirePerson, samePerson } from "../../callers/samePerson.ts";
import type { Caller, Identity } from "../../callers/types.ts";
import { type CaseDesk, createCaseDesk } from "../../cases/caseDesk.ts";
import type { CasePage, CasePageRequest } from "../../cases/casePages.ts";
import type { PlacedFilter, PlacedState } from "../../cases/placed.ts";
import { type CaseSteps, requireStep } from "../../cases/steps.ts";
import type { Directory } from "../../directory/directory.ts";
import { asKnown } from "../../directory/samePeople.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import { patientId, patientProblem } from "../../kernel/patientId.ts";
import type { Clock, NewId } from "../../kernel/ports.ts";
import { Reader } from "../../kernel/reader.ts";
import { identifierProblem, reasonProblem } from "../../kernel/text.ts";
import type { RecordAudit } from "../recordReads.ts";
import type { HoldTerms, LegalHold } from "./legalHold.ts";
import { legalHoldKind } from "./legalHoldKind.ts";
import type { RetentionStore } from "./store.ts";

/** So many can be in force at a time: each act is compared with all of them. */
const MOST_IN_FORCE = 1_000;

export type PlaceHoldInput = { readonly [Name in keyof HoldTerms]?: HoldTerms[Name] | undefined } & {
  readonly reason: string;
};

/** What is kept beyond its time. */
export interface LegalHolds {
  /**
   * From now on nothing that it covers is erased. What was erased before is gone.
   * @throws ScopewardenError BAD_USER_INPUT for a hold of nothing, with paths from `input`; LIMIT_EXCEEDED; POLICY_UNAVAILABLE
   */
  place(caller: Identity, input: PlaceHoldInput): Promise<LegalHold>;
  /**
   * What it alone covers is erased once its time is over.
   * @throws ScopewardenError BAD_USER_INPUT; NOT_FOUND; CONFLICT where it is lifted; FORBIDDEN to a token without a person, and
   * under four eyes to who placed it, by whatever key they have or have made
   */
  lift(caller: Identity, about: { readonly id: string; readonly reason: string }): Promise<LegalHold>;
  /** That they were read is on record before the answer. @throws ScopewardenError BAD_USER_INPUT */
  page(
    caller: Caller,
    query: { readonly filter: PlacedFilter; readonly page: CasePageRequest },
  ): Promise<CasePage<LegalHold>>;
  readonly desk: CaseDesk;
}

/** What is known of who lifts a hold under four eyes. */
interface FourEyes {
  /** Who made their key, where that is somebody else. */
  readonly keyMaker: Pick<Identity, "subject" | "people"> | null;
}

/** The facts are null where who placed one may lift it. */
const STEPS: CaseSteps<"lift", LegalHold, PlacedState, FourEyes | null> = {
  lift: {
    field: "liftLegalHold",
    from: ["IN_FORCE"],
    require(caller, { placedBy }, facts) {
      requirePerson(caller, "A legal hold is lifted by a person");
      if (facts === null) return;
      const rule = "Under four eyes a legal hold is lifted by somebody else than who placed it";
      requireOtherThan(caller, [placedBy], rule);
      if (facts.keyMaker !== null && samePerson(facts.keyMaker, placedBy))
        throw new ScopewardenError("FORBIDDEN", `${rule}, with a key that they did not make.`);
    },
  },
};

export function createLegalHolds(deps: {
  readonly store: RetentionStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly recordAudit: RecordAudit;
  readonly apiKeys: Pick<ApiKeys, "makerOf">;
  readonly directory: () => Directory;
  /** Whether who placed a hold may not lift it. */
  readonly fourEyes: boolean;
}): LegalHolds {
  const { clock, newId, store } = deps;

  function termsOf({ clientId = null, from = null, patient = null, reason, to = null }: PlaceHoldInput): HoldTerms {
    const read = new Reader();
    const terms = { clientId, from, patient: patient === null ? null : patientId(patient), to };
    if (terms.patient !== null) read.expect("input.patient", patientProblem(terms.patient));
    if (clientId !== null) read.expect("input.clientId", identifierProblem(clientId));
    if (from !== null && to !== null && from >= to) read.problem("input.to", "must be later than `from`");
    if (Object.values(terms).every((term) => term === null))
      read.problem("input", "must say what is held: `patient`, `clientId`, `from` or `to`, or several of them");
    read.expect("input.reason", reasonProblem(reason));
    read.check();
    return terms;
  }

  async function known(id: string): Promise<LegalHold> {
    const found = await store.find(id);
    if (found === null) throw new ScopewardenError("NOT_FOUND", `There is no legal hold ${id}.`);
    return found;
  }

  /** Auditors make auditors' keys: one that says to be somebody else's lifts nothing for who made it. */
  async function factsOf(_: unknown, caller: Identity): Promise<() => FourEyes | null> {
    if (!deps.fourEyes) return () => null;
    const maker = await deps.apiKeys.makerOf(caller.id);
    const keyMaker = maker === null ? null : asKnown(deps.directory(), maker);
    return () => ({ keyMaker });
  }

  return {
    async place(caller, input) {
      const terms = termsOf(input);
      const { holds } = await store.inForce();
      if (holds.length >= MOST_IN_FORCE)
        throw new ScopewardenError(
          "LIMIT_EXCEEDED",
          `${MOST_IN_FORCE} legal holds are in force, the most that can be; one over a period covers more. Nothing was changed.`,
        );
      const hold = {
        ...terms,
        id: newId(),
        reason: input.reason,
        placedAt: clock(),
        placedBy: personOf(caller),
        lifted: null,
      };
      await store.place(hold);
      return hold;
    },

    async lift(caller, { id, reason }) {
      const read = new Reader();
      read.expect("id", identifierProblem(id));
      read.expect("reason", reasonProblem(reason));
      read.check();
      const of = await known(id);
      const facts = (await factsOf([of], caller))();
      const at = clock();
      requireStep(STEPS.lift, caller, { kind: legalHoldKind, of, facts, now: at });
      await store.lift(id, { at, by: caller.id, reason });
      return known(id);
    },

    async page(caller, { filter, page }) {
      const { patient, ...rest } = filter;
      const read = new Reader();
      const id = patient === undefined ? undefined : patientId(patient);
      if (id !== undefined) read.expect("filter.patient", patientProblem(id));
      read.check();
      const found = await store.page({ filter: { ...rest, patient: id }, now: clock(), page });
      const sought = { clientId: rest.clientId, patient: id };
      await deps.recordAudit(caller, { field: "legalHolds", filter: sought, shown: found.items.length });
      return found;
    },

    desk: createCaseDesk({ kind: legalHoldKind, steps: STEPS, reader: store, factsOf, clock }),
  };
}
