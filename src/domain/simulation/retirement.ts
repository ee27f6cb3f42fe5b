import type { UsageReader } from "../audit/usage.ts";
import { allowedWith, type UseUnder, usesUnder } from "../audit/usesUnder.ts";
import { decide } from "../decisions/decide.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import { grantedScopes, isWhollyGranted } from "../decisions/holds/grants.ts";
import { usableVersions } from "../decisions/holds/lifecycle.ts";
import type { AccessRecord } from "../decisions/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import { byText } from "../kernel/sortedInParts.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { rowKey, type ScopeVersion } from "../policy/types.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { type FactsThen, factsOfEach, type VersionStores } from "./factsThen.ts";
import {
  concernedBy,
  givenNumber,
  givenPeople,
  inGivenOrder,
  isFew,
  Patients,
  People,
  personOf,
  seenUse,
} from "./fewPatients.ts";
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
  readonly covers: number | null;
}

export interface AffectedClient {
  readonly clientId: string;
  readonly name: string | null;
  readonly uses: number | null;
  readonly lastUsedAt: number;
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
  /** Decisions that were made again. */
  readonly checked: number | null;
  /** Of these, what would be refused; what would be allowed with other obligations or a narrower search. */
  readonly wouldBreak: number | null;
  readonly wouldChange: number | null;
  /** People who would be refused, each once. */
  readonly people: number | null;
  /** Of these, what the policy as it is refuses already. */
  readonly refusedAlready: number | null;
  readonly useInstead: readonly Replacement[];
  /** Refused accesses that nothing in `useInstead` allows, of those that were tried. */
  readonly unanswered: number | null;
}

export interface RetirementPreview {
  readonly name: string;
  readonly version: number;
  readonly policyRevision: number;
  readonly since: number;
  /** All that was on record at this time is counted. */
  readonly asOf: number;
  /** Whether a number is left out, as it is of 1 to 10 patients. */
  readonly few: boolean;
  readonly checked: number | null;
  readonly wouldBreak: number | null;
  /** People who would be refused, each once. */
  readonly people: number | null;
  /** Clients that used the scope in the window, the most broken first. */
  readonly clients: readonly AffectedClient[];
  /** False: there was more than could be looked at; of the clients that used it most the newest were. */
  readonly complete: boolean;
}

/** What an access that is decided again rests on: the policy as it is or would be, and what was known when it was made. */
type Known = (facts: DecideFacts, record: AccessRecord) => DecideFacts;

/** Accesses of one kind: how many, and of how many patients, as `Patients` counts them. */
interface Counted {
  readonly value: number;
  readonly patients: number;
}
type Counter = "checked" | "refusedAlready" | "unanswered" | "wouldBreak" | "wouldChange";
/** What becomes of one client, before it is said to somebody. */
interface MadeClient extends Pick<AffectedClient, "clientId" | "lastUsedAt" | "name"> {
  readonly uses: number;
  readonly counts: Readonly<Record<Counter, Counted>>;
  readonly people: number;
  readonly useInstead: readonly (Omit<Replacement, "covers"> & { readonly covers: Counted })[];
}

function countOf(records: Iterable<AccessRecord>): Counted {
  const patients = new Patients();
  let value = 0;
  for (const record of records) {
    value++;
    patients.add(concernedBy(record));
  }
  return { value, patients: patients.size };
}
function peopleOf(records: Iterable<AccessRecord>): number {
  const people = new People();
  for (const record of records) people.add(personOf(record));
  return people.size;
}
const NOTHING: Counted = { value: 0, patients: 0 };

/** What clients come to as a caller may see it; `totals` are of all of them together. */
function seenClients(
  made: readonly MadeClient[],
  totals: Readonly<Record<"checked" | "wouldBreak", Counted>> & { readonly people: number },
  mayIdentify: boolean,
): Pick<RetirementPreview, "checked" | "clients" | "few" | "people" | "wouldBreak"> {
  const all = made.flatMap(({ counts, useInstead }) => [
    ...Object.values(counts),
    ...useInstead.map(({ covers }) => covers),
  ]);
  const isRounded = !mayIdentify && [...all, totals.checked, totals.wouldBreak].some(({ patients }) => isFew(patients));
  const given = ({ value, patients }: Counted): number | null =>
    mayIdentify ? value : givenNumber(value, { patients, isRounded });
  const peopleRounded = isRounded || [totals, ...made].some(({ people }) => isFew(people));
  const hit = (people: number, { patients }: Counted): number | null =>
    mayIdentify ? people : givenPeople(people, { patients, isRounded: peopleRounded });
  // An auditor's are in the order of their numbers as they are.
  const inOrder: typeof inGivenOrder = (rows, by) => (mayIdentify ? rows : inGivenOrder(rows, by));
  const clients = made.map(({ counts, lastUsedAt, people, useInstead, uses, ...client }): AffectedClient => {
    const { checked, refusedAlready, unanswered, wouldBreak, wouldChange } = counts;
    // Uses that were not looked at are of who knows how many more; of none that was, of nobody knows how many.
    const patients = checked.value === 0 ? null : checked.patients;
    const use = seenUse({ lastUsedAt, patients, uses }, mayIdentify);
    return {
      ...client,
      uses: use.uses,
      lastUsedAt: use.lastUsedAt ?? lastUsedAt,
      few: !mayIdentify && (use.few || Object.values(counts).some(({ patients }) => isFew(patients))),
      checked: given(checked),
      wouldBreak: given(wouldBreak),
      wouldChange: given(wouldChange),
      people: hit(people, wouldBreak),
      refusedAlready: given(refusedAlready),
      useInstead: inOrder(
        useInstead.map(({ covers, ...scope }) => ({ ...scope, covers: given(covers) })),
        {
          name: ({ scope }) => scope,
          numbers: ({ covers, successor }) => [successor ? Number.MAX_SAFE_INTEGER : covers],
        },
      ),
      unanswered: given(unanswered),
    };
  });
  return {
    few: isRounded,
    checked: given(totals.checked),
    wouldBreak: given(totals.wouldBreak),
    people: hit(totals.people, totals.wouldBreak),
    clients: inOrder(clients, { name: ({ clientId }) => clientId, numbers: ({ wouldBreak }) => [wouldBreak] }),
  };
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
    readonly known: Known;
    readonly most: number;
    readonly mayIdentify: boolean;
  },
  retired: ScopeVersion,
  clientId: string,
  allRefused: readonly AccessRecord[],
): Promise<Pick<MadeClient, "useInstead"> & { readonly unanswered: Counted; readonly tried: number }> {
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
  const allowed = new Map(candidates.map((scope) => [scope, new Set<AccessRecord>()]));
  for (const scope of candidates) {
    const facts = held(scope)
      ? then
      : await supposing({ ...hypothesis, facts: then }, [{ grantScope: { clientId, scope } }], { breathe });
    await unhurried(refused, breathe, (record) => {
      const { request } = record;
      if (decide(known(facts, record), { ...request, scopes: [scope] }).outcome === "ALLOW")
        allowed.get(scope)?.add(record);
    });
    if (scope === successor && allowed.get(scope)?.size === refused.length) break;
  }
  const useInstead = candidates
    .map((scope) => ({
      scope,
      successor: scope === successor,
      granted: held(scope),
      covers: countOf(allowed.get(scope) ?? []),
    }))
    .filter(({ successor: named, covers }) => named || covers.value > 0)
    .sort(
      (a, b) =>
        Number(b.successor) - Number(a.successor) || b.covers.value - a.covers.value || byText(a.scope, b.scope),
    )
    .slice(0, SHOWN);
  const answered = new Set(useInstead.flatMap(({ scope }) => [...(allowed.get(scope) ?? [])]));
  const unanswered = countOf(refused.filter((record) => !answered.has(record)));
  return { useInstead, unanswered, tried: refused.length };
}

/**
 * Who would break if the scope were retired now: the accesses of the window that rest on it, or on a SMART scope that has
 * something in common with it, are decided again, with it and without it, at this time, by what was known when they were made: what is known
 * of a patient now would be told by what comes of it. By a scope whose constraint
 * asks for somebody nothing is decided for who may not know whose the accesses are.
 * @throws ScopewardenError BAD_USER_INPUT for what can't be retired, FORBIDDEN to these for such a scope itself, JOURNAL_UNAVAILABLE
 */
export async function retirementPreview(
  deps: {
    readonly hypothesis: Hypothesis;
    readonly usage: UsageReader;
    readonly breathe: Breathe;
    readonly versions: VersionStores;
  },
  query: {
    readonly name: string;
    readonly version: number | null;
    readonly since: number;
    readonly mayIdentify: boolean;
  },
): Promise<RetirementPreview> {
  const { versions, hypothesis, usage, breathe } = deps;
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
    counts: {
      checked: NOTHING,
      wouldBreak: NOTHING,
      wouldChange: NOTHING,
      refusedAlready: NOTHING,
      unanswered: NOTHING,
    },
    people: 0,
    useInstead: [],
  } satisfies Partial<MadeClient>;
  const allChecked: AccessRecord[] = [];
  const allBroken: AccessRecord[] = [];
  const about = ({ clientId, lastUsedAt, uses }: UseUnder) => ({
    clientId,
    name: facts.snapshot.clients.get(clientId)?.name ?? null,
    uses,
    lastUsedAt,
  });
  const clients: MadeClient[] = listed.slice(looked.length).map((user) => ({ ...about(user), ...none }));

  async function affected(
    user: UseUnder,
    records: readonly AccessRecord[],
    thenOf: ReadonlyMap<AccessRecord, FactsThen>,
  ): Promise<MadeClient> {
    const known: Known = (of, record) => ({ ...of, ...thenOf.get(record) });
    const refused: AccessRecord[] = [];
    const changed: AccessRecord[] = [];
    const refusedAlready: AccessRecord[] = [];
    const checked = records.slice(0, share).filter((record) => thenOf.has(record));
    if (checked.length < records.length) complete = false;
    await unhurried(checked, breathe, (record) => {
      const { request } = record;
      const before = decide(known(facts, record), request);
      const after = decide(known(then, record), request);
      if (before.outcome === "DENY") refusedAlready.push(record);
      else if (after.outcome === "DENY") refused.push(record);
      else if (!servesAs(before, after, request.resource.type)) changed.push(record);
    });
    allChecked.push(...checked);
    allBroken.push(...refused);
    const { tried, unanswered, useInstead } =
      retired === null || refused.length === 0
        ? { useInstead: [], unanswered: NOTHING, tried: refused.length }
        : await replacements({ hypothesis, then, breathe, known, mayIdentify, most }, retired, user.clientId, refused);
    if (tried < refused.length) complete = false;
    return {
      ...about(user),
      counts: {
        checked: countOf(checked),
        wouldBreak: countOf(refused),
        wouldChange: countOf(changed),
        refusedAlready: countOf(refusedAlready),
        unanswered,
      },
      people: peopleOf(refused),
      useInstead,
    };
  }

  for (let at = 0; at < looked.length; at += AT_ONCE) {
    const part = looked.slice(at, at + AT_ONCE);
    const records = await Promise.all(
      part.map(({ clientId, scopes }) => allowedWith(usage, scopes, { clientId, since, first: share + 1 })),
    );
    const thenOf = await factsOfEach(
      versions,
      records.flatMap((own) => own.slice(0, share)),
    );
    for (const [i, user] of part.entries()) clients.push(await affected(user, records[i] ?? [], thenOf));
  }
  return {
    name,
    version: retired?.version ?? 0,
    policyRevision: facts.snapshot.revision,
    since,
    asOf: counted.asOf,
    ...seenClients(
      clients.sort(
        (a, b) =>
          b.counts.wouldBreak.value - a.counts.wouldBreak.value || b.uses - a.uses || byText(a.clientId, b.clientId),
      ),
      { checked: countOf(allChecked), wouldBreak: countOf(allBroken), people: peopleOf(allBroken) },
      mayIdentify,
    ),
    complete,
  };
}
