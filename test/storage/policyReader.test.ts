import assert from "node:assert/strict";
import { before, test } from "node:test";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import type { PolicyReader, RowFilters } from "../../src/domain/policy/store.ts";
import type { Assignment, Noun } from "../../src/domain/policy/types.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { client, grant, revision, role, rule, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const held = (subjectId: string | null, clientId: string | null, name: string, organization: string): Assignment => ({
  subjectId,
  subjectType: subjectId === null ? null : "user",
  clientId,
  role: name,
  organization,
  validFrom: null,
  validUntil: null,
});

async function keys<N extends Noun>(
  reader: PolicyReader,
  noun: N,
  filter: RowFilters[N],
  revisionNumber = 1,
  first = 100,
  after: string | null = null,
) {
  const page = await reader.page({ noun, revision: revisionNumber, filter, page: { first, after } });
  return page.items.map((item) => item.key);
}

onEveryBackend("policy reader", ({ open }) => {
  let storage: Storage;
  before(async () => {
    storage = await open();
    const names = ["lab", "Lab", "lab_portal", "LAB", "läb", "lab%", "lab_", "pharmacy"];
    await storage.policy.commit(
      revision(1, [
        ...names.map((id, i) => changeOf("client", null, client(id, { status: i % 2 ? "SUSPENDED" : "ACTIVE" }))),
        changeOf("scope", null, scope("view", { version: 1, state: "RETIRED" })),
        changeOf("scope", null, scope("view", { version: 2, requiresConsent: true })),
        changeOf("scope", null, scope("view_all", { state: "DRAFT" })),
        ...["nurse", "Nurse", "night_nurse"].map((name) => changeOf("role", null, role(name))),
        ...["a", "b", "c"].flatMap((scopeName) =>
          ["lab", "Lab"].map((id) => changeOf("grant", null, grant(id, scopeName))),
        ),
        changeOf("assignment", null, held("ada", null, "nurse", "*")),
        changeOf("assignment", null, held("ada", null, "nurse", "st-mary")),
        changeOf("assignment", null, held(null, "lab", "nurse", "st-mary")),
        ...Array.from({ length: 10 }, (_, i) =>
          changeOf(
            "rule",
            null,
            rule(`r${i}`, {
              role: i < 6 ? "nurse" : "*",
              scope: "a",
              effect: i % 2 ? "DENY" : "ALLOW",
              action: i < 3 ? "read" : "search",
            }),
          ),
        ),
      ]),
    );
    await storage.policy.commit(
      revision(2, [
        changeOf("client", client("lab"), null),
        changeOf("rule", rule("r0"), rule("r0", { role: "doctor", scope: "a" })),
      ]),
    );
  });

  test("lists are in the order of their keys and narrowed exactly, letter case included", async () => {
    const { reader } = storage;
    assert.deepEqual(await keys(reader, "client", {}), [
      "LAB",
      "Lab",
      "lab",
      "lab%",
      "lab_",
      "lab_portal",
      "läb",
      "pharmacy",
    ]);
    assert.deepEqual(await keys(reader, "client", { id: "Lab" }), ["Lab"]);
    assert.deepEqual(await keys(reader, "client", { idPrefix: "lab" }), ["lab", "lab%", "lab_", "lab_portal"]);
    assert.deepEqual(await keys(reader, "client", { idPrefix: "lab_" }), ["lab_", "lab_portal"]);
    assert.deepEqual(await keys(reader, "client", { idPrefix: "lä" }), ["läb"]);
    assert.deepEqual(await keys(reader, "client", { idPrefix: "" }).then((all) => all.length), 8);
    assert.deepEqual(await keys(reader, "client", { idPrefix: "lab", status: "SUSPENDED" }), ["lab%"]);
    assert.deepEqual(await keys(reader, "client", { id: "lab\0" }), []);
  });

  test("each noun has its filters", async () => {
    const { reader } = storage;
    assert.deepEqual(await keys(reader, "scope", { name: "view" }), ['["view",1]', '["view",2]']);
    assert.deepEqual(await keys(reader, "scope", { namePrefix: "view", state: "DRAFT" }), ['["view_all",1]']);
    assert.deepEqual(await keys(reader, "scope", { requiresConsent: true }), ['["view",2]']);
    assert.deepEqual((await keys(reader, "scope", { requiresConsent: false })).length, 2);
    assert.deepEqual(await keys(reader, "role", { name: "nurse" }), ["nurse"]);
    assert.deepEqual(await keys(reader, "role", { namePrefix: "N" }), ["Nurse"]);
    assert.deepEqual(await keys(reader, "grant", { clientId: "lab", scope: "b" }), ['["lab","b"]']);
    assert.equal((await keys(reader, "assignment", { subjectId: "ada" })).length, 2);
    assert.equal((await keys(reader, "assignment", { organization: "st-mary" })).length, 2);
    assert.equal((await keys(reader, "assignment", { clientId: "lab", role: "nurse" })).length, 1);
    assert.deepEqual(await keys(reader, "rule", { role: "nurse", action: "read", effect: "DENY" }), ["r1"]);
    assert.equal((await keys(reader, "rule", { scope: "a", resourceType: "*" })).length, 10);
  });

  test("a revision is read as it was", async () => {
    const { reader } = storage;
    assert.equal((await keys(reader, "client", { id: "lab" }, 1)).length, 1);
    assert.equal((await keys(reader, "client", { id: "lab" }, 2)).length, 0);
    assert.equal((await keys(reader, "client", {}, 0)).length, 0);
    assert.deepEqual(await keys(reader, "rule", { role: "doctor" }, 1), []);
    assert.deepEqual(await keys(reader, "rule", { role: "doctor" }, 2), ["r0"]);
  });

  test("pages follow one another without a gap or an overlap", async () => {
    const all = await keys(storage.reader, "rule", {});
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: Awaited<ReturnType<PolicyReader["page"]>> = await storage.reader.page({
        noun: "rule",
        revision: 1,
        filter: {},
        page: { first: 3, after },
      });
      seen.push(...page.items.map((item) => item.key));
      more = page.hasNextPage;
      after = seen.at(-1) ?? null;
    }
    assert.deepEqual(seen, all);
    assert.equal(seen.length, 10);
  });

  test("many rows are read a thousand at a time, and each parent has all of its own", async () => {
    const storage = await open();
    const [parents, each] = [70, 40];
    const id = (n: number): string => String(n).padStart(3, "0");
    const grants = Array.from({ length: parents * each }, (_, i) =>
      grant(`c-${id(Math.floor(i / each))}`, `scope-${id(i % each)}`),
    );
    // The last one has more than all others may have together in a statement.
    const wide = Array.from({ length: 600 }, (_, i) => grant("c-999", `scope-${id(i)}`));
    await storage.policy.commit(
      revision(
        1,
        [...grants, ...wide].map((g) => changeOf("grant", null, g)),
      ),
    );
    const values = ["c-999", "nobody", ...Array.from({ length: parents }, (_, i) => `c-${id(parents - 1 - i)}`)];
    const before = storage.statements();
    const found = await storage.reader.related({ noun: "grant", revision: 1, column: "clientId", values, first: 500 });
    const statements = storage.statements() - before;
    assert.ok(statements >= 4 && statements <= 9, `${statements} statements`);
    assert.equal(found.size, parents + 1);
    const scopes = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `scope-${id(i)}`);
    for (const [clientId, rows] of found) {
      assert.ok(rows.every((row) => row.clientId === clientId));
      assert.deepEqual(
        rows.map((row) => row.scope),
        scopes(clientId === "c-999" ? 500 : each),
      );
    }
  });

  test("rows of a hundred parents are one statement, and the first of each", async () => {
    const { reader } = storage;
    const values = ["nurse", "*", "Nurse", ...Array.from({ length: 97 }, (_, i) => `role-${i}`)];
    const before = storage.statements();
    const found = await reader.related({ noun: "rule", revision: 1, column: "role", values, first: 4 });
    assert.equal(storage.statements() - before, 1);
    assert.deepEqual([...found.keys()].sort(), ["*", "nurse"]);
    assert.deepEqual(
      found.get("nurse")?.map((r) => r.id),
      ["r0", "r1", "r2", "r3"],
    );
    assert.deepEqual(
      found.get("*")?.map((r) => r.id),
      ["r6", "r7", "r8", "r9"],
    );
    const atTwo = await reader.related({ noun: "rule", revision: 2, column: "role", values, first: 4 });
    assert.deepEqual(
      atTwo.get("nurse")?.map((r) => r.id),
      ["r1", "r2", "r3", "r4"],
    );
  });

  test("every relation is found", async () => {
    const { reader } = storage;
    const sizes = async <N extends Noun>(noun: N, column: string, value: string) =>
      (await reader.related({ noun, revision: 1, column: column as never, values: [value, "\0"], first: 100 })).get(
        value,
      )?.length ?? 0;
    assert.equal(await sizes("client", "id", "Lab"), 1);
    assert.equal(await sizes("scope", "name", "view"), 2);
    assert.equal(await sizes("grant", "clientId", "lab"), 3);
    assert.equal(await sizes("grant", "scope", "a"), 2);
    assert.equal(await sizes("role", "name", "nurse"), 1);
    assert.equal(await sizes("assignment", "subjectId", "ada"), 2);
    assert.equal(await sizes("assignment", "clientId", "lab"), 1);
    assert.equal(await sizes("assignment", "role", "nurse"), 3);
    assert.equal(await sizes("rule", "scope", "a"), 10);
    const none = await reader.related({ noun: "grant", revision: 1, column: "scope", values: [], first: 10 });
    assert.equal(none.size, 0);
  });
});
