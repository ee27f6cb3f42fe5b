import { type Atom, actionOn } from "./atom.ts";
import type { Confinement } from "./confinement.ts";
import type { AtomRequest, Mismatch } from "./match.ts";

/** The operation of FHIR Bulk Data Access, which takes out whole types. */
export const EXPORT = "$export";

/** Where it can be asked for besides `*`, all data: of all patients, and of the members of a group. */
export const EXPORT_LEVELS: readonly string[] = ["Patient", "Group"];

/** What it does with the types that it takes out. */
export const EXPORTING: readonly string[] = ["read", "search"];

export type ExportMatch =
  | { readonly covers: true; readonly within: readonly Confinement[] }
  | { readonly covers: false; readonly why: Mismatch };

/** Whether an action can be on all types at once. */
export const spansTypes = (action: string): boolean => action === EXPORT || actionOn(action, "*") === "search";

const isSystem = ({ action, context }: Atom): boolean => context === "SYSTEM" && EXPORTING.includes(action);

/** The types, or `*`, that atoms let a client acting as itself read and search without a constraint. */
function exportedTypes(atoms: readonly Atom[]): readonly string[] {
  const open = atoms.filter((atom) => isSystem(atom) && atom.constraint.length === 0);
  const types = new Set(open.map((atom) => atom.resourceType));
  const can = (type: string, action: string): boolean =>
    open.some((atom) => atom.action === action && (atom.resourceType === type || atom.resourceType === "*"));
  return [...types].filter((type) => EXPORTING.every((action) => can(type, action))).sort();
}

/** Whether atoms cover an export at one of these levels: `*`, or the level's own type. */
export function coversLevel(atoms: readonly Atom[], level: string): boolean {
  const types = exportedTypes(atoms);
  return types.includes("*") || types.includes(level);
}

/** The types, the least first, of which atoms hold enough to export at this level: `*`, or the level's own type. */
export function exportedAt(atoms: readonly Atom[], level: string): readonly string[] {
  const types = exportedTypes(atoms);
  const all = types.includes("*") ? ["*"] : [];
  if (level === "*") return all;
  return all.length > 0 || types.includes(level) ? [level, ...all] : all;
}

/**
 * Whether atoms cover an export (docs/scopes.md, "Exports, and all types at once"): `system/*.rs` all of it at each level; another type, at the
 * levels of patients and groups, what is of that type, where something covers the level (`request.levelCovered`). An
 * export by a scope with a constraint, or for a subject, there is not. Null: the atoms have nothing to do with exports.
 */
export function matchExport(atoms: readonly Atom[], request: AtomRequest): ExportMatch | null {
  const { hasSubject, levelCovered, resourceType: level } = request;
  if (request.action !== EXPORT || (level !== "*" && !EXPORT_LEVELS.includes(level))) return null;
  if (!atoms.some(isSystem)) return null;
  if (hasSubject) return { covers: false, why: { because: "SUBJECT" } };
  const types = exportedTypes(atoms);
  if (types.includes("*")) return { covers: true, within: [] };
  const [first] = types;
  if (first === undefined) return { covers: false, why: { because: "EXPORT" } };
  if (level === "*" || (!levelCovered && !types.includes(level)))
    return { covers: false, why: { because: "TYPE", reaches: first, requested: level } };
  return { covers: true, within: types.map(confinedTo) };
}

const confinedTo = (resourceType: string): Confinement => ({
  condition: { resourceType, type: "resourceType" },
  patient: null,
});

/** What an export by these atoms is confined to, where they cover one; empty: nothing. */
export function exportedWithin(atoms: readonly Atom[]): readonly Confinement[] {
  const types = exportedTypes(atoms);
  return types.includes("*") ? [] : types.map(confinedTo);
}
