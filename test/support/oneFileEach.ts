import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** What is missing for checks to be one a file of a folder, each with a test of its name and a clause in the documentation. */
export function missing(
  folder: string,
  checks: readonly string[],
  { tests, docs }: { readonly tests: readonly string[]; readonly docs: string },
): readonly string[] {
  return checks.flatMap((check) => {
    const there = readdirSync(folder).includes(`${check}.ts`);
    const text = there ? readFileSync(resolve(folder, `${check}.ts`), "utf8") : "";
    const code = /code: "([A-Z_]+)"/.exec(text)?.[1];
    return [
      ...(text.match(/code: "/g)?.length === 1 ? [] : [`one rule in ${check}.ts`]),
      ...(tests.includes(`${check}.test.ts`) ? [] : [`${check}.test.ts`]),
      ...(code !== undefined && docs.includes(`| \`${code}\` |`) ? [] : [`the clause of ${check}`]),
    ];
  });
}
