import { journalView } from "../../callers/permissions.ts";
import type { Caller } from "../../callers/types.ts";
import { ScopewardenError } from "../../kernel/errors.ts";
import type { NewId, Sha256 } from "../../kernel/ports.ts";
import { simulationAct } from "../../record/acts.ts";
import { givenNumber, isFew, type SeenUse, seenUse } from "../../simulation/fewPatients.ts";
import { minimalScopes, type Proposal } from "../../simulation/minimalScopes.ts";
import type { RecordAct } from "../../simulation/whatIf.ts";
import { beginOf, type EvidenceDeps } from "./evidence.ts";
import { type ScopeSaving, type ScopeSavings, scopeSavings } from "./scopeSavings.ts";

/** The newest decisions that a proposal is made from. */
const MAX_DECISIONS = 10_000;

/** Its numbers as a caller may see them: null where they are of few patients. */
export interface MinimalScopes extends Omit<Proposal, "checked" | "notAllowedNow" | "patients"> {
  readonly checked: number | null;
  readonly notAllowedNow: number | null;
  /** How many would come out otherwise; `flips` has them for auditors alone. */
  readonly flipped: number | null;
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
  /** All that was on record at this time was looked at; milliseconds since 1970. */
  readonly asOf: number;
  /** False: the window has more decisions than were looked at; the newest were. */
  readonly complete: boolean;
}

/** What could be saved, with its use as a caller may see it. */
export type SeenSaving = Omit<ScopeSaving, "usedBy" | keyof SeenUse> & SeenUse;
export type SeenSavings = Omit<ScopeSavings, "savings"> & { readonly savings: readonly SeenSaving[] };

/** What scopes could be less, of one state of the policy and one time. Rejects with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export interface ScopeAdvice {
  readonly clientId: string | null;
  readonly policyRevision: number;
  /** Where the window begins, a whole day, in milliseconds since 1970. */
  readonly since: number;
  /** When it was asked for. */
  readonly now: number;
  savings(): Promise<SeenSavings>;
  /** Which scopes are enough for the client; null: none is asked about. That it was asked is on record before. */
  minimal(): Promise<MinimalScopes | null>;
}

function seenMinimal(caller: Caller, { patients, ...made }: Proposal) {
  const { checked, flips, notAllowedNow } = made;
  if (journalView(caller) === null) return { ...made, flipped: flips.length, few: false };
  const isRounded = Object.values(patients).some(isFew);
  const given = (value: number, of: number): number | null => givenNumber(value, { patients: of, isRounded });
  return {
    ...made,
    few: isRounded,
    checked: given(checked, patients.checked),
    notAllowedNow: given(notAllowedNow, patients.notAllowedNow),
    flipped: given(flips.length, patients.flips),
    flips: [],
  };
}

/**
 * Begins what is worked out when it is asked for.
 * @throws ScopewardenError NOT_FOUND for a client that is not known
 */
export function scopeAdvice(
  deps: EvidenceDeps & { readonly newId: NewId; readonly recordAct: RecordAct; readonly sha256: Sha256 },
  caller: Caller,
  { clientId, days }: { readonly clientId: string | null; readonly days: number },
): ScopeAdvice {
  const facts = deps.facts();
  const { now, snapshot } = facts;
  if (clientId !== null && !snapshot.clients.has(clientId))
    throw new ScopewardenError("NOT_FOUND", `There is no client ${clientId}.`);
  const mayIdentify = journalView(caller) === null;
  const since = beginOf(days, now);
  return {
    clientId,
    policyRevision: snapshot.revision,
    since,
    now,
    async savings() {
      const found = await scopeSavings({ ...deps, facts: () => facts }, { clientId, days, now });
      const savings: SeenSaving[] = [];
      for (const { usedBy, ...saving } of found.savings) {
        const { clientId, uses } = saving;
        const isCounted = !mayIdentify && clientId !== null && uses > 0;
        const patients = isCounted ? await deps.usage.patients({ clientId, scopes: usedBy, since }) : null;
        savings.push({ ...saving, ...seenUse({ ...saving, patients }, mayIdentify) });
      }
      return { ...found, savings };
    },
    async minimal() {
      if (clientId === null) return null;
      const { asOf, records } = await deps.usage.allowed({ clientId, scope: null, since, first: MAX_DECISIONS + 1 });
      const hypothesis = { facts, changeFacts: deps.changeFacts() };
      const proposal = await minimalScopes(hypothesis, clientId, records.slice(0, MAX_DECISIONS), deps);
      await deps.recordAct(
        simulationAct(deps.newId(), {
          asked: { clientId, since },
          at: now,
          baseRevision: snapshot.revision,
          callerId: caller.id,
          field: "scopeAdvice",
          operations: 0,
          operationsSha256: deps.sha256("[]"),
          questions: Math.min(records.length, MAX_DECISIONS),
        }),
      );
      return { ...seenMinimal(caller, proposal), asOf, complete: records.length <= MAX_DECISIONS };
    },
  };
}
