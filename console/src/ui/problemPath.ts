import type { Problem } from "../transport/apiError.ts";

/** `.input.operations.[0].putRule.when.`, so that names are compared whole. */
const dotted = (path: string): string => `.${path}.`.replaceAll("[", ".[").replaceAll("..", ".");

/** Of these fields the one that a problem's path names, the last where several do: `input.operations[0].putRule.when` is at `when`. */
function fieldAt(path: string, names: readonly string[]): string | null {
  let found: string | null = null;
  let end = -1;
  for (const name of names) {
    const at = dotted(path).lastIndexOf(dotted(name));
    if (at !== -1 && at + dotted(name).length > end) {
      end = at + dotted(name).length;
      found = name;
    }
  }
  return found;
}

/** The service says it as the rest of a sentence: "must be in the future". */
const sentence = (message: string): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

/** "Valid until", for `input.validUntil`; "": the whole input. */
function memberWords(path: string): string {
  const member = path.split(".").at(-1)?.replace(/\[.*/, "") ?? "";
  if (member === "" || member === "input") return "";
  const text = member.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A problem as a sentence of its own, for where no field is its place. */
export function problemWords({ path, message }: Problem): string {
  const member = memberWords(path);
  return member === "" ? sentence(message) : `${member}: ${message}`;
}

/** What stands at which field, and what no field is the place of. */
export function placed(
  problems: readonly Problem[],
  names: readonly string[],
): { readonly at: Readonly<Record<string, string[]>>; readonly left: readonly Problem[] } {
  const at: Record<string, string[]> = {};
  const left: Problem[] = [];
  for (const problem of problems) {
    const name = fieldAt(problem.path, names);
    if (name === null) left.push(problem);
    else {
      const said = sentence(problem.message);
      at[name] ??= [];
      if (!at[name].includes(said)) at[name].push(said);
    }
  }
  return { at, left };
}
