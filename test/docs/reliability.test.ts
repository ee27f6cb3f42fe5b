import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

test("each fault that reliability.md tells of has the test that it names", () => {
  const rows = [
    ...readFileSync("docs/reliability.md", "utf8").matchAll(/\| \[[\w.]+\]\(\.\.\/([\w./]+)\) "([^"]+)" \|$/gm),
  ];
  assert.ok(rows.length > 20);
  for (const [, file = "", title = ""] of rows) {
    const tests = readFileSync(join(file), "utf8").match(/\b(?:test|it|describe)\(\s*(["'`]).*?\1/gs) ?? [];
    assert.ok(
      tests.some((found) => found.includes(title)),
      `${file} has no test "${title}"`,
    );
  }
});
