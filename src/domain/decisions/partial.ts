import type { AccessRequest, JsonObject, RequestContext, Resource, Subject } from "./types.ts";

/**
 * Stands for what is not known of a request: anything, absent included unless it `isThere`, but for the values in `not`, and for lists
 * with one of those in `lacks`.
 */
export class Unknown {
  readonly not: readonly string[];
  readonly isThere: boolean;
  readonly lacks: readonly string[];

  constructor(not: readonly string[] = [], isThere = false, lacks: readonly string[] = []) {
    this.not = not;
    this.isThere = isThere;
    this.lacks = lacks;
  }
}
export const listWithout = (lacks: readonly string[]): Unknown => new Unknown([], false, lacks);
export const UNKNOWN = new Unknown();

/** Stands for an object of which these members are known, and the others not. */
export class PartlyKnown {
  readonly members: JsonObject;

  constructor(members: JsonObject) {
    this.members = members;
  }
}

interface WithAttributes {
  readonly attributes: JsonObject | Unknown | PartlyKnown | null;
}
export type Partly<T> = { readonly [Name in keyof T]: T[Name] | Unknown };

/** A request of which a part is not known. Null is known to be absent, as it is in a whole request. */
export interface PartialRequest {
  /** But for its asserted roles, which are for the rules, and not for conditions. */
  readonly subject: (Omit<Partly<Subject>, "attributes" | "roles"> & WithAttributes) | Unknown | null;
  readonly resource: Partly<Omit<Resource, "attributes">> & WithAttributes;
  readonly purposeOfUse: AccessRequest["purposeOfUse"] | Unknown;
  readonly context: (Partly<Omit<RequestContext, "attributes">> & WithAttributes) | null | Unknown;
}
