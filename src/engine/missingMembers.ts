import { EvaluationError } from "@marcbachmann/cel-js";
import { Memo } from "../domain/kernel/memo.ts";
import { pathOf } from "./celExpression.ts";
import { NAMES } from "./conditionMembers.ts";
import { readCondition } from "./conditionTerms.ts";

/** Texts of conditions that failed lately. */
const MOST_CONDITIONS = 1_000;
const remembered = new Memo<readonly string[]>(MOST_CONDITIONS);

/** The members that a condition touches without asking first whether they are there. */
function neededBy(when: string): readonly string[] {
  let needed = remembered.get(when);
  if (needed === undefined) {
    const { asked, touched } = readCondition(when);
    needed = touched.filter((member) => !asked.includes(member));
    remembered.set(when, needed);
  }
  return needed;
}

function isThere(variables: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  let at: unknown = variables;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return false;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return true;
}

/** The path at which an evaluation found nothing, as the text of the condition has it; null: it failed for another reason. */
function absentPath(error: unknown): readonly string[] | null {
  if (!(error instanceof EvaluationError) || (error.code !== "no_such_key" && error.code !== "unknown_variable"))
    return null;
  // What a request names is no path of the text, and is not repeated.
  const path = error.node === undefined ? null : pathOf(error.node);
  return path !== null && NAMES.has(path[0] ?? "") ? path : null;
}

/**
 * For want of which members a condition failed: all that it touches and the request lacks, so that they can be sent at once;
 * empty where it failed for another reason. Only paths that its text has, never what a request says.
 */
export function missingFor(
  when: string,
  error: unknown,
  variables: Readonly<Record<string, unknown>>,
): readonly string[] {
  const absent = absentPath(error)?.join(".");
  if (absent === undefined) return [];
  const missing = neededBy(when).filter((member) => !isThere(variables, member.split(".")));
  const isAmong = missing.some((member) => member === absent || member.startsWith(`${absent}.`));
  return isAmong ? missing : [absent];
}
