import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { newEnforcer, newModelFromString, StringAdapter } from "casbin";
import fc from "fast-check";
import { importCasbin } from "../../../src/cli/casbin/importCasbin.ts";
import { parseAuthorizeInput } from "../../../src/domain/decisions/accessInput.ts";
import { decide } from "../../../src/domain/decisions/decide.ts";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

const modelOf = ({ dom, roles, deny }: { readonly dom: boolean; readonly roles: boolean; readonly deny: boolean }) =>
  [
    "[request_definition]",
    `r = sub, ${dom ? "dom, " : ""}obj, act`,
    "[policy_definition]",
    `p = sub, ${dom ? "dom, " : ""}obj, act, eft`,
    ...(roles ? ["[role_definition]", `g = _, _${dom ? ", _" : ""}`] : []),
    "[policy_effect]",
    `e = some(where (p.eft == allow))${deny ? " && !some(where (p.eft == deny))" : ""}`,
    "[matchers]",
    `m = ${roles ? `g(r.sub, p.sub${dom ? ", r.dom" : ""})` : "r.sub == p.sub"}${dom ? " && r.dom == p.dom" : ""} && r.obj == p.obj && r.act == p.act`,
  ].join("\n");

const CLIENT = "casbin";
const imported = (model: string, policy: string) =>
  importCasbin(
    { model: { name: "model.conf", text: model }, policy: { name: "policy.csv", text: policy } },
    { clientId: CLIENT, facts: { checkCondition: () => null, readCondition: engine.readCondition, fhirVersion: "R4" } },
  );

const NAMES = ["alice", "bob", "admin", "staff", "nurse@ward", "a.b"];
const DOMAINS = ["d1", "d2"];
const OBJECTS = ["data1", "Observation", "Patient", "a.b", "launch", "all"];
const ACTS = ["read", "search", "write", "approve", "b", "any"];
const pick = (values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);

const cases = fc.record({ dom: fc.boolean(), roles: fc.boolean(), deny: fc.boolean() }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    p: fc.array(
      fc.tuple(pick(NAMES), pick(DOMAINS), pick(OBJECTS), pick(ACTS), pick(["", "allow", "allow", "deny", "Deny"])),
      { minLength: 1, maxLength: 8 },
    ),
    g: fc.array(fc.tuple(pick(NAMES), pick(NAMES), pick(DOMAINS)), { maxLength: shape.roles ? 7 : 0 }),
  }),
);

describe("what is imported from Casbin decides as Casbin does", () => {
  test("on generated policies: with and without domains, roles and denials, for every request", async () => {
    let [allowed, denied, compared] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(cases, async ({ shape, p, g }) => {
        const line = (...parts: readonly string[]): string => parts.join(", ");
        const policies = p.map(([sub, dom, obj, act, eft]) =>
          line("p", sub, ...(shape.dom ? [dom] : []), obj, act, eft),
        );
        const grouped = g.map(([member, role, dom]) => line("g", member, role, ...(shape.dom ? [dom] : [])));
        const model = modelOf(shape);
        const { snapshot, problems } = imported(model, [...policies, ...grouped].join("\n"));
        assert.ok(snapshot !== null, JSON.stringify(problems));
        // Circles of roles have no counterpart; Casbin is asked about what is imported.
        const lines = [...policies, ...grouped].filter((_, i) => !problems.some((problem) => problem.line === i + 1));
        for (const { message } of problems) assert.match(message, /in a circle$/);
        const casbin = await newEnforcer(newModelFromString(model), new StringAdapter(lines.join("\n")));
        for (const sub of [...NAMES, "stranger"])
          for (const dom of shape.dom ? [...DOMAINS, "d3"] : [null])
            for (const obj of OBJECTS)
              for (const act of ACTS) {
                const theirs = casbin.enforceSync(...(dom === null ? [sub, obj, act] : [sub, dom, obj, act]));
                const parsed = parseAuthorizeInput(
                  { clientId: CLIENT, subject: { id: sub }, action: act, resource: { type: obj, organization: dom } },
                  "request",
                );
                assert.ok(parsed.ok);
                const { outcome } = decide({ snapshot, engine, now: 1 }, parsed.request);
                assert.equal(outcome === "ALLOW", theirs, JSON.stringify({ model, lines, sub, dom, obj, act }));
                compared++;
                if (theirs) allowed++;
                else denied++;
              }
      }),
      { numRuns: 60 },
    );
    assert.ok(allowed > 50 && denied > 100, JSON.stringify({ allowed, denied, compared }));
  });

  test("roles after one another, as far as Casbin follows them, and no further", async () => {
    const model = modelOf({ dom: true, roles: true, deny: false });
    const chain = (length: number): string =>
      [
        `p, r${length}, d1, data1, read`,
        ...Array.from({ length }, (_, i) => `g, ${i === 0 ? "alice" : `r${i}`}, r${i + 1}, d1`),
      ].join("\n");
    for (const length of [1, 10, 11]) {
      const casbin = await newEnforcer(newModelFromString(model), new StringAdapter(chain(length)));
      const { problems } = imported(model, chain(length));
      assert.equal(casbin.enforceSync("alice", "d1", "data1", "read"), length <= 10);
      assert.deepEqual(
        problems.map(({ line, message }) => [line, message.slice(0, 25)]),
        length <= 10 ? [] : [[2, "alice begins a chain of m"]],
      );
    }
  });

  test("a role is held in its domain alone", () => {
    const model = modelOf({ dom: true, roles: true, deny: true });
    const { snapshot } = imported(
      model,
      "p, admin, d1, data1, read\np, admin, d2, data1, write, deny\ng, alice, admin, d1\n# no row\n",
    );
    assert.deepEqual([...(snapshot?.roles.keys() ?? [])].sort(), ["admin@d1", "admin@d2"]);
    assert.deepEqual([...(snapshot?.rules.keys() ?? [])].sort(), ["casbin-1", "casbin-2"]);
  });
});

const MODEL = modelOf({ dom: true, roles: true, deny: true });
const problemsOf = (model: string, policy = "p, a, d, o, read"): readonly string[] =>
  imported(model, policy).problems.map(({ file, line, message }) => `${file}:${line}: ${message}`);

describe("what has no counterpart is told with its line", () => {
  for (const [what, from, to, expected] of [
    [
      "keyMatch",
      "r.obj == p.obj",
      "keyMatch(r.obj, p.obj)",
      /^model\.conf:10: the matcher's keyMatch\(r\.obj,p\.obj\) has/,
    ],
    ["an alternative", "r.act == p.act", '(r.act == p.act || p.act == "*")', /^model\.conf:10: the matcher's/],
    [
      "attributes",
      "r.obj == p.obj",
      "r.sub.age > 18 && r.obj == p.obj",
      /^model\.conf:10: the matcher's r\.sub\.age>18/,
    ],
    ["priorities", "some(where (p.eft == allow)) &&", "priority(p.eft) || deny &&", /^model\.conf:8: the effect/],
    ["allowing by default", /e = .*/, "e = !some(where (p.eft == deny))", /^model\.conf:8: the effect/],
    ["g2", "g = _, _, _", "g = _, _, _\ng2 = _, _", /^model\.conf:7: g2 has no counterpart/],
    ["another request", "r = sub, dom, obj, act", "r = sub, dom, obj, act, time", /^model\.conf:2: requests are/],
    ["a priority of rows", "p = sub,", "p = priority, sub,", /^model\.conf:4: policies are/],
    [
      "a matcher that forgets the domain",
      " && r.dom == p.dom",
      "",
      /^model\.conf:10: the matcher does not compare dom/,
    ],
    ["roles without a domain", "g = _, _, _", "g = _, _", /^model\.conf:(1|6|10): /],
  ] as const)
    test(what, () => {
      const model = MODEL.replace(from, to);
      assert.notEqual(model, MODEL);
      const problems = problemsOf(model);
      assert.ok(
        problems.some((line) => expected.test(line)),
        problems.join("\n"),
      );
      assert.equal(imported(model, "").snapshot, null);
    });

  for (const [what, row, expected] of [
    ["a star for the action", "p, a, d, o, *", /act is \*, which Casbin compares as a text/],
    ["a star for the domain", "p, a, *, o, read", /dom is \*/],
    ["a FHIR interaction by another name", "p, a, d, o, vread", /act is the FHIR interaction read here/],
    ["an action on all types", "p, a, d, o, search-system", /act (is the FHIR|has a meaning)/],
    ["too few columns", "p, a, d, o", /act must not be empty/],
    ["too many", "p, a, d, o, read, allow, 1", /has more columns/],
    ["quotes", 'p, "a", d, o, read', /has quotes or brackets/],
    ["brackets", "p, f(a), d, o, read", /has quotes or brackets/],
    ["p2", "p2, a, d, o, read", /rows of p2/],
    ["a role without its domain", "g, a, b", /has 2 columns, and the model 3/],
    ["a circle", "g, a, b, d\ng, b, a, d", /^policy\.csv:3: .*in a circle/m],
    ["the client's own name", "p, casbin, d, o, read", /casbin is the client's name/],
    ["a misspelt FHIR type", "p, a, d, Observatio, read", /nearest is "Observation"/],
  ] as const)
    test(what, () => {
      const problems = problemsOf(MODEL, `p, x, d, o, read\n${row}`);
      assert.match(problems.join("\n"), expected);
      assert.match(problems.join("\n"), /^policy\.csv:[23]: /);
    });

  test("an effect that counts for nothing in Casbin is left out, and no problem", () => {
    const { problems, idle } = imported(MODEL, "p, a, d, o, read, Deny\np, a, d, o, read");
    assert.deepEqual([problems.length, idle.map(({ line }) => line)], [0, [1]]);
  });
});
