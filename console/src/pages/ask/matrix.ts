// What a client can reach, as a matrix: a row for each scope and type, a column for each action. Pure, so that it is tested by itself.
import type { Access } from "../../generated/schema.ts";
import type { AccessSquare } from "./clientAccess.graphql.ts";

export type Change = "WIDER" | "NARROWER" | "OTHER";

/** All that is said of one scope, type and action: by one cell, or by one for each role. */
export interface Square {
  readonly key: string;
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
  /** The most that any role has. */
  readonly access: Access;
  readonly before: Access;
  /** Null: a change, if there is one, leaves it as it is. */
  readonly change: Change | null;
  readonly cells: readonly AccessSquare[];
  /** How many roles reach it; 0 where roles are not asked about. */
  readonly roles: number;
}

export interface MatrixRow {
  readonly key: string;
  readonly scope: string;
  readonly resourceType: string;
  readonly squares: ReadonlyMap<string, Square>;
}

export interface Matrix {
  readonly actions: readonly string[];
  readonly rows: readonly MatrixRow[];
  readonly squares: readonly Square[];
}

const RANK: Readonly<Record<Access, number>> = { DENY: 0, CONDITIONAL: 1, ALLOW: 2 };
const most = (list: readonly Access[]): Access =>
  list.reduce<Access>((best, one) => (RANK[one] > RANK[best] ? one : best), "DENY");
const ACTIONS = ["read", "search", "create", "update", "delete"];

export function changeOfCell({ access, before }: Pick<AccessSquare, "access" | "before">): Change | null {
  if (before === null) return null;
  const by = RANK[access] - RANK[before.access];
  return by > 0 ? "WIDER" : by < 0 ? "NARROWER" : "OTHER";
}

const squareKey = ({ scope, resourceType, action }: Pick<AccessSquare, "scope" | "resourceType" | "action">): string =>
  `${scope} ${resourceType} ${action}`;

function squareOf(key: string, cells: readonly AccessSquare[]): Square {
  const [{ scope, resourceType, action } = { scope: "", resourceType: "", action: "" }] = cells;
  const changes = new Set(cells.map(changeOfCell).filter((change) => change !== null));
  const [one = null, ...more] = changes;
  return {
    ...{ key, scope, resourceType, action, cells },
    access: most(cells.map(({ access }) => access)),
    before: most(cells.map(({ access, before }) => before?.access ?? access)),
    change: more.length > 0 ? "OTHER" : one,
    roles: new Set(cells.filter(({ access, role }) => role !== null && access !== "DENY").map(({ role }) => role)).size,
  };
}

/** `cells` of the roles, or of one person or client; `presented` says which scopes, types and actions there are, denied ones included. */
export function matrixOf(cells: readonly AccessSquare[], presented: readonly AccessSquare[]): Matrix {
  const byKey = new Map<string, AccessSquare[]>();
  for (const cell of cells) byKey.set(squareKey(cell), [...(byKey.get(squareKey(cell)) ?? []), cell]);
  for (const cell of presented)
    if (!byKey.has(squareKey(cell)))
      byKey.set(squareKey(cell), [{ ...cell, access: "DENY", conditions: [], before: null }]);
  const squares = [...byKey].map(([key, of]) => squareOf(key, of));
  const rows = new Map<string, { scope: string; resourceType: string; squares: Map<string, Square> }>();
  for (const square of squares) {
    const { scope, resourceType } = square;
    const key = `${resourceType} ${scope}`;
    const row = rows.get(key) ?? { scope, resourceType, squares: new Map<string, Square>() };
    row.squares.set(square.action, square);
    rows.set(key, row);
  }
  const found = new Set(squares.map(({ action }) => action));
  return {
    actions: [
      ...ACTIONS.filter((action) => found.has(action)),
      ...[...found].filter((action) => !ACTIONS.includes(action)).sort(),
    ],
    rows: [...rows].map(([key, row]) => ({ key, ...row })).sort((a, b) => (a.key < b.key ? -1 : 1)),
    squares,
  };
}

/** Conditions that hold of everything here that is not denied: they are said once. */
export function everywhere(cells: readonly Pick<AccessSquare, "access" | "conditions">[]): readonly string[] {
  const reached = cells.filter(({ access }) => access !== "DENY");
  const [first, ...others] = reached.map(({ conditions }) => new Set(conditions.map(({ text }) => text)));
  if (first === undefined || others.length === 0) return [];
  return [...first].filter((text) => others.every((each) => each.has(text)));
}

/** Cells of one square that say the same, with the roles of which they say it. */
export interface SameCells {
  readonly key: string;
  readonly cell: AccessSquare;
  readonly roles: readonly string[];
}

const roleWords = ({ role, alsoHeld }: AccessSquare): string | null =>
  role === null ? null : [role === "*" ? "everybody" : role, ...alsoHeld].join(" with ");

export function sameCells(cells: readonly AccessSquare[]): readonly SameCells[] {
  const groups = new Map<string, { cell: AccessSquare; roles: string[] }>();
  for (const cell of cells) {
    const { access, conditions, reasons, before } = cell;
    const key = JSON.stringify([access, conditions, reasons.map(({ ruleId, code }) => [ruleId, code]), before]);
    const group = groups.get(key) ?? { cell, roles: [] };
    const role = roleWords(cell);
    if (role !== null) group.roles.push(role);
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({ key, ...group }));
}
