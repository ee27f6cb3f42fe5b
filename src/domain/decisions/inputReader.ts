import { jsonObjectSize } from "../kernel/jsonObject.ts";
import { type Check, Reader } from "../kernel/reader.ts";
import type { JsonObject } from "./types.ts";

export type Maybe<T> = T | null | undefined;

/** `attributeBytes` bounds each attributes object as canonical JSON, in UTF-16 code units; `attributeDepth` its nesting. */
export interface InputLimits {
  readonly attributeBytes: number;
  readonly attributeDepth: number;
  readonly scopes: number;
  readonly labels: number;
  /** That a caller asserts. */
  readonly roles: number;
  readonly patients: number;
}
export const DEFAULT_INPUT_LIMITS: InputLimits = {
  attributeBytes: 16 * 1024,
  attributeDepth: 6,
  scopes: 1_000,
  labels: 100,
  roles: 100,
  patients: 100,
};

/** Reads what a request has beyond texts: attributes and lists, within their limits. */
export class InputReader extends Reader {
  readonly limits: InputLimits;
  /** Of the lists and attributes that were read. */
  characters = 0;

  constructor(limits: InputLimits) {
    super();
    this.limits = limits;
  }

  /** The member `attributes` of what stands at `parent`. */
  attributes(value: unknown, parent: string): JsonObject | null {
    if (value === undefined || value === null) return null;
    const { attributeBytes: characters, attributeDepth: depth } = this.limits;
    const size = jsonObjectSize(value, { depth, characters });
    if (typeof size === "string") this.problem(`${parent}.attributes`, size);
    else this.characters += size;
    return value as JsonObject;
  }

  list(
    values: Maybe<readonly string[]>,
    max: number,
    path: string,
    name: string,
    check: Check,
  ): readonly string[] | null {
    if (values === undefined || values === null) return null;
    if (values.length > max) this.expect(`${path}.${name}`, `must have at most ${max} items`);
    else
      for (const [i, value] of values.entries()) {
        const problem = check(value);
        this.characters += value.length + 3;
        if (problem !== null) this.expect(`${path}.${name}[${i}]`, problem);
      }
    return values;
  }
}
