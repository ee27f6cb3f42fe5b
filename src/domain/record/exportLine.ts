import { canonicalJson, type Json } from "../kernel/canonical.ts";
import { isObject } from "../kernel/reader.ts";
import type { StoredAct } from "./tree/leafEntry.ts";
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

/** The last line of an export, which says that it is whole. */
export interface ExportEnd {
  /** Of the whole record: the last one that each key signed over acts of the export, the oldest first. */
  readonly checkpoints: readonly string[];
  /** Null: the export has all acts from the first one on. */
  readonly part: ExportPart | null;
  /** How many acts the record had where the export ends; null of a part. */
  readonly size: number | null;
}

const END = "EXPORT_END";

/** The line of an act, without line end: canonical JSON, in which what is stored stands byte by byte. */
export function exportLine({ act, leaf }: ExportedAct): string {
  const { format, id, kind, personal, position, record, salt } = act;
  const [index, digest] = leaf === null ? ["", ""] : [`"index":${leaf.index},`, `"leaf":"${leaf.digest}",`];
  return `{"format":${format},"id":${JSON.stringify(id)},${index}"kind":${JSON.stringify(kind)},${digest}"personal":${personal},"position":${position},"record":${record},"salt":${JSON.stringify(salt)}}`;
}

export const exportEndLine = ({ checkpoints, part, size }: ExportEnd): string =>
  canonicalJson({ checkpoints, kind: END, part: part as unknown as Json, size });

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

/** Whether a line claims to be the last one of an export. */
export const isEndLine = (line: string): boolean => line.startsWith('{"checkpoints":');

/** Null: the line is not written as `exportEndLine` writes it. */
export function readExportEnd(line: string): ExportEnd | null {
  const value = parsed(line);
  if (value?.kind !== END || !Array.isArray(value.checkpoints)) return null;
  const { checkpoints, part, size } = value;
  if (!checkpoints.every((note) => typeof note === "string")) return null;
  if (part === null ? !isCount(size) : !isObject(part) || size !== null) return null;
  const end = { checkpoints, part, size } as ExportEnd;
  return exportEndLine(end) === line ? end : null;
}
