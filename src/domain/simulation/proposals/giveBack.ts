import { type Json, sameJson } from "../../kernel/canonical.ts";
import { contentMembers, sameRow } from "../../policy/members.ts";
import type { OperationName, PolicyOperation } from "../../policy/operations.ts";
import { SETTING_NAMES } from "../../policy/organizations.ts";
import { rowAt, type Snapshot } from "../../policy/snapshot.ts";
import type { Noun, PolicyRows, RowChange } from "../../policy/types.ts";
import { wideningsOf } from "../../policy/widening.ts";

type Row = { readonly [name: string]: Json | undefined };

interface Undo {
  readonly put: OperationName;
  readonly remove: OperationName;
  readonly key: readonly string[];
}
/** How a row is put back and taken away. The life of scopes is not turned back. */
const UNDO: { readonly [N in Exclude<Noun, "scope">]: Undo } = {
  client: { put: "putClient", remove: "deleteClient", key: ["id"] },
  grant: { put: "grantScope", remove: "revokeScope", key: ["clientId", "scope"] },
  role: { put: "putRole", remove: "deleteRole", key: ["name"] },
  assignment: {
    put: "assignRole",
    remove: "unassignRole",
    key: ["subjectId", "subjectType", "clientId", "role", "organization"],
  },
  rule: { put: "putRule", remove: "deleteRule", key: ["id"] },
  organization: { put: "putOrganization", remove: "deleteOrganization", key: ["id"] },
};

const saidOf = (row: Row, names: readonly string[]): Record<string, Json | undefined> =>
  Object.fromEntries(names.flatMap((name) => ((row[name] ?? null) === null ? [] : [[name, row[name]]])));

/** The content of a row as a put says it, and what of the row that stands is to be emptied. */
function contentOf(noun: Noun, before: Row, after: Row | null): Record<string, Json | undefined> {
  const members = contentMembers(noun);
  const clear = members.flatMap(({ name, clearedAs, unsaid }) =>
    clearedAs !== null &&
    after !== null &&
    sameJson(before[name] ?? null, unsaid) &&
    !sameJson(after[name] ?? null, unsaid)
      ? [name]
      : [],
  );
  const said = saidOf(
    before,
    members.filter(({ name }) => !clear.includes(name)).map(({ name }) => name),
  );
  return clear.length === 0 ? said : { ...said, clear };
}

/** What an organization sets stands under `settings`. */
function withSettings(content: Record<string, Json | undefined>): Record<string, Json | undefined> {
  const isSetting = (name: string): boolean => (SETTING_NAMES as readonly string[]).includes(name);
  const entries = Object.entries(content);
  return {
    ...Object.fromEntries(entries.filter(([name]) => !isSetting(name))),
    settings: Object.fromEntries(entries.filter(([name]) => isSetting(name))),
  };
}

function undone({ noun, before, after }: RowChange): PolicyOperation | null {
  if (noun === "scope") return null;
  const { put, remove, key } = UNDO[noun];
  const [was, is] = [before as unknown as Row | null, after as unknown as Row | null];
  if (was === null) return is === null ? null : ({ [remove]: saidOf(is, key) } as PolicyOperation);
  const content = contentOf(noun, was, is);
  return {
    [put]: { ...saidOf(was, key), ...(noun === "organization" ? withSettings(content) : content) },
  } as PolicyOperation;
}

const standsAs = (now: PolicyRows[Noun] | null, then: PolicyRows[Noun] | null): boolean =>
  now === null || then === null ? now === then : sameRow(now, then);

/** The operations that give back what a change took away, as far as its rows still stand as it left them. */
export function givingBack(current: Snapshot, changes: readonly RowChange[]): readonly PolicyOperation[] {
  return changes.flatMap((change) => {
    const { noun, key, before, after } = change;
    if (!standsAs(rowAt(current, noun, key), after)) return [];
    const back = { noun, key, before: after, after: before } as RowChange;
    return wideningsOf(current, [back]).length === 0 ? [] : (undone(change) ?? []);
  });
}
