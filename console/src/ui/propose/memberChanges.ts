import { isCodeMember, isEmpty, memberLabel, memberText } from "./memberWords.ts";

export interface MemberChange {
  readonly name: string;
  readonly label: string;
  /** In words; null: the thing was not there before, or is not afterwards. */
  readonly before: string | null;
  readonly after: string | null;
  readonly isCode: boolean;
}

type Row = Readonly<Record<string, unknown>>;

const rowOf = (row: unknown): Row | null => (typeof row === "object" && row !== null ? (row as Row) : null);

/** The members in which a thing differs from what it was; of a new or an ended one all that are set. What a scope permits is told once. */
export function memberChanges(noun: string, before: unknown, after: unknown): readonly MemberChange[] {
  const [was, is] = [rowOf(before), rowOf(after)];
  const differs = (name: string) => JSON.stringify(was?.[name] ?? null) !== JSON.stringify(is?.[name] ?? null);
  const isSet = (name: string) => !isEmpty(was?.[name]) || !isEmpty(is?.[name]);
  const names = [...new Set([...Object.keys(was ?? {}), ...Object.keys(is ?? {})])].filter(
    (name) => differs(name) && isSet(name),
  );
  return names
    .filter((name) => noun !== "scope" || name !== "atoms" || !names.includes("declarations"))
    .map((name) => ({
      ...{ name, label: memberLabel(noun, name), isCode: isCodeMember(noun, name) },
      before: was && memberText(noun, name, was),
      after: is && memberText(noun, name, is),
    }));
}
