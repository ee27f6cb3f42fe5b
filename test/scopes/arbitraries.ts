// Generated atoms and requests for the laws: a small world, so that they meet each other often.

import fc from "fast-check";
import { type Atom, type AtomContext, type Constraint, canonicalConstraint } from "../../src/domain/scopes/atom.ts";
import { fhirTypes, parameterKind, parameterNames } from "../../src/domain/scopes/fhir.ts";
import type { AtomRequest } from "../../src/domain/scopes/match.ts";
import { labels } from "../support/oneForm.ts";

const contexts = fc.constantFrom<AtomContext>("ANY", "PATIENT", "USER", "SYSTEM");
const resourceTypes = fc.constantFrom("*", "Observation", "Condition", "todo");
const actions = fc.constantFrom("read", "search", "create", "$everything");
const tokens = fc.constantFrom("a", "b", "c", "s|a", "s|b", "t|a", "s|", "t|", "|a");

const parametersOf = (resourceType: string): readonly string[] =>
  resourceType === "*" ? ["_tag"] : resourceType === "todo" ? [] : ["category", "code", "_tag"];

export function constraints(resourceType: string): fc.Arbitrary<Constraint> {
  const names = parametersOf(resourceType);
  if (names.length === 0) return fc.constant([]);
  const entry = fc.record({
    parameter: fc.constantFrom(...names),
    values: fc.array(tokens, { minLength: 1, maxLength: 3 }),
  });
  return fc.array(entry, { maxLength: 3 }).map(canonicalConstraint);
}

export const atom: fc.Arbitrary<Atom> = fc
  .record({ context: contexts, resourceType: resourceTypes, action: actions })
  .chain((part) => constraints(part.resourceType).map((constraint) => ({ ...part, constraint })));

/** One context and few actions, so that most pairs can be compared. */
export const nearAtom: fc.Arbitrary<Atom> = atom.map((one) => ({
  ...one,
  context: "PATIENT",
  action: one.action === "search" ? "search" : "read",
}));

/** What to do to an atom so that something within it comes out. */
export interface Narrowing {
  readonly pick: number;
  readonly resourceType: string;
  readonly extra: Constraint;
}

export const narrowings: fc.Arbitrary<readonly Narrowing[]> = fc.array(
  fc
    .constantFrom("Observation", "Condition")
    .chain((resourceType) =>
      fc.record({ pick: fc.nat(5), resourceType: fc.constant(resourceType), extra: constraints(resourceType) }),
    ),
  { minLength: 1, maxLength: 4 },
);

/** Atoms within those of a set, by construction and not by the algebra under test. */
export function narrowed(atoms: readonly Atom[], steps: readonly Narrowing[]): readonly Atom[] {
  return steps.flatMap(({ pick, resourceType, extra }) => {
    const one = atoms[pick % Math.max(1, atoms.length)];
    if (one === undefined || one.resourceType === "todo") return [];
    const type = one.resourceType === "*" ? resourceType : one.resourceType;
    return [{ ...one, resourceType: type, constraint: canonicalConstraint([...one.constraint, ...extra]) }];
  });
}

export const atomSet = fc.array(nearAtom, { maxLength: 6 });
export const anyAtomSet = fc.array(atom, { maxLength: 6 });

const attribute = fc.oneof(
  fc.constantFrom("a", "b", "s|a", "s|b", "t|a", "|a", "s|z"),
  fc.array(fc.constantFrom("a", "b", "c", "s|a", "s|b", "t|a", "t|b", "|a"), { maxLength: 3 }),
);

/** One resource: no search, whose constraint is a filter and no condition. */
export const instanceRequest: fc.Arbitrary<AtomRequest> = fc.record({
  action: fc.constantFrom("read", "create", "$everything"),
  resourceType: fc.constantFrom("Observation", "Condition", "Patient", "todo"),
  resourcePatients: fc.constantFrom(["p1"], ["p2"], ["p1", "p2"], []),
  contextPatient: fc.constantFrom("p1", "p1", "p2", null),
  reachesShared: fc.boolean(),
  hasSubject: fc.boolean(),
  resourceId: fc.constantFrom("x", null),
  labels: fc.constantFrom(labels(["R"]), labels(["s|a", "N"]), null),
  fhirVersion: fc.constant("R4" as const),
  attributes: fc.record({ category: attribute, code: attribute, _tag: attribute }, { requiredKeys: [] }),
});

/** The same, with nothing in the way but type and constraint. */
export const readRequest: fc.Arbitrary<AtomRequest> = instanceRequest.map((request) => ({
  ...request,
  action: "read",
  resourcePatients: ["p1"],
  contextPatient: "p1",
}));

const tokenTypes = [...fhirTypes].filter((type) =>
  parameterNames(type).some((name) => parameterKind(type, name) === "token"),
);

/** The text of a well-formed SMART v2 scope on any FHIR type, with constraints on its real parameters. */
export const smartText: fc.Arbitrary<string> = fc
  .record({
    context: fc.constantFrom("patient", "user", "system"),
    type: fc.constantFrom("*", ...tokenTypes),
    letters: fc.subarray(["c", "r", "u", "d", "s"], { minLength: 1 }),
  })
  .chain(({ context, type, letters }) => {
    const names = parameterNames(type).filter((name) => parameterKind(type, name) === "token");
    const entry = fc
      .tuple(fc.constantFrom(...names), fc.uniqueArray(tokens, { minLength: 1, maxLength: 3 }))
      .map(([name, values]) => `${name}=${[...values].sort().join(",")}`);
    return fc.uniqueArray(entry, { maxLength: 3 }).map((entries) => {
      const query = entries.length === 0 ? "" : `?${[...entries].sort().join("&")}`;
      return `${context}/${type}.${letters.join("")}${query}`;
    });
  });

export const v1Text: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("patient", "user", "system"),
    fc.constantFrom("*", ...fhirTypes),
    fc.constantFrom("read", "write", "*"),
  )
  .map(([context, type, suffix]) => `${context}/${type}.${suffix}`);
