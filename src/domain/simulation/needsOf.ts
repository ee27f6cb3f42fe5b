import { decide } from "../decisions/decide.ts";
import type { DecideFacts } from "../decisions/facts.ts";
import { atomRequestOf } from "../decisions/holds/coverage.ts";
import { ceilingOf, grantedScopes, mayPresent } from "../decisions/holds/grants.ts";
import { scopesUsed } from "../decisions/scopesUsed.ts";
import type { AccessRequest, Verdict } from "../decisions/types.ts";
import { atomCovers } from "../scopes/algebra.ts";
import type { Atom } from "../scopes/atom.ts";
import { Ceiling } from "../scopes/ceiling.ts";
import { typeCovers } from "../scopes/cover.ts";
import { matchAtom } from "../scopes/match.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import { namesOne } from "./namesOne.ts";
import { servesAs } from "./servesAs.ts";

/** One thing that some granted scope must go on permitting. */
export interface Need {
  /** By granted scope that would do: the atoms of it that are needed; null: of a custom scope, all. */
  readonly by: ReadonlyMap<string, readonly Atom[] | null>;
}

/** An access that is allowed under the policy as it is. */
export interface Allowed {
  readonly request: AccessRequest;
  readonly verdict: Verdict;
}

/** What of a granted scope an access with a presented SMART scope needs: for the type of the request alone. */
function partsWithin(grant: string, asked: Atom, type: string): readonly Atom[] {
  const smart = parseSmartScope(grant);
  const parts = smart === null ? [] : new Ceiling([smart]).partsFor(asked, type);
  return parts.map((part) => ({ ...part, resourceType: type }));
}

/**
 * The atom of a SMART scope that is for a request, without what of its constraint asks for somebody: a scope that is advised would name whose the
 * accesses are.
 */
function atomFor(facts: DecideFacts, scope: string, request: AccessRequest): Atom | null {
  const { action, resourceType } = atomRequestOf(facts, request);
  const atoms = parseSmartScope(scope)?.atoms ?? [];
  const found = atoms.find((atom) => atom.action === action && typeCovers(atom, resourceType));
  if (found === undefined) return null;
  return { ...found, constraint: found.constraint.filter((entry) => !namesOne([{ ...found, constraint: [entry] }])) };
}

/** The grants by which a client may present a scope for a request, each with what of it is needed. */
function grantsOf(facts: DecideFacts, scope: string, request: AccessRequest, granted: readonly string[]): Need["by"] {
  const { type } = request.resource;
  const asked = atomFor(facts, scope, request);
  if (asked === null) return new Map(granted.includes(scope) ? [[scope, null]] : []);
  const query = atomRequestOf(facts, request);
  const by = new Map<string, readonly Atom[]>();
  for (const grant of request.scopes === null ? granted.filter((name) => name === scope) : granted) {
    const parts = partsWithin(grant, asked, type).filter((part) => matchAtom(part, query).matches);
    if (parts.length > 0) by.set(grant, parts);
  }
  return by;
}

/** What a presented scope needs: of a search that several grants together narrow, each part of it. */
function needsOfScope(facts: DecideFacts, scope: string, request: AccessRequest, granted: readonly string[]): Need[] {
  const by = grantsOf(facts, scope, request, granted);
  const asked = atomFor(facts, scope, request);
  const { type } = request.resource;
  const parts = asked === null ? [] : ceilingOf(facts, request.clientId).partsFor(asked, type);
  if (parts.length < 2 || atomRequestOf(facts, request).action !== "search" || granted.includes(scope)) return [{ by }];
  return parts.map((part) => {
    const within = [...by].filter(([, atoms]) =>
      atoms?.some((atom) => atomCovers(atom, { ...part, resourceType: type })),
    );
    return { by: new Map(within.map(([grant]) => [grant, [{ ...part, resourceType: type }]])) };
  });
}

/**
 * What an allowed access needs of the client's grants: one need, met by any scope that serves as well alone; or, where
 * an answer rests on several together, one need for each of them.
 */
export function needsOf(facts: DecideFacts, { request, verdict }: Allowed): readonly Need[] {
  const granted = grantedScopes(facts, request.clientId);
  const presented = [...new Set(request.scopes ?? granted)].filter((scope) =>
    mayPresent(facts, request.clientId, scope, parseSmartScope(scope)),
  );
  const { type } = request.resource;
  const needs = (scope: string): Need[] => needsOfScope(facts, scope, request, granted);
  const alone = presented.filter((scope) => servesAs(verdict, decide(facts, { ...request, scopes: [scope] }), type));
  const ofEach = alone.map(needs);
  const single = ofEach.flatMap((of) => (of.length === 1 ? of : []));
  if (single.length > 0) {
    const by = new Map<string, readonly Atom[] | null>();
    for (const one of single) for (const [grant, atoms] of one.by) if (!by.has(grant)) by.set(grant, atoms);
    return [{ by }];
  }
  return ofEach[0] ?? scopesUsed({ kind: "ACCESS", ...verdict }).flatMap(needs);
}
