import assert from "node:assert/strict";
import { test } from "node:test";
import { STAGES } from "../../src/domain/decisions/decide.ts";

const table = [...STAGES.question, ...STAGES.scope, ...STAGES.part];
const column = (kind: "ACCESS" | "GRANT") => table.filter((row) => row[kind] !== null).map(({ stage }) => stage);

test("an access passes every stage, in the order of docs/decisions.md", () => {
  // The life of a custom scope is its own; that of SMART scopes is looked at when it is known what covers the access.
  const question = ["client", "suspension", "facts", "purpose", "presented"];
  const scope = ["known", "protocol", "lifecycle", "granted", "coverage"];
  const stages = [...question, ...scope, "lifecycle", "rules", "emergency", "consent"];
  assert.deepEqual(column("ACCESS"), stages);
});

test("a token passes the same stages but for the purpose, which each use declares, and what a scope is narrowed to passes those of a scope", () => {
  const stages = [
    "presented",
    "known",
    "client",
    "suspension",
    "facts",
    "protocol",
    "granted",
    "lifecycle",
    "coverage",
    "rules",
    "emergency",
    "consent",
  ];
  assert.deepEqual(column("GRANT"), stages);
  const ofAccess = new Set(column("ACCESS").filter((stage) => stage !== "purpose"));
  assert.deepEqual([...new Set(column("GRANT"))].sort(), [...ofAccess].sort());
});
