import { interactions } from "../atom.ts";
import { distinct, kindOf, type LintFinding, type LintInput, listed } from "./finding.ts";

const typesOf = (input: LintInput): readonly string[] => distinct(input.atoms.map((atom) => atom.resourceType));
const kindsOf = (input: LintInput): readonly string[] => distinct(input.atoms.map((atom) => kindOf(atom.action)));

/** A type of `*`. */
export function wildcardType({ atoms }: LintInput): LintFinding | null {
  if (!atoms.some((atom) => atom.resourceType === "*")) return null;
  return {
    code: "WILDCARD_TYPE",
    severity: "REFUSE",
    message: "The resource type * takes in every type, those of a later version included.",
    narrowing: "Name the one type that the client works with, and make one scope for each further type.",
  };
}

/** All five interactions on one type: `.cruds`, `.*`. */
export function allCapabilities({ atoms }: LintInput): LintFinding | null {
  const types = distinct(atoms.map((atom) => atom.resourceType));
  const whole = types.find((type) => {
    const actions = atoms.filter((atom) => atom.resourceType === type).map((atom) => atom.action);
    return interactions.every((interaction) => actions.includes(interaction));
  });
  if (whole === undefined) return null;
  return {
    code: "WILDCARD_ACTIONS",
    severity: "REFUSE",
    message: `Everything can be done to ${whole}: create, read, update, delete and search.`,
    narrowing: "Keep read and search, and make a scope of its own for each change that the client makes.",
  };
}

/** More than one type and more than one kind of action. */
export function mixedTypesAndKinds(input: LintInput): LintFinding | null {
  const [types, kinds] = [typesOf(input), kindsOf(input)];
  if (types.length < 2 || kinds.length < 2) return null;
  return {
    code: "UNRELATED_ATOMS",
    severity: "REFUSE",
    message: `One scope for ${listed(kinds)} on ${listed(types)}: who needs one part of it gets the rest as well.`,
    narrowing: "Make one scope for each kind of action on each type.",
  };
}

/** Reading and changing in one. */
export function readAndWrite(input: LintInput): LintFinding | null {
  const kinds = kindsOf(input);
  if (!kinds.includes("read") || !kinds.includes("write")) return null;
  return {
    code: "READ_AND_WRITE",
    severity: "REFUSE",
    message: "Reading and changing are in one scope: nobody can be given the one without the other.",
    narrowing: "Make a scope for read and search, and another for the changes.",
  };
}

/** One kind of action, on more than one type. */
export function severalTypes(input: LintInput): LintFinding | null {
  const types = typesOf(input);
  if (types.length < 2 || kindsOf(input).length > 1) return null;
  return {
    code: "SEVERAL_TYPES",
    severity: "WARNING",
    message: `One scope for ${types.length} resource types: ${listed(types)}.`,
    narrowing: "One action and one data type make a scope that can be granted by need.",
  };
}

/** One type, and kinds of action that are not just reading and changing. */
export function severalKinds(input: LintInput): LintFinding | null {
  const kinds = kindsOf(input);
  const onlyReadAndWrite = kinds.includes("read") && kinds.includes("write") && kinds.length === 2;
  if (typesOf(input).length > 1 || kinds.length < 2 || onlyReadAndWrite) return null;
  return {
    code: "SEVERAL_KINDS",
    severity: "WARNING",
    message: `One scope for several kinds of action: ${listed(kinds)}.`,
    narrowing: "Make one scope for each, so that each can be granted by need.",
  };
}
