import { decide } from "../decisions/decide.ts";
import { type DecideFacts, fhirVersionOf } from "../decisions/facts.ts";
import { withinCeiling } from "../decisions/granting/narrow.ts";
import { grantedScopes, mayPresent } from "../decisions/holds/grants.ts";
import type { AccessRecord, AccessRequest } from "../decisions/types.ts";
import type { Breathe } from "../kernel/ports.ts";
import type { PolicyOperation } from "../policy/operations.ts";
import { covers } from "../scopes/algebra.ts";
import { type Atom, printAtom } from "../scopes/atom.ts";
import type { FhirVersion } from "../scopes/fhir.ts";
import { printAtoms } from "../scopes/scopeText.ts";
import { parseSmartScope, smartScopeIn } from "../scopes/smart.ts";
import { factsOfEach, type VersionStores } from "./factsThen.ts";
import { concernedBy, Patients } from "./fewPatients.ts";
import { type Hypothesis, supposing, unhurried } from "./hypothesis.ts";
import { scopeNamesOne } from "./namesOne.ts";
import { type Allowed, type Need, needsOf } from "./needsOf.ts";
import { servesAs } from "./servesAs.ts";
import { cover } from "./setCover.ts";

/** A scope to grant: one that is granted now, or part of those named in `from`. */
export interface ProposedScope {
  readonly scope: string;
  readonly from: readonly string[];
  readonly narrowed: boolean;
}

/** UNUSED: no allowed access needs it. REPLACEABLE: others that are kept serve as well. */
export interface DroppedScope {
  readonly scope: string;
  readonly why: "UNUSED" | "REPLACEABLE";
}

export interface Proposal {
  readonly scopes: readonly ProposedScope[];
  readonly dropped: readonly DroppedScope[];
  /** The policy change that would make it so; empty when nothing would change. */
  readonly operations: readonly PolicyOperation[];
  /** Decisions that were made again under the proposal. */
  readonly checked: number;
  /** Decisions that the policy as it is would no longer allow, or of which it can't be told: they tell nothing of the proposal. */
  readonly notAllowedNow: number;
  /** Ids of decisions that would come out otherwise under the proposal. */
  readonly flips: readonly string[];
  /** Whether no smaller number of granted scopes would do; false where there were too many to try all combinations. */
  readonly smallest: boolean;
  /** Of how many patients each number is, as `Patients` counts them. */
  readonly patients: Readonly<Record<"checked" | "flips" | "notAllowedNow", number>>;
}

interface Case extends Allowed {
  readonly record: AccessRecord;
  readonly needs: readonly Need[];
}

/** What of a granted scope is needed, as scopes; the scope itself where that is no less, or can't be said. */
function narrowed(grant: string, atoms: readonly Atom[], version: FhirVersion): readonly string[] {
  const whole = parseSmartScope(grant);
  if (whole === null || atoms.length === 0 || covers(atoms, whole.atoms)) return [grant];
  const { scopes, rest } = printAtoms(atoms);
  // Of a type that the version does not define, no scope speaks but that for all.
  return rest.length > 0 || scopes.some((scope) => smartScopeIn(version, scope) === null) ? [grant] : scopes;
}

/** Narrow scopes first, so that they are preferred where either would do. */
function byBreadth(facts: DecideFacts, granted: readonly string[]): readonly string[] {
  const size = (scope: string): number => {
    const atoms = parseSmartScope(scope)?.atoms ?? facts.snapshot.scopes.get(scope)?.at(-1)?.atoms ?? [];
    return atoms.reduce(
      (sum, atom) => sum + (atom.resourceType === "*" ? 1000 : atom.constraint.length > 0 ? 1 : 2),
      0,
    );
  };
  return [...granted].sort((a, b) => size(a) - size(b) || (a < b ? -1 : a > b ? 1 : 0));
}

interface Draft {
  readonly scopes: readonly ProposedScope[];
  readonly smallest: boolean;
}

/** The fewest grants that meet all needs, those in `whole` among them and not narrowed. */
async function propose(
  candidates: readonly string[],
  needs: readonly Need[],
  deps: { readonly whole: ReadonlySet<string>; readonly breathe: Breathe; readonly version: FhirVersion },
): Promise<Draft> {
  const { whole, breathe, version } = deps;
  const places = new Map(candidates.map((grant, i) => [grant, i]));
  const open: (readonly number[])[] = [];
  await unhurried(needs, breathe, ({ by }) => {
    const grants = [...by.keys()];
    if (!grants.some((grant) => whole.has(grant))) open.push(grants.map((grant) => places.get(grant) ?? -1));
  });
  const { chosen, exact } = await cover(open, breathe);
  const kept = candidates.filter((grant, i) => whole.has(grant) || chosen.includes(i));
  const parts = new Map<string, Set<string>>();
  const needed = new Map<string, Map<string, Atom>>(kept.map((grant) => [grant, new Map()]));
  await unhurried(needs, breathe, ({ by }) => {
    // Each need is met by the first that can, and widens no other.
    const grant = kept.find((g) => by.has(g)) ?? "";
    for (const atom of by.get(grant) ?? []) needed.get(grant)?.set(printAtom(atom), atom);
  });
  for (const [grant, atoms] of needed) {
    await breathe();
    for (const scope of whole.has(grant) ? [grant] : narrowed(grant, [...atoms.values()], version))
      parts.set(scope, (parts.get(scope) ?? new Set()).add(grant));
  }
  const texts = [...parts.keys()];
  const within = (scope: string, wide: string): boolean => {
    const [a, b] = [parseSmartScope(scope), parseSmartScope(wide)];
    return scope !== wide && a !== null && b !== null && covers(b.atoms, a.atoms);
  };
  const distinct = texts.filter(
    (a, i) => whole.has(a) || !texts.some((b, j) => within(a, b) && (!within(b, a) || j < i)),
  );
  return {
    smallest: exact,
    scopes: distinct.sort().map((scope) => {
      const from = [...(parts.get(scope) ?? [])].sort();
      return { scope, from, narrowed: !from.includes(scope) };
    }),
  };
}

/** Replaces the grants of a client that hold now. A part is granted for as long as what it is part of. */
function changeTo(facts: DecideFacts, clientId: string, scopes: readonly ProposedScope[]): readonly PolicyOperation[] {
  const grants = facts.snapshot.grants.get(clientId);
  const wanted = new Set(scopes.map(({ scope }) => scope));
  const held = grantedScopes(facts, clientId);
  return [
    ...held.filter((scope) => !wanted.has(scope)).map((scope) => ({ revokeScope: { clientId, scope } })),
    ...scopes
      .filter(({ scope }) => !held.includes(scope))
      .flatMap(({ scope, from: [from = ""] }) => {
        const { validFrom = null, validUntil = null } = grants?.get(from) ?? {};
        // A grant of it that does not hold now goes first: its period must neither stay nor be lost by omission.
        const ended = grants?.has(scope) === true ? [{ revokeScope: { clientId, scope } }] : [];
        return [...ended, { grantScope: { clientId, scope, validFrom, validUntil } }];
      }),
  ];
}

/** A need without these grants, where others meet it. */
function withoutThose({ by }: Need, those: ReadonlySet<string>): Need {
  const others = new Map([...by].filter(([grant]) => !those.has(grant)));
  return { by: others.size === 0 ? by : others };
}

/**
 * A request as it would come with a token issued under other grants. A SMART scope that the client is granted now and
 * would not be as a whole is narrowed as it is when a token is issued; all else stays as it was presented.
 */
function presentedUnder(now: DecideFacts, other: DecideFacts, request: AccessRequest): AccessRequest {
  if (request.scopes === null) return request;
  const scopes = request.scopes.flatMap((scope) => {
    const smart = parseSmartScope(scope);
    if (smart === null || !mayPresent(now, request.clientId, scope, smart)) return [scope];
    const held = withinCeiling(other, request.clientId, scope, smart).scopes;
    return held.length === 0 ? [scope] : held;
  });
  return { ...request, scopes: [...new Set(scopes)] };
}

const patientsOf = (records: readonly AccessRecord[]): number => {
  const patients = new Patients();
  for (const record of records) patients.add(concernedBy(record));
  return patients.size;
};

/**
 * A small set of scopes that serves every one of these allowed accesses as the client's grants do now:
 * chosen from the grants, SMART scopes narrowed to what was used of them, by what was known when they were asked for. Grants whose constraint asks for a patient, a person or a resource
 * stay as they are, and serve nothing that others do: what they would be needed for tells whose the accesses are. It is checked by deciding every access again,
 * with the scopes that its token would then carry; what would come out otherwise widens the proposal until nothing does.
 */
export async function minimalScopes(
  hypothesis: Hypothesis,
  clientId: string,
  records: readonly AccessRecord[],
  deps: VersionStores & { readonly breathe: Breathe },
): Promise<Proposal> {
  const { breathe } = deps;
  const { facts } = hypothesis;
  const cases: Case[] = [];
  const notAllowed: AccessRecord[] = [];
  const then = await factsOfEach(deps, records);
  await unhurried(records, breathe, (record) => {
    const { request } = record;
    const own = { ...facts, ...then.get(record) };
    const verdict = then.has(record) ? decide(own, request) : null;
    if (verdict?.outcome === "ALLOW")
      cases.push({ record, request, verdict, needs: needsOf(own, { request, verdict }) });
    else notAllowed.push(record);
  });
  const granted = grantedScopes(facts, clientId);
  const candidates = byBreadth(facts, granted);
  const ofOne = new Set(granted.filter((scope) => scopeNamesOne([facts.snapshot], scope)));
  const needs = cases.flatMap((one) => one.needs.map((need) => withoutThose(need, ofOne)));
  const whole = new Set(ofOne);
  for (;;) {
    const { scopes, smallest } = await propose(candidates, needs, { whole, breathe, version: fhirVersionOf(facts) });
    const operations = changeTo(facts, clientId, scopes);
    const changed = await supposing(hypothesis, operations, { breathe });
    const flipped: Case[] = [];
    await unhurried(cases, breathe, (one) => {
      const after = decide({ ...changed, ...then.get(one.record) }, presentedUnder(facts, changed, one.request));
      if (!servesAs(one.verdict, after, one.request.resource.type)) flipped.push(one);
    });
    const kept = new Set(scopes.flatMap(({ from }) => from));
    // With all grants as they are, the proposal is the policy itself, and nothing can come out otherwise.
    if (flipped.length === 0 || whole.size === granted.length) {
      const wanted = new Set(needs.flatMap(({ by }) => [...by.keys()]));
      return {
        scopes,
        dropped: granted
          .filter((scope) => !kept.has(scope))
          .map((scope) => ({ scope, why: wanted.has(scope) ? "REPLACEABLE" : "UNUSED" })),
        operations,
        checked: cases.length,
        notAllowedNow: notAllowed.length,
        flips: flipped.map(({ record }) => record.id),
        smallest: smallest && whole.size === 0,
        patients: {
          checked: patientsOf(cases.map(({ record }) => record)),
          flips: patientsOf(flipped.map(({ record }) => record)),
          notAllowedNow: patientsOf(notAllowed),
        },
      };
    }
    const able = flipped.flatMap((one) => one.needs.flatMap(({ by }) => [...by.keys()])).filter((g) => !whole.has(g));
    const proposed = able.filter((grant) => kept.has(grant));
    for (const grant of [proposed, able, granted].find((grants) => grants.length > 0) ?? []) whole.add(grant);
  }
}
