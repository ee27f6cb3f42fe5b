import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const ROOTS = ["README.md", "ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md", "schema.graphql"];
const FOLDERS = ["docs", "src", "console", "playground", "examples", "seeds", "test", "tools", "bench", "schemas"];
const TEXT = /\.(md|tsx?|js|mjs|json|ya?ml|graphql|html|sh|sql)$/;

const files: readonly string[] = [
  ...ROOTS,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => TEXT.test(name) && !/(^|\/)(node_modules|dist)\//.test(name))
      .map((name) => join(folder, name)),
  ),
];

/** The anchor of each heading, as viewers of Markdown make it: of two headings that are alike the second has `-1`, and so on. */
const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ""] of markdown.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm)) {
    const anchor = heading
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, "")
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-");
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
};

/** Links of a page, and pages of docs that any file names: each as a path from the root, and an anchor or "". */
function* targetsOf(file: string, text: string): Generator<readonly [path: string, anchor: string]> {
  if (file.endsWith(".md"))
    for (const [, path = "", anchor = ""] of text.matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g))
      if (!/^[a-z]+:/.test(path)) yield [path === "" ? file : normalize(join(dirname(file), path)), anchor];
  for (const [, path = "", anchor = ""] of text.matchAll(/(?<![\w./-])(docs\/[\w./-]+\.md)(?:#([\w-]+))?/g))
    yield [path, anchor];
}

const missingOf = (file: string, text: string): readonly string[] =>
  [...targetsOf(file, text)]
    .filter(
      ([path, anchor]) =>
        !existsSync(path) ||
        (anchor !== "" && path.endsWith(".md") && !anchorsOf(readFileSync(path, "utf8")).has(anchor)),
    )
    .map(([path, anchor]) => `${file} names ${path}${anchor && `#${anchor}`}`);

test("every page and anchor that docs, code, examples and messages name is there", () => {
  assert.ok(files.length > 1_000, String(files.length));
  assert.deepEqual(
    files.flatMap((file) => missingOf(file, readFileSync(file, "utf8"))),
    [],
  );
});

test("a page or an anchor that is not there is found", () => {
  // In parts, as these are names that this file must not be found to name.
  const folder = "docs";
  const [page, anchor] = [`${folder}/nothing.md`, `${folder}/console.md#nothing`];
  assert.deepEqual(missingOf("src/a.ts", `"See ${page} and ${anchor}."`), [
    `src/a.ts names ${page}`,
    `src/a.ts names ${anchor}`,
  ]);
  assert.deepEqual(missingOf(`${folder}/a.md`, "[a](nothing.md), [b](console.md#nothing), [c](console.md#clicks)"), [
    `${folder}/a.md names ${page}`,
    `${folder}/a.md names ${anchor}`,
  ]);
});
