// A member that stands twice in an object of a body is refused, with its place, at every door; everything else is read as JSON.parse does.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { ScopewardenError } from "../../src/domain/kernel/errors.ts";
import { parseBody } from "../../src/http/parseBody.ts";
import { clientKey } from "./authzenSupport.ts";
import { ADMIN_KEY, AUTHORIZE, applyPolicy, request, type Service, SMALL_POLICY, startService } from "./support.ts";

const read = (text: string): unknown => parseBody(Buffer.from(text), "application/json");
/** The paths at which a text is refused. */
function refusedAt(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    assert.ok(error instanceof ScopewardenError && error.code === "BAD_USER_INPUT", String(error));
    return error.problems.map(({ path }) => path);
  }
}

test("a doubled member is refused where it stands", () => {
  for (const [text, path] of [
    ['{"a":1,"a":2}', "a"],
    ['{"a":1,"a":1}', "a"],
    ['{"a" :1,"b":2,"a"\t\r\n:2}', "a"],
    ['{"a":1,"a" :2}', "a"],
    ['{"a":":","a":2}', "a"],
    ['{"a":null,"b":{"c":[1,{"d":1,"e":{},"d":[]}]}}', "b.c[1].d"],
    ['[{"x":1},{"y":"}","y":"{"}]', "[1].y"],
    ['{"a":1,"\\u0061":2}', "a"],
    ['{"\\"":1,"\\"":2}', '"'],
    ['{"\\\\":1,"\\\\":2}', "\\"],
    ['{"":1,"":2}', ""],
    ['{"1":1,"1":2}', "1"],
    ['{"a":"\\":","b":{"a":1},"b":2}', "b"],
    ['{"a":[[],[{"toString":1,"toString":2}]]}', "a[1][0].toString"],
    [`{"a":${"[".repeat(20_000)}{"b":1,"b":2}${"]".repeat(20_000)}}`, `a${"[0]".repeat(100)}`.slice(0, 200)],
  ] as const)
    assert.deepEqual(refusedAt(text), [path], text.slice(0, 80));
});

test("what only looks like one is read", () => {
  for (const text of [
    '{"a":":","b":"\\":","c":" :","d":"\\\\","e":{"a":1},"f":[{"a":1},{"a":2}]}',
    '{"A":1,"a":2,"\u00e1":3,"a\u0301":4}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"query":"{ a(x: \\":\\") { b: c } }","variables":{"at":"12:30:00"}}',
    '":"',
    '"\\u0061"',
    "[]",
    "7",
    "null",
    " { } ",
  ])
    assert.deepEqual(read(text), JSON.parse(text), text);
});

/** Texts of JSON that are made by hand, whose objects have each name once, or one of them twice. */
const names = fc.constantFrom("a", "b", ":", '"', "\\", "\u00e9", " ", "\\u", "toString", "1", "length", '":', "a:b");
const scalar = fc.oneof(
  fc.constantFrom("1", "null", "true", "-1.5e3"),
  names.map((text) => JSON.stringify(text)),
);
const space = fc.constantFrom("", "", " ", "\n", "\t\r\n ");
/** A name as JSON may write it. */
const spelt = fc.tuple(names, fc.boolean()).map(([name, isEscaped]) => ({
  name,
  text: isEscaped
    ? `"${[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`
    : JSON.stringify(name),
}));
const { value } = fc.letrec<{ value: { text: string; isDoubled: boolean } }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar.map((text) => ({ text, isDoubled: false })),
    fc.tuple(fc.array(tie("value"), { maxLength: 3 }), space).map(([all, between]) => ({
      text: `[${between}${all.map(({ text }) => text).join(`${between},${between}`)}]`,
      isDoubled: all.some(({ isDoubled }) => isDoubled),
    })),
    fc.tuple(fc.array(fc.tuple(spelt, tie("value")), { maxLength: 4 }), space, space).map(([all, before, between]) => ({
      text: `{${all.map(([{ text }, member]) => `${between}${text}${before}:${between}${member.text}`).join(",")}}`,
      isDoubled: new Set(all.map(([{ name }]) => name)).size < all.length || all.some(([, { isDoubled }]) => isDoubled),
    })),
  ),
}));

test("exactly the texts with a doubled member are refused", () => {
  const seen = { doubled: 0, plain: 0 };
  fc.assert(
    fc.property(value, ({ isDoubled, text }) => {
      seen[isDoubled ? "doubled" : "plain"]++;
      if (isDoubled) assert.equal(refusedAt(text).length, 1, text);
      else assert.deepEqual(read(text), JSON.parse(text), text);
    }),
    { numRuns: 3_000 },
  );
  assert.ok(seen.doubled > 150 && seen.plain > 150, JSON.stringify(seen));
});

describe("by each door", () => {
  let service: Service;
  let key = "";
  before(async () => {
    service = await startService();
    await applyPolicy(service, SMALL_POLICY);
    key = (await clientKey(service, "reader-app")).key;
  });
  after(() => service.stop());
  const resource = '"resource":{"type":"Observation","id":"o","properties":{"patient":"P","patient":"Q"}}';
  const asked = `{"subject":{"type":"user","id":"u"},"action":{"name":"read"},${resource}}`;

  for (const [path, body, at] of [
    ["/access/v1/evaluation", asked, "resource.properties.patient"],
    ["/access/v1/evaluations", `{"evaluations":[${asked}]}`, "evaluations[0].resource.properties.patient"],
    [
      "/access/v1/grant",
      '{"client_id":"reader-app","scopes":"a","purpose_of_use":"HRESCH","purpose_of_use":"TREAT"}',
      "purpose_of_use",
    ],
    [
      "/graphql",
      `{"query":${JSON.stringify(AUTHORIZE)},"variables":{"input":{"clientId":"reader-app","action":"read","resource":{"type":"Observation","patient":"P","patient":"Q"}}}}`,
      "variables.input.resource.patient",
    ],
    ["/graphql", '{"query":"{ a }","query":"{ __typename }"}', "query"],
  ] as const)
    test(`${path} refuses ${at}`, async () => {
      const answer = await request(service.url + path, {
        method: "POST",
        headers: {
          authorization: `Bearer ${path === "/graphql" ? ADMIN_KEY : key}`,
          "content-type": "application/json",
        },
        body,
      });
      assert.equal(answer.status, 400, answer.text);
      assert.ok(answer.text.includes(`${at}: must stand once`), answer.text);
    });
});
