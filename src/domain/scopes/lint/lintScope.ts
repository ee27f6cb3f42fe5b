import type { Atom } from "../atom.ts";
import {
  allCapabilities,
  mixedTypesAndKinds,
  readAndWrite,
  severalKinds,
  severalTypes,
  wildcardType,
} from "./breadth.ts";
import { codeSystemUnrecognised, codeSystemWrong, codeUnknown, unverifiableConstraint } from "./constraints.ts";
import { actionIsNoInteraction, grantsNothing, outsideCompartment, typeLooksLikeFhir, wholeRecord } from "./effect.ts";
import type { LintFinding, LintInput } from "./finding.ts";
import { broadName, broadTitle } from "./names.ts";
import { sensitiveNamed, sensitiveUnconstrained } from "./sensitive.ts";

export type { LintCode, LintFinding, LintInput, LintSeverity } from "./finding.ts";

/** A rule looks at one thing, and finds it or not. */
export type LintRule = (input: LintInput) => LintFinding | null;

/**
 * Every rule, in the order in which an author should read the findings: what can't be overridden, what
 * needs a justification, what to think about.
 */
export const lintRules: readonly LintRule[] = [
  codeSystemWrong,
  wildcardType,
  allCapabilities,
  broadName,
  mixedTypesAndKinds,
  readAndWrite,
  grantsNothing,
  severalTypes,
  severalKinds,
  sensitiveNamed,
  sensitiveUnconstrained,
  wholeRecord,
  broadTitle,
  actionIsNoInteraction,
  typeLooksLikeFhir,
  outsideCompartment,
  codeSystemUnrecognised,
  codeUnknown,
  unverifiableConstraint,
];

/**
 * What is wrong or unwise about a scope (docs/scopes.md, "Minimal scopes"), with stable codes:
 * ERROR can't be overridden, REFUSE needs an admin's justification, WARNING is for the author. A scope of
 * one kind of action on one type, under a name that says so, is never refused. At most one finding a code.
 */
export function lintScope(input: {
  readonly name: string;
  readonly title: string | null;
  readonly atoms: readonly Atom[];
}): readonly LintFinding[] {
  return lintRules.flatMap((rule) => rule(input) ?? []);
}
