import { type Json, sameJson } from "../kernel/canonical.ts";
import type { Noun, PolicyRows } from "./types.ts";

/**
 * What a member of a row is to the policy.
 * - `key`: part of what tells the row from others of its noun;
 * - `content`: what its author says, by putting it;
 * - `life`: what later steps in its life say;
 * - `noted`: what the service notes of those steps, which differs with the hour;
 * - `derived`: what follows from the others; it is not stored, and has no history of its own.
 */
type MemberRole = "key" | "content" | "life" | "noted" | "derived";

/** `name` is a text by which rows are found, `time` in milliseconds since 1970. */
export type ValueType = "name" | "text" | "time" | "whole" | "flag" | "json";

/** The value types that can hold what a member is in TypeScript. */
type ValueTypeOf<Value> =
  NonNullable<Value> extends string
    ? "name" | "text"
    : NonNullable<Value> extends number
      ? "time" | "whole"
      : NonNullable<Value> extends boolean
        ? "flag"
        : "json";

type Members<Row> = { readonly [M in keyof Row]-?: readonly [role: MemberRole, type: ValueTypeOf<Row[M]>] };

/**
 * The one list of what the nouns consist of. What compares rows, stores them, tells their history or seeds them goes by it,
 * so that a new member does not compile until it stands here, and is lost nowhere.
 */
const MEMBERS = {
  client: {
    id: ["key", "name"],
    name: ["content", "text"],
    status: ["content", "text"],
    description: ["content", "text"],
  },
  scope: {
    name: ["key", "name"],
    version: ["key", "whole"],
    state: ["life", "text"],
    title: ["content", "text"],
    description: ["content", "text"],
    declarations: ["content", "json"],
    requiresConsent: ["content", "flag"],
    justification: ["content", "text"],
    deprecatedAt: ["noted", "time"],
    sunsetAt: ["life", "time"],
    replacedBy: ["life", "text"],
    retiredAt: ["noted", "time"],
    atoms: ["derived", "json"],
  },
  role: {
    name: ["key", "name"],
    inherits: ["content", "json"],
    description: ["content", "text"],
  },
  grant: {
    clientId: ["key", "name"],
    scope: ["key", "name"],
    validFrom: ["content", "time"],
    validUntil: ["content", "time"],
  },
  assignment: {
    subjectId: ["key", "name"],
    clientId: ["key", "name"],
    role: ["key", "name"],
    organization: ["key", "text"],
    validFrom: ["content", "time"],
    validUntil: ["content", "time"],
  },
  rule: {
    id: ["key", "name"],
    role: ["content", "name"],
    scope: ["content", "name"],
    action: ["content", "text"],
    resourceType: ["content", "text"],
    when: ["content", "text"],
    effect: ["content", "text"],
    obligations: ["content", "json"],
    description: ["content", "text"],
    justification: ["content", "text"],
  },
  entity: {
    type: ["key", "name"],
    id: ["key", "name"],
    properties: ["content", "json"],
  },
} as const satisfies { readonly [N in Noun]: Members<PolicyRows[N]> };

type Listed = typeof MEMBERS;

/** The members of a noun that have one of the roles. */
export type MemberOf<N extends Noun, R extends MemberRole> = {
  [M in keyof Listed[N]]: Listed[N][M] extends readonly [R, unknown] ? M : never;
}[keyof Listed[N]] &
  keyof PolicyRows[N];

interface Member {
  readonly name: string;
  readonly role: MemberRole;
  readonly type: ValueType;
}

/** The members of a noun in the order of the list. */
export const membersOf = (noun: Noun): readonly Member[] =>
  Object.entries<readonly [MemberRole, ValueType]>(MEMBERS[noun]).map(([name, [role, type]]) => ({ name, role, type }));

/** Whether two rows say the same, in all members that have one of the roles. */
export function sameIn<N extends Noun, R extends MemberRole>(
  noun: N,
  roles: readonly R[],
  rows: readonly [a: Pick<PolicyRows[N], MemberOf<N, R>>, b: Pick<PolicyRows[N], MemberOf<N, R>>],
): boolean {
  const wanted: readonly MemberRole[] = roles;
  const names = membersOf(noun).filter(({ role }) => wanted.includes(role));
  const [a, b] = rows as readonly { readonly [name: string]: Json | undefined }[];
  return names.every(({ name }) => sameJson(a?.[name] ?? null, b?.[name] ?? null));
}
