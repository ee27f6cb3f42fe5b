import { isObject, type Members } from "../domain/kernel/reader.ts";
import { COMPLETE_CODES, COMPLETE_REFERENCES, completeListProblems } from "../domain/scopes/completeLists.ts";
import { canonicalReference } from "../domain/scopes/fhirReference.ts";

/** What a decision needs to know of a FHIR resource. */
export interface ResourceFacts {
  readonly type: string;
  readonly id: string | null;
  /** The only one; null: none, or several. */
  readonly patient: string | null;
  /** All of several. */
  readonly patients: readonly string[] | null;
  /** The resource has a reference to some patient, but the file does not say which id that patient has. */
  readonly patientUnresolved: boolean;
  /** Null when the resource has no security labels at all: the service is then told nothing, not "none". */
  readonly labels: readonly string[] | null;
  readonly attributes: Readonly<Record<string, string | readonly string[]>>;
}

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

/** Where references of a bundle lead: by fullUrl, and null where two entries share one and differ. */
export type Targets = ReadonlyMap<string, { readonly type: string; readonly id: string | null } | null>;

/** The elements that name the patient a resource is about. */
const PATIENT_ELEMENTS = ["subject", "patient", "beneficiary"] as const;
/** Search parameters that are sent as attributes, each from the element of the same name. */
const ATTRIBUTE_ELEMENTS = ["category", "code", "type", "status"] as const;

/** The patient's id, null when it can't be told, undefined when the reference leads to something else than a patient. */
function patientOf(reference: string, targets: Targets): string | null | undefined {
  const plainReference = reference.replace(/\/_history\/[^/]*$/, "");
  const target = targets.get(plainReference);
  if (target === null) return null;
  if (target !== undefined) return target.type === "Patient" ? target.id : undefined;
  const relative = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(plainReference);
  if (relative !== null) return relative[1] === "Patient" ? (relative[2] ?? null) : undefined;
  // Another server's `Patient/1` is not ours, and a `urn:uuid:` that is not in the file could be anything.
  return /(^|\/)(?!Patient[/?])[A-Z][A-Za-z]+[/?][^/]*$/.test(plainReference) ? undefined : null;
}

function patientFacts(
  resource: Members,
  own: string | null,
  targets: Targets,
): Pick<ResourceFacts, "patient" | "patients" | "patientUnresolved"> {
  if (resource.resourceType === "Patient") return { patient: own, patients: null, patientUnresolved: false };
  const references = PATIENT_ELEMENTS.flatMap((name) => listOf(resource[name]))
    .filter(isObject)
    .map(({ reference }) => (typeof reference === "string" ? patientOf(reference, targets) : null));
  const found = [...new Set(references.filter((patient) => patient !== undefined))];
  const patients = found.filter((patient) => patient !== null);
  // Whose it is can only be said as a whole: a resource of a patient who is not known may be anybody's.
  if (patients.length < found.length) return { patient: null, patients: null, patientUnresolved: true };
  return {
    patient: found.length === 1 ? (patients[0] ?? null) : null,
    patients: found.length > 1 ? patients : null,
    patientUnresolved: false,
  };
}

/** The tokens of a code, Coding, CodeableConcept or list of these: `system|code`, or the bare code without a system. */
function tokensOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(tokensOf);
  if (!isObject(value)) return [];
  if ("coding" in value) return tokensOf(value.coding);
  const { system, code } = value;
  if (typeof code !== "string" || code === "") return [];
  if (system === undefined) return [code];
  // A system with a bar in it could pass for another system and the beginning of a code.
  return typeof system === "string" && !system.includes("|") ? [`${system}|${code}`] : [];
}

/** Characters of a list that says all there is: a longer one is left out, never cut. */
const MOST_LISTED = 4_000;
const CODING: ReadonlySet<string> = new Set([
  "system",
  "version",
  "code",
  "display",
  "userSelected",
  "id",
  "extension",
]);

const REFERENCE: ReadonlySet<string> = new Set(["reference", "type", "identifier", "display", "id", "extension"]);
const CONCEPT: ReadonlySet<string> = new Set(["coding", "text", "id", "extension"]);

/** Every object in a resource, contained ones too; not its notes, which are text. */
function* objectsIn(value: unknown): Generator<Members> {
  if (Array.isArray(value)) for (const each of value) yield* objectsIn(each);
  if (!isObject(value)) return;
  yield value;
  for (const [name, each] of Object.entries(value)) if (name !== "note") yield* objectsIn(each);
}

const isOnly = (element: Members, names: ReadonlySet<string>): boolean =>
  Object.keys(element).every((name) => names.has(name));

/** Whether it refers to something by an identifier or in words alone. */
const isUnreferenced = (element: Members): boolean =>
  element.reference === undefined &&
  (element.identifier !== undefined || element.display !== undefined) &&
  isOnly(element, REFERENCE);

/** Whether it says a code in words alone. */
function isUncoded(element: Members): boolean {
  const { code, coding, display, system, text } = element;
  if (text !== undefined && isOnly(element, CONCEPT)) return !Array.isArray(coding) || coding.length === 0;
  return code === undefined && (system !== undefined || display !== undefined) && isOnly(element, CODING);
}

/** `Type/id` of a reference, perhaps to another entry of the file; null: it can't be told so. */
function targetOf(reference: string, targets: Targets): string | null {
  const target = targets.get(reference.replace(/\/_history\/[^/]*$/, ""));
  if (target !== undefined) return target === null || target.id === null ? null : `${target.type}/${target.id}`;
  const relative = /^(?:[A-Za-z]+\/[^/]+)(?:\/_history\/[^/]+)?$/.test(reference);
  return relative ? canonicalReference(reference) : null;
}

/** All references and all codes of a resource; a list in which one can't be told is left out. */
function completeLists(resource: Members, targets: Targets): ResourceFacts["attributes"] {
  const references = new Set<string | null>();
  const codes = new Set<string | null>();
  for (const element of objectsIn(resource)) {
    const { code, coding, reference, system } = element;
    if (isUnreferenced(element)) references.add(null);
    if (isUncoded(element)) codes.add(null);
    // What is contained is looked through by itself.
    if (typeof reference === "string" && !reference.startsWith("#")) references.add(targetOf(reference, targets));
    if (coding !== undefined || typeof code !== "string") continue;
    if (typeof system === "string") codes.add(`${system}|${code}`);
    else if (isOnly(element, CODING)) codes.add(null);
  }
  const lists = { [COMPLETE_CODES]: [...codes], [COMPLETE_REFERENCES]: [...references] };
  return Object.fromEntries(
    Object.entries(lists).flatMap(([name, list]) => {
      const [problem] = completeListProblems({ [name]: list }, "");
      return problem === undefined && JSON.stringify(list).length <= MOST_LISTED
        ? [[name, list as readonly string[]] as const]
        : [];
    }),
  );
}

function attributesOf(resource: Members): ResourceFacts["attributes"] {
  const attributes = new Map<string, string | readonly string[]>();
  for (const name of ATTRIBUTE_ELEMENTS) {
    const value = resource[name];
    // One plain code stays one text, so that a condition such as `status != "final"` compares like with like.
    const tokens = typeof value === "string" ? value : [...new Set(tokensOf(value))];
    if (tokens.length > 0) attributes.set(name, tokens);
  }
  return Object.fromEntries(attributes);
}

/** The codes of `meta.security`, or a sentence on why they can't be told. A label that is not understood is not dropped. */
function labelsOf({ meta }: Members): ResourceFacts["labels"] | string {
  if (meta === undefined) return null;
  if (!isObject(meta)) return "has a meta that is no object";
  if (meta.security === undefined) return null;
  if (!Array.isArray(meta.security)) return "has a meta.security that is no list";
  const codes = meta.security.map((coding: unknown) => (isObject(coding) ? coding.code : null));
  if (!codes.every((code) => typeof code === "string")) return "has a security label without a code";
  return codes.length === 0 ? null : [...new Set(codes)];
}

/** What a decision needs to know, or what is wrong. `own` is the id under which the bundle knows the resource. */
export function factsOf(resource: Members, own: string | null, targets: Targets): ResourceFacts | string {
  const labels = labelsOf(resource);
  if (typeof labels === "string") return labels;
  return {
    type: String(resource.resourceType),
    id: own,
    ...patientFacts(resource, own, targets),
    labels,
    attributes: { ...attributesOf(resource), ...completeLists(resource, targets) },
  };
}
