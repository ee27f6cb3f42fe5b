// What is told of a resource, as tests write it: lists of codes and references, which are all there is unless it is said otherwise.
import { codingOf } from "../../src/domain/consent/hl7Codes.ts";
import type { StatedCodes, StatedReferences } from "../../src/domain/consent/types.ts";
import { canonicalCode } from "../../src/domain/scopes/codeSystems.ts";
import { referenceTarget } from "../../src/domain/scopes/fhirReference.ts";

/** Codes; undefined: none is told. */
export function toldCodes(codes: readonly string[] | undefined): StatedCodes {
  const told = (codes ?? []).map(canonicalCode);
  return { codes: told, areAll: codes !== undefined && told.every((code) => codingOf(code).system !== "") };
}

const formOf = (reference: string): string | null => {
  const target = referenceTarget(reference);
  return target === null ? null : target.type === null ? target.id : `${target.type}/${target.id}`;
};

/** References; undefined: none is told. `isAll`: they are all there is; else they are all to the types of which they name some. */
export function toldReferences(references: readonly string[] | undefined, isAll = false): StatedReferences {
  const told = (references ?? []).map(formOf);
  const known = told.filter((each) => each !== null);
  const areRead = references !== undefined && known.length === told.length;
  return {
    references: known,
    areAllOf: (type) => areRead && (isAll || known.some((each) => each.startsWith(`${type}/`))),
  };
}
