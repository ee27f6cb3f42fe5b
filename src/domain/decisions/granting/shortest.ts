import { smartScopesCovering } from "../../policy/smartRules.ts";
import { covers } from "../../scopes/algebra.ts";
import { interactions, printConstraint } from "../../scopes/atom.ts";
import { parseSmartScope, printSmartScope, type SmartScope } from "../../scopes/smart.ts";
import type { GrantQuestion } from "../question.ts";

interface Part {
  readonly text: string;
  /** Null: no SMART scope, which is as short as it is. */
  readonly smart: SmartScope | null;
  /** By each of its actions the SMART scopes by which allow rules mean it. */
  readonly rules: ReadonlyMap<string, ReadonlySet<string>>;
}

const partOf = ({ facts: { snapshot } }: GrantQuestion, text: string): Part => {
  const smart = parseSmartScope(text);
  const rules = (smart?.atoms ?? []).map((atom) => [atom.action, smartScopesCovering(snapshot, atom)] as const);
  return { text, smart, rules: new Map(rules) };
};

/** Whether the same rules are about what a part permits in another: else the one in its place would be allowed other things. */
const sameRules = (part: Part, other: Part): boolean =>
  [...part.rules].every(([action, names]) => {
    const others = other.rules.get(action);
    return others !== undefined && others.size === names.size && [...names].every((name) => others.has(name));
  });

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
function* joined(
  question: GrantQuestion,
  parts: readonly Part[],
  isGranted: (scope: string) => boolean,
): Generator<undefined, readonly Part[]> {
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
    const whole = partOf(question, text);
    if (!same.every((part) => sameRules(part, whole)) || !isGranted(text)) continue;
    for (const [i, part] of same.entries()) instead.set(part, i === 0 ? whole : null);
  }
  return parts.flatMap((part) => {
    const other = instead.get(part);
    return other === null ? [] : [other ?? part];
  });
}

/** Those that no other takes in; of equal ones the first. */
function* withoutCovered(parts: readonly Part[]): Generator<undefined, readonly Part[]> {
  const kept: Part[] = [];
  for (const [at, part] of parts.entries()) {
    const { smart } = part;
    const isCovered =
      smart !== null &&
      parts.some((other, i) => {
        if (i === at || other.smart === null || other.smart.context !== smart.context) return false;
        if (other.smart.resourceType !== smart.resourceType && other.smart.resourceType !== "*") return false;
        if (!covers(other.smart.atoms, smart.atoms) || !sameRules(part, other)) return false;
        return i < at || !covers(smart.atoms, other.smart.atoms);
      });
    if (!isCovered) kept.push(part);
    yield;
  }
  return kept;
}

/**
 * The scopes of a token in their shortest form: SMART scopes that differ in their letters alone are one, and what another one
 * takes in goes. What they permit stays the same, so nothing is joined, and nothing goes, where a rule tells them apart.
 * `isGranted` says whether a scope that nobody asked for in these words may be granted. Stops between scopes.
 */
export function* shortestToken(
  question: GrantQuestion,
  scopes: readonly string[],
  isGranted: (scope: string) => boolean,
): Generator<undefined, readonly string[]> {
  const parts = scopes.map((text) => partOf(question, text));
  const fewer = yield* joined(question, parts, isGranted);
  return (yield* withoutCovered(fewer)).map(({ text }) => text);
}
