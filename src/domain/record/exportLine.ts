import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { isObject } from "../kernel/reader.ts";
import type { StoredAct } from "./tree/leafEntry.ts";
import { subtreesOf } from "./tree/merkleTree.ts";
import { type Digest, isDigest } from "./tree/recordHash.ts";

/** An act as an export of the whole record tells it: where it is in the tree, and the hash that is kept of it there. */
export interface ExportedAct {
  readonly act: StoredAct;
  /** Null: the export is a part of the record, and the act's place is not told. */
  readonly leaf: { readonly index: number; readonly digest: Digest } | null;
}

/** What an export is a part by: its acts are those of these kinds (null: of all), and of a time, as ISO 8601; `to` is exclusive. */
export interface ExportPart {
  readonly kinds: readonly string[] | null;
  readonly from?: string;
  readonly to?: string;
}

/** The first line of an export that does not begin with the first act of the record, as what came before is archived. */
export interface ExportBegin {
  /** The roots of the complete subtrees that the acts before it consist of, larger ones first. */
  readonly before: readonly Digest[];
  /** The number of its first act in the tree, from 0. */
  readonly first: number;
  /** Of an archive: the month whose acts it has, such as `2024-05`. Null: it has all that was in the database. */
  readonly month: string | null;
}

/** A checkpoint over more acts than a file has, and what proves that its tree begins with the one that ends with the file. */
export interface SignedHead {
  /** RFC 6962 section 2.1.2; none where it is over just as many. */
  readonly hashes: readonly Digest[];
  readonly note: string;
}

/** The last line of an export, which says that it is whole. */
export interface ExportEnd {
  /** Of the whole record: the last one that each key signed over acts of the export, the oldest first. */
  readonly checkpoints: readonly string[];
  /** Of an archive, which ends where no checkpoint need be: the first one of each key over all of it. */
  readonly heads?: readonly SignedHead[] | undefined;
  /** Null: the export has all acts from the first one on. */
  readonly part: ExportPart | null;
  /** How many acts the record had where the export ends; null of a part. */
  readonly size: number | null;
}

const BEGIN = "EXPORT_BEGIN";
const END = "EXPORT_END";

/** The line of an act, without line end: canonical JSON, in which what is stored stands byte by byte. */
export function exportLine({ act, leaf }: ExportedAct): string {
  const { format, id, kind, personal, position, record, salt } = act;
  const [index, digest] = leaf === null ? ["", ""] : [`"index":${leaf.index},`, `"leaf":"${leaf.digest}",`];
  return `{"format":${format},"id":${JSON.stringify(id)},${index}"kind":${JSON.stringify(kind)},${digest}"personal":${personal},"position":${position},"record":${record},"salt":${JSON.stringify(salt)}}`;
}

export const exportBeginLine = ({ before, first, month }: ExportBegin): string =>
  canonicalJson({ before, first, kind: BEGIN, month });

export const exportEndLine = ({ checkpoints, heads, part, size }: ExportEnd): string =>
  canonicalJson({ checkpoints, heads: heads as unknown as Json, kind: END, part: part as unknown as Json, size });

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function parsed(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** An act of an export of the whole record; null: the line is not written as `exportLine` writes it, byte by byte. */
export function readExportLine(line: string): ExportedAct | null {
  const value = parsed(line);
  if (value === null) return null;
  const { format, id, index, kind, leaf, personal, position, record, salt } = value;
  if (!isCount(format) || !isCount(index) || !isCount(position) || !isDigest(leaf)) return null;
  if (typeof id !== "string" || typeof kind !== "string" || !isObject(personal) || record === undefined) return null;
  if (salt !== null && typeof salt !== "string") return null;
  try {
    const texts = { record: canonicalJson(record as Json), personal: canonicalJson(personal as Json) };
    const read = { act: { format, id, kind, position, salt, ...texts }, leaf: { index, digest: leaf } };
    return exportLine(read) === line ? read : null;
  } catch {
    // Half a character has no canonical form.
    return null;
  }
}

/** Where a line says that its act stands in the tree, without reading all of it; null: it does not. */
export function indexOfLine(line: string): number | null {
  const [, index] = /^\{"format":\d{1,9},"id":"(?:[^"\\]|\\.)*","index":(\d{1,15}),/.exec(line) ?? [];
  return index === undefined ? null : Number(index);
}

/** Whether a line claims to be the one before the first act. */
export const isBeginLine = (line: string): boolean => line.startsWith('{"before":');

/** Null: the line is not written as `exportBeginLine` writes it, or its hashes can't be those of so many acts. */
export function readExportBegin(line: string): ExportBegin | null {
  const value = parsed(line);
  if (value?.kind !== BEGIN || !Array.isArray(value.before)) return null;
  const { before, first, month } = value;
  if (!isCount(first) || (month !== null && typeof month !== "string")) return null;
  if (!before.every(isDigest) || before.length !== subtreesOf({ from: 0, to: first }).length) return null;
  const begin = { before, first, month } as ExportBegin;
  return exportBeginLine(begin) === line ? begin : null;
}

const isHead = (value: unknown): value is SignedHead =>
  isObject(value) && typeof value.note === "string" && Array.isArray(value.hashes) && value.hashes.every(isDigest);

/** Whether a line claims to be the last one of an export. */
export const isEndLine = (line: string): boolean => line.startsWith('{"checkpoints":');

/** Null: the line is not written as `exportEndLine` writes it. */
export function readExportEnd(line: string): ExportEnd | null {
  const value = parsed(line);
  if (value?.kind !== END || !Array.isArray(value.checkpoints)) return null;
  const { checkpoints, heads, part, size } = value;
  if (heads !== undefined && !(Array.isArray(heads) && heads.length > 0 && heads.every(isHead))) return null;
  if (!checkpoints.every((note) => typeof note === "string")) return null;
  if (part === null ? !isCount(size) : !isObject(part) || size !== null) return null;
  const end = { checkpoints, heads, part, size } as ExportEnd;
  return exportEndLine(end) === line ? end : null;
}
