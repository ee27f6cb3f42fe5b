/** All that a FHIR resource refers to, and all of its codes: what a patient refused may be any of them. */

type Members = Readonly<Record<string, unknown>>;

/** A list that is too long is left out: Scopewarden then takes what it is not told for unknown. */
const MOST = 200;
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
  else if (typeof value === "object" && value !== null) {
    yield value as Members;
    for (const [name, each] of Object.entries(value)) if (name !== "note") yield* objectsIn(each);
  }
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

/** `Type/id` of a reference within this server; null: it leads elsewhere, or can't be read. */
function targetOf(reference: string, base: string): string | null {
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  return /^([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/.+)?$/.exec(relative)?.[1] ?? null;
}

function listOf(found: readonly (string | null)[]): readonly string[] | undefined {
  const all = [...new Set(found)];
  return all.length > MOST || all.includes(null) ? undefined : (all as readonly string[]);
}

/** The attributes `references` and `codes`; undefined: not all of them can be told. `base`: the address of this server. */
export function wholeResource(resource: object, base: string) {
  const references: (string | null)[] = [];
  const codes: (string | null)[] = [];
  for (const element of objectsIn(resource)) {
    const { code, coding, reference, system } = element;
    if (isUnreferenced(element)) references.push(null);
    if (isUncoded(element)) codes.push(null);
    // What is contained is looked through by itself.
    if (typeof reference === "string" && !reference.startsWith("#")) references.push(targetOf(reference, base));
    if (coding !== undefined || typeof code !== "string") continue;
    if (typeof system === "string" && /^[a-z][a-z0-9+.-]*:[^|\s]+$/i.test(system)) codes.push(`${system}|${code}`);
    else if (isOnly(element, CODING)) codes.push(null);
  }
  return { references: listOf(references), codes: listOf(codes) };
}
