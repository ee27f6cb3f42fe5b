import { unusedGrants } from "../audit/unusedGrants.ts";
import { type ScopeUsage, scopeUsage, type UsageReader } from "../audit/usage.ts";
import { journalView } from "../callers/permissions.ts";
import type { Caller } from "../callers/types.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import { ScopewardenError } from "../kernel/errors.ts";
import type { Page, PageRequest } from "../kernel/pages.ts";
import type { Breathe } from "../kernel/ports.ts";
import type { ChangeFacts } from "../policy/apply.ts";
import type { PolicyReader } from "../policy/store.ts";
import type { Grant } from "../policy/types.ts";
import { DAY_MS } from "../policy/use.ts";

import { minimalScopes, type Proposal } from "./minimalScopes.ts";
import { type RetirementPreview, retirementPreview } from "./retirement.ts";

/** The newest decisions that a proposal is made from. */
const MAX_DECISIONS = 10_000;

/** What a policy read for a list was, so that the list can be walked at one state of it. */
interface AtRevision {
  readonly policyRevision: number;
}

export interface MinimalScopes extends Proposal, AtRevision {
  readonly clientId: string;
  readonly since: number;
  /** False: the window has more decisions than were looked at; the newest were. */
  readonly complete: boolean;
}

/**
 * What the journal says about scopes: who uses them, who would miss them, and which are needed. Windows are the last
 * `days` days. All reject with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE.
 */
export interface ScopeLife {
  /** @throws ScopewardenError NOT_FOUND for a scope that is not known. */
  usage(query: { readonly name: string; readonly days: number }): Promise<ScopeUsage>;
  /** @throws ScopewardenError BAD_USER_INPUT for what can't be retired, FORBIDDEN to who is no auditor where the scope asks for people. */
  retirementPreview(
    caller: Caller,
    query: {
      readonly name: string;
      readonly version: number | null;
      readonly days: number;
    },
  ): Promise<RetirementPreview>;
  unusedGrants(query: {
    readonly days: number;
    readonly page: PageRequest<string>;
  }): Promise<Page<Grant, string> & AtRevision>;
  /** @throws ScopewardenError NOT_FOUND for a client that is not known. */
  minimalScopes(query: { readonly clientId: string; readonly days: number }): Promise<MinimalScopes>;
}

export function createScopeLife(deps: {
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  readonly reader: PolicyReader;
  readonly usage: UsageReader;
  readonly breathe: Breathe;
  /** Between the parts of what is short as a whole. */
  readonly briefly: Breathe;
  readonly gather: GatherAccess;
}): ScopeLife {
  const { reader, usage, breathe, briefly, gather } = deps;
  /** Everything of one answer is of one state of the policy and one time. */
  const begin = (days: number) => {
    const facts = deps.facts();
    const { snapshot, now } = facts;
    return { hypothesis: { facts, changeFacts: deps.changeFacts() }, snapshot, now, since: now - days * DAY_MS };
  };
  return {
    usage({ name, days }) {
      const { snapshot, now, since } = begin(days);
      return scopeUsage({ usage, breathe: briefly }, { snapshot, now, name, since });
    },
    retirementPreview(caller, { name, version, days }) {
      const { hypothesis, since } = begin(days);
      const mayIdentify = journalView(caller) === null;
      return retirementPreview({ hypothesis, usage, breathe: briefly, gather }, { name, version, since, mayIdentify });
    },
    async unusedGrants({ days, page }) {
      const { snapshot, now, since } = begin(days);
      const found = await unusedGrants({ reader, usage }, { snapshot, now, since, page });
      return { ...found, policyRevision: snapshot.revision };
    },
    async minimalScopes({ clientId, days }) {
      const { hypothesis, snapshot, since } = begin(days);
      if (!snapshot.clients.has(clientId)) throw new ScopewardenError("NOT_FOUND", `There is no client ${clientId}.`);
      const records = await usage.allowed({ clientId, scope: null, since, first: MAX_DECISIONS + 1 });
      const proposal = await minimalScopes(hypothesis, clientId, records.slice(0, MAX_DECISIONS), { breathe, gather });
      return {
        ...proposal,
        clientId,
        since,
        policyRevision: snapshot.revision,
        complete: records.length <= MAX_DECISIONS,
      };
    },
  };
}
