import { atomsOf } from "../scopes/atom.ts";
import { parseSmartScope } from "../scopes/smart.ts";
import type { ScopeVersion } from "./types.ts";

/** The scope with its atoms, which are derived and not stored. What can't be read any more grants nothing. */
export function withAtoms(stored: Omit<ScopeVersion, "atoms">): ScopeVersion {
  const smart = parseSmartScope(stored.name);
  if (smart !== null) return { ...stored, atoms: smart.atoms };
  const parsed = atomsOf(stored.declarations);
  return { ...stored, atoms: parsed.ok ? parsed.value : [] };
}
