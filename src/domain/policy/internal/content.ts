import type { Json } from "../../kernel/canonical.ts";
import { sameJson } from "../../kernel/canonical.ts";
import { type ContentMember, clearableOf, contentMembers, type MemberOf } from "../members.ts";
import type { Noun, PolicyRows } from "../types.ts";
import type { Draft } from "./draft.ts";

/** How an operation writes a row: whether what is left out stays as it is, and where the operation stands. */
export interface Write {
  readonly update: boolean;
  readonly path: string;
}

type Content<N extends Noun> = Pick<PolicyRows[N], MemberOf<N, "content">>;

/** What an operation says of the content of a row, and of which row. */
export interface Said<N extends Noun> extends Write {
  /** What is undefined is left out. */
  readonly input: { readonly [M in MemberOf<N, "content">]?: PolicyRows[N][M] | null | undefined } & {
    readonly clear?: readonly string[] | null | undefined;
  };
  /** The row as it is; null: there is none. */
  readonly before: Content<N> | null;
  /** As people name it, such as `rule labs`. */
  readonly what: string;
  /** Members that the input calls by another name. */
  readonly names?: Readonly<Record<string, string>>;
}

const show = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What must be done about a member that is set, and that a put leaves out. */
function forgotten({ name, clearedAs }: ContentMember, label: string, value: Json, what: string): string {
  const instead = clearedAs === null ? "another value" : `clear: [${clearedAs}] to empty it`;
  // What identifies people, and long texts, are not for messages.
  const now = typeof value === "boolean" || name === "status" ? `is ${show(value)}` : "is set";
  return `is left out, but ${label} of ${what} ${now}; say it again to keep it, or ${instead}`;
}

/**
 * The content that a put or an update comes to, or null when there is a problem. Nothing changes because a word was
 * forgotten: a put must say again, or clear, what the row has set, and in an update what is left out stays. Null is no
 * value: it neither clears nor stands for a default.
 */
export function readContent<N extends Noun>(draft: Draft, noun: N, said: Said<N>): Content<N> | null {
  const { input, before, update, path, what, names = {} } = said;
  const problems = draft.problems.length;
  const values = input as Readonly<Record<string, Json | undefined>>;
  const was = before as Readonly<Record<string, Json>> | null;
  const cleared = clearedMembers(draft, noun, { clear: input.clear, path });
  const read = (member: ContentMember): Json => {
    const { name, required, unsaid, clearedAs } = member;
    const label = names[name] ?? name;
    const at = `${path}.${label}`;
    const value = values[name];
    if (value !== undefined && value !== null) {
      if (cleared.has(name)) draft.problem(at, `is given, and cleared by ${clearedAs}; do one of both`);
      return value;
    }
    if (cleared.has(name)) return unsaid;
    const kept = was?.[name];
    if (value === null) {
      const mend = clearedAs === null ? "" : `, or clear: [${clearedAs}] to empty it`;
      if (update) return draft.problem(at, `must not be null; leave it out to keep it as it is${mend}`);
      if (required) return draft.problem(at, "must not be null");
      if (clearedAs === null) return draft.problem(at, `must not be null; leave it out for ${show(unsaid)}`);
    }
    if (update && kept !== undefined) return kept;
    if (required) return draft.problem(at, noun === "rule" ? 'must be given; "*" stands for any' : "must be given");
    if (kept !== undefined && !sameJson(kept, unsaid)) return draft.problem(at, forgotten(member, label, kept, what));
    return unsaid;
  };
  const content = Object.fromEntries(contentMembers(noun).map((member) => [member.name, read(member)]));
  return draft.problems.length === problems ? (content as unknown as Content<N>) : null;
}

/** The members that `clear` names. */
function clearedMembers(
  draft: Draft,
  noun: Noun,
  { clear, path }: { readonly clear: readonly string[] | null | undefined; readonly path: string },
): ReadonlySet<string> {
  const known = clearableOf(noun);
  const members = new Set<string>(known.values());
  for (const [i, member] of (clear ?? []).entries())
    if (!members.has(member)) draft.problem(`${path}.clear[${i}]`, `must be ${[...known.keys()].join(" or ")}`);
  return new Set((clear ?? []).filter((member) => members.has(member)));
}
