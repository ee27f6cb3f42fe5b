import { isObject } from "../../kernel/reader.ts";
import type { ExportFormat } from "../export/actLine.ts";

type Line = Readonly<Record<string, unknown>>;

/** With what a line of each format begins: its members are in the order of canonical JSON. */
const BEGINNINGS: { readonly [Format in ExportFormat]: string } = {
  NDJSON: '{"format":',
  OCSF: '{"activity_id":',
  FHIR: '{"action":',
};

/** Of an act as it is stored: a sink tells no place in the tree. */
const STORED = "format id kind personal position record salt";

/** What only a line of this service says. */
const IS_OF: { readonly [Format in ExportFormat]: (line: Line) => boolean } = {
  NDJSON: ({ personal, ...line }) =>
    Object.keys({ ...line, personal })
      .sort()
      .join(" ") === STORED &&
    isObject(personal) &&
    isObject(line.record),
  OCSF: ({ class_uid, metadata }) =>
    typeof class_uid === "number" &&
    isObject(metadata) &&
    isObject(metadata.product) &&
    metadata.product.name === "Scopewarden",
  FHIR: ({ resourceType, source }) =>
    resourceType === "AuditEvent" &&
    isObject(source) &&
    isObject(source.observer) &&
    source.observer.display === "Scopewarden",
};

/** Whether a sink of this service wrote the line, in whichever format. */
export function isSinkLine(line: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return false;
  }
  return isObject(value) && Object.values(IS_OF).some((isOf) => isOf(value));
}

/** Whether a text, which a crash may have cut off, can be the beginning of such a line. */
export const beginsSinkLine = (text: string): boolean =>
  Object.values(BEGINNINGS).some((each) => text.startsWith(each) || each.startsWith(text));
