import { isServed } from "./searchQuery.ts";
import { isId } from "./upstream.ts";

/** What a path asks for. Anything that is not written in the one way is nothing. */
export type Target =
  | { readonly is: "METADATA" | "SMART" }
  | { readonly is: "TYPE" | "SEARCH"; readonly type: string }
  | { readonly is: "INSTANCE"; readonly type: string; readonly id: string; readonly version: string | null };

export function targetOf(path: string): Target | null {
  if (path === "metadata") return { is: "METADATA" };
  if (path === ".well-known/smart-configuration") return { is: "SMART" };
  const [type = "", id, history, version, ...more] = path.split("/");
  if (!isServed(type) || more.length > 0) return null;
  if (id === undefined) return { is: "TYPE", type };
  if (id === "_search") return history === undefined ? { is: "SEARCH", type } : null;
  if (!isId(id)) return null;
  if (history === undefined) return { is: "INSTANCE", type, id, version: null };
  return history === "_history" && version !== undefined && isId(version)
    ? { is: "INSTANCE", type, id, version }
    : null;
}
