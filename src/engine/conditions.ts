import { Environment } from "@marcbachmann/cel-js";
import type { ConditionProblem } from "../domain/policy/conditions.ts";
import { Meter, MOST_STEPS } from "./budget/meter.ts";
import { meteredEnvironment } from "./budget/meteredEnvironment.ts";
import { meteredText } from "./budget/meteredText.ts";
import { canonicalText } from "./canonicalLiterals.ts";
import { textOf } from "./celExpression.ts";
import { problemIn } from "./conditionCheck.ts";
import { NAMES, OBJECTS, VALUES } from "./conditionMembers.ts";
import { PartialCondition } from "./partial/partialCondition.ts";

/**
 * A condition ready to be asked. @throws when it touches what is absent, when it takes more steps than it may, or
 * anything else goes wrong.
 */
export type Condition = (variables: Readonly<Record<string, unknown>>) => boolean;

const environment = new Environment({ unlistedVariablesAreDyn: false });
for (const [name, type] of VALUES) environment.registerVariable(name, type);
for (const name of OBJECTS.keys()) environment.registerVariable(name, "map");
const meter = new Meter();
const metered = meteredEnvironment(environment, meter);

/** What is wrong with the text of a condition (CEL): syntax, names, members, types, a result that is no boolean; or null. */
export const checkCondition = problemIn;

/** @throws when `checkCondition` would name a problem. */
function refuseProblem(text: string): void {
  const problem: ConditionProblem | null = checkCondition(text);
  if (problem !== null) throw new Error(`line ${problem.line}, column ${problem.column}: ${problem.message}`);
}

const exhausted = (steps: number): string =>
  `took more than ${steps.toLocaleString("en-US")} steps, the most that a condition may take`;

/** Evaluates within so many steps. @throws when they don't suffice, whatever else happened. */
function within(steps: number, evaluate: (variables: object) => unknown): (variables: object) => unknown {
  return (variables) => {
    meter.start(steps);
    let value: unknown;
    try {
      value = evaluate(variables);
    } catch (error) {
      if (!meter.exhausted) throw error;
    }
    if (meter.exhausted) throw new Error(exhausted(steps));
    return value;
  };
}

/** With what purpose and labels are compared with in the one form. */
function parsed(text: string) {
  const whole = environment.parse(text);
  const canonical = canonicalText(whole.ast);
  return canonical === null ? whole : environment.parse(canonical);
}

/** Compiles a condition. `steps` is for tests. @throws when `checkCondition` would name a problem. */
export function compileCondition(text: string, steps = MOST_STEPS): Condition {
  refuseProblem(text);
  const plain = parsed(text);
  const counted = meteredText(plain.ast);
  // Most have nothing to count, and are evaluated as they are.
  const evaluate = counted === textOf(plain.ast) ? plain : within(steps, metered.parse(counted));
  return (variables) => {
    const value = evaluate(variables);
    if (typeof value !== "boolean") throw new Error("the condition is neither true nor false");
    return value;
  };
}

/** The same, to be asked while a part of the request is not known. @throws when `checkCondition` would name a problem. */
export function compilePartial(text: string, steps = MOST_STEPS): PartialCondition {
  refuseProblem(text);
  return new PartialCondition(metered.parse(textOf(parsed(text).ast)).ast, {
    environment: metered,
    meter,
    steps,
    variables: NAMES,
  });
}
