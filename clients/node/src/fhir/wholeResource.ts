import { isMembers, type Members } from "../answers.ts";
import { completeListProblems } from "./evaluation.ts";
import { targetOf } from "./references.ts";

const CODING = new Set(["system", "version", "code", "display", "userSelected", "id", "extension"]);
const REFERENCE = new Set(["reference", "type", "identifier", "display", "id", "extension"]);
const CONCEPT = new Set(["coding", "text", "id", "extension"]);

/** Every object in a resource, contained ones too; not its notes, which are text. */
function* objectsIn(value: unknown): Generator<Members> {
  if (Array.isArray(value)) for (const each of value) yield* objectsIn(each);
  if (!isMembers(value)) return;
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

/**
 * All that a resource refers to, and all of its codes: a patient may have refused any of them. A list in which one can't be said, or that the
 * service would refuse, is left out, and never cut: what it is not told it takes for unknown.
 */
export function completeLists(resource: Members, base: string | null): Readonly<Record<string, readonly string[]>> {
  const references = new Set<string | null>();
  const codes = new Set<string | null>();
  for (const element of objectsIn(resource)) {
    const { code, coding, reference, system } = element;
    if (isUnreferenced(element)) references.add(null);
    if (isUncoded(element)) codes.add(null);
    if (typeof reference === "string") {
      const target = targetOf(element, resource, base);
      // What is contained is looked through by itself.
      if (target?.is === "HERE") references.add(`${target.type}/${target.id}`);
      else if (target?.is !== "CONTAINED") references.add(null);
    }
    if (coding !== undefined || typeof code !== "string") continue;
    if (typeof system === "string") codes.add(`${system}|${code}`);
    else if (isOnly(element, CODING)) codes.add(null);
  }
  const lists: Record<string, readonly string[]> = {};
  for (const [name, found] of Object.entries({ codes, references })) {
    const list = [...found];
    const [problem] = completeListProblems({ [name]: list }, "");
    if (problem === undefined) lists[name] = list as readonly string[];
  }
  return lists;
}
