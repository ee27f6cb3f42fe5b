import type { Parsed } from "./atom.ts";

/** Where a version of a scope is in its life (docs/scopes.md, "How a scope lives"). */
export type ScopeState = "DRAFT" | "ACTIVE" | "DEPRECATED" | "RETIRED";
/** What can be done to it. */
export type LifecycleStep = "activate" | "deprecate" | "retire";

/** The whole table: state, step, next state. What is not in it is refused. */
const transitions: Readonly<Record<ScopeState, Readonly<Partial<Record<LifecycleStep, ScopeState>>>>> = {
  DRAFT: { activate: "ACTIVE" },
  ACTIVE: { deprecate: "DEPRECATED", retire: "RETIRED" },
  // Deprecating again changes the sunset or the successor.
  DEPRECATED: { deprecate: "DEPRECATED", retire: "RETIRED" },
  RETIRED: {},
};

/** The steps that are open from a state, in the order in which a scope lives. */
export function stepsFrom(state: ScopeState): readonly LifecycleStep[] {
  return Object.keys(transitions[state]) as LifecycleStep[];
}

/** The state after a step, or why the step is not open and which are. */
export function canMove(from: ScopeState, step: LifecycleStep): Parsed<ScopeState> {
  const to = transitions[from][step];
  if (to !== undefined) return { ok: true, value: to };
  const open = stepsFrom(from);
  const instead = open.length === 0 ? "nothing leaves this state" : `possible: ${open.join(", ")}`;
  return { ok: false, message: `a scope that is ${from} can't ${step}; ${instead}` };
}
