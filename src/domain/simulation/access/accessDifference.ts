/** What one client, role or holder could do before a change and could do after it. */
export type Access = "ALLOW" | "CONDITIONAL" | "DENY";
export type AllowedAccess = Exclude<Access, "DENY">;
export type AccessChange = "EQUAL" | "NARROWER" | "WIDER" | "INCOMPARABLE";

/** Some requests: `*` stands for any scope, type or action, null for any client, role, subject or organization. */
export interface AccessRegion {
  readonly clientId: string | null;
  /** Whoever holds this role, alone or beside others. */
  readonly role: string | null;
  readonly subjectId: string | null;
  readonly subjectType: string | null;
  /** Where the resource is; `*`: anywhere. */
  readonly organization: string | null;
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
}

/** How the requests of a region are answered before and after a change. */
export interface AccessComparison extends AccessRegion {
  readonly change: AccessChange;
  readonly before: Access;
  readonly after: Access;
  /** In a sentence, what is new or no longer so; null: nothing. */
  readonly example: string | null;
}

export interface AccessDifference {
  /** False: not all that differs was compared, or not all that was found is listed. */
  readonly complete: boolean;
  /** How many of the regions that the change touches are the same after it. */
  readonly equal: number;
  /** All others, as far as `complete` says: what is wider first. */
  readonly cells: readonly AccessComparison[];
}

/**
 * Why one of two policies may allow more than the other, as a sentence without its full stop: `gained` where the new one does,
 * `lost` where the old one did.
 */
export interface Sentences {
  readonly gained: string;
  readonly lost: string;
  /** What both sentences end with. Regions whose sentences are otherwise the same are one, and what these name is listed. */
  readonly by?: { readonly noun: "rule" | "scope"; readonly name: string };
}

/** What a comparison finds of a region in one direction: why more may be allowed, or null if no more is. */
export interface Finding {
  readonly region: AccessRegion;
  readonly more: Sentences | null;
}

/** Of what is so in one policy and not in the other: `client ehr is granted view_labs`. */
export const isSo = (text: string): Sentences => ({ gained: `New: ${text}`, lost: `No longer: ${text}` });

/** Of what may not be the same. */
export const mayDiffer = (why: string): Sentences => {
  const text = `May differ: ${why}`;
  return { gained: text, lost: text };
};

/** `TREAT, ETREAT or BTG`. */
export const anyOf = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;

const ANYWHERE: AccessRegion = {
  clientId: null,
  role: null,
  subjectId: null,
  subjectType: null,
  organization: null,
  scope: "*",
  resourceType: "*",
  action: "*",
};
export const regionOf = (of: Partial<AccessRegion>): AccessRegion => ({ ...ANYWHERE, ...of });

/** One text for one region. */
export const regionKey = (region: AccessRegion): string =>
  JSON.stringify((Object.keys(ANYWHERE) as (keyof AccessRegion)[]).map((name) => region[name]));
