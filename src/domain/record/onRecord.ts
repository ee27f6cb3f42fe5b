import { canonicalJson, type Json } from "../kernel/canonical.ts";

/** What identifies people, by its path from the root of the record. */
export type Personal = { [path: string]: Json | undefined };

/** It identifies nobody, and is there for good: hashed into the leaf of the act, and sent to every sink. */
export const OPEN = "OPEN";
/** It identifies people, or may: it stands apart, by its path, and can be erased. */
export const PERSONAL = "PERSONAL";

/** Puts what identifies people into `personal`, each value by its path, and answers with the canonical JSON of the rest. */
type Write<T> = (value: T, path: string, personal: Personal) => string;

type Text = string | number | boolean;
/** Texts and numbers, lists of such, and maps of such. */
type IsPlain<T> = [T] extends [Text]
  ? true
  : [T] extends [readonly (infer Each)[]]
    ? IsPlain<Each>
    : string extends MemberOf<T>
      ? IsPlain<T[keyof T]>
      : false;
type MemberOf<T> = T extends unknown ? keyof T : never;
type ValueOf<T, Member> = T extends unknown ? (Member extends keyof T ? T[Member] : never) : never;

type Within<T> =
  IsPlain<T> extends true
    ? typeof OPEN
    : [T] extends [readonly (infer Each)[]]
      ? readonly [Write<Each> | Within<Each>]
      : string extends MemberOf<T>
        ? never
        : { readonly [Member in MemberOf<T>]-?: Judged<ValueOf<T, Member>> };

/**
 * How a value stands on record: as a whole, or member by member, each of which must be judged, however deep; of a list, each item alike.
 * Where it takes more than the names of members to tell who is identified, a function does.
 */
export type Judged<T> = typeof PERSONAL | Write<NonNullable<T>> | Within<NonNullable<T>>;

export const open = <Name extends string>(...names: readonly Name[]): { readonly [Each in Name]: typeof OPEN } =>
  Object.fromEntries(names.map((name) => [name, OPEN])) as { readonly [Each in Name]: typeof OPEN };

/** Somebody by type and id. */
export const SOMEBODY = { id: PERSONAL, type: OPEN } as const;

type AnyJudged = string | Write<never> | readonly [AnyJudged] | { readonly [member: string]: AnyJudged };
/** The path of the value begins with `base`. Nothing is written of what stands apart as a whole. */
export type Writer = (value: unknown, base: string, personal: Personal) => string;

/**
 * What writes values that are judged so, in one go, as each decision waits for it. A member that nobody has judged identifies people.
 * Null and absent stay what they are. Paths are put together once, but for numbers in lists.
 */
export function writerOf(judged: AnyJudged, path = "", prefix = `${path}.`): Writer {
  if (judged === OPEN) return (value) => canonicalJson(value as Json);
  if (typeof judged === "string")
    return (value, base, personal) => {
      personal[base + path] = value as Json;
      return "";
    };
  if (typeof judged === "function")
    return (value, base, personal) => (judged as Write<unknown>)(value, base + path, personal);
  if (Array.isArray(judged)) return listWriter(writerOf(judged[0]), path);
  return objectWriter(judged as { readonly [member: string]: AnyJudged }, prefix);
}

const listWriter =
  (write: Writer, path: string): Writer =>
  (value, base, personal) =>
    `[${(value as readonly unknown[]).map((item, i) => write(item, `${base}${path}.${i}`, personal)).join(",")}]`;

function objectWriter(judged: { readonly [member: string]: AnyJudged }, prefix: string): Writer {
  const members = Object.entries(judged)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, of]) => ({ name, before: `${JSON.stringify(name)}:`, write: writerOf(of, prefix + name) }));
  return (value, base, personal) => {
    const whole = value as { readonly [member: string]: unknown };
    let text = "";
    let unjudged = 0;
    for (const name in whole) if (whole[name] !== undefined) unjudged++;
    for (const { name, before, write } of members) {
      const member = whole[name];
      if (member === undefined) continue;
      unjudged--;
      const rest = member === null ? "null" : write(member, base, personal);
      if (rest !== "") text += text === "" ? before + rest : `,${before}${rest}`;
    }
    if (unjudged > 0)
      for (const name in whole) if (!Object.hasOwn(judged, name)) personal[base + prefix + name] = whole[name] as Json;
    return `{${text}}`;
  };
}

/**
 * What becomes of what identifies people in acts of a kind after its time. OVER: it is erased, as such an act is over once it is done.
 * LASTING: it is not, as the act may be in force still, and what it is about stands in other tables as well. NOBODY: there is none.
 */
type Erased = "OVER" | "LASTING" | "NOBODY";

/** How acts of a kind stand on record. */
export interface OnRecord<T> {
  /** What such an act says, for people. */
  readonly words: string;
  /** Raised when members change their meaning; a new member whose absence means what was so before needs no other. */
  readonly format: number;
  /** What the act is, so that the same one can't stand there twice; `once` tells apart those that may be made more often. */
  readonly id: (record: T, once: string) => string;
  /** The member that says when it was, in milliseconds since 1970. It is open. */
  readonly time: { [Member in keyof T]: T[Member] extends number ? Member : never }[keyof T];
  readonly members: Judged<T>;
  readonly erased: Erased;
  /** Whether webhooks tell of it. */
  readonly notifies?: true;
  /** Whether sinks and exports can tell it as OCSF and FHIR, beside the lines that tell every kind. */
  readonly isEvent?: true;
}

/** The id of a step in the life of something, which the step names by a member. */
export const stepId =
  <Member extends string>(prefix: string, member: Member) =>
  (record: { readonly [Name in Member | "event"]: string }, once: string): string =>
    `${prefix}:${record[member]}:${record.event.toLowerCase()}${once === "" ? "" : `:${once}`}`;

/** The id of an act that is named by nothing of its own. */
export const onceId =
  (prefix: string) =>
  (_: unknown, once: string): string =>
    `${prefix}:${once}`;
