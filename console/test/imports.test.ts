import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const SRC = resolve("src");

test("the console imports nothing of the service, and no page a page of another group", () => {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));
  assert.ok(files.length > 200);
  const wrong: string[] = [];
  for (const file of files)
    for (const [, to = ""] of readFileSync(join(SRC, file), "utf8").matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      const target = relative(SRC, resolve(SRC, dirname(file), to));
      const groupOf = (path: string) => /^pages\/([^/]+)\//.exec(path)?.[1];
      const [mine, theirs] = [groupOf(file), groupOf(target)];
      if (target.startsWith("..")) wrong.push(`${file} leaves the console: ${to}`);
      if (theirs !== undefined && mine !== theirs && file !== "pages/groups.ts")
        wrong.push(`${file} imports ${target}`);
    }
  assert.deepEqual(wrong, []);
});
