import { fhirVersionOf } from "../../decisions/facts.ts";
import type { Snapshot } from "../../policy/snapshot.ts";
import { holdsAt } from "../../policy/types.ts";
import { covers } from "../../scopes/algebra.ts";
import type { Atom } from "../../scopes/atom.ts";
import { fhirTypesOf } from "../../scopes/fhir.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import { accessList } from "./accessList.ts";
import { isObserved } from "./advice.ts";
import type { ReviewAccess } from "./campaign.ts";
import { type EvidenceDeps, evidenceFor, type Found } from "./evidence.ts";

/**
 * UNUSED: nothing in the window rests on it, and it was observed for all of it; BROADER_THAN_USED: less would do, proven;
 * OVERLAPPING: other scopes of the client permit all of it; NOT_GRANTED: active, and no client has it.
 */
export type SavingKind = "UNUSED" | "BROADER_THAN_USED" | "OVERLAPPING" | "NOT_GRANTED";

/** What could be saved at one grant, or at a scope that nobody is granted. */
export interface ScopeSaving {
  readonly scope: string;
  /** Null: no client is granted it. */
  readonly clientId: string | null;
  readonly why: SavingKind;
  /** How many (action, resource type) pairs the client could do no more; a scope for all types has as many as FHIR has types. */
  readonly saves: number;
  readonly uses: number;
  readonly lastUsedAt: number | null;
  /** By which scopes it was used. */
  readonly usedBy: readonly string[];
  /** What would do instead: of BROADER_THAN_USED the smaller set, of OVERLAPPING the others. */
  readonly instead: readonly string[];
}

export interface ScopeSavings {
  /** All that was on record at this time is counted; milliseconds since 1970. */
  readonly asOf: number;
  /** What saves most first. */
  readonly savings: readonly ScopeSaving[];
  /** False: there are more than these, or not every client could be looked at for a smaller set. */
  readonly complete: boolean;
}

const MOST = 1_000;
/** Grants that are looked at. */
const MOST_GRANTS = 20_000;

type Sized = Omit<ScopeSaving, "scope" | "clientId" | "uses" | "lastUsedAt" | "usedBy">;

/** Each pair once, whatever its context and constraint. */
function pairsOf(atoms: readonly Atom[], types: ReadonlySet<string>): number {
  const pairs = new Set<string>();
  for (const { action, resourceType } of atoms)
    for (const type of resourceType === "*" ? types : [resourceType]) pairs.add(`${action} ${type}`);
  return pairs.size;
}

const atomsOf = (snapshot: Snapshot, scope: string): readonly Atom[] =>
  parseSmartScope(scope)?.atoms ?? snapshot.scopes.get(scope)?.findLast(({ state }) => state !== "DRAFT")?.atoms ?? [];

/** The grants that hold now by which the client has all of this one, without it. */
function othersFor(snapshot: Snapshot, { clientId, scope }: ReviewAccess, now: number): readonly string[] {
  const own = parseSmartScope(scope ?? "");
  if (own === null) return [];
  return [...(snapshot.grants.get(clientId ?? "")?.values() ?? [])].flatMap((grant) => {
    const other = grant.scope === scope || !holdsAt(grant, now) ? null : parseSmartScope(grant.scope);
    if (other === null || !covers(other.atoms, own.atoms)) return [];
    // Of two that say the same, the first by name stays.
    return covers(own.atoms, other.atoms) && grant.scope > (scope ?? "") ? [] : [grant.scope];
  });
}

/** Where scopes of a client, or of all, could be less, in one list by what each would save. Rejects with POLICY_UNAVAILABLE and JOURNAL_UNAVAILABLE. */
export async function scopeSavings(
  deps: EvidenceDeps,
  { clientId, days, now }: { readonly clientId: string | null; readonly days: number; readonly now: number },
): Promise<ScopeSavings> {
  const facts = deps.facts();
  const { snapshot } = facts;
  const types = fhirTypesOf(fhirVersionOf(facts));
  const nobody = { subjectId: null, subjectType: null };
  const everything = { ...nobody, clientId, role: null, organization: null, unusedForDays: days };
  const held = [...accessList(snapshot, everything, now)].filter((a) => a.kind === "GRANT" && holdsAt(a, now));
  const grants = held.slice(0, MOST_GRANTS);
  const { asOf, evidence } = await evidenceFor(deps, grants, {
    windowDays: days,
    now,
    exceptions: new Map(),
    wantsSmaller: (_, uses) => uses > 0,
  });
  const pairs = (scopes: readonly string[]): number =>
    pairsOf(
      scopes.flatMap((scope) => atomsOf(snapshot, scope)),
      types,
    );

  function savingAt(access: ReviewAccess, known: Found): Sized | null {
    const own = access.scope ?? "";
    if (known.uses === 0) return isObserved(known) ? { why: "UNUSED", saves: pairs([own]), instead: [] } : null;
    const smaller = known.smaller?.complete === true ? known.smaller.scopes : [];
    if (smaller.length > 0 && !smaller.includes(own))
      return { why: "BROADER_THAN_USED", saves: Math.max(0, pairs([own]) - pairs(smaller)), instead: smaller };
    const others = othersFor(snapshot, access, now);
    return others.length === 0 ? null : { why: "OVERLAPPING", saves: 0, instead: [...others].sort() };
  }

  const savings: ScopeSaving[] = [];
  for (const [i, access] of grants.entries()) {
    const known = evidence[i];
    const saving = known === undefined ? null : savingAt(access, known);
    if (known === undefined || saving === null) continue;
    const { lastUsedAt, usedBy, uses } = known;
    savings.push({ scope: access.scope ?? "", clientId: access.clientId, uses, lastUsedAt, usedBy, ...saving });
  }
  for (const versions of clientId === null ? snapshot.scopes.values() : []) {
    const active = versions.find(({ state }) => state === "ACTIVE");
    if (active === undefined || parseSmartScope(active.name) !== null || snapshot.grantsByScope.has(active.name))
      continue;
    const nobody = { clientId: null, uses: 0, lastUsedAt: null, usedBy: [], instead: [] };
    savings.push({ scope: active.name, why: "NOT_GRANTED", saves: 0, ...nobody });
  }
  const key = ({ clientId, scope }: ScopeSaving): string => `${clientId ?? ""} ${scope}`;
  savings.sort((a, b) => b.saves - a.saves || (key(a) < key(b) ? -1 : 1));
  const wholeSets = evidence.every(({ smaller, uses }) => uses === 0 || smaller === null || smaller.complete);
  return {
    asOf,
    savings: savings.slice(0, MOST),
    complete: savings.length <= MOST && held.length <= MOST_GRANTS && wholeSets,
  };
}
