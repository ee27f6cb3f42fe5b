import type { DecisionRecord } from "../decisions/types.ts";
import { canonicalJson } from "../kernel/canonical.ts";
import type { Act } from "./acts.ts";
import { ACT_KINDS, KINDS } from "./kinds.ts";
import { type Personal, type Writer, writerOf } from "./onRecord.ts";

/**
 * How a record is kept, so that what identifies people can be erased later, field by field, while what is left still
 * proves itself.
 *
 * `record` is the record without the values that identify people: such a member is absent from it, or null where the
 * record has null. `personal` has those values by their path from the root of the record (`request.subject.id`). Both are
 * canonical JSON.
 *
 * Each row has a random salt. A field is committed to as SHA-256(field salt, value), its salt being
 * HMAC-SHA-256(row salt, path): so nothing of it needs to be computed when an act is written, and a commitment tells
 * nothing of a value that could be guessed. To erase one field, its commitment takes the place of its value, the salts of
 * the fields that are left are written out, and the row's salt goes: from it the erased field's could be derived.
 */
export interface Parts {
  readonly record: string;
  readonly personal: string;
}

const writers = new Map(ACT_KINDS.map((kind) => [kind, writerOf(KINDS[kind].members, "", "")]));

export function partsOf({ kind, record }: Pick<Act, "kind" | "record">): Parts {
  const personal: Personal = {};
  const write = writers.get(kind) as Writer;
  return { record: write(record, "", personal), personal: canonicalJson(personal) };
}

export const partsOfDecision = (record: DecisionRecord): Parts => partsOf({ kind: "DECISION", record });

/** Members that are absent where a record says nothing: so they are where that was erased. All others are null then. */
const ABSENT = /^patients$|\.personal$|^facts\.\d+\.properties$/;

const NO_PLACE = "A value stands where a record has no place for one.";

/**
 * The whole record, from its two parts. Of a row of which something was erased `personal` has each field with its value or with its
 * commitment (tree/leafEntry.ts): an erased member is null, or absent where it may be, and its path stands in the record's `erased`.
 */
export function wholeRecord(open: string, personal: string, hasErased = false): unknown {
  const record = JSON.parse(open);
  const erased: string[] = [];
  for (const [path, field] of Object.entries(JSON.parse(personal))) {
    const isErased = hasErased && !("value" in (field as object));
    if (isErased) erased.push(path);
    if (isErased && ABSENT.test(path)) continue;
    const names = path.split(".");
    const last = names.pop() as string;
    let place = record;
    for (const name of names) {
      // Whoever can write the database must not reach what all objects have.
      if (!Object.hasOwn(place, name)) throw new SyntaxError(NO_PLACE);
      place = place[name];
    }
    if (last === "__proto__") throw new SyntaxError(NO_PLACE);
    place[last] = isErased ? null : hasErased ? (field as { readonly value: unknown }).value : field;
  }
  if (erased.length > 0) record.erased = erased;
  return record;
}
