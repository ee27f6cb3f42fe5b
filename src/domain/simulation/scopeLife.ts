import { wholeHour } from "../audit/countedWindow.ts";
import { usesOfGrants } from "../audit/grantUses.ts";
import { type ScopeUse, type UsageReader, usesOfScope } from "../audit/usage.ts";
import { journalView } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Breathe, NewId, Sha256 } from "../kernel/ports.ts";
import { dayStart } from "../kernel/time.ts";
import type { ChangeFacts } from "../policy/apply.ts";
import type { PolicyReader } from "../policy/store.ts";
import { DAY_MS } from "../policy/use.ts";
import { simulationAct } from "../record/acts.ts";
import type { VersionStores } from "./factsThen.ts";
import { givenNumber, type SeenUse, seenUse } from "./fewPatients.ts";
import { scopeNamesOne } from "./namesOne.ts";
import { auditorsAlone } from "./replay/replayInput.ts";
import { type RetirementPreview, retirementPreview } from "./retirement.ts";
import type { RecordAct } from "./whatIf.ts";

/** How one client holds and uses a scope, as a caller may see it. */
export type SeenScopeUse = Omit<ScopeUse, "usedBy" | keyof SeenUse> & SeenUse;

/** A part of the grants with their use. `uses` is the sum of a scope that was asked for, else null. */
export interface ScopeUsePage extends Page<SeenScopeUse, string> {
  readonly policyRevision: number;
  readonly since: number;
  /** All that was on record at this time is counted. */
  readonly asOf: number;
  readonly uses: number | null;
}

/**
 * What the journal says about scopes: who uses them and who would miss them. Windows are the last
 * `days` days, from the beginning of the hour in which they begin. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface ScopeLife {
  /** Of one scope who holds or ever used it; else all grants in force. @throws ScopewardenError NOT_FOUND for a scope that is not known; FORBIDDEN to who is no auditor where it asks for people. */
  use(
    caller: Caller,
    query: {
      readonly scope: string | null;
      readonly days: number;
      readonly unused: boolean;
      readonly page: PageRequest<string>;
    },
  ): Promise<ScopeUsePage>;
  /**
   * That it was asked is on record before the answer.
   * @throws ScopewardenError BAD_USER_INPUT for what can't be retired, FORBIDDEN to who is no auditor where the scope asks for people.
   */
  retirementPreview(
    caller: Caller,
    query: {
      readonly name: string;
      readonly version: number | null;
      readonly days: number;
    },
  ): Promise<RetirementPreview>;
}

export function createScopeLife(deps: {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly reader: PolicyReader;
  readonly usage: UsageReader;
  /** Between the parts of what is short as a whole. */
  readonly briefly: Breathe;
  readonly versions: VersionStores;
  readonly recordAct: RecordAct;
  readonly newId: NewId;
  readonly sha256: Sha256;
}): ScopeLife {
  const { reader, usage, briefly, versions } = deps;
  /** Everything of one answer is of one state of the policy and one time. */
  const begin = (days: number) => {
    const facts = deps.facts();
    const { snapshot, now } = facts;
    return {
      hypothesis: { facts, changeFacts: deps.changeFacts() },
      snapshot,
      now,
      since: wholeHour(now - days * DAY_MS),
    };
  };
  return {
    async use(caller, { days, scope, ...rest }) {
      const { snapshot, now, since: begun } = begin(days);
      const mayIdentify = journalView(caller) === null;
      const since = mayIdentify ? begun : dayStart(begun);
      if (!mayIdentify && scope !== null && scopeNamesOne([snapshot], scope))
        throw auditorsAlone("The use of a scope that asks for somebody");
      const asked = { snapshot, now, since, isByUses: mayIdentify, ...rest };
      const found =
        scope === null
          ? { ...(await usesOfGrants({ reader, usage }, asked)), uses: null }
          : await usesOfScope({ usage, breathe: briefly }, { ...asked, scope });
      const items: { readonly key: string; readonly node: SeenScopeUse }[] = [];
      for (const { key, node } of found.items) {
        const { usedBy, ...use } = node;
        const isCounted = !mayIdentify && use.uses > 0;
        const patients = isCounted ? await usage.patients({ clientId: use.clientId, scopes: usedBy, since }) : null;
        items.push({ key, node: { ...use, ...seenUse({ ...use, patients }, mayIdentify) } });
      }
      const { uses } = found;
      // A sum is of as many patients as one of its parts, at the least.
      const isOfMany = items.some(({ node }) => node.uses !== null && node.uses > 0);
      const of = { patients: isOfMany || uses === 0 ? 0 : 1, isRounded: true };
      const sum = mayIdentify || uses === null ? uses : givenNumber(uses, of);
      return { ...found, items, uses: sum, since, policyRevision: snapshot.revision };
    },
    async retirementPreview(caller, { name, version, days }) {
      const { hypothesis, now, since: begun, snapshot } = begin(days);
      const mayIdentify = journalView(caller) === null;
      const since = mayIdentify ? begun : dayStart(begun);
      const asked = { name, version, since, mayIdentify };
      const made = await retirementPreview({ hypothesis, usage, breathe: briefly, versions }, asked);
      await deps.recordAct(
        simulationAct(deps.newId(), {
          asked: { name, version, since },
          at: now,
          baseRevision: snapshot.revision,
          callerId: caller.id,
          field: "retirementPreview",
          operations: 0,
          operationsSha256: deps.sha256("[]"),
          questions: made.checked ?? 0,
        }),
      );
      return made;
    },
  };
}
