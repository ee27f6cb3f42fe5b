import { sameJson } from "../kernel/canonical.ts";
import { type Atom, type AtomContext, type Constraint, interactions, printAtom, printConstraint } from "./atom.ts";
import { exampleTokens } from "./categoryCodes.ts";
import { constraintImplies } from "./constraint.ts";
import { typeCovers, uncovered } from "./cover.ts";
import { fhirTypes } from "./fhir.ts";
import { smartLetters } from "./smart.ts";

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
function missing(granted: readonly Atom[], requested: Atom): Missing | null {
  const part = uncovered(granted, requested);
  if (part === null) return null;
  const inContext = granted.filter((g) => g.context === part.context);
  if (inContext.length === 0) return { context: part.context, lacks: "CONTEXT" };
  const ofType = inContext.filter((g) => typeCovers(g, part.resourceType));
  if (ofType.length === 0) return { lacks: "TYPE", resourceType: missingType(granted, part) };
  const candidates = ofType.filter((g) => g.action === part.action);
  if (candidates.length === 0) return { action: part.action, lacks: "ACTION" };
  return missingValue(granted, candidates, part);
}

/** `*` stands for types yet to come, so a list of all of today's is not within it. */
function missingType(granted: readonly Atom[], part: Atom): string | null {
  if (part.resourceType !== "*") return part.resourceType;
  return [...fhirTypes].find((resourceType) => uncovered(granted, { ...part, resourceType }) !== null) ?? null;
}

/** A value of a constrained parameter that the request takes in and no granted constraint does. */
function missingValue(granted: readonly Atom[], candidates: readonly Atom[], part: Atom): Missing {
  const unmet = candidates.flatMap((g) => g.constraint.filter((entry) => !constraintImplies(part.constraint, [entry])));
  const own = part.constraint.find((entry) => unmet.some((wanted) => wanted.parameter === entry.parameter));
  if (own !== undefined) return { constraint: [own], lacks: "VALUES" };
  for (const { parameter } of unmet) {
    for (const token of exampleTokens(part.resourceType, parameter)) {
      const example = { ...part, constraint: [...part.constraint, { parameter, values: [token] }] };
      if (uncovered(granted, example) !== null) {
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
export function counterExample(granted: readonly Atom[], requested: readonly Atom[]): CounterExample | null {
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
