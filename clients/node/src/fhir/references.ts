import { isMembers, type Members } from "../answers.ts";
import { SEARCH_PATHS } from "./searchPaths.ts";

/** What a reference of a resource leads to. */
export type Target =
  | { readonly is: "HERE"; readonly type: string; readonly id: string }
  /** Within the resource itself; `type` null: there is none of that mark. */
  | { readonly is: "CONTAINED"; readonly type: string | null }
  /** On another server; `type` null: it does not say which. */
  | { readonly is: "ELSEWHERE"; readonly type: string | null; readonly text: string };

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

const isType = (type: string): boolean => Object.hasOwn(SEARCH_PATHS, type) || NO_PARAMETERS.has(type);
/** Types of FHIR R4 of which no parameter is a path. */
const NO_PARAMETERS: ReadonlySet<string> = new Set(["Binary", "OperationOutcome", "Parameters"]);

/** Null: it is no reference, or says none: an identifier or words alone. `base`: the server's address. */
export function targetOf(reference: unknown, container: Members, base: string | null): Target | null {
  const text = isMembers(reference) ? reference.reference : undefined;
  if (typeof text !== "string") return null;
  if (text.startsWith("#")) {
    const contained = Array.isArray(container.contained) ? container.contained : [];
    const found = text === "#" ? container : contained.find((each) => isMembers(each) && each.id === text.slice(1));
    const type = isMembers(found) ? found.resourceType : undefined;
    return { is: "CONTAINED", type: typeof type === "string" ? type : null };
  }
  const relative = base !== null && text.startsWith(`${base}/`) ? text.slice(base.length + 1) : text;
  const [, type, id] = RELATIVE.exec(relative) ?? [];
  if (type !== undefined && id !== undefined && isType(type)) return { is: "HERE", type, id };
  const [, other = null] =
    /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/.exec(text) ?? [];
  return { is: "ELSEWHERE", type: other !== null && isType(other) ? other : null, text };
}
