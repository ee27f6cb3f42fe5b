import type { Atom } from "../atom.ts";
import { parameterKind } from "../fhir.ts";

interface Token {
  readonly parameter: string;
  readonly system: string;
  readonly code: string;
}

/** Tokens whose system is a kind of contact (`phone|555`) or names who issued an identifier, not a code system. */
const NO_CODE_SYSTEM = /^(?:telecom|phone|email|identifier|.*-identifier)$/;

/** The tokens of constraints that name a code system: `category=http://...|laboratory`. */
export function* tokensOf(atoms: readonly Atom[]): Generator<Token> {
  for (const atom of atoms) {
    for (const { parameter, values } of atom.constraint) {
      if (parameterKind(atom.resourceType, parameter) !== "token" || NO_CODE_SYSTEM.test(parameter)) continue;
      for (const value of values) {
        const bar = value.indexOf("|");
        if (bar > 0) yield { parameter, system: value.slice(0, bar), code: value.slice(bar + 1) };
      }
    }
  }
}
