import { isMembers, type Members } from "../answers.ts";
import type { ResourceInput } from "../schema.ts";
import { elementsAt, type Path, readPath } from "./elements.ts";
import { parameterKind, patientParameters } from "./evaluation.ts";
import type { Stated } from "./evaluationTypes.ts";
import { targetOf } from "./references.ts";
import { SEARCH_PATHS } from "./searchPaths.ts";
import { type Texts, textsOf } from "./values.ts";
import { completeLists } from "./wholeResource.ts";

export interface ReadOptions {
  /** The address of the server that has the resource, without a slash at its end: absolute references to it are its own. */
  readonly base?: string | undefined;
}

/** What a decision needs to know of a FHIR R4 resource. */
export interface ResourceFacts {
  readonly type: string;
  readonly id?: string;
  /** Whose it is, ids alone, each once; empty: nobody's. Null: it names somebody in a way that can't be read, so that it must not be given out. */
  readonly patients: readonly string[] | null;
  /** As `system|code`. Absent: it bears none, or one that can't be read; the service is then told nothing, and not "none". */
  readonly labels?: readonly string[];
  /** By search parameter; and `codes` and `references`, which are all there are. What can't be said whole is left out. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Characters of one attribute as JSON, and of all: the service takes 16,384. */
const MOST = 4_000;
const MOST_OF_ALL = 14_000;

/** Members of a question of their own. */
const OWN: ReadonlySet<string> = new Set(["_id", "_security"]);
/** By these the service looks whether they agree with `patients`: they say nothing else, and stand where they can be read. */
const SUBJECTS: ReadonlySet<string> = new Set(["patient", "patients", "subject", "beneficiary", "individual"]);

/** A reference as a search parameter has it; null: it can't be read, or not to which type it leads. */
function referenceText(
  value: unknown,
  container: Members,
  { base, leadsTo }: { base: string | null; leadsTo: string | null },
): Texts {
  const target = targetOf(value, container, base);
  if (target === null || target.is === "CONTAINED" || target.type === null) return null;
  if (leadsTo !== null && target.type !== leadsTo) return [];
  return [target.is === "HERE" ? `${target.type}/${target.id}` : target.text];
}

function valuesAt(resource: Members, paths: readonly Path[], base: string | null): Texts {
  const texts = new Set<string>();
  for (const path of paths) {
    const elements = elementsAt(resource, path);
    if (elements === null) return null;
    for (const value of elements) {
      const { leadsTo, type } = path;
      const some = type === "Reference" ? referenceText(value, resource, { base, leadsTo }) : textsOf(type, value);
      if (some === null) return null;
      for (const text of some) texts.add(text);
    }
  }
  return [...texts];
}

const pathsOf = (type: string, parameter: string): readonly Path[] =>
  (SEARCH_PATHS[type]?.[parameter] ?? []).map(readPath);

/** Whose it is; null: that can't be told. */
function patientsOf(resource: Members, type: string, base: string | null): readonly string[] | null {
  const { id } = resource;
  if (type === "Patient") return typeof id === "string" ? [id] : null;
  const parameters = parameterKind(type, "patient", "R4") === null ? patientParameters(type) : ["patient", "subject"];
  const patients = new Set<string>();
  for (const path of parameters.flatMap((parameter) => pathsOf(type, parameter))) {
    const elements = path.type === "Reference" ? elementsAt(resource, path) : [];
    if (elements === null) return null;
    for (const value of elements) {
      const target = targetOf(value, resource, base);
      if (target === null || target.type === null) return null;
      if (target.type !== "Patient") continue;
      if (target.is !== "HERE") return null;
      patients.add(target.id);
    }
  }
  return [...patients];
}

function labelsOf({ meta }: Members): readonly string[] | null {
  const security = isMembers(meta) ? meta.security : undefined;
  if (!Array.isArray(security) || security.length === 0) return null;
  const labels = security.map((coding) => textsOf("Coding", coding));
  return labels.includes(null) ? null : [...new Set(labels.flatMap((each) => each ?? []))];
}

/** Whether it says itself that it is not whole. */
function isSubsetted({ meta }: Members): boolean {
  const tags = isMembers(meta) && Array.isArray(meta.tag) ? meta.tag : [];
  return tags.some((tag) => isMembers(tag) && tag.code === "SUBSETTED");
}

function attributesIn(resource: Members, type: string, base: string | null): ResourceFacts["attributes"] {
  if (isSubsetted(resource)) return {};
  const found: [string, readonly string[]][] = Object.entries(completeLists(resource, base));
  for (const of of ["Resource", type])
    for (const parameter of Object.keys(SEARCH_PATHS[of] ?? {})) {
      if (OWN.has(parameter)) continue;
      const values = valuesAt(resource, pathsOf(of, parameter), base);
      if (values === null || values.length === 0) continue;
      if (SUBJECTS.has(parameter) && values.some((text) => text.includes(":"))) continue;
      found.push([parameter, values]);
    }
  const sized = found
    .map((each) => ({ each, size: JSON.stringify(each).length }))
    .filter(({ size }) => size <= MOST)
    .sort((a, b) => a.size - b.size);
  let left = MOST_OF_ALL;
  const kept = sized.filter(({ size }) => {
    left -= size;
    return left >= 0;
  });
  return Object.fromEntries(kept.map(({ each }) => each));
}

/**
 * What is known of a FHIR R4 resource by what it says: the value of each search parameter that is a path, all of its codes and references, whose it
 * is, its labels. All of it must be a resource as the server has it, and not a part.
 */
export function attributesOf(resource: object, { base }: ReadOptions = {}): ResourceFacts {
  const members = isMembers(resource) ? resource : {};
  const { id, resourceType } = members;
  const type = typeof resourceType === "string" ? resourceType : "";
  const labels = labelsOf(members);
  return {
    type,
    ...(typeof id === "string" && { id }),
    patients: patientsOf(members, type, base ?? null),
    ...(labels !== null && { labels }),
    attributes: attributesIn(members, type, base ?? null),
  };
}

/** As the `resource` of a question; null: whose it is can't be told, so that it can't be asked about. */
export function toResource(
  { patients, ...facts }: ResourceFacts,
  organization: string | null = null,
): ResourceInput | null {
  if (patients === null) return null;
  const [only] = patients;
  return {
    ...facts,
    ...(organization !== null && { organization }),
    ...(only !== undefined && (patients.length === 1 ? { patient: only } : { patients })),
  };
}

export const statedOf = ({ attributes, id, labels, patients, type }: ResourceFacts): Stated => ({
  type,
  id: id ?? null,
  patients,
  labels: labels ?? null,
  attributes,
  fhirVersion: "R4",
});
