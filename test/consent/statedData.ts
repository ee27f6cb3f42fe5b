// What is stated of a resource, as tests write it: lists of codes and references, which are all there is unless it is said otherwise.
import { codingOf } from "../../src/domain/consent/hl7Codes.ts";
import type { ResourceData } from "../../src/domain/consent/types.ts";
import { canonicalCode } from "../../src/domain/scopes/codeSystems.ts";
import { referenceTarget } from "../../src/domain/scopes/fhirReference.ts";

/** Codes; undefined: none is stated. */
export function statedCodes(codes: readonly string[] | undefined): ResourceData["codes"] {
  const stated = (codes ?? []).map(canonicalCode);
  const areAll = codes !== undefined && stated.every((code) => codingOf(code).system !== "");
  return { codes: stated, areAll, areWhole: areAll };
}

const formOf = (reference: string): string | null => {
  const target = referenceTarget(reference);
  return target === null ? null : target.type === null ? target.id : `${target.type}/${target.id}`;
};

/** References; undefined: none is stated. `isAll`: they are all there is; else they are all to the types of which they name some. */
export function statedReferences(references: readonly string[] | undefined, isAll = false): ResourceData["references"] {
  const stated = (references ?? []).map(formOf);
  const known = stated.filter((each) => each !== null);
  const areRead = references !== undefined && known.length === stated.length;
  return {
    references: known,
    areWhole: areRead && isAll,
    areAllOf: (type) => areRead && (isAll || known.some((each) => each.startsWith(`${type}/`))),
  };
}
