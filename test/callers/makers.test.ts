import assert from "node:assert/strict";
import { test } from "node:test";
import { makerOf, makersOf } from "../../src/domain/callers/makers.ts";
import type { CallerRole, StoredApiKey } from "../../src/domain/callers/types.ts";
import { storedKey } from "../support/keys.ts";

const person = (id: string) => ({ type: "user", id });
const program = (id: string) => ({ type: "service", id });

/** By its name, whose a key is and who made it. */
const keys = new Map<string, StoredApiKey>(
  (
    [
      ["first", null, "scopewarden"],
      ["ada", person("ada"), "key:000000000000", "admin"],
      ["bot", program("bot"), "key:000000000001"],
      ["bots", { type: "CLIENT", id: "bots" }, "key:000000000002"],
      ["nobody", null, "key:000000000002"],
      ["ofToken", program("x"), "jwt:https://id.example#ben"],
      ["ofAdminKey", program("y"), "key:admin"],
      ["ofMachine", program("z"), "machine:root@host"],
      ["ofFirst", program("v"), "key:000000000000"],
      ["loop", program("w"), "key:000000000009"],
      ["relay", person("ben"), "key:000000000001"],
    ] as const
  ).map(([name, subject, createdBy, role = "service"], i) => [
    name,
    storedKey(String(i).padStart(12, "0"), { subject, createdBy, roles: [role as CallerRole] }),
  ]),
);
const store = { find: async (id: string) => [...keys.values()].find((key) => key.id === id) ?? null };
const named = (subject: { readonly type: string | null; readonly id: string } | null) =>
  subject === null ? null : `${subject.type}/${subject.id}`;

test("a program's key, and nobody's, stands for its makers up to the first person; a person's for nobody else", async () => {
  for (const [name, makers] of [
    ["ada", []],
    ["bot", ["user/ada"]],
    ["bots", ["service/bot", "user/ada"]],
    ["nobody", ["service/bot", "user/ada"]],
    ["ofToken", ["null/ben"]],
    // Made without a proposal: nobody else has seen whose it is said to be.
    ["relay", ["user/ada"]],
  ] as const)
    assert.deepEqual((await makersOf(store, keys.get(name) as StoredApiKey)).map(named), makers, name);
});

test("the first key, SCOPEWARDEN_ADMIN_KEY and the machine stand for nobody, and what made itself has an end", async () => {
  for (const name of ["first", "ofFirst", "ofAdminKey", "ofMachine"])
    assert.deepEqual(await makersOf(store, keys.get(name) as StoredApiKey), [], name);
  assert.deepEqual((await makersOf(store, keys.get("loop") as StoredApiKey)).map(named), ["service/w"]);
});

test("who made a key is named, a person's key too", async () => {
  for (const [name, maker] of [
    ["ada", null],
    ["bot", "user/ada"],
    ["ofMachine", null],
    ["ofToken", "null/ben"],
  ] as const)
    assert.equal(named(await makerOf(store, keys.get(name) as StoredApiKey)), maker, name);
});
