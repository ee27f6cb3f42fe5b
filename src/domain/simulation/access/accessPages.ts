import { badInput } from "../../kernel/errors.ts";
import type { Breathe } from "../../kernel/ports.ts";
import { EXPORT } from "../../scopes/exports.ts";
import type { AccessCell } from "./accessCell.ts";
import type { AccessOf } from "./accessInput.ts";
import type { FoundCell } from "./clientAccess.ts";

/** Cells that are found without a break. */
export const AT_ONCE = 16;

export interface AccessPage {
  readonly policyRevision: number;
  /** False: something was cut, by the length of the page or by a bound. */
  readonly complete: boolean;
  readonly cells: readonly AccessCell[];
  /** Where the next page begins; null: there is none. */
  readonly endCursor: string | null;
}

/** Cells in the order of their keys. */
export interface Found {
  readonly found: readonly FoundCell[];
  /** Not all were found. */
  readonly isCut: boolean;
}

/** What is not denied, and the types that are denied beside a cell of all types: without theirs they would count among these. */
export function notDenied(found: readonly FoundCell[]): readonly FoundCell[] {
  const kindOf = ({ on, scope }: FoundCell): string => JSON.stringify([scope, on.action]);
  const open = new Set(found.filter(({ isDenied, on }) => !isDenied && on.resourceType === "*").map(kindOf));
  return found.filter((cell) => !cell.isDenied || (cell.on.action !== EXPORT && open.has(kindOf(cell))));
}

export async function tellAll(found: readonly FoundCell[], breathe: Breathe): Promise<readonly AccessCell[]> {
  const cells: AccessCell[] = [];
  for (const cell of found) {
    if (cells.length % AT_ONCE === 0) await breathe();
    cells.push(cell.tell());
  }
  return cells;
}

type PagePlace = readonly [part: string, key: string | null];

function isPlace(value: unknown): value is PagePlace {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [part, key] = value as readonly unknown[];
  return typeof part === "string" && (key === null || typeof key === "string");
}

/** The part and the cell after which a page begins; null: it is the first. @throws ScopewardenError BAD_USER_INPUT */
function placeOf(after: string | null): PagePlace | null {
  if (after === null) return null;
  try {
    const place: unknown = JSON.parse(after);
    if (isPlace(place)) return place;
  } catch {
    // What is no JSON is no place either.
  }
  throw badInput([{ path: "after", message: "must be an endCursor of this question, as an earlier page gave it" }]);
}

/** One page of cells that are found part by part: by client, or by role. A part is looked at only where the page reaches it. */
export async function pageOfParts({
  breathe,
  foundFor,
  isCut: areCut = false,
  most,
  of: { after, first },
  parts,
  policyRevision,
}: {
  readonly of: Pick<AccessOf, "after" | "first">;
  readonly breathe: Breathe;
  /** In code-unit order. */
  readonly parts: readonly string[];
  /** Parts that are looked at for one page. */
  readonly most: number;
  /** There are more parts. */
  readonly isCut?: boolean;
  /** Null: there is nothing to look at. */
  readonly foundFor: (part: string) => Promise<Found | null>;
  readonly policyRevision: number;
}): Promise<AccessPage> {
  const place = placeOf(after);
  const from = place === null ? 0 : parts.findIndex((part) => part >= place[0]);
  const cells: AccessCell[] = [];
  let isCut = areCut;
  let looked = 0;
  const page = (endCursor: string | null): AccessPage => ({
    policyRevision,
    complete: !isCut && endCursor === null,
    cells,
    endCursor,
  });
  for (const part of from < 0 ? [] : parts.slice(from)) {
    const isSame = place !== null && place[0] === part;
    // The whole part was looked at.
    if (isSame && place[1] === null) continue;
    if (looked === most) return page(JSON.stringify([parts[from + looked - 1] ?? "", null]));
    looked++;
    const found = await foundFor(part);
    if (found === null) {
      if (looked % AT_ONCE === 0) await breathe();
      continue;
    }
    isCut ||= found.isCut;
    const left = found.found.filter(({ key }) => !(isSame && key <= (place[1] ?? "")));
    const shown = left.slice(0, first - cells.length);
    cells.push(...(await tellAll(shown, breathe)));
    if (left.length > shown.length) return page(JSON.stringify([part, shown.at(-1)?.key ?? ""]));
    if (cells.length === first) return page(JSON.stringify([part, null]));
  }
  return page(null);
}
