import { type Json, sameJson } from "../../kernel/canonical.ts";
import { contentMembers } from "../members.ts";
import type { OperationName, PolicyOperation } from "../operations.ts";
import { SETTING_NAMES } from "../organizations.ts";
import { type Noun, type PolicyRows, type ScopeVersion, USER } from "../types.ts";
import { fieldsOf } from "./policyShapes.ts";

/** What people call many of a noun, the API too, and the operation that says a row of it. */
export const NOUN_NAMES: {
  readonly [N in Noun]: { readonly plural: string; readonly put: OperationName };
} = {
  organization: { plural: "organizations", put: "putOrganization" },
  scope: { plural: "scopes", put: "putScope" },
  role: { plural: "roles", put: "putRole" },
  client: { plural: "clients", put: "putClient" },
  grant: { plural: "grants", put: "grantScope" },
  assignment: { plural: "assignments", put: "assignRole" },
  rule: { plural: "rules", put: "putRule" },
};
/** In the order in which people read a policy: what there is, who is who, and what they may. */
export const FILE_ORDER = Object.keys(NOUN_NAMES) as readonly Noun[];

export const isSetting = (noun: Noun, name: string): boolean =>
  noun === "organization" && (SETTING_NAMES as readonly string[]).includes(name);

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
