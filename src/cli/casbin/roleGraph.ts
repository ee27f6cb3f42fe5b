import type { RoleRow } from "./casbinPolicy.ts";

/** How many roles after one another Casbin's role manager follows. */
const CASBIN_DEPTH = 10;

/**
 * Rows of one domain that can't be imported, with why, by their lines: of circles, which are refused here, and of chains so long that Casbin
 * does not follow them to their end, which are followed here.
 */
export function deepOrCircular(rows: readonly RoleRow[]): ReadonlyMap<number, string> {
  const refused = new Map<number, string>();
  const rowsOf = new Map<string, RoleRow[]>();
  for (const row of rows) rowsOf.set(row.member, [...(rowsOf.get(row.member) ?? []), row]);
  const depths = new Map<string, number>();
  const open = new Set<string>();
  // A frame is a name with the rows of it that are still to be looked at: graphs may be deep.
  for (const start of rowsOf.keys()) {
    const frames: { readonly name: string; at: number }[] = [{ name: start, at: 0 }];
    open.add(start);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const { name } = frame;
      const row = depths.has(name) ? undefined : rowsOf.get(name)?.[frame.at++];
      if (row === undefined) {
        const own = rowsOf.get(name) ?? [];
        const reached = own.filter(({ line }) => !refused.has(line)).map(({ role }) => (depths.get(role) ?? 0) + 1);
        if (!depths.has(name)) depths.set(name, Math.max(0, ...reached));
        open.delete(name);
        frames.pop();
      } else if (open.has(row.role)) {
        refused.set(row.line, `${row.member} and ${row.role} have one another as roles, in a circle`);
      } else if (!depths.has(row.role)) {
        open.add(row.role);
        frames.push({ name: row.role, at: 0 });
      }
    }
  }
  for (const { member, line } of rows)
    if ((depths.get(member) ?? 0) > CASBIN_DEPTH && !refused.has(line))
      refused.set(
        line,
        `${member} begins a chain of more than ${CASBIN_DEPTH} roles, which Casbin does not follow to its end`,
      );
  return refused;
}
