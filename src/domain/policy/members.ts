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

/** Of a member that its author must always say, `*` included: nothing may open because a word was forgotten. */
const REQUIRED: unique symbol = Symbol("required");

/** Of content also what it is where its author says nothing: null or a list of nothing, which is empty; or a default. */
type Members<Row> = {
  readonly [M in keyof Row]-?:
    | readonly [role: Exclude<MemberRole, "content">, type: ValueTypeOf<Row[M]>]
    | readonly [role: "content", type: ValueTypeOf<Row[M]>, unsaid: Row[M] | typeof REQUIRED];
};

/**
 * The one list of what the nouns consist of. What compares rows, stores them, tells their history or seeds them goes by it,
 * so that a new member does not compile until it stands here, and is lost nowhere.
 */
const MEMBERS = {
  client: {
    id: ["key", "name"],
    name: ["content", "text", REQUIRED],
    status: ["content", "text", "ACTIVE"],
    description: ["content", "text", null],
    protocolScopes: ["content", "json", null],
    careCritical: ["content", "flag", false],
  },
  scope: {
    name: ["key", "name"],
    version: ["key", "whole"],
    state: ["life", "text"],
    title: ["content", "text", null],
    description: ["content", "text", null],
    translations: ["content", "json", []],
    declarations: ["content", "json", REQUIRED],
    requiresConsent: ["content", "flag", false],
    justification: ["content", "text", null],
    deprecatedAt: ["noted", "time"],
    sunsetAt: ["life", "time"],
    replacedBy: ["life", "text"],
    retiredAt: ["noted", "time"],
    atoms: ["derived", "json"],
  },
  role: {
    name: ["key", "name"],
    inherits: ["content", "json", []],
    description: ["content", "text", null],
  },
  grant: {
    clientId: ["key", "name"],
    scope: ["key", "name"],
    validFrom: ["content", "time", null],
    validUntil: ["content", "time", null],
  },
  assignment: {
    subjectId: ["key", "name"],
    subjectType: ["key", "name"],
    clientId: ["key", "name"],
    role: ["key", "name"],
    organization: ["key", "text"],
    validFrom: ["content", "time", null],
    validUntil: ["content", "time", null],
  },
  rule: {
    id: ["key", "name"],
    role: ["content", "name", REQUIRED],
    scope: ["content", "name", REQUIRED],
    action: ["content", "text", REQUIRED],
    resourceType: ["content", "text", REQUIRED],
    when: ["content", "text", null],
    effect: ["content", "text", REQUIRED],
    obligations: ["content", "json", []],
    description: ["content", "text", null],
    justification: ["content", "text", null],
  },
  organization: {
    id: ["key", "name"],
    name: ["content", "text", null],
    consentOnSilence: ["content", "json", null],
    specialProtection: ["content", "text", null],
    purposeRequired: ["content", "flag", null],
    patientScopesReachShared: ["content", "flag", null],
    part2Program: ["content", "flag", null],
    accessRequestMaxMinutes: ["content", "whole", null],
    consentRequests: ["content", "json", null],
    breakGlass: ["content", "json", null],
    emergencyOverridesRefusal: ["content", "flag", null],
    alertResponses: ["content", "json", null],
    retentionYears: ["content", "whole", null],
    legalHold: ["content", "flag", null],
    justification: ["content", "text", null],
  },
} as const satisfies { readonly [N in Noun]: Members<PolicyRows[N]> };

type Listed = typeof MEMBERS;

/** The members of a noun that have one of the roles. */
export type MemberOf<N extends Noun, R extends MemberRole> = {
  [M in keyof Listed[N]]: Listed[N][M] extends readonly [R, ...unknown[]] ? M : never;
}[keyof Listed[N]] &
  keyof PolicyRows[N];

type UnsaidOf<N extends Noun, Unsaid> = {
  [M in keyof Listed[N]]: Listed[N][M] extends readonly ["content", unknown, Unsaid] ? M : never;
}[keyof Listed[N]] &
  keyof PolicyRows[N];

/** The content that must always be said. */
export type RequiredMember<N extends Noun> = UnsaidOf<N, typeof REQUIRED>;
/** The content that may be empty, and can be emptied on purpose. */
export type ClearableMember<N extends Noun> = UnsaidOf<N, null | readonly []>;

interface Member {
  readonly name: string;
  readonly role: MemberRole;
  readonly type: ValueType;
}

/** Made once: a large change asks for each of its operations. */
const ofEach = <T>(make: (noun: Noun) => T): Readonly<Record<Noun, T>> =>
  Object.fromEntries((Object.keys(MEMBERS) as Noun[]).map((noun) => [noun, make(noun)])) as Record<Noun, T>;

const listed = (noun: Noun) => Object.entries<readonly [MemberRole, ValueType, unknown?]>(MEMBERS[noun]);

const members = ofEach((noun) => listed(noun).map(([name, [role, type]]): Member => ({ name, role, type })));

/** The members of a noun in the order of the list. */
export const membersOf = (noun: Noun): readonly Member[] => members[noun];

/** A member that an author says, and what it is where nothing is said of it. */
export interface ContentMember {
  readonly name: string;
  readonly required: boolean;
  /** Of one that is not required. */
  readonly unsaid: Json;
  /** As `clear` names it, such as `VALID_UNTIL`; null: it can't be empty. */
  readonly clearedAs: string | null;
}

const inCapitals = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
const isEmpty = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

const content = ofEach((noun) =>
  listed(noun).flatMap(([name, [role, , unsaid]]): readonly ContentMember[] =>
    role === "content"
      ? [
          {
            name,
            required: unsaid === REQUIRED,
            unsaid: unsaid === REQUIRED ? null : (unsaid as Json),
            clearedAs: isEmpty(unsaid) ? inCapitals(name) : null,
          },
        ]
      : [],
  ),
);
const clearable = ofEach<ReadonlyMap<string, string>>(
  (noun) =>
    new Map(content[noun].flatMap(({ name, clearedAs }) => (clearedAs === null ? [] : [[clearedAs, name] as const]))),
);

export const contentMembers = (noun: Noun): readonly ContentMember[] => content[noun];

/** What `clear` may name of a noun, each with the member that it empties: `VALID_UNTIL` and `validUntil`. */
export const clearableOf = <N extends Noun>(noun: N): ReadonlyMap<string, ClearableMember<N>> =>
  clearable[noun] as ReadonlyMap<string, ClearableMember<N>>;

/** Whether two rows of a noun say the same. */
export const sameRow = (a: PolicyRows[Noun], b: PolicyRows[Noun]): boolean =>
  sameJson(a as unknown as Json, b as unknown as Json);

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
