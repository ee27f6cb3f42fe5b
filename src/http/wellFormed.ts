import { badInput } from "../domain/kernel/errors.ts";
import { hasUnpairedSurrogate } from "../domain/kernel/text.ts";

const EXPECTED = "must not contain unpaired surrogates (\\ud800 to \\udfff): send characters of Unicode";
/** A path that is longer says no more to anyone. */
const PATH_LENGTH = 200;

/**
 * Refuses a parsed JSON value that has an unpaired surrogate in a text or in the name of a member: no store keeps it, and in
 * UTF-8 all of them become one. No recursion, as the value may be nested as deep as its text is long.
 * @throws ScopewardenError BAD_USER_INPUT with the place.
 */
export function requireWellFormed(value: unknown): void {
  const open: { readonly value: unknown; readonly path: string }[] = [{ value, path: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: at, path } = next;
    if (typeof at === "string" && hasUnpairedSurrogate(at))
      throw badInput([{ path: path.slice(0, PATH_LENGTH) || "body", message: EXPECTED }]);
    if (typeof at !== "object" || at === null) continue;
    for (const [name, member] of Object.entries(at)) {
      if (hasUnpairedSurrogate(name))
        throw badInput([{ path: path.slice(0, PATH_LENGTH) || "body", message: `${EXPECTED}, in names too` }]);
      const dotted = path === "" ? name : `${path}.${name}`;
      open.push({ value: member, path: Array.isArray(at) ? `${path}[${name}]` : dotted });
    }
  }
}
