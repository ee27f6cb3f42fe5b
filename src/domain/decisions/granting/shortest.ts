import { smartScopesCovering } from "../../policy/smartRules.ts";
import { covers } from "../../scopes/algebra.ts";
import { interactions, printConstraint } from "../../scopes/atom.ts";
import { parseSmartScope, printSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { GrantQuestion } from "../question.ts";

interface Part {
  readonly text: string;
  /** Null: no SMART scope, which is as short as it is. */
  readonly smart: SmartScope | null;
}

const partOf = (text: string): Part => ({ text, smart: parseSmartScope(text) });

/** Whether the same rules are about each atom of both: else one in the place of the other would be allowed other things. */
function sameRules({ facts: { snapshot } }: GrantQuestion, narrow: SmartScope, wide: SmartScope): boolean {
  return narrow.atoms.every((atom) => {
    const other = wide.atoms.find(({ action }) => action === atom.action);
    const names = smartScopesCovering(snapshot, atom);
    return other !== undefined && names.size === smartScopesCovering(snapshot, other).size;
  });
}

/** One scope with the actions of all, which differ in nothing else; in the letters of version 1 if all are, and it can be said. */
function joinedText(scopes: readonly SmartScope[]): string | null {
  const [first] = scopes;
  if (first === undefined || scopes.length < 2) return null;
  const actions = interactions.filter((action) => scopes.some((scope) => scope.actions.includes(action)));
  if (scopes.some((scope) => scope.actions.length === actions.length)) return null;
  const version = scopes.every((scope) => scope.version === 1) ? 1 : 2;
  const text = printSmartScope({ ...first, actions, version });
  return parseSmartScope(text) === null ? null : text;
}

const kindOf = ({ constraint, context, resourceType }: SmartScope): string =>
  `${context}/${resourceType}?${printConstraint(constraint)}`;

/** `.r` and `.s` become `.rs`, in the place of the first, where that can be granted as well. */
function* joined(parts: readonly Part[], isGranted: (scope: string) => boolean): Generator<undefined, readonly Part[]> {
  const kinds = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.smart === null) continue;
    const kind = kindOf(part.smart);
    const same = kinds.get(kind);
    if (same === undefined) kinds.set(kind, [part]);
    else same.push(part);
  }
  const instead = new Map<Part, Part | null>();
  for (const same of kinds.values()) {
    const text = joinedText(same.flatMap(({ smart }) => smart ?? []));
    if (text === null) continue;
    yield;
    const whole = partOf(text);
    if (!isGranted(text)) continue;
    for (const [i, part] of same.entries()) instead.set(part, i === 0 ? whole : null);
  }
  return parts.flatMap((part) => {
    const other = instead.get(part);
    return other === null ? [] : [other ?? part];
  });
}

/** Those that no other takes in; of equal ones the first. */
function* withoutCovered(question: GrantQuestion, parts: readonly Part[]): Generator<undefined, readonly Part[]> {
  const kept: Part[] = [];
  for (const [at, part] of parts.entries()) {
    const { smart } = part;
    const isCovered =
      smart !== null &&
      parts.some((other, i) => {
        if (i === at || other.smart === null || other.smart.context !== smart.context) return false;
        if (other.smart.resourceType !== smart.resourceType && other.smart.resourceType !== "*") return false;
        if (!covers(other.smart.atoms, smart.atoms) || !sameRules(question, smart, other.smart)) return false;
        return i < at || !covers(smart.atoms, other.smart.atoms);
      });
    if (!isCovered) kept.push(part);
    yield;
  }
  return kept;
}

/**
 * The scopes of a token in their shortest form: SMART scopes that differ in their letters alone are one, and what another one
 * takes in goes. What they permit stays the same, so nothing goes where a rule tells it apart.
 * `isGranted` says whether a scope that nobody asked for in these words may be granted. Stops between scopes.
 */
export function* shortestToken(
  question: GrantQuestion,
  scopes: readonly string[],
  isGranted: (scope: string) => boolean,
): Generator<undefined, readonly string[]> {
  const parts = scopes.map(partOf);
  const fewer = yield* joined(parts, isGranted);
  return (yield* withoutCovered(question, fewer)).map(({ text }) => text);
}
