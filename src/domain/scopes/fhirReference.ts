import { isFhirType } from "./fhir.ts";

/** What a reference leads to. */
export interface ReferenceTarget {
  /** Null: a bare id, which says no type. */
  readonly type: string | null;
  readonly id: string;
}

/** `Type/id`, relative or behind the address of a server, with or without a version. */
const REFERENCE = /^(https?:\/\/[^\s?#]+\/)?([A-Za-z][A-Za-z0-9_-]*)\/([^\s/?#|]+)(?:\/_history\/[^\s/?#]+)?$/;
const BARE = /^[^\s/?#|:]+$/;

/**
 * What a reference of FHIR leads to (R4, section 2.3.0), however it is written: relative, absolute, versioned, or a bare id. Null: that
 * can't be read from it: a contained resource, a URN, a search.
 */
export function referenceTarget(text: string): ReferenceTarget | null {
  const [, server, type, id] = REFERENCE.exec(text) ?? [];
  if (type !== undefined && id !== undefined) return server === undefined || isFhirType(type) ? { type, id } : null;
  return BARE.test(text) ? { type: null, id: text } : null;
}

/** The one form in which references are compared, `Type/id`; null: it has none. */
export function canonicalReference(text: string): string | null {
  const target = referenceTarget(text);
  return target === null || target.type === null ? null : `${target.type}/${target.id}`;
}
