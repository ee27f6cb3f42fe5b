import { byText } from "../../kernel/sortedInParts.ts";
import type { Found } from "./accessPages.ts";
import { answering, type FoundCell, isNoScope } from "./clientAccess.ts";
import type { FoundOfClient } from "./clientCells.ts";
import { accessBy, keyOf, simplified } from "./ways.ts";

/** A cell with how the same requests were answered before. */
function changedCell(is: FoundCell, was: FoundCell): FoundCell {
  if (keyOf(simplified(is.on.ways)) === keyOf(simplified(was.on.ways))) return is;
  return { ...is, tell: () => ({ ...is.tell(), before: accessBy(was.on.ways) }) };
}

/**
 * What a client can reach with a change, cell by cell beside what it can reach without: a type that has a cell of its own by one
 * of both policies has one here. `listed`: the cells of either that are told.
 */
export function besideEachOther(is: FoundOfClient, was: FoundOfClient, listed: readonly FoundCell[]): Found {
  const [after, before] = [is, was].map(({ facts, found, of }) => answering(facts, of, found));
  if (after === undefined || before === undefined) throw new TypeError("two policies are compared");
  const permitting = new Set([...is.found, ...was.found].flatMap((cell) => (isNoScope(cell) ? [] : cell.scope)));
  // Of a scope of which not all cells were found it can't be told which are missing.
  const cuts = [is.cutAt, was.cutAt].filter((scope) => scope !== null);
  const isWhole = ({ scope }: FoundCell): boolean => cuts.every((cut) => scope < cut);
  const cells = [...new Map(listed.map((cell) => [cell.key, cell])).values()]
    .filter((cell) => isWhole(cell) && !(isNoScope(cell) && permitting.has(cell.scope)))
    .map((cell) => changedCell(after(cell), before(cell)));
  return { found: cells.sort((a, b) => byText(a.key, b.key)), isCut: is.isCut || was.isCut };
}
