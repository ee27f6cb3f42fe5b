import { Ceiling } from "../scopes/ceiling.ts";
import { parseSmartScope } from "../scopes/smart.ts";

/** Whether two scopes permit something in common; custom scopes only as the same. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [parseSmartScope(a), parseSmartScope(b)];
  return a === b || (one !== null && other !== null && new Ceiling([one]).meets(other));
}
