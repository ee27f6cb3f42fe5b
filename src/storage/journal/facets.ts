import { createHash } from "node:crypto";
import type { DecisionFilter } from "../../domain/decisions/types.ts";
import type { Column } from "../database/columns.ts";
import { indexColumns } from "./journalTables.ts";

/** What of a filter is found by facets of blocks; what is left out has a tree of its own, or is a window. */
export type FacetName = Exclude<keyof DecisionFilter, "patient" | "resourceId" | "network" | "from" | "to">;

export interface Facet {
  readonly column: Column;
  /** The values that a text of the column names. */
  readonly valuesIn: (text: string) => readonly string[];
  /** Whether its values identify people: they leave the sets as they are erased (leaveSets.ts). */
  readonly personal?: true;
  /** In which part of a block's sealing it is written, from 0: parts are to be alike in rows. */
  readonly part: number;
}

/** Steps in which a block is sealed, each with its share of the keys: in eight, decisions waited 7 ms for one. With the last it counts. */
export const PARTS = 16;

const one = (text: string): readonly string[] => [text];
const codes = (text: string): readonly string[] => text.split("|").slice(1, -1);
const texts = (text: string): readonly string[] => JSON.parse(text) as readonly string[];

/** Those first of which a value is likely to be in few blocks: a search begins with that, and looks for others in its blocks alone. */
export const FACETS = {
  subjectId: { column: indexColumns.subjectId, valuesIn: one, personal: true, part: 0 },
  ipAddress: { column: indexColumns.ipAddress, valuesIn: one, personal: true, part: 8 },
  clientId: { column: indexColumns.clientId, valuesIn: one, part: 2 },
  ruleId: { column: indexColumns.ruleIds, valuesIn: texts, part: 6 },
  scope: { column: indexColumns.scope, valuesIn: one, part: 4 },
  callerId: { column: indexColumns.callerId, valuesIn: one, part: 2 },
  resourceType: { column: indexColumns.resourceType, valuesIn: one, part: 10 },
  reason: { column: indexColumns.reasonCodes, valuesIn: codes, part: 14 },
  purposeOfUse: { column: indexColumns.purposeOfUse, valuesIn: one, part: 12 },
  organization: { column: indexColumns.organization, valuesIn: one, part: 10 },
  outcome: { column: indexColumns.outcome, valuesIn: one, part: 12 },
  subjectType: { column: indexColumns.subjectType, valuesIn: one, part: 12 },
  kind: { column: indexColumns.kind, valuesIn: one, part: 12 },
} as const satisfies Readonly<Record<FacetName, Facet>>;

export const isFacet = (name: string): name is FacetName => Object.hasOwn(FACETS, name);

/** The longest value, in UTF-8 bytes, that stands as it is; what a token carries can be too long for an index. */
const LONGEST = 200;

/** Under what a value stands in the table: no two values have one key. */
export const valueKey = (value: string): string =>
  value.length * 3 <= LONGEST || Buffer.byteLength(value) <= LONGEST
    ? `=${value}`
    : `#${createHash("sha256").update(value).digest("hex")}`;
