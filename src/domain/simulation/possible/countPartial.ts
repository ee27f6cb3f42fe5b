import type { RuleEngine } from "../../decisions/ruleEngine.ts";

export interface CountedEngine {
  readonly engine: RuleEngine;
  /** Counts other work, in the units of `Turns`. */
  readonly add: (work: number) => void;
  /** What it was asked since the last time while something was not known, and what was added, in the units of `Turns`. */
  readonly work: () => number;
}

/** `each`: what it takes to ask the rules once, which is the more the less is known. */
export function countPartial(engine: RuleEngine, each: number): CountedEngine {
  let spent = 0;
  return {
    engine: {
      ...engine,
      evaluatePartial(query) {
        spent += each;
        return engine.evaluatePartial(query);
      },
    },
    add(work) {
      spent += work;
    },
    work() {
      const work = spent;
      spent = 0;
      return work;
    },
  };
}
