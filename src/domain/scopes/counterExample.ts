import { type Atom, type Constraint, interactions, printAtom, printConstraint } from "./atom.ts";
import { exampleTokens } from "./categoryCodes.ts";
import { constraintImplies } from "./constraint.ts";
import { typeCovers, uncovered } from "./cover.ts";
import { fhirTypes } from "./fhir.ts";
import { smartLetters } from "./smart.ts";

/** What is requested and not granted, in a few words, for the first such atom; null if it is all granted. */
function missing(granted: readonly Atom[], requested: Atom): string | null {
  const part = uncovered(granted, requested);
  if (part === null) return null;
  const inContext = granted.filter((g) => g.context === part.context);
  if (inContext.length === 0) return part.context === "ANY" ? "any context" : `context ${part.context.toLowerCase()}`;
  const ofType = inContext.filter((g) => typeCovers(g, part.resourceType));
  if (ofType.length === 0) return `resource type ${missingType(granted, part)}`;
  const candidates = ofType.filter((g) => g.action === part.action);
  if (candidates.length === 0) return `action ${part.action}`;
  return missingValue(granted, candidates, part);
}

/** `*` stands for types yet to come, so a list of all of today's is not within it. */
function missingType(granted: readonly Atom[], part: Atom): string {
  if (part.resourceType !== "*") return part.resourceType;
  const example = [...fhirTypes].find((resourceType) => uncovered(granted, { ...part, resourceType }) !== null);
  return example ?? "of a later FHIR version";
}

/** A value of a constrained parameter that the request takes in and no granted constraint does. */
function missingValue(granted: readonly Atom[], candidates: readonly Atom[], part: Atom): string {
  const unmet = candidates.flatMap((g) => g.constraint.filter((entry) => !constraintImplies(part.constraint, [entry])));
  const own = part.constraint.find((entry) => unmet.some((wanted) => wanted.parameter === entry.parameter));
  if (own !== undefined) return describe([own]);
  for (const { parameter } of unmet) {
    for (const token of exampleTokens(part.resourceType, parameter)) {
      const example = { ...part, constraint: [...part.constraint, { parameter, values: [token] }] };
      if (uncovered(granted, example) !== null) return `${parameter} ${token.slice(token.lastIndexOf("|") + 1)}`;
    }
  }
  const [first] = unmet;
  return first === undefined ? describe(part.constraint) : `${first.parameter} other than ${first.values.join(" or ")}`;
}

const describe = (constraint: Constraint): string =>
  constraint.map(({ parameter, values }) => `${parameter} ${values.join(" or ")}`).join(" and ");

/** The requested atoms that lack the same thing, in one word if SMART has one: `patient/Observation.rs`. */
function name(atoms: readonly Atom[]): string {
  const [first] = atoms;
  if (first === undefined) return "";
  if (first.context === "ANY" || !atoms.every((atom) => interactions.includes(atom.action))) return printAtom(first);
  return printAtom({ ...first, action: smartLetters(atoms.map((atom) => atom.action)) });
}

/**
 * A plain sentence naming something that is requested and not granted, or null exactly if `covers` holds:
 * "patient/Observation.rs is not within it: category vital-signs".
 */
export function counterExample(granted: readonly Atom[], requested: readonly Atom[]): string | null {
  for (const r of requested) {
    const lacking = missing(granted, r);
    if (lacking === null) continue;
    const alike = requested.filter(
      (other) =>
        other.context === r.context &&
        other.resourceType === r.resourceType &&
        printConstraint(other.constraint) === printConstraint(r.constraint) &&
        missing(granted, other) === lacking,
    );
    return `${name(alike)} is not within it: ${lacking}`;
  }
  return null;
}
