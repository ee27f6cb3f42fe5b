// Laws of the SMART syntax: print and parse, the upgrade of version 1, and what junk grants.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  explainSmartScope,
  isScopeToken,
  parseSmartScope,
  printSmartScope,
  upgradeToV2,
} from "../../src/domain/scopes/smart.ts";
import { smartText, v1Text } from "../scopes/arbitraries.ts";
import { atLeast, runs } from "../support/budget.ts";

const RUNS = { numRuns: runs(5000) };

/** The parts of a scope text, in an order that does not depend on how they were written. */
const parts = (text: string): readonly string[] => {
  const [head = "", ...query] = text.split("?");
  const entries = query
    .join("?")
    .split("&")
    .map((entry) => {
      const [name = "", ...rest] = entry.split("=");
      return `${name}=${[...new Set(rest.join("=").split(","))].sort().join(",")}`;
    });
  return [head, ...new Set(entries.sort())];
};

test("a well-formed scope parses, and prints as it was", () => {
  fc.assert(
    fc.property(fc.oneof(smartText, v1Text), (text) => {
      fc.pre(isScopeToken(text));
      const scope = parseSmartScope(text);
      assert.ok(scope, text);
      assert.equal(scope.text, text);
      const printed = printSmartScope(scope);
      assert.deepEqual(parts(printed), parts(text));
      assert.deepEqual(parseSmartScope(printed), { ...scope, text: printed });
    }),
    RUNS,
  );
});

test("the upgrade of a version 1 scope keeps its meaning, and upgrading twice is upgrading once", () => {
  fc.assert(
    fc.property(v1Text, (text) => {
      const scope = parseSmartScope(text);
      assert.ok(scope);
      const upgraded = upgradeToV2(scope);
      assert.deepEqual(upgraded.atoms, scope.atoms);
      assert.deepEqual(parseSmartScope(upgraded.text), upgraded);
      assert.deepEqual(upgradeToV2(upgraded), upgraded);
    }),
    RUNS,
  );
});

const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
const anyCharacter = fc.oneof(
  printable,
  fc.constantFrom("?", "&", "=", ",", "|", ".", "*", "/", "\u0000", "é", "\u200b", "\n"),
);

/** A well-formed scope after one edit, or with something before or behind it. */
const damaged = fc.oneof(
  fc
    .tuple(smartText, fc.nat(), anyCharacter)
    .map(([text, at, c]) => text.slice(0, at % (text.length + 1)) + c + text.slice(at % (text.length + 1))),
  fc
    .tuple(smartText, fc.nat())
    .map(([text, at]) => text.slice(0, at % text.length) + text.slice((at % text.length) + 1)),
  fc
    .tuple(smartText, fc.nat(), anyCharacter)
    .map(([text, at, c]) => text.slice(0, at % text.length) + c + text.slice((at % text.length) + 1)),
  fc
    .tuple(smartText, fc.array(anyCharacter, { minLength: 1, maxLength: 8 }))
    .map(([text, junk]) => text + junk.join("")),
  fc
    .tuple(fc.array(anyCharacter, { minLength: 1, maxLength: 8 }), smartText)
    .map(([junk, text]) => junk.join("") + text),
);

test("junk grants nothing: what is understood accounts for every part of the text", () => {
  let refused = 0;
  fc.assert(
    fc.property(damaged, (text) => {
      const scope = parseSmartScope(text);
      if (scope === null) {
        refused++;
        const why = explainSmartScope(text);
        return !why.ok && why.message !== "";
      }
      assert.deepEqual(parts(printSmartScope(scope)), parts(text));
      return true;
    }),
    { numRuns: runs(10_000) },
  );
  assert.ok(refused > atLeast(5000), `only ${refused} refused`);
});

test("a prefix of a scope that ends within its type or before its letters grants nothing", () => {
  fc.assert(
    fc.property(smartText, fc.nat(), (text, cut) => {
      const prefix = text.slice(0, cut % (text.indexOf(".") + 1));
      return parseSmartScope(prefix) === null;
    }),
    RUNS,
  );
});

test("letter case counts", () => {
  fc.assert(
    fc.property(fc.oneof(smartText, v1Text), (text) => {
      const head = text.split("?")[0] ?? "";
      for (const other of [head.toUpperCase(), head.toLowerCase(), head.charAt(0).toUpperCase() + head.slice(1)]) {
        if (other !== head) assert.equal(parseSmartScope(other), null, other);
      }
    }),
    RUNS,
  );
});

test("arbitrary text never throws and never grants", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => parseSmartScope(text) === null),
    RUNS,
  );
});
