import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ReasonCode, reason } from "../../src/domain/decisions/reason.ts";
import type { AccessRecord, DecisionFilter, DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allDecisions } from "./allDecisions.ts";
import { decision, grantDecision, recordsOf, withRequestId } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const ids = (records: readonly DecisionRecord[]): readonly string[] => records.map((record) => record.id);
const numbers = (from: number, to: number): readonly DecisionRecord[] =>
  Array.from({ length: to - from }, (_, i) => decision(from + i));

const stored = async (storage: Storage, filter: DecisionFilter = {}): Promise<readonly DecisionRecord[]> =>
  [...(await allDecisions(storage, filter))].reverse();

onEveryBackend("journal", ({ open, backend }) => {
  test("what was appended is found again, as it was, in order", async () => {
    const storage = await open();
    const records = [
      decision(1),
      decision(2, { obligations: [{ type: "filter", parameters: { any: [1, null, "ü"] } }] }),
      withRequestId(decision(5), "r\u0001"),
    ];
    const bare = {
      ...decision(7),
      request: { ...decision(7).request, subject: null, scopes: null, context: null, purposeOfUse: null },
    };
    assert.deepEqual(recordsOf(await storage.journal.append([...records, bare])), [...records, bare]);
    assert.deepEqual(await stored(storage), [...records, bare]);
    assert.deepEqual(await storage.decisions.decision(bare.id), bare);
    assert.equal(await storage.decisions.decision(bare.id.toUpperCase()), null);
    assert.equal(await storage.decisions.decision("\0"), null);
    assert.deepEqual(await storage.journal.append([]), []);
  });

  test("a decision about a token comes back with its details, and is told apart", async () => {
    const storage = await open();
    const records = [decision(1), grantDecision(2)];
    assert.deepEqual(recordsOf(await storage.journal.append(records)), records);
    assert.deepEqual(await stored(storage), records);
    assert.deepEqual(await stored(storage, { kind: "GRANT" }), [grantDecision(2)]);
    assert.deepEqual(await stored(storage, { kind: "ACCESS" }), [decision(1)]);
    assert.deepEqual(await stored(storage, { resourceType: "Observation" }), [decision(1)]);
    assert.deepEqual(await stored(storage, { clientId: "client-2" }), [grantDecision(2)]);
  });

  test("a page ends with the record that goes beyond what it has room for, and is read in parts", async () => {
    // Statements are counted: no follower has any of its own.
    const storage = await open(undefined, { following: { consumers: [] } });
    const wide = (n: number) => decision(n, { request: { ...decision(n).request, action: "a".repeat(50_000) } });
    const records = Array.from({ length: 60 }, (_, i) => wide(i));
    await storage.journal.append(records);
    const before = storage.statements();
    const page = await storage.decisions.decisions({ filter: {}, page: { first: 60, after: null } });
    assert.ok(page.items.length > 10 && page.items.length < 22, `${page.items.length} records`);
    assert.ok(page.hasNextPage);
    // The positions, and one part: what the page has no room for is not read.
    assert.equal(storage.statements() - before, 2);
    assert.deepEqual(ids(await stored(storage)), ids(records));
  });

  test("what arrives together is one statement, and an append stays in one batch", async () => {
    // No follower has statements of its own; those of the start are over.
    const storage = await open(undefined, { following: { consumers: [] } });
    let before = -1;
    while (before !== storage.statements()) {
      before = storage.statements();
      await sleep(300);
    }
    await Promise.all(numbers(0, 100).map((record) => storage.journal.append([record])));
    assert.equal(storage.statements() - before, 1);
    const groups = [numbers(100, 200), numbers(200, 300), numbers(300, 400)];
    await Promise.all(groups.map((group) => storage.journal.append(group)));
    // Two groups fit into a batch of 256, the third is not split.
    assert.equal(storage.statements() - before, 3);
    const many = numbers(1000, 2000);
    assert.deepEqual(ids(recordsOf(await storage.journal.append(many))), ids(many));
    assert.equal((await stored(storage)).length, 1400);
  });

  test("a caller's request id gives the earlier decision; another caller's gives none", async () => {
    const storage = await open();
    const first = withRequestId(decision(1), "q");
    await storage.journal.append([first]);
    const again = withRequestId(decision(2), "q");
    const fresh = decision(3);
    const others = withRequestId(decision(4, { callerId: "key:other" }), "q");
    assert.deepEqual(ids(recordsOf(await storage.journal.append([fresh, again, others]))), [
      fresh.id,
      first.id,
      others.id,
    ]);
    assert.deepEqual((await storage.journal.findByRequestId("key:gateway", "q"))?.record, first);
    assert.deepEqual((await storage.journal.findByRequestId("key:other", "q"))?.record, others);
    assert.equal(await storage.journal.findByRequestId("key:gateway", "Q"), null);
    assert.deepEqual(ids(await stored(storage)), [first.id, fresh.id, others.id]);
  });

  test("a request id has an answer for each of its turns, and the newest is found", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url), await open(url)];
    const asked = (n: number) => withRequestId(decision(n), "q");
    await one.journal.append([asked(1)]);
    // Whoever is first with a turn has it; a batch may hold several.
    const both = await Promise.all([
      one.journal.append([decision(2), asked(3)], [0, 1]),
      two.journal.append([asked(4), asked(5)], [1, 0]),
    ]);
    const [[, first], [second, again]] = both.map(recordsOf) as [DecisionRecord[], DecisionRecord[]];
    assert.deepEqual([first, again], [second, asked(1)]);
    assert.ok([asked(3).id, asked(4).id].includes(first?.id ?? ""));
    assert.deepEqual(await two.journal.findByRequestId("key:gateway", "q"), { record: first, turn: 1 });
    await two.journal.append([asked(6)], [2]);
    assert.deepEqual(await one.journal.findByRequestId("key:gateway", "q"), { record: asked(6), turn: 2 });
    assert.equal((await stored(one)).length, 4);
  });

  test("two of one request id in one batch: the second answers with the first", async () => {
    const storage = await open();
    const [one, two, three] = [withRequestId(decision(1), "q"), withRequestId(decision(2), "q"), decision(3)];
    const answers = await Promise.all([storage.journal.append([one]), storage.journal.append([two, three])]);
    assert.deepEqual(
      answers.map((each) => ids(recordsOf(each))),
      [[one.id], [one.id, three.id]],
    );
    assert.deepEqual(ids(await stored(storage)), [one.id, three.id]);
  });

  test("the same decision appended again is not doubled", async () => {
    const storage = await open();
    const records = [decision(1), withRequestId(decision(2), "q")];
    await storage.journal.append(records);
    assert.deepEqual(recordsOf(await storage.journal.append([...records, decision(3)])), [...records, decision(3)]);
    assert.equal((await stored(storage)).length, 3);
  });

  test("every filter is exact", async () => {
    const storage = await open();
    const base = decision(1);
    const odd: AccessRecord = {
      ...decision(6, { callerId: "key:Other", outcome: "DENY", scope: "Scope_%", decidedAt: 5000 }),
      reasons: [
        reason("UNKNOWN_SCOPE", { scope: "x" }),
        reason("NO_MATCHING_RULE", { parameters: { kind: "GRANT", needs: [], roles: [], unmet: [] } }),
        reason("UNKNOWN_SCOPE", { scope: "y", ruleId: 'Rule"1' }),
      ],
      request: {
        ...base.request,
        context: base.request.context && { ...base.request.context, ipAddress: "::1" },
        clientId: "Client",
        subject: { id: "Ada", type: "device", organization: null, roles: null, attributes: null },
        resource: { ...base.request.resource, type: "observation", id: "Ö", patient: "P", organization: "Org" },
        purposeOfUse: "BTG",
      },
    };
    await storage.journal.append([base, odd]);
    const found = async (filter: DecisionFilter): Promise<readonly string[]> => ids(await stored(storage, filter));
    const exact: readonly DecisionFilter[] = [
      { callerId: "key:Other" },
      { clientId: "Client" },
      { subjectId: "Ada" },
      { subjectType: "device" },
      { subjectId: "Ada", subjectType: "device" },
      { patient: "P" },
      { scope: "Scope_%" },
      { outcome: "DENY" },
      { resourceType: "observation" },
      { resourceId: "Ö" },
      { purposeOfUse: "BTG" },
      { organization: "Org" },
      { ipAddress: "::1" },
      { ruleId: 'Rule"1' },
      { reason: "UNKNOWN_SCOPE" },
      { reason: "NO_MATCHING_RULE" },
      { from: 5000, to: 5001 },
      { clientId: "Client", outcome: "DENY", reason: "UNKNOWN_SCOPE", to: 5001 },
    ];
    for (const filter of exact) assert.deepEqual(await found(filter), [odd.id], JSON.stringify(filter));
    const none: readonly DecisionFilter[] = [
      { callerId: "key:other" },
      { clientId: "client" },
      { subjectId: "ada" },
      { subjectType: "Device" },
      { subjectId: "Ada", subjectType: "user" },
      { patient: "p" },
      { scope: "scope_%" },
      { resourceId: "ö" },
      { resourceId: "O\u0308" },
      { resourceType: "OBSERVATION" },
      { purposeOfUse: "btg" },
      { organization: "org" },
      { ipAddress: "::" },
      { ruleId: "Rule" },
      { ruleId: "Rule1" },
      { reason: "SCOPE_RETIRED" },
      { reason: "UNKNOWN_CLIENT" },
      { reason: "UNKNOWN" as ReasonCode },
      { from: 5001, to: 6000 },
      { patient: "P\0" },
      { outcome: "DENY", clientId: base.request.clientId },
    ];
    for (const filter of none) assert.deepEqual(await found(filter), [], JSON.stringify(filter));
    assert.deepEqual(await found({ clientId: undefined }), [base.id, odd.id]);
  });

  test("pages run from the newest to the oldest, and what comes in between does not shift them", async () => {
    const storage = await open();
    await storage.journal.append(numbers(0, 10));
    const first = await storage.decisions.decisions({ filter: {}, page: { first: 4, after: null } });
    await storage.journal.append(numbers(10, 12));
    const after = first.items.at(-1)?.key ?? null;
    const second = await storage.decisions.decisions({ filter: {}, page: { first: 4, after } });
    const third = await storage.decisions.decisions({
      filter: {},
      page: { first: 4, after: second.items.at(-1)?.key ?? null },
    });
    const seen = [first, second, third].flatMap((page) => ids(page.items.map((item) => item.node)));
    assert.deepEqual(seen, ids(numbers(0, 10)).toReversed());
    assert.deepEqual(
      [first, second, third].map((page) => page.hasNextPage),
      [true, true, false],
    );
  });

  test("the database refuses to change or remove a decision", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    await storage.journal.append([decision(1)]);
    const refused = /append-only/;
    assert.deepEqual(await stored(storage, { kind: "ACCESS" }), [decision(1)]);
    await storage.journalSpan();
    // Nor from the index: a search would leave it out, and nothing would tell.
    for (const table of ["journal", "decision_index"]) {
      await assert.rejects(backend().raw(url, `UPDATE ${table} SET seq = 7`), refused);
      await assert.rejects(backend().raw(url, `DELETE FROM ${table}`), refused);
      if (backend().name === "postgres") await assert.rejects(backend().raw(url, `TRUNCATE ${table}`), refused);
    }
    assert.deepEqual(await stored(storage), [decision(1)]);
  });

  test("readers can't write, by the database's own word", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    // The only way to the readers' connection from outside is a query; the setting is what is tested.
    const { openDataSource, runOn, statementCounter } = await import("../../src/storage/database/dataSource.ts");
    const { dialectOf } = await import("../../src/storage/database/dialectOf.ts");
    const dialect = dialectOf(url);
    const source = await openDataSource({ dialect, purpose: "read", counter: statementCounter() });
    const run = runOn(source.createQueryRunner());
    await dialect.setUp("read", run);
    await assert.rejects(run("DELETE FROM api_key"), /read-?only/i);
    await source.destroy();
    assert.ok(storage.journal.ready);
  });

  test("a record of more than 64 KiB is refused, and nothing of what came with it is written", async () => {
    const storage = await open();
    const large = decision(2, { obligations: [{ type: "redact", parameters: { fields: ["x".repeat(64 * 1024)] } }] });
    await assert.rejects(storage.journal.append([decision(1), large]), {
      code: "BAD_USER_INPUT",
      message: /^scopes: make the record/,
    });
    assert.deepEqual(await stored(storage), []);
    assert.deepEqual([storage.journal.queued, storage.journal.queuedBytes], [0, 0]);
  });

  test("a full queue, a closed journal and a text that can't be kept are refused, each for itself", async () => {
    const storage = await open(undefined, { maxQueued: 10, maxQueuedBytes: 50_000 });
    assert.throws(() => storage.journal.admit(11), { code: "JOURNAL_UNAVAILABLE" });
    storage.journal.admit(10);
    assert.throws(() => storage.journal.admit(1), { code: "JOURNAL_UNAVAILABLE" }, "room is kept");
    storage.journal.release(10);
    storage.journal.admit(1, 30_000);
    assert.throws(() => storage.journal.admit(1, 20_001), { code: "JOURNAL_UNAVAILABLE" });
    storage.journal.release(1, 30_000);
    const taken = storage.journal.append(numbers(0, 8));
    assert.equal(storage.journal.queued, 8);
    assert.ok(storage.journal.queuedBytes > 8 * 300);
    assert.throws(() => storage.journal.admit(1, 50_000), { code: "JOURNAL_UNAVAILABLE" });
    assert.throws(() => storage.journal.admit(3), { code: "JOURNAL_UNAVAILABLE" });
    await assert.rejects(storage.journal.append(numbers(8, 11)), { code: "JOURNAL_UNAVAILABLE" });
    const bad = { ...decision(9), request: { ...decision(9).request, clientId: "a\0" } };
    await assert.rejects(storage.journal.append([bad]), { code: "BAD_USER_INPUT" });
    const closing = storage.close();
    assert.equal(storage.journal.ready, false);
    assert.throws(() => storage.journal.admit(1), { code: "JOURNAL_UNAVAILABLE" });
    await assert.rejects(storage.journal.append([decision(10)]), { code: "JOURNAL_UNAVAILABLE" });
    assert.equal((await taken).length, 8);
    await closing;
    assert.equal(storage.journal.queued, 0);
    assert.equal(storage.journal.queuedBytes, 0);
    await assert.rejects(storage.decisions.decision("x"), { code: "JOURNAL_UNAVAILABLE" });
    await assert.rejects(storage.policy.headRevision(), { code: "POLICY_UNAVAILABLE" });
    await assert.rejects(storage.apiKeys.find("x"), { code: "AUTHENTICATION_UNAVAILABLE" });
  });

  test("closing writes what was taken", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const appends = numbers(0, 700).map((record) => storage.journal.append([record]));
    await storage.close();
    assert.equal((await Promise.all(appends)).length, 700);
    assert.equal((await stored(await open(url))).length, 700);
  });

  test("two instances append to one journal, and a reader who has seen a position has seen all before it", async () => {
    const url = await backend().fresh();
    const [one, two] = [await open(url), await open(url)];
    let writing = true;
    const seen = new Set<number>();
    let highest = 0;
    const reader = (async () => {
      while (writing) {
        const { items } = await one.decisions.decisions({ filter: {}, page: { first: 10_000, after: null } });
        for (const { key } of items) {
          if (!seen.has(key)) assert.ok(key > highest, `position ${key} appeared after ${highest}`);
        }
        for (const { key } of items) seen.add(key);
        highest = Math.max(highest, ...seen);
      }
    })();
    const streams = [one, two].map(async ({ journal }, instance) => {
      for (let n = 0; n < 60; n++)
        await journal.append([
          withRequestId(decision(instance * 1000 + n), `shared-${n}`),
          decision(instance * 1000 + 500 + n),
        ]);
    });
    await Promise.all(streams);
    writing = false;
    await reader;
    const all = await stored(one);
    // Each shared request id once, whoever came first; everything else twice.
    assert.equal(all.length, 60 + 120);
    assert.equal(new Set(ids(all)).size, all.length);
  });
});
