import type { OperationName, PolicyOperation } from "./operations.ts";
import type { Snapshot } from "./snapshot.ts";
import { ALL_ORGANIZATIONS, CLIENT, type Noun, type Organization, type RowChange } from "./types.ts";

/** The nouns whose rows are named by an id of their own: of a scope its name, whichever the version. */
export type NamedNoun = Exclude<Noun, "grant" | "assignment">;
export interface NamedRow {
  readonly noun: NamedNoun;
  readonly id: string;
}

/** The noun that each operation is about. */
const NOUN_OF: { readonly [K in OperationName]: Noun } = {
  putScope: "scope",
  updateScope: "scope",
  activateScope: "scope",
  deprecateScope: "scope",
  retireScope: "scope",
  deleteScope: "scope",
  putClient: "client",
  updateClient: "client",
  deleteClient: "client",
  grantScope: "grant",
  revokeScope: "grant",
  putRole: "role",
  updateRole: "role",
  deleteRole: "role",
  assignRole: "assignment",
  unassignRole: "assignment",
  putRule: "rule",
  updateRule: "rule",
  deleteRule: "rule",
  putOrganization: "organization",
  updateOrganization: "organization",
  deleteOrganization: "organization",
};

type Maybe<T> = T | null | undefined;
/** What a row, an operation on one, or what asks for one says of others. */
interface Naming {
  readonly id?: Maybe<string>;
  readonly name?: Maybe<string>;
  readonly inherits?: Maybe<readonly string[]>;
  readonly replacedBy?: Maybe<string>;
  readonly clientId?: Maybe<string>;
  readonly subjectId?: Maybe<string>;
  readonly subjectType?: Maybe<string>;
  readonly scope?: Maybe<string>;
  readonly role?: Maybe<string>;
  readonly organization?: Maybe<string>;
  readonly breakGlass?: Maybe<Organization["breakGlass"]>;
  readonly settings?: Maybe<{ readonly breakGlass?: Maybe<Organization["breakGlass"]> }>;
}

/** The rows that it names by their ids; what stands for any is none. */
export function namedBy(noun: Noun, row: Naming): readonly NamedRow[] {
  const rows = (of: NamedNoun, ...ids: readonly Maybe<string>[]): readonly NamedRow[] =>
    ids.flatMap((id) => (id === null || id === undefined || id === ALL_ORGANIZATIONS ? [] : [{ noun: of, id }]));
  switch (noun) {
    case "client":
      return rows("client", row.id);
    case "scope":
      return rows("scope", row.name, row.replacedBy);
    case "role":
      return rows("role", row.name, ...(row.inherits ?? []));
    case "organization": {
      const breakGlass = row.settings?.breakGlass ?? row.breakGlass;
      return [...rows("organization", row.id), ...rows("role", ...(breakGlass?.roles ?? []))];
    }
    default:
      return [
        ...rows("rule", noun === "rule" ? row.id : null),
        ...rows("client", row.clientId, row.subjectType === CLIENT ? row.subjectId : null),
        ...rows("scope", row.scope),
        ...rows("role", row.role),
        ...rows("organization", row.organization),
      ];
  }
}

/** The rows that operations name. */
export const namedByOperations = (operations: readonly PolicyOperation[]): readonly NamedRow[] =>
  operations.flatMap((operation) =>
    (Object.keys(NOUN_OF) as OperationName[]).flatMap((name) => {
      const input = operation[name] as Maybe<Naming>;
      return input === null || input === undefined ? [] : namedBy(NOUN_OF[name], input);
    }),
  );

/** The rows that changes of rows name, as they were and as they would be. */
export const namedByChanges = (changes: readonly RowChange[]): readonly NamedRow[] =>
  changes.flatMap(({ noun, before, after }) =>
    [before, after].flatMap((row) => (row === null ? [] : namedBy(noun, row as Naming))),
  );

/** Each once, with all roles that the named ones inherit. */
export function withInherited({ roles }: Snapshot, named: readonly NamedRow[]): readonly NamedRow[] {
  const found = new Map(named.map((row) => [`${row.noun} ${row.id}`, row]));
  for (const { noun, id } of found.values())
    if (noun === "role")
      for (const parent of roles.get(id)?.inherits ?? []) found.set(`role ${parent}`, { noun, id: parent });
  return [...found.values()];
}
