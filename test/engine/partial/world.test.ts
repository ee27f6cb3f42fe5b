import assert from "node:assert/strict";
import { test } from "node:test";
import { lookUp, partialVariables } from "../../../src/engine/partial/partialVariables.ts";
import { splitByPresence, splitBySupposing, splitByText, World } from "../../../src/engine/partial/world.ts";
import { known } from "./support.ts";

const world = new World(partialVariables(known, "read", "view"));
const path = ["resource", "labels"];
const unknown = { is: "unknown", present: false, not: ["a"], lacks: ["l"] } as const;
const inEach = (worlds: readonly World[]) => worlds.map((each) => lookUp(each.known, path));

test("a world leads to others and stays as it is", () => {
  const other = world.with(path, { is: "value", value: ["R"] }).supposing("x", true);
  assert.deepEqual(lookUp(other.known, path), { is: "value", value: ["R"] });
  assert.deepEqual([...other.supposed], [["x", true]]);
  assert.deepEqual(other.with(path, { is: "absent" }).supposed, other.supposed);
  assert.equal(lookUp(world.known, path).is, "unknown");
  assert.equal(world.supposed.size, 0);
  assert.deepEqual((other.variables as { resource: object }).resource, {
    type: "Observation",
    patient: "p1",
    labels: ["R"],
  });
});

test("a split leads to worlds that differ in the one thing, and between them are all cases", () => {
  assert.deepEqual(inEach(splitByPresence(path, unknown).worlds(world)), [
    { is: "absent" },
    { is: "unknown", present: true, not: ["a"], lacks: ["l"] },
  ]);
  assert.deepEqual(inEach(splitByText(path, unknown, "b").worlds(world)), [
    { is: "value", value: "b" },
    { is: "unknown", present: false, not: ["a", "b"], lacks: ["l"] },
  ]);
  const supposed = splitBySupposing("x").worlds(world);
  assert.deepEqual(
    supposed.map((each) => each.supposed.get("x")),
    [true, false],
  );
});
