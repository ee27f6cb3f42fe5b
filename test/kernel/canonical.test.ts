import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type Json, sameJson } from "../../src/domain/kernel/canonical.ts";

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value as object)
      .reverse()
      .map(([k, v]) => [k, shuffled(v as Json)]),
  );
}

test("is JSON of the same value, whatever the order of members", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(shuffled(value as Json)), text);
    }),
  );
});

test("sorts by UTF-16 code units, as RFC 8785 section 3.2.3 does", () => {
  // The RFC's own example.
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const order = [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ];
  assert.deepEqual(
    Object.values(JSON.parse(canonicalJson(value)) as object),
    Object.values(
      JSON.parse(
        JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))),
      ) as object,
    ),
  );
  assert.deepEqual(
    [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((m) => m[1]),
    order,
  );
});

test("refuses what JSON cannot carry and leaves out what is absent", () => {
  assert.throws(() => canonicalJson(Number.NaN), TypeError);
  assert.throws(() => canonicalJson([() => 1] as unknown as Json), TypeError);
  assert.throws(() => canonicalJson((() => 1) as unknown as Json), TypeError);
  assert.equal(canonicalJson({ a: undefined, b: 1 }), '{"b":1}');
  assert.ok(sameJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(!sameJson({ a: 1 }, { a: "1" }));
});

test("writes what stands in order as it writes what does not", () => {
  // Each pair: members in order, which ECMAScript's own text serves, and the same out of order.
  const pairs: readonly (readonly [Json, Json])[] = [
    [
      { a: [1, undefined as unknown as Json, { b: null, c: "x" }], d: "\ud800" },
      { d: "\ud800", a: [1, undefined as unknown as Json, { c: "x", b: null }] },
    ],
    [
      { "10": 1, "9": 2 },
      { "9": 2, "10": 1 },
    ],
    [
      { a: undefined, toJSON: "a member like any other" },
      { toJSON: "a member like any other", a: undefined },
    ],
  ];
  for (const [inOrder, other] of pairs) assert.equal(canonicalJson(inOrder), canonicalJson(other));
  assert.equal(canonicalJson({ "9": 2, "10": 1 }), '{"10":1,"9":2}');
  assert.equal(canonicalJson({ a: new Date(0) as unknown as Json }), '{"a":{}}', "no method prints in its stead");
  assert.throws(() => canonicalJson({ a: [Number.POSITIVE_INFINITY], b: 1 }), TypeError);
});

test("values are the same exactly if their canonical texts are", () => {
  const agree = (a: Json, b: Json) => assert.equal(sameJson(a, b), canonicalJson(a) === canonicalJson(b));
  const few = fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom("a", "b") });
  fc.assert(fc.property(few, few, (a, b) => agree(a as Json, b as Json)));
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      agree(value as Json, shuffled(value as Json));
      agree(JSON.parse(JSON.stringify(value)), value as Json);
    }),
  );
  const named = (name: string, value: Json): Json => JSON.parse(`{"${name}":${JSON.stringify(value)}}`);
  for (const name of ["constructor", "__proto__", "a"])
    for (const value of [{}, 1, null, [null]]) {
      agree(named(name, value), {});
      agree({}, named(name, value));
      agree(named(name, value), named(name, 1));
    }
});
