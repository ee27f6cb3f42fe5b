import type { Json } from "../../domain/kernel/canonical.ts";
import { sameJson } from "../../domain/kernel/canonical.ts";
import { contentMembers, membersOf } from "../../domain/policy/members.ts";
import type { Item } from "../../domain/policy/snapshot.ts";
import {
  ALL_ORGANIZATIONS,
  holderText,
  type Noun,
  type PolicyRows,
  type RowChange,
} from "../../domain/policy/types.ts";

const nameOf: { readonly [N in keyof PolicyRows]: (row: PolicyRows[N]) => string } = {
  client: (row) => row.id,
  scope: (row) => `${row.name} v${row.version} (${row.state})`,
  grant: (row) => `${row.scope} to ${row.clientId}`,
  role: (row) => row.name,
  assignment: (row) =>
    `${row.role} to ${holderText(row)} in ${row.organization === ALL_ORGANIZATIONS ? "all organizations" : row.organization}`,
  rule: (row) => row.id,
  organization: (row) => row.id,
};

/** `rule nurse-record-vitals`. */
export const rowText = ({ noun, row }: Item): string =>
  `${noun} ${(nameOf[noun] as (row: PolicyRows[typeof noun]) => string)(row)}`;

/** One changed row for people, `+ rule nurse-record-vitals`; of one that was there also what it may allow now. */
export function printChange(
  { noun, before, after, key }: RowChange,
  findings: readonly { readonly noun: Noun; readonly key: string; readonly message: string }[],
): readonly string[] {
  const row = after ?? before;
  const told = before === null ? [] : findings.filter((finding) => finding.noun === noun && finding.key === key);
  return [
    `${before === null ? "+" : after === null ? "-" : "~"} ${row === null ? noun : rowText({ noun, row } as Item)}`,
    ...told.map(({ message }) => `  may allow more: ${message}`),
  ];
}

type Values = Readonly<Record<string, Json>>;

function valueText(value: Json, type: string): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "(none)";
  if (type === "time") return new Date(Number(value)).toISOString().replace(".000Z", "Z");
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** What differs in a row, or what a new one says: a line for each member that an author or the row's life sets. */
export function printMembers({ noun, before, after }: RowChange): readonly string[] {
  if (after === null) return [];
  const [was, is] = [before, after] as unknown as readonly [Values | null, Values];
  const unsaid = new Map(contentMembers(noun).map((member) => [member.name, member.unsaid]));
  return membersOf(noun).flatMap(({ name, role, type }) => {
    if (role !== "content" && role !== "life") return [];
    const value = is[name] ?? null;
    if (was === null)
      return role === "life" || sameJson(value, unsaid.get(name) ?? null)
        ? []
        : [`    ${name}: ${valueText(value, type)}`];
    const old = was[name] ?? null;
    return sameJson(old, value) ? [] : [`    ${name}: ${valueText(old, type)} -> ${valueText(value, type)}`];
  });
}
