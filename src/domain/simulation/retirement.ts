import type { UsageReader } from "../audit/usage.ts";
import { allowedWith, type UseUnder, usesUnder } from "../audit/usesUnder.ts";
import { decide } from "../decisions/decide.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import type { GatherAccess } from "../decisions/gather.ts";
import { grantedScopes, isWhollyGranted } from "../decisions/holds/grants.ts";
import { usableVersions } from "../decisions/holds/lifecycle.ts";
import type { AccessRecord, AccessRequest } from "../decisions/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import { byText } from "../kernel/sortedInParts.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { rowKey, type ScopeVersion } from "../policy/types.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { gatheredFor, type WithGathered } from "./gatheredFor.ts";
import { type Hypothesis, supposing, unhurried } from "./hypothesis.ts";
import { scopeNamesOne } from "./namesOne.ts";
import { auditorsAlone } from "./replay/replayInput.ts";
import { servesAs } from "./servesAs.ts";

/**
 * Accesses decided again for one preview, with the scope and without it; and decisions for which other scopes are tried. Shared out among
 * the clients that used it most, so many of them: it must be told in a fifth of a second. A replay has no such bound.
 */
const MAX_CHECKED = 250;
const MAX_TRIED = 1_000;
const MAX_LOOKED_AT = 100;
const MAX_CLIENTS = 1000;
/** Clients whose accesses are read at the same time. */
const AT_ONCE = 10;
const SHOWN = 5;
const SUCH_A_SCOPE = "The preview of a scope whose constraint asks for a patient, a person or a resource";

/** A scope that a client could use instead. */
export interface Replacement {
  readonly scope: string;
  /** Whether it is the successor that the retired scope names. */
  readonly successor: boolean;
  /** Whether the client is granted it now. If not, `covers` is what it would do once granted. */
  readonly granted: boolean;
  /** How many of the refused accesses it would allow. */
  readonly covers: number;
}

export interface AffectedClient {
  readonly clientId: string;
  readonly name: string | null;
  readonly uses: number;
  readonly lastUsedAt: number;
  /** Decisions that were made again. */
  readonly checked: number;
  /** Of these, what would be refused; what would be allowed with other obligations or a narrower search. */
  readonly wouldBreak: number;
  readonly wouldChange: number;
  /** Of these, what the policy as it is refuses already. */
  readonly refusedAlready: number;
  readonly useInstead: readonly Replacement[];
  /** Refused accesses that nothing in `useInstead` allows, of those that were tried. */
  readonly unanswered: number;
}

export interface RetirementPreview {
  readonly name: string;
  readonly version: number;
  readonly policyRevision: number;
  readonly since: number;
  /** All that was on record at this time is counted. */
  readonly asOf: number;
  readonly checked: number;
  readonly wouldBreak: number;
  /** Clients that used the scope in the window, the most broken first. */
  readonly clients: readonly AffectedClient[];
  /** False: there was more than could be looked at; of the clients that used it most the newest were. */
  readonly complete: boolean;
}

/** The version that a retirement would end. */
function retiredBy(before: Snapshot, after: Snapshot, name: string): ScopeVersion | null {
  const was = new Map((before.scopes.get(name) ?? []).map((v) => [rowKey.scope(v), v.state]));
  const found = (after.scopes.get(name) ?? []).find(
    (v) => v.state === "RETIRED" && was.get(rowKey.scope(v)) !== v.state,
  );
  return found ?? null;
}

/** The successor that can be used now: successors may have ended themselves. */
function successorOf({ snapshot, now }: DecideFacts, retired: ScopeVersion): string | null {
  const seen = new Set([retired.name]);
  for (let name = retired.replacedBy; name !== null && !seen.has(name); ) {
    const versions = snapshot.scopes.get(name);
    if (versions === undefined) return parseSmartScope(name) === null ? null : name;
    if (usableVersions(versions, now).length > 0) return name;
    seen.add(name);
    name = versions.at(-1)?.replacedBy ?? null;
  }
  return null;
}

/**
 * Which scopes would allow what would be refused: the successor first, then the client's other ones that help most. Of the refused accesses as
 * many are tried as come to `most` decisions, the newest.
 */
async function replacements(
  deps: {
    readonly hypothesis: Hypothesis;
    readonly then: DecideFacts;
    readonly breathe: Breathe;
    readonly known: WithGathered;
    readonly most: number;
    readonly mayIdentify: boolean;
  },
  retired: ScopeVersion,
  clientId: string,
  allRefused: readonly AccessRequest[],
): Promise<Pick<AffectedClient, "useInstead" | "unanswered"> & { readonly tried: number }> {
  const { hypothesis, then, breathe, known, mayIdentify, most } = deps;
  const isTried = (scope: string): boolean => mayIdentify || !scopeNamesOne([then.snapshot], scope);
  const named = successorOf(then, retired);
  const successor = named !== null && isTried(named) ? named : null;
  const held = (scope: string): boolean => isWhollyGranted(then, clientId, scope, parseSmartScope(scope));
  const others = grantedScopes(then, clientId).filter(
    (scope) => scope !== retired.name && scope !== successor && isTried(scope),
  );
  const candidates = [...(successor === null ? [] : [successor]), ...others];
  const refused = allRefused.slice(0, Math.max(1, Math.floor(most / Math.max(1, candidates.length))));
  const allowed = new Map(candidates.map((scope) => [scope, new Set<AccessRequest>()]));
  for (const scope of candidates) {
    const facts = held(scope)
      ? then
      : await supposing({ ...hypothesis, facts: then }, [{ grantScope: { clientId, scope } }], { breathe });
    await unhurried(refused, breathe, (request) => {
      if (decide(known(facts, request), { ...request, scopes: [scope] }).outcome === "ALLOW")
        allowed.get(scope)?.add(request);
    });
    if (scope === successor && allowed.get(scope)?.size === refused.length) break;
  }
  const useInstead = candidates
    .map((scope) => ({
      scope,
      successor: scope === successor,
      granted: held(scope),
      covers: allowed.get(scope)?.size ?? 0,
    }))
    .filter(({ successor: named, covers }) => named || covers > 0)
    .sort((a, b) => Number(b.successor) - Number(a.successor) || b.covers - a.covers || byText(a.scope, b.scope))
    .slice(0, SHOWN);
  const answered = new Set(useInstead.flatMap(({ scope }) => [...(allowed.get(scope) ?? [])]));
  return { useInstead, unanswered: refused.length - answered.size, tried: refused.length };
}

/**
 * Who would break if the scope were retired now: the accesses of the window that rest on it, or on a SMART scope that has
 * something in common with it, are decided again, with it and without it, at this time. By a scope whose constraint
 * asks for somebody nothing is decided for who may not know whose the accesses are.
 * @throws ScopewardenError BAD_USER_INPUT for what can't be retired, FORBIDDEN to these for such a scope itself, JOURNAL_UNAVAILABLE
 */
export async function retirementPreview(
  deps: {
    readonly hypothesis: Hypothesis;
    readonly usage: UsageReader;
    readonly breathe: Breathe;
    readonly gather: GatherAccess;
  },
  query: {
    readonly name: string;
    readonly version: number | null;
    readonly since: number;
    readonly mayIdentify: boolean;
  },
): Promise<RetirementPreview> {
  const { gather, hypothesis, usage, breathe } = deps;
  const { mayIdentify, name, version, since } = query;
  const { facts } = hypothesis;
  const then = await supposing(hypothesis, [{ retireScope: { name, version, force: true } }], {
    breathe,
    pathOf: (path) => (/\.version$/.test(path) ? "version" : "name"),
  });
  if (!mayIdentify && scopeNamesOne([facts.snapshot], name)) throw auditorsAlone(SUCH_A_SCOPE);
  const retired = retiredBy(facts.snapshot, then.snapshot, name);
  const counted = await usesUnder({ snapshot: facts.snapshot, usage }, name, since);
  const users = counted.uses
    .filter(({ uses }) => uses > 0)
    .sort((a, b) => b.uses - a.uses || byText(a.clientId, b.clientId));
  const listed = users.slice(0, MAX_CLIENTS);
  const looked = listed.slice(0, MAX_LOOKED_AT);
  const shareOf = (all: number): number => Math.max(1, Math.floor(all / Math.max(1, looked.length)));
  const [share, most] = [shareOf(MAX_CHECKED), shareOf(MAX_TRIED)];
  let complete = users.length === looked.length;
  const none = {
    checked: 0,
    wouldBreak: 0,
    wouldChange: 0,
    refusedAlready: 0,
    useInstead: [],
    unanswered: 0,
  } satisfies Partial<AffectedClient>;
  const about = ({ clientId, lastUsedAt, uses }: UseUnder) => ({
    clientId,
    name: facts.snapshot.clients.get(clientId)?.name ?? null,
    uses,
    lastUsedAt,
  });
  const clients: AffectedClient[] = listed.slice(looked.length).map((user) => ({ ...about(user), ...none }));

  async function affected(
    user: UseUnder,
    records: readonly AccessRecord[],
    known: WithGathered,
  ): Promise<AffectedClient> {
    if (records.length > share) complete = false;
    const refused: AccessRequest[] = [];
    let [wouldChange, refusedAlready] = [0, 0];
    const checked = records.slice(0, share);
    await unhurried(checked, breathe, ({ request }) => {
      const before = decide(known(facts, request), request);
      const after = decide(known(then, request), request);
      if (before.outcome === "DENY") refusedAlready++;
      else if (after.outcome === "DENY") refused.push(request);
      else if (!servesAs(before, after, request.resource.type)) wouldChange++;
    });
    const { tried, ...instead } =
      retired === null || refused.length === 0
        ? { useInstead: [], unanswered: 0, tried: refused.length }
        : await replacements({ hypothesis, then, breathe, known, mayIdentify, most }, retired, user.clientId, refused);
    if (tried < refused.length) complete = false;
    return {
      ...about(user),
      checked: checked.length,
      wouldBreak: refused.length,
      wouldChange,
      refusedAlready,
      ...instead,
    };
  }

  for (let at = 0; at < looked.length; at += AT_ONCE) {
    const part = looked.slice(at, at + AT_ONCE);
    const records = await Promise.all(
      part.map(({ clientId, scopes }) => allowedWith(usage, scopes, { clientId, since, first: share + 1 })),
    );
    const requests = records.flatMap((own) => own.slice(0, share).map(({ request }) => request));
    const known = await gatheredFor(gather, facts, requests);
    for (const [i, user] of part.entries()) clients.push(await affected(user, records[i] ?? [], known));
  }
  return {
    name,
    version: retired?.version ?? 0,
    policyRevision: facts.snapshot.revision,
    since,
    asOf: counted.asOf,
    checked: clients.reduce((sum, client) => sum + client.checked, 0),
    wouldBreak: clients.reduce((sum, client) => sum + client.wouldBreak, 0),
    clients: clients.sort((a, b) => b.wouldBreak - a.wouldBreak || b.uses - a.uses || byText(a.clientId, b.clientId)),
    complete,
  };
}
