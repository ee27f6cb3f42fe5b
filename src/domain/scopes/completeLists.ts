import type { Problem } from "../kernel/errors.ts";
import { canonicalSystem, judgeCodeSystem } from "./codeSystems.ts";
import { slipOfFhirType } from "./fhir.ts";
import { referenceTarget } from "./fhirReference.ts";

type Attributes = { readonly [name: string]: unknown };

/** The attributes of a resource that say all its references, and all its codes: what is not in them is not in the resource. */
export const COMPLETE_REFERENCES = "references";
export const COMPLETE_CODES = "codes";
export const COMPLETE_LISTS: readonly string[] = [COMPLETE_CODES, COMPLETE_REFERENCES];

const meant = (near: string | null): string => (near === null ? "" : `; did you mean ${near}?`);

function referenceProblem(text: string): string | null {
  const [, type, id] = /^([A-Za-z][A-Za-z0-9_-]*)\/([^/]+)$/.exec(text) ?? [];
  if (type === undefined || id === undefined) return "must be Type/id, such as Encounter/e-1";
  const near = slipOfFhirType(type);
  if (near === null) return referenceTarget(text) === null ? "must be Type/id, such as Encounter/e-1" : null;
  return `has the type ${type}; did you mean ${near}?`;
}

const ONE_WORD = /^[!-~]+$/;
/** As FHIR R4 has it (data type `code`): words with single spaces between them. */
const CODE = /^[!-~]+(?: [!-~]+)*$/;

function codeProblem(text: string): string | null {
  const [system = "", code = "", ...more] = text.split("|");
  if (more.length > 0 || !ONE_WORD.test(system) || !CODE.test(code))
    return "must be system|code, such as http://loinc.org|2339-0";
  const verdict = judgeCodeSystem(canonicalSystem(system));
  return verdict.kind === "WRONG" ? `is of a code system that no data carries${meant(verdict.nearest)}` : null;
}

const CHECKS = [
  [COMPLETE_REFERENCES, referenceProblem],
  [COMPLETE_CODES, codeProblem],
] as const;

/**
 * What is wrong with the lists that say all there is: an item that could not be compared would make of them less than all. Null and
 * absent: they are not told.
 */
export function* completeListProblems(attributes: Attributes | null, path: string): Generator<Problem> {
  for (const [name, problemOf] of CHECKS) {
    const value = attributes?.[name] ?? null;
    if (value === null) continue;
    if (!Array.isArray(value)) {
      yield { path: `${path}.${name}`, message: "must be a list of texts; leave it out where it is not known" };
      continue;
    }
    for (const [i, each] of (value as readonly unknown[]).entries()) {
      const problem = typeof each === "string" ? problemOf(each) : "must be a text";
      if (problem === null) continue;
      yield { path: `${path}.${name}[${i}]`, message: problem };
      break;
    }
  }
}
