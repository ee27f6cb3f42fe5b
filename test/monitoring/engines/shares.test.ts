import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL, basisOf, bitsOf, count, fade, type Shares } from "../../../src/domain/monitoring/engines/shares.ts";

const groups = ["nurse@general/ward", "nurse", ALL];
const seen = (n: number, category = "EXPLAINED", of = groups): Shares => {
  const shares: Shares = new Map();
  for (let i = 0; i < n; i++) count(shares, of, category);
  return shares;
};

test("without history the prior that is shipped speaks, and says so", () => {
  assert.equal(bitsOf(new Map(), groups, "AWAY", 1 / 64), 6);
  assert.equal(basisOf(new Map(), groups), "PRIOR");
});

test("of a group of which little is known its role speaks, then all", () => {
  const shares = seen(1000, "AWAY", [ALL]);
  assert.ok(bitsOf(shares, groups, "AWAY", 0.01) < 0.1);
  assert.equal(basisOf(shares, groups), "ALL");
  for (let i = 0; i < 60; i++) count(shares, ["nurse"], "AWAY");
  assert.equal(basisOf(shares, groups), "ROLE");
  for (let i = 0; i < 60; i++) count(shares, ["nurse@general/ward"], "AWAY");
  assert.equal(basisOf(shares, groups), "GROUP");
});

test("what a group does every day is no wonder in it", () =>
  assert.ok(bitsOf(seen(500, "ELSEWHERE"), groups, "ELSEWHERE", 0.01) < 0.2));

test("what was seen counts half after twelve weeks, and is gone in the end", () => {
  const shares = seen(1000);
  for (let week = 0; week < 12; week++) fade(shares);
  assert.ok(Math.abs((shares.get(ALL)?.total ?? 0) - 500) < 1);
  for (let week = 0; week < 300; week++) fade(shares);
  assert.equal(shares.size, 0);
});
