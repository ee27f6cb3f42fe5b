import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MOST_STEPS } from "../../src/engine/budget/meter.ts";
import { OBJECTS, VALUES } from "../../src/engine/conditionMembers.ts";
import { checkCondition } from "../../src/engine/conditions.ts";

const text = readFileSync("docs/rules.md", "utf8");

test("rules.md has every name that a condition sees, with its members", () => {
  for (const [name, members] of OBJECTS) {
    const listed = Object.keys(members).map((member) => `\`${member}\``);
    assert.ok(text.includes(`| \`${name}\` | ${listed.join(", ")} |`), name);
  }
  for (const name of VALUES.keys()) assert.ok(text.includes(`| \`${name}\` | a `), name);
});

test("rules.md says how many steps a condition may take", () => {
  assert.ok(text.includes(`at most ${MOST_STEPS.toLocaleString("en-US")} steps`));
});

test("what rules.md says to be refused is refused, and what it shows is not", () => {
  for (const [, condition = ""] of text.matchAll(/^\| `([^`]*(?:==|has\(| in )[^`]*)` \|/gm))
    assert.equal(checkCondition(condition.replaceAll("\\|", "|")), null, condition);
  for (const condition of ["resource.lables == []", "subject.roles == []", "subject.id == 5", 'resource.labels == "R"'])
    assert.ok(checkCondition(condition) !== null, condition);
});
