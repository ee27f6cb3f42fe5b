import { sameJson } from "../kernel/canonical.ts";
import { type Atom, type AtomContext, type Constraint, interactions, printAtom, printConstraint } from "./atom.ts";
import type { AtomIndex } from "./atomIndex.ts";
import { exampleTokens } from "./categoryCodes.ts";
import { constraintImplies } from "./constraint.ts";
import { uncovered } from "./cover.ts";
import { fhirTypes } from "./fhir.ts";
import { smartLetters } from "./smart.ts";

/** Granted atoms that are looked through for what comes nearest. */
const LOOKED_THROUGH = 64;

/**
 * Something that is requested and not granted. TYPE: null stands for types of a later FHIR version. OTHER_VALUES: a value
 * of the parameter beside these. Members are in the order of canonical JSON.
 */
export type Missing =
  | { readonly context: AtomContext; readonly lacks: "CONTEXT" }
  | { readonly lacks: "TYPE"; readonly resourceType: string | null }
  | { readonly action: string; readonly lacks: "ACTION" }
  | { readonly code: string; readonly lacks: "CODE"; readonly parameter: string }
  | { readonly constraint: Constraint; readonly lacks: "VALUES" }
  | { readonly lacks: "OTHER_VALUES"; readonly parameter: string; readonly values: readonly string[] };

/** What is missing of the requested scope or atom. */
export interface CounterExample {
  readonly missing: Missing;
  readonly requested: string;
}

/** What is requested and not granted, for the first such atom; null if it is all granted. */
function missing(granted: AtomIndex, requested: Atom): Missing | null {
  const candidates = granted.on(requested, requested.resourceType);
  const part = uncovered(candidates, requested);
  if (part === null) return null;
  const types = granted.typesIn(part.context);
  if (types.size === 0) return { context: part.context, lacks: "CONTEXT" };
  if (!types.has(part.resourceType) && !types.has("*"))
    return { lacks: "TYPE", resourceType: missingType(granted, part) };
  if (candidates.length === 0) return { action: part.action, lacks: "ACTION" };
  return missingValue(candidates, part);
}

/** `*` stands for types yet to come, so a list of all of today's is not within it. */
function missingType(granted: AtomIndex, part: Atom): string | null {
  if (part.resourceType !== "*") return part.resourceType;
  const isMissing = (resourceType: string): boolean =>
    uncovered(granted.on(part, resourceType), { ...part, resourceType }) !== null;
  return [...fhirTypes].find(isMissing) ?? null;
}

/** A value of a constrained parameter that the request takes in and no granted constraint does. */
function missingValue(candidates: readonly Atom[], part: Atom): Missing {
  const unmet = candidates
    .slice(0, LOOKED_THROUGH)
    .flatMap((g) => g.constraint.filter((entry) => !constraintImplies(part.constraint, [entry])));
  const own = part.constraint.find((entry) => unmet.some((wanted) => wanted.parameter === entry.parameter));
  if (own !== undefined) return { constraint: [own], lacks: "VALUES" };
  for (const parameter of new Set(unmet.map((entry) => entry.parameter))) {
    for (const token of exampleTokens(part.resourceType, parameter)) {
      const example = { ...part, constraint: [...part.constraint, { parameter, values: [token] }] };
      if (uncovered(candidates, example) !== null) {
        return { code: token.slice(token.lastIndexOf("|") + 1), lacks: "CODE", parameter };
      }
    }
  }
  const [first] = unmet;
  return first === undefined
    ? { constraint: part.constraint, lacks: "VALUES" }
    : { lacks: "OTHER_VALUES", parameter: first.parameter, values: first.values };
}

/** The requested atoms that lack the same thing, in one word if SMART has one: `patient/Observation.rs`. */
function name(atoms: readonly Atom[]): string {
  const [first] = atoms;
  if (first === undefined) return "";
  if (first.context === "ANY" || !atoms.every((atom) => interactions.includes(atom.action))) return printAtom(first);
  return printAtom({ ...first, action: smartLetters(atoms.map((atom) => atom.action)) });
}

/** Something that is requested and not granted, or null exactly if `covers` holds. */
export function counterExample(granted: AtomIndex, requested: readonly Atom[]): CounterExample | null {
  for (const r of requested) {
    const lacking = missing(granted, r);
    if (lacking === null) continue;
    const alike = requested.filter(
      (other) =>
        other.context === r.context &&
        other.resourceType === r.resourceType &&
        printConstraint(other.constraint) === printConstraint(r.constraint) &&
        sameJson(missing(granted, other), lacking),
    );
    return { missing: lacking, requested: name(alike) };
  }
  return null;
}
