import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Rule } from "../../src/domain/policy/types.ts";
import { openCasbin, type PolicyRow } from "../../src/engine/casbin.ts";
import { createEngine } from "../../src/engine/engine.ts";

const installed = createRequire(import.meta.url)("casbin/package.json") as { version: string };
const model = (matcher: string): string =>
  `[request_definition]\nr = query\n[policy_definition]\np = rule, eft\n[policy_effect]\ne = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n[matchers]\nm = ${matcher}\n`;
const row = (id: string, eft: PolicyRow[1]): PolicyRow => [
  {
    id,
    role: "*",
    scope: "*",
    action: "*",
    resourceType: "*",
    when: null,
    effect: eft === "allow" ? "ALLOW" : "DENY",
    obligations: [],
    description: null,
    justification: null,
  },
  eft,
];

test("another version of Casbin than the one that was read is refused at the start, with what is to be checked", async () => {
  const { version } = installed;
  try {
    for (const other of ["5.51.2", "5.51.0", "6.0.0", "5.51.10"]) {
      installed.version = other;
      await assert.rejects(createEngine(), (error: Error) => {
        assert.ok(error.message.includes(`Casbin ${other} is installed`), error.message);
        for (const named of [version, "src/engine/casbin.ts", "getExpression", "expression-eval", "CASBIN_VERSION"])
          assert.ok(error.message.includes(named), `${named} is not named: ${error.message}`);
        return true;
      });
    }
  } finally {
    installed.version = version;
  }
  await createEngine();
});

test("Casbin is asked about the rows that are put in and no others, with the query and the rule as they are", async () => {
  const seen: (readonly [unknown, Rule])[] = [];
  const note = (query: unknown, rule: Rule): boolean => seen.push([query, rule]) > 0;
  const enforce = await openCasbin({
    modelText: model("note(r.query, p.rule)"),
    functions: new Map([["note", note]]),
  });
  const query = {};
  const rows = [row("a", "allow"), row("b", "deny")];
  assert.equal(enforce(query, rows.slice(0, 1)), true);
  assert.equal(enforce(query, rows), false);
  assert.equal(enforce(query, []), false);
  assert.deepEqual(
    seen.map(([, rule]) => rule.id),
    ["a", "a", "b"],
  );
  for (const [asked, rule] of seen) {
    assert.equal(asked, query);
    assert.ok(rows.some(([own]) => own === rule));
  }
});

test("the matcher is compiled by Casbin once, and by us once: it is not walked for each row", async () => {
  let read = 0;
  const functions = new Map([["holds", () => true]]);
  const counted = Object.assign(new Map(functions), {
    get(name: string) {
      read++;
      return functions.get(name);
    },
  });
  const enforce = await openCasbin({ modelText: model("holds(r.query, p.rule)"), functions: counted });
  enforce({}, [row("a", "allow")]);
  const first = read;
  assert.ok(first > 0, "it was left to Casbin");
  for (let i = 0; i < 10; i++) enforce({}, [row("a", "allow"), row("b", "deny")]);
  assert.equal(read, first);
});

test("a model without a policy, or with a matcher that can't be read, is no engine", async () => {
  await assert.rejects(openCasbin({ modelText: "[matchers]\nm = true\n", functions: new Map() }));
  const enforce = await openCasbin({ modelText: model("p.rule.id =="), functions: new Map() });
  assert.throws(() => enforce({}, [row("a", "allow")]));
});
