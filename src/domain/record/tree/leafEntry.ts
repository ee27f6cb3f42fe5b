import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { isObject } from "../../kernel/reader.ts";
import { type Digest, isDigest, type RecordHash } from "./recordHash.ts";

/** An act as the journal holds it: texts as they stand there. */
export interface StoredAct {
  readonly position: number;
  readonly kind: string;
  readonly format: number;
  readonly id: string;
  /** Null: values were erased, and `personal` says how each of its fields is committed to. */
  readonly salt: string | null;
  readonly record: string;
  readonly personal: string;
}

/** What proves one personal value: the salt of its field beside it. That of the row stays secret, as it would open every field. */
export interface Opening {
  readonly salt: Digest;
  readonly value: Json;
}

/** One field of a row of which something was erased: with its value, or with what the value was committed to as. */
type KeptField = Opening | { readonly commitment: Digest };

type Fields<T> = { readonly [path: string]: T };

/** Of one value under the salt of its field (docs/audit.md). */
export const commitmentOf = ({ salt, value }: Opening, hash: RecordHash): Digest =>
  hash.ofSalted(salt, canonicalJson(value));

/** Each path is a member of its own, `__proto__` too: what is not hashed could be added to an act. */
const mapFields = <T, U>(fields: Fields<T>, to: (field: T, path: string) => U): Fields<U> =>
  Object.fromEntries(Object.entries(fields).map(([path, field]) => [path, to(field, path)]));

/** The personal values that are left of an act, with what proves them. */
export function openingsOf({ salt, personal }: StoredAct, hash: RecordHash): Fields<Opening> {
  const fields = JSON.parse(personal) as Fields<unknown>;
  if (salt !== null)
    return mapFields(fields as Fields<Json>, (value, path) => ({ salt: hash.hmac(salt, path), value }));
  return Object.fromEntries(
    Object.entries(fields as Fields<KeptField>).filter((entry): entry is [string, Opening] => "value" in entry[1]),
  );
}

/** What each personal field of an act is committed to as. An erased one has the commitment in the place of its value. */
function commitmentsOf(salt: string | null, fields: Fields<unknown>, hash: RecordHash): Fields<Digest> {
  if (salt !== null)
    return mapFields(fields as Fields<Json>, (value, path) =>
      commitmentOf({ salt: hash.hmac(salt, path), value }, hash),
    );
  return mapFields(fields as Fields<KeptField>, (field) =>
    "commitment" in field ? field.commitment : commitmentOf(field, hash),
  );
}

/** Whether a field of which something was erased is either its commitment or its opening: with both, one is hashed and the other is read. */
function isKeptField(field: unknown): boolean {
  if (!isObject(field)) return false;
  const { commitment, salt } = field;
  const members = Object.keys(field).sort().join();
  return members === "commitment" ? isDigest(commitment) : members === "salt,value" && isDigest(salt);
}

/** An entry, and whether the personal part of its act is written as this service writes it. */
export interface ReadEntry {
  readonly entry: string;
  /** The entry as it would be at another position. */
  at(position: number): string;
  /** A member that stood there twice would be one thing to who reads it here, and another to the database; null has no members, as {}. */
  readonly isCanonical: boolean;
  /** The personal members as they stand there, by path. */
  readonly personal: Fields<unknown>;
}

/** The entry of an act. @throws SyntaxError where `personal` is no JSON */
export function readEntry(act: StoredAct, hash: RecordHash): ReadEntry {
  const { format, id, kind, record, salt } = act;
  const said: unknown = JSON.parse(act.personal);
  const personal = isObject(said) ? (said as Fields<unknown>) : {};
  const commitments = canonicalJson(commitmentsOf(salt, personal, hash));
  const before = `{"commitments":${commitments},"format":${format},"id":${JSON.stringify(id)},"kind":${JSON.stringify(kind)},"position":`;
  const at = (position: number): string => `${before}${position},"record":${record}}`;
  const isCanonical =
    isObject(said) &&
    (salt !== null || Object.values(personal).every(isKeptField)) &&
    canonicalJson(personal as Json) === act.personal;
  return { entry: at(act.position), at, isCanonical, personal };
}

/**
 * The entry of an act: the bytes that are hashed as its leaf. Canonical JSON, with what identifies people as commitments, so that it
 * stays the same when such a value is erased.
 */
export const leafEntry = (act: StoredAct, hash: RecordHash): string => readEntry(act, hash).entry;

/**
 * The personal part of an act once all of its values are erased: for each its commitment, as canonical JSON. The entry stays the same.
 * Null: there is nothing to erase, as it has no such values, or they are erased already.
 */
export function erasedPersonal(
  { personal, salt }: Pick<StoredAct, "personal" | "salt">,
  hash: RecordHash,
): string | null {
  const fields = JSON.parse(personal) as Fields<unknown>;
  const isErased = salt === null && Object.values(fields).every((field) => "commitment" in (field as KeptField));
  if (isErased || Object.keys(fields).length === 0) return null;
  return canonicalJson(mapFields(commitmentsOf(salt, fields, hash), (commitment) => ({ commitment })));
}
