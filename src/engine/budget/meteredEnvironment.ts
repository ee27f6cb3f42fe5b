import type { Environment } from "@marcbachmann/cel-js";
import type { Meter } from "./meter.ts";

/** What an error costs that is caught within a loop: making it takes some 5 microseconds. */
const ERROR_STEPS = 250;

/** The parts of CEL's macros that are used here (README of the library, "Custom macros"). */
interface Part {
  readonly args: unknown;
}
interface Macro {
  readonly args: readonly [Part, Part];
}
interface Checker {
  check(part: Part, context: unknown): unknown;
  getType(name: string): unknown;
}
interface Evaluator {
  run(part: Part, context: unknown): unknown;
}
type Take = (evaluator: Evaluator, context: unknown, parts: readonly [Part, Part]) => unknown;

/** A function that is given its arguments as expressions. It has the type of the first, or is a truth. */
function macro(environment: Environment, signature: string, take: Take): void {
  const truth = signature.endsWith("bool");
  environment.registerFunction(signature, ({ args }: Macro) => ({
    async: false,
    typeCheck(checker: Checker, _: unknown, context: unknown) {
      const [type] = args.map((part) => checker.check(part, context));
      return truth ? checker.getType("bool") : type;
    },
    evaluate: (evaluator: Evaluator, _: unknown, context: unknown) => take(evaluator, context, args),
  }));
}

/** The number or the truth that `meteredText` wrote. */
const literal = (part: Part): number => Number(part.args);

/** An environment in which what `meteredText` writes is evaluated, its steps counted by the meter. */
export function meteredEnvironment(base: Environment, meter: Meter): Environment {
  // The text that is written here is longer than the condition, whose own limits were kept.
  const limits = { maxAstNodes: 20_000, maxDepth: 1_000, maxListElements: 4_000, maxMapEntries: 4_000 };
  const environment = base.clone({ limits });
  macro(environment, "_weigh(ast, ast): dyn", (ev, ctx, [part, times]) =>
    meter.weigh(ev.run(part, ctx), literal(times)),
  );
  macro(environment, "_each(ast, ast): dyn", (ev, ctx, [part, steps]) => meter.each(ev.run(part, ctx), literal(steps)));
  macro(environment, "_cube(ast): dyn", (ev, ctx, [part]) => meter.cube(ev.run(part, ctx)));
  macro(environment, "_within(ast, ast): bool", (ev, ctx, [value, others]) =>
    meter.within(ev.run(value, ctx), ev.run(others, ctx)),
  );
  macro(environment, "_search(ast, ast): bool", (ev, ctx, [text, wanted]) =>
    meter.search(ev.run(text, ctx), ev.run(wanted, ctx)),
  );
  macro(environment, "_try(ast, ast): dyn", (ev, ctx, [part, stop]) => {
    try {
      return ev.run(part, ctx);
    } catch (error) {
      if (meter.charge(ERROR_STEPS)) throw error;
      // Ends the loop, or the side of `&&` and `||`: the answer no longer matters.
      return stop.args;
    }
  });
  return environment;
}
