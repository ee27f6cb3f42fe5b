import assert from "node:assert/strict";
import { test } from "node:test";
import { keyCaller } from "../../src/domain/callers/callerName.ts";
import { keyStandings, twoWhoApprove } from "../../src/domain/callers/standing.ts";
import type { ApiKey, CallerRole } from "../../src/domain/callers/types.ts";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import { asKnown } from "../../src/domain/directory/samePeople.ts";
import { storedKey } from "../support/keys.ts";

const keyOf = (id: string, roles: readonly CallerRole[], more: Partial<ApiKey> = {}) =>
  storedKey(id, { roles, subject: { type: "user", id }, ...more });
const ADAS = { fhirReferences: ["Practitioner/pr-1"] };
const directory = directoryOf([{ type: "user", id: "ada", version: 1, properties: ADAS }], 1);
const two = async (...keys: readonly ApiKey[]) =>
  twoWhoApprove(await keyStandings(keys, 100), (subject) => asKnown(directory, subject))?.map(({ id }) => id) ?? null;

test("of two people with keys one applies, and either proposes or approves", async () => {
  assert.deepEqual(await two(keyOf("rita", ["reviewer"]), keyOf("ada", ["admin"])), ["ada", "rita"]);
  assert.deepEqual(await two(keyOf("ada", ["admin"]), keyOf("ben", ["admin"])), ["ada", "ben"]);
});

test("who can't apply, can't approve or is no person is none of two", async () => {
  const ada = keyOf("ada", ["admin"]);
  assert.equal(await two(keyOf("rita", ["reviewer"]), keyOf("rolf", ["reviewer"])), null);
  assert.equal(await two(ada, keyOf("otto", ["auditor"])), null);
  assert.equal(await two(ada, keyOf("robot", ["admin"], { subject: { type: "client", id: "robot" } })), null);
  assert.equal(await two(ada, keyOf("first", ["admin"], { subject: null })), null);
});

test("one person with two keys is one, however the id is written", async () => {
  const resource = keyOf("PR-1", ["admin"], { subject: { type: "Practitioner", id: "PR-1" } });
  assert.equal(await two(keyOf("ada", ["admin"]), resource), null);
  assert.equal(await two(keyOf("ada", ["admin"]), keyOf("ADA", ["reviewer"])), null);
});

test("a key that is revoked or has expired stands for nobody, and one that runs on does", async () => {
  const ada = keyOf("ada", ["admin"]);
  const rita = (more: Partial<ApiKey>) => keyOf("rita", ["reviewer"], more);
  assert.equal(await two(ada, rita({ revokedAt: 99 })), null);
  assert.equal(await two(ada, rita({ expiresAt: 100 })), null);
  assert.deepEqual(await two(ada, rita({ expiresAt: 101 })), ["ada", "rita"]);
});

test("a key in force comes with whom it stands for: that of a program with its maker", async () => {
  const maker = keyOf("ada000000001", ["admin"], { subject: { type: "user", id: "ada" } });
  const robot = keyOf("robot", ["reviewer"], {
    subject: { type: "client", id: "robot" },
    createdBy: keyCaller(maker.id),
  });
  const standings = await keyStandings([maker, robot], 100);
  assert.deepEqual(
    standings.map(({ makers }) => makers.map(({ id }) => id)),
    [[], ["ada"]],
  );
});
