import { Memo } from "../kernel/memo.ts";
import type { Snapshot } from "../policy/snapshot.ts";
import { printPart } from "../scopes/ceiling.ts";
import { typeCovers } from "../scopes/cover.ts";
import { EXPORT, EXPORTING, exportedAt } from "../scopes/exports.ts";
import { matchAtom } from "../scopes/match.ts";
import { parseSmartScope, smartLetters, smartScopeIn } from "../scopes/smart.ts";
import { fhirVersionOf } from "./facts.ts";
import { coverageOf } from "./holds/coverage.ts";
import { ceilingOf, grantedScopes } from "./holds/grants.ts";
import { usableVersions } from "./holds/lifecycle.ts";
import type { AccessQuestion } from "./question.ts";

/** Granted scopes that are looked at, of each kind, and those of them that the rules are asked about. */
const SCANNED = 256;
const TRIED = 8;

interface Candidate {
  readonly scope: string;
  /** How much it permits, roughly: the least is tried first. */
  readonly breadth: number;
}

/** The granted custom scopes of which a version is for an action on a type: by the list of what is granted. */
const remembered = new WeakMap<
  readonly string[],
  { readonly scopes: Snapshot["scopes"]; readonly found: Memo<readonly string[]> }
>();

function customScopesFor({ client, facts, query }: AccessQuestion): readonly string[] {
  const granted = client === undefined ? [] : grantedScopes(facts, client.id);
  const { scopes } = facts.snapshot;
  let known = remembered.get(granted);
  if (known === undefined || known.scopes !== scopes) {
    known = { scopes, found: new Memo(256) };
    remembered.set(granted, known);
  }
  const { action, resourceType } = query;
  const key = JSON.stringify([action, resourceType]);
  let found = known.found.get(key);
  if (found === undefined) {
    const isFor = (name: string): boolean =>
      parseSmartScope(name) === null &&
      (scopes.get(name) ?? []).some(({ atoms }) =>
        atoms.some((atom) => atom.action === action && typeCovers(atom, resourceType)),
      );
    found = granted.filter(isFor);
    known.found.set(key, found);
  }
  return found;
}

/** The custom scopes that the client is granted and that would cover the access. */
function* customCandidates(question: AccessQuestion): Generator<Candidate> {
  const { facts, query } = question;
  for (const scope of customScopesFor(question).slice(0, SCANNED)) {
    const usable = usableVersions(facts.snapshot.scopes.get(scope) ?? [], facts.now);
    const covering = usable.find(({ atoms }) => coverageOf(atoms, query).covers);
    if (covering !== undefined) yield { scope, breadth: covering.atoms.length };
  }
}

/** The least SMART scopes that would cover it: of each atom that the client is granted and that does, what is for this type. */
function* smartCandidates({ client, facts, query }: AccessQuestion): Generator<Candidate> {
  const { action, resourceType } = query;
  const atoms = client === undefined ? [] : ceilingOf(facts, client.id).atomsFor(action, resourceType);
  for (const atom of atoms.slice(0, SCANNED)) {
    if (!matchAtom(atom, query).matches) continue;
    const scope = printPart({ ...atom, resourceType });
    if (smartScopeIn(fhirVersionOf(facts), scope) !== null)
      yield { scope, breadth: atom.constraint.length > 0 ? 0 : 1 };
  }
}

/** The same of an export: both letters for what is exported, or for all. */
function* exportCandidates({ client, facts, query }: AccessQuestion): Generator<Candidate> {
  const { action, resourceType: level } = query;
  if (client === undefined || action !== EXPORT) return;
  const ceiling = ceilingOf(facts, client.id);
  const atoms = EXPORTING.flatMap((each) => ceiling.atomsFor(each, level));
  for (const [breadth, type] of exportedAt(atoms, level).entries())
    yield { scope: `system/${type}.${smartLetters(EXPORTING)}`, breadth };
}

/**
 * The least scope that would allow the access if the request presented it as well, within what the client is granted;
 * null: there is none, or the scopes are not what is missing. `isEnough` runs the stages for one scope.
 */
export function sufficientScope(question: AccessQuestion, isEnough: (scope: string) => boolean): string | null {
  const { client, known, request } = question;
  if (client?.status !== "ACTIVE" || request.scopes === null) return null;
  if (known !== null && known.disagree !== null) return null;
  const candidates = [...customCandidates(question), ...smartCandidates(question), ...exportCandidates(question)];
  if (candidates.length === 0) return null;
  candidates.sort((a, b) => a.breadth - b.breadth || (a.scope < b.scope ? -1 : a.scope > b.scope ? 1 : 0));
  const presented = new Set(request.scopes);
  let tried = 0;
  for (const { scope } of candidates) {
    if (presented.has(scope)) continue;
    if (++tried > TRIED) return null;
    if (isEnough(scope)) return scope;
  }
  return null;
}
