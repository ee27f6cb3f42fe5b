import type { DecideFacts } from "../../decisions/facts.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { covers } from "../../scopes/algebra.ts";
import { parseSmartScope } from "../../scopes/smart.ts";
import type { AccessComparison } from "../access/accessDifference.ts";
import { compareAccess } from "../access/compareAccess.ts";
import type { ChangedCells, Replay, ReplayGroup } from "./types.ts";

/** One scope may stand for another where either permits what the other does. */
function mayBeSameScope(cell: string, used: string): boolean {
  if (cell === "*" || cell === used) return true;
  const [a, b] = [parseSmartScope(cell), parseSmartScope(used)];
  return a !== null && b !== null && (covers(a.atoms, b.atoms) || covers(b.atoms, a.atoms));
}

/** Of a token only its scopes are compared: what it was used for stands in decisions of its own. */
function isIn(group: ReplayGroup, cell: AccessComparison): boolean {
  const { action, clientId, resourceType, role, scope } = group;
  if (cell.clientId !== null && cell.clientId !== clientId) return false;
  if (cell.role !== null && role !== null && !role.includes(cell.role)) return false;
  const isToken = action === "grant";
  if (!isToken && cell.resourceType !== "*" && cell.resourceType !== resourceType) return false;
  if (!isToken && cell.action !== "*" && cell.action !== action) return false;
  return scope === null || scope.split(" ").some((used) => mayBeSameScope(cell.scope, used));
}

/**
 * How much of the access that differs between two policies was used: a cell counts as unused only if no flip can be in it. Whose
 * and in which organization a flip was is not compared, so that more may be unused than is told.
 */
export async function changedCells(
  [before, after]: readonly [DecideFacts, DecideFacts],
  { groups, ungrouped }: Pick<Replay, "groups" | "ungrouped">,
  breathe: Breathe,
): Promise<ChangedCells> {
  const { cells, complete } = await compareAccess(before, after, { breathe });
  let unused = 0;
  for (const cell of cells) {
    await breathe();
    if (!groups.some((group) => isIn(group, cell))) unused++;
  }
  return { changed: cells.length, unused, complete: complete && ungrouped === 0 };
}
