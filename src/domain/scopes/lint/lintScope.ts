import { actionIsNoInteraction } from "./actionIsNoInteraction.ts";
import { allCapabilities } from "./allCapabilities.ts";
import { broadName } from "./broadName.ts";
import { broadTitle } from "./broadTitle.ts";
import { codeSystemUnrecognised } from "./codeSystemUnrecognised.ts";
import { codeSystemWrong } from "./codeSystemWrong.ts";
import { codeUnknown } from "./codeUnknown.ts";
import type { LintFinding, LintInput } from "./finding.ts";
import { grantsNothing } from "./grantsNothing.ts";
import { hiddenCharacter } from "./hiddenCharacter.ts";
import { mixedTypesAndKinds } from "./mixedTypesAndKinds.ts";
import { outsideCompartment } from "./outsideCompartment.ts";
import { readAndWrite } from "./readAndWrite.ts";
import { sensitiveNamed } from "./sensitiveNamed.ts";
import { sensitiveUnconstrained } from "./sensitiveUnconstrained.ts";
import { severalKinds } from "./severalKinds.ts";
import { severalTypes } from "./severalTypes.ts";
import { typeLooksLikeFhir } from "./typeLooksLikeFhir.ts";
import { unverifiableConstraint } from "./unverifiableConstraint.ts";
import { wholeRecord } from "./wholeRecord.ts";
import { wildcardType } from "./wildcardType.ts";

/** A rule looks at one thing, and finds it or not. It stands in the file of its name, and has a test of that name. */
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
  hiddenCharacter,
  actionIsNoInteraction,
  typeLooksLikeFhir,
  outsideCompartment,
  codeSystemUnrecognised,
  codeUnknown,
  unverifiableConstraint,
];

/**
 * What is wrong or unwise about a scope (docs/scopes.md, "What makes a good scope"), with stable codes:
 * ERROR can't be overridden, REFUSE needs an admin's justification, WARNING is for the author. A scope of
 * one kind of action on one type, under a name that says so, is never refused. At most one finding a code.
 */
export function lintScope(input: LintInput): readonly LintFinding[] {
  return lintRules.flatMap((rule) => rule(input) ?? []);
}
