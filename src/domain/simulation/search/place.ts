import { canonicalJson, type Json } from "../../kernel/canonical.ts";
import { badInput } from "../../kernel/errors.ts";
import type { Sha256 } from "../../kernel/ports.ts";

/** Where a page of an answer ended, as text that is good for the same question alone. */
export interface Places<Place> {
  readonly textOf: (place: Place) => string;
  /** @throws ScopewardenError BAD_USER_INPUT for what no page of this question gave */
  readonly read: (text: string) => Place;
}

const isTexts = (value: unknown): value is readonly (string | null)[] =>
  Array.isArray(value) && value.every((part) => part === null || typeof part === "string");

/** `question`: all that the answer depends on but policy and time. It guards against mistakes, and keeps no secret. */
export function placesOf<Place>(
  question: Json,
  {
    of,
    sha256,
    toTexts,
  }: {
    readonly sha256: Sha256;
    readonly toTexts: (place: Place) => readonly (string | null)[];
    /** Null: these texts are no place. */
    readonly of: (texts: readonly (string | null)[]) => Place | null;
  },
): Places<Place> {
  const mark = sha256(canonicalJson(question)).slice(0, 16);
  const refused = badInput([
    { path: "after", message: "must be the endCursor of an earlier page of this same question" },
  ]);
  return {
    textOf: (place) => JSON.stringify([mark, ...toTexts(place)]),
    read(text) {
      let parts: unknown;
      try {
        parts = JSON.parse(text);
      } catch {
        throw refused;
      }
      const place = isTexts(parts) && parts[0] === mark ? of(parts.slice(1)) : null;
      if (place === null) throw refused;
      return place;
    },
  };
}
