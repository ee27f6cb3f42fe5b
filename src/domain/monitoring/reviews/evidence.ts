import { HOUR_MS } from "../../audit/countedWindow.ts";
import { usesOfGrant } from "../../audit/grantUses.ts";
import type { UsageReader } from "../../audit/usage.ts";
import type { DecideFacts } from "../../decisions/facts.ts";
import { inheritedBy } from "../../decisions/holds/roles.ts";
import { EMPTY_DIRECTORY } from "../../directory/directory.ts";
import { isKnownStaff } from "../../directory/staff.ts";
import { groupBy } from "../../kernel/groupBy.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { dayStart } from "../../kernel/time.ts";
import type { ChangeFacts } from "../../policy/apply.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import type { PolicyRevision } from "../../policy/store.ts";
import { ALL_ORGANIZATIONS, type Holder, holderKey, holdsAt, USER } from "../../policy/types.ts";
import { DAY_MS } from "../../policy/use.ts";
import type { VersionStores } from "../../simulation/factsThen.ts";
import { minimalScopes, type Proposal } from "../../simulation/minimalScopes.ts";
import { keyOfAccess } from "./accessList.ts";
import type { ReviewAccess, ReviewEvidence, SmallerSet } from "./campaign.ts";
import type { EvidenceReader, HolderUse } from "./store.ts";

/** How far back the last use is looked for. */
const LAST_USE_DAYS = 400;
/** Clients for which the smaller set is looked for, and the newest accesses of each that are decided again. */
const MOST_CLIENTS = 100;
const MOST_DECISIONS = 1_000;
/** Organizations that evidence names: whoever asks for decisions names what they like. */
const MOST_NAMES = 20;

export interface EvidenceDeps extends VersionStores {
  readonly reader: EvidenceReader;
  readonly usage: UsageReader;
  readonly facts: () => DecideFacts;
  readonly changeFacts: () => ChangeFacts;
  /** When the first decision on record was made; null: there is none. */
  readonly oldestDecision: () => Promise<number | null>;
  readonly breathe: Breathe;
}

/** Whether a use of its holder may rest on an assignment: by a rule of one of its roles, where it holds. What can't be told counts. */
function restsOn(snapshot: Snapshot, access: ReviewAccess, { isElsewhere, organization, ruleIds }: HolderUse): boolean {
  const here =
    access.organization === ALL_ORGANIZATIONS ||
    (!isElsewhere && (organization === null || organization === access.organization));
  if (!here) return false;
  const roles = inheritedBy(snapshot.roles, [access.role ?? ""]);
  return ruleIds.some((id) => {
    const rule = snapshot.rules.get(id);
    // A rule that is gone tells no more whose it was; one for every role needs no assignment.
    return rule === undefined || (rule.role !== "*" && roles.has(rule.role));
  });
}

function usesOfAssignment(snapshot: Snapshot, access: ReviewAccess, all: readonly HolderUse[]) {
  const usedIn = new Set<string | null>();
  let [uses, patients, lastUsedAt, elsewhere] = [0, 0, null as number | null, 0];
  for (const use of all) {
    if (!restsOn(snapshot, access, use)) continue;
    uses += use.uses;
    // At the least: those of two kinds of use may be the same.
    patients = Math.max(patients, use.patients);
    lastUsedAt = Math.max(lastUsedAt ?? 0, use.lastUsedAt);
    if (use.uses === 0) continue;
    if (use.isElsewhere) elsewhere = 1;
    else usedIn.add(use.organization);
  }
  const sorted = [...usedIn].sort((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1));
  return {
    uses,
    patients,
    usedBy: [],
    lastUsedAt,
    usedIn: sorted.slice(0, MOST_NAMES),
    usedInCount: usedIn.size + elsewhere,
  };
}

function smallerOf(
  { scope }: ReviewAccess,
  { complete, proposal }: { readonly proposal: Proposal; readonly complete: boolean },
): SmallerSet | null {
  // Only what was proven is told.
  if (proposal.flips.length > 0 || proposal.checked === 0) return null;
  const scopes = proposal.scopes.filter(({ from }) => from.includes(scope ?? "")).map((each) => each.scope);
  return { scopes, checked: proposal.checked, complete };
}

/** Evidence of access with the scopes by which a grant was used. */
export type Found = Omit<ReviewEvidence, "isStaff"> & { readonly usedBy: readonly string[] };

/** Whether the holder works here as far as the directory knows: of whom it does not know anything may be a patient's. */
export function isStaffsOwn({ directory, snapshot }: DecideFacts, { subjectId, subjectType }: ReviewAccess): boolean {
  return (
    subjectId === null ||
    isKnownStaff(directory ?? EMPTY_DIRECTORY, snapshot, { type: subjectType ?? USER, id: subjectId })
  );
}

/** What the journal and the history of the policy tell of access, as of a time and a snapshot; and up to when the uses of grants are counted. */
export async function evidenceFor(
  deps: EvidenceDeps,
  list: readonly ReviewAccess[],
  about: {
    readonly windowDays: number;
    readonly now: number;
    readonly exceptions: ReadonlyMap<string, number>;
    /** Whether the smaller set is looked for, too. */
    readonly wantsSmaller: (access: ReviewAccess, uses: number) => boolean;
  },
): Promise<{ readonly asOf: number; readonly evidence: readonly Found[] }> {
  const { reader, usage, breathe } = deps;
  const { windowDays, now, exceptions, wantsSmaller } = about;
  const facts = { ...deps.facts(), now };
  const { snapshot } = facts;
  const since = beginOf(windowDays, now);
  const from = Math.min(since, now - LAST_USE_DAYS * DAY_MS);
  const [assignments, grants] = (["ASSIGNMENT", "GRANT"] as const).map((kind) => list.filter((a) => a.kind === kind));
  const { revision } = snapshot;
  const begun = new Map<ReviewAccess, PolicyRevision>();
  for (const [noun, rows] of [["assignment", assignments ?? []] as const, ["grant", grants ?? []] as const]) {
    const found = await reader.origins({ noun, keys: rows.map(keyOfAccess), revision });
    for (const row of rows) {
      const origin = found.get(keyOfAccess(row));
      if (origin !== undefined) begun.set(row, origin);
    }
  }
  const oldest = (await deps.oldestDecision()) ?? now;
  const byHolder = groupBy(
    await reader.usesOfHolders({ holders: (assignments ?? []) as readonly Holder[], since, from }),
    ({ holder }) => holder,
  );
  const clientIds = [...new Set((grants ?? []).map(({ clientId }) => clientId ?? ""))].sort();
  const [counted, everCounted] = [await usage.ofClients(clientIds, since), await usage.ofClients(clientIds, from)];
  const [inWindow, ever] = [counted, everCounted].map(({ uses }) => groupBy(uses, ({ clientId }) => clientId));
  const asOf = Math.min(now, counted.asOf, everCounted.asOf);
  // What is not counted yet was not observed; a lag of seconds takes no day away.
  const observedTo = now - asOf < HOUR_MS ? now : asOf;
  const small = new Map<string, { readonly proposal: Proposal; readonly complete: boolean }>();

  /** Made once for each client, and for no more than so many. */
  async function smallest(clientId: string) {
    const known = small.get(clientId);
    if (known !== undefined || small.size >= MOST_CLIENTS) return known ?? null;
    const { records } = await usage.allowed({ clientId, scope: null, since, first: MOST_DECISIONS + 1 });
    const hypothesis = { facts, changeFacts: deps.changeFacts() };
    const newest = records.slice(0, MOST_DECISIONS);
    const proposal = await minimalScopes(hypothesis, clientId, newest, deps);
    const made = { proposal, complete: records.length <= MOST_DECISIONS };
    small.set(clientId, made);
    return made;
  }

  const evidence: Found[] = [];
  for (const access of list) {
    await breathe();
    const clientId = access.clientId ?? "";
    const own = snapshot.grants.get(clientId);
    const named = (scope: string): boolean => {
      const grant = own?.get(scope);
      return grant !== undefined && holdsAt(grant, now);
    };
    const used = { scope: access.scope ?? "", named };
    const found =
      access.kind === "ASSIGNMENT"
        ? usesOfAssignment(snapshot, access, byHolder.get(holderKey(access)) ?? [])
        : {
            ...usesOfGrant(used, inWindow?.get(clientId) ?? []),
            patients: null,
            lastUsedAt: usesOfGrant(used, ever?.get(clientId) ?? []).lastUsedAt,
            usedIn: [],
            usedInCount: 0,
          };
    const origin = begun.get(access);
    const seenFrom = Math.max(since, oldest, origin?.committedAt ?? now, access.validFrom ?? 0);
    const wanted = access.kind === "GRANT" && wantsSmaller(access, found.uses);
    const made = wanted ? await smallest(clientId) : null;
    evidence.push({
      windowDays,
      observedDays: Math.max(0, Math.floor((observedTo - seenFrom) / DAY_MS)),
      ...found,
      assigned:
        origin === undefined
          ? null
          : { revision: origin.revision, at: origin.committedAt, by: origin.author, reason: origin.reason },
      smaller: made === null ? null : smallerOf(access, made),
      exceptUntil: exceptions.get(exceptionKey(access)) ?? null,
    });
  }
  return { asOf, evidence };
}

/** Where a window of evidence begins: with a whole day, so that asking again within one tells no hour. */
export const beginOf = (windowDays: number, now: number): number => dayStart(now - windowDays * DAY_MS);

/** By which exceptions are found: the policy's row, whatever its period. */
export const exceptionKey = (access: ReviewAccess): string => `${access.kind} ${keyOfAccess(access)}`;
