import { type Json, sameJson } from "../../domain/kernel/canonical.ts";
import { isObject } from "../../domain/kernel/reader.ts";
import { withAtoms } from "../../domain/policy/derivedAtoms.ts";
import { contentMembers, membersOf } from "../../domain/policy/members.ts";
import type { OperationName, PolicyOperation } from "../../domain/policy/operations.ts";
import { keptResponses, SETTING_NAMES } from "../../domain/policy/organizations.ts";
import { type Noun, type PolicyRows, type ScopeVersion, USER } from "../../domain/policy/types.ts";
import { fieldsOf } from "../policyShapes.ts";

/** How a noun is listed by the API, and the operation that says a row of it. */
export const NOUN_NAMES: {
  readonly [N in Noun]: { readonly list: string; readonly put: OperationName; readonly plural: string };
} = {
  organization: { list: "organizations", put: "putOrganization", plural: "organizations" },
  scope: { list: "scopes", put: "putScope", plural: "scopes" },
  role: { list: "roles", put: "putRole", plural: "roles" },
  client: { list: "clients", put: "putClient", plural: "clients" },
  grant: { list: "grants", put: "grantScope", plural: "grants" },
  assignment: { list: "assignments", put: "assignRole", plural: "assignments" },
  rule: { list: "rules", put: "putRule", plural: "rules" },
};
/** In the order in which people read a policy: what there is, who is who, and what they may. */
export const FILE_ORDER = Object.keys(NOUN_NAMES) as readonly Noun[];

/** Members that the API, or files, call by another name. */
const FIELD: Readonly<Record<string, string>> = { declarations: "atoms" };
const isSetting = (noun: Noun, name: string): boolean =>
  noun === "organization" && (SETTING_NAMES as readonly string[]).includes(name);

/** What a query selects of a noun: every member that is stored. */
export function selectionOf(noun: Noun): string {
  const kinds = new Map(fieldsOf(NOUN_NAMES[noun].put));
  const own = membersOf(noun).flatMap(({ name, role }) => {
    if (role === "derived" || isSetting(noun, name)) return [];
    return [`${name} ${kinds.get(FIELD[name] ?? name)?.selection ?? ""}`.trim()];
  });
  const settings = kinds.get("settings");
  return [...own, ...(settings === undefined ? [] : [`settings ${settings.selection}`])].join(" ");
}

/** The row that a node of the API stands for. @throws TypeError for what is no node of this noun */
export function rowOfNode<N extends Noun>(noun: N, node: unknown): PolicyRows[N] {
  if (!isObject(node)) throw new TypeError(`not a ${noun}`);
  const settings = isObject(node.settings) ? node.settings : {};
  const members = membersOf(noun).flatMap(({ name, role, type }) => {
    if (role === "derived") return [];
    const value = (isSetting(noun, name) ? settings : node)[name];
    if (value === undefined) throw new TypeError(`a ${noun} without ${name}`);
    if (type !== "time" || value === null) return [[name, value] as const];
    const time = Date.parse(String(value));
    if (Number.isNaN(time)) throw new TypeError(`a ${noun} whose ${name} is no time`);
    return [[name, time] as const];
  });
  const row = Object.fromEntries(members);
  if (noun === "scope") return withAtoms(row as unknown as ScopeVersion) as unknown as PolicyRows[N];
  // What is kept as absent the API tells as null.
  if (Array.isArray(row.alertResponses)) row.alertResponses = keptResponses(row.alertResponses);
  return row as unknown as PolicyRows[N];
}

/** What is said of a member by its absence, beside what is empty. */
const BY_ABSENCE: { readonly [N in Noun]?: Readonly<Record<string, Json>> } = { assignment: { subjectType: USER } };

/** What must be said, or cleared, since the row that is replaced has it set. */
function saidAgainst(noun: Noun, values: Readonly<Record<string, Json>>, replaced: Readonly<Record<string, Json>>) {
  const emptied = contentMembers(noun).filter(({ name, required, unsaid }) => {
    const [is, was] = [values[name] ?? null, replaced[name] ?? null];
    return !required && sameJson(is, unsaid) && !sameJson(was, unsaid);
  });
  return {
    ...Object.fromEntries(emptied.flatMap((m) => (m.clearedAs === null ? [[m.name, m.unsaid]] : []))),
    ...(emptied.some((m) => m.clearedAs !== null)
      ? { clear: emptied.flatMap((m) => (m.clearedAs === null ? [] : [m.name])) }
      : {}),
  };
}

/**
 * The operation that says a row, with nothing in it that goes without saying. Of a scope it drafts the version, after the one
 * that `replaced` is.
 */
export function operationOf<N extends Noun>(
  noun: N,
  row: PolicyRows[N],
  replaced: PolicyRows[N] | null = null,
): PolicyOperation {
  const { put } = NOUN_NAMES[noun];
  const values = row as unknown as Readonly<Record<string, Json>>;
  const unsaid = new Map(contentMembers(noun).flatMap((m) => (m.required ? [] : [[m.name, m.unsaid] as const])));
  const said: Readonly<Record<string, Json>> = {
    ...Object.fromEntries(
      Object.entries(values).filter(([name, value]) => {
        const absent = BY_ABSENCE[noun]?.[name] ?? unsaid.get(name) ?? null;
        return value !== null && !sameJson(value, absent);
      }),
    ),
    ...(replaced === null ? {} : saidAgainst(noun, values, replaced as unknown as Readonly<Record<string, Json>>)),
  };
  const input = Object.fromEntries(
    fieldsOf(put).flatMap(([name]): [string, unknown][] => {
      if (name === "atoms") return values.declarations === undefined ? [] : atomsSaid(row as unknown as ScopeVersion);
      if (name === "settings")
        return [[name, Object.fromEntries(Object.entries(said).filter(([of]) => isSetting(noun, of)))]];
      return said[name] === undefined ? [] : [[name, said[name]]];
    }),
  );
  return { [put]: input };
}

/** Without the contexts that are any, which goes without saying. */
const atomsSaid = ({ declarations }: ScopeVersion): [string, unknown][] =>
  declarations.length === 0
    ? []
    : [["atoms", declarations.map(({ context, ...atom }) => (context === "ANY" ? atom : { context, ...atom }))]];
