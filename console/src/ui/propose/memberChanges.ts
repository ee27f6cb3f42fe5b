export interface MemberChange {
  readonly name: string;
  /** As text; "": it was not set. */
  readonly before: string;
  readonly after: string;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const membersOf = (row: unknown): Readonly<Record<string, unknown>> =>
  typeof row === "object" && row !== null ? (row as Readonly<Record<string, unknown>>) : {};

/** The members in which a thing of the policy differs from what it was; of a new or an ended one all that are set. */
export function memberChanges(before: unknown, after: unknown): readonly MemberChange[] {
  const [was, is] = [membersOf(before), membersOf(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .map((name) => ({ name, before: textOf(was[name]), after: textOf(is[name]) }))
    .filter((member) => member.before !== member.after);
}
