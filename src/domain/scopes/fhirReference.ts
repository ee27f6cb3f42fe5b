import { fhirTypes, isFhirType } from "./fhir.ts";

/** What a reference leads to. */
export interface ReferenceTarget {
  /** Null: a bare id, which says no type. */
  readonly type: string | null;
  readonly id: string;
}

/** `Type/id`, relative or behind the address of a server, with or without a version. */
const REFERENCE = /^(https?:\/\/[^\s?#]+\/)?([A-Za-z][A-Za-z0-9_-]*)\/([^\s/?#|%\\]+)(?:\/_history\/[^\s/?#]+)?$/i;
const BARE = /^([^\s/?#|%\\:]+)(?:\/_history\/[^\s/?#]+)?$/;
const PLAIN = /^[\w.-]+$/;
const PRINTABLE = /^[!-~]+$/;

const byLowerCase: ReadonlyMap<string, string> = new Map([...fhirTypes].map((type) => [type.toLowerCase(), type]));

/** A type of FHIR in FHIR's own letters, however it is written; any other as it is. */
export const canonicalType = (type: string): string =>
  isFhirType(type) ? type : (byLowerCase.get(type.toLowerCase()) ?? type);

/**
 * What a reference of FHIR leads to (R4, section 2.3.0), however it is written: relative, absolute, versioned, or a bare id. Null: that
 * can't be read from it: a contained resource, a URN, a search.
 */
export function referenceTarget(text: string): ReferenceTarget | null {
  // Most are ids as FHIR has them.
  if (PLAIN.test(text)) return { type: null, id: text };
  if (!PRINTABLE.test(text)) return null;
  const [, server, written, id] = REFERENCE.exec(text) ?? [];
  if (written !== undefined && id !== undefined) {
    const type = canonicalType(written);
    return server === undefined || isFhirType(type) ? { type, id } : null;
  }
  const [, bare] = BARE.exec(text) ?? [];
  return bare === undefined ? null : { type: null, id: bare };
}

/** The one form in which references are compared, `Type/id`; null: it has none. */
export function canonicalReference(text: string): string | null {
  const target = referenceTarget(text);
  return target === null || target.type === null ? null : `${target.type}/${target.id}`;
}

/** Whether a text that can't be read as a reference has an id in it, whatever stands around it: a version, an address, an escape, another id. */
export function mentions(text: string, id: string): boolean {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // Not escaped, or not well: it is looked at as it is.
  }
  const words = plain
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}._-]+/u);
  return words.includes(id.toLowerCase());
}

/** A group in the one form in which groups are compared: `Type/id`, a Group where no type is said; what can't be read is as it was. */
export function groupReference(text: string): string {
  const target = referenceTarget(text);
  return target === null ? text : `${target.type ?? "Group"}/${target.id}`;
}

/** By which references a thing of a type and an id is named: `Type/id`, and its id where that is a reference itself. */
export function referencesTo({ id, type }: { readonly id: string; readonly type: string }): readonly string[] {
  const target = referenceTarget(id);
  const own = `${canonicalType(type)}/${target?.id ?? id}`;
  return target === null || target.type === null ? [own] : [own, `${target.type}/${target.id}`];
}
