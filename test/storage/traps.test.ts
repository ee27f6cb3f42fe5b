/** What TypeORM does when callers share a connection, each case on the real thing. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { createApiKeyStore } from "../../src/storage/callers/apiKeyStore.ts";
import { apiKeyEntity } from "../../src/storage/callers/apiKeyTable.ts";
import { createRequireCaller } from "../../src/storage/callers/requireCaller.ts";
import { createGiveAccess } from "../../src/storage/cases/accessRequestStore.ts";
import { createCloseProposal } from "../../src/storage/cases/proposalStore.ts";
import type { RunSql } from "../../src/storage/database/connection.ts";
import { openConnection, openDataSource, statementCounter } from "../../src/storage/database/dataSource.ts";
import { dialectOf } from "../../src/storage/database/dialectOf.ts";
import { openWriter } from "../../src/storage/database/writer.ts";
import { addConsumer, createUntilTaken } from "../../src/storage/follow/followers.ts";
import { startFollowLoop } from "../../src/storage/follow/followLoop.ts";
import { createPutOnRecord } from "../../src/storage/journal/acts.ts";
import { decisionIndex } from "../../src/storage/journal/decisionIndex.ts";
import { createJournal } from "../../src/storage/journal/journal.ts";
import { createPolicyStore } from "../../src/storage/policy/policyStore.ts";
import { policyEntities, revisionEntity } from "../../src/storage/policy/policyTables.ts";
import { storedKey } from "../support/keys.ts";
import { client, decision, recordsOf, revision, role, scope } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

onEveryBackend("TypeORM's traps", ({ open, backend }) => {
  test("a write made while another's transaction is open is not rolled back with it", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    // Fails at its last row, after 2,000 inserts.
    const doomed = revision(1, [
      ...Array.from({ length: 2000 }, (_, i) => changeOf("client", null, client(`c${i}`))),
      changeOf("role", role("ghost"), null),
    ]);
    const refused = storage.policy.commit(doomed).then(
      () => "committed",
      (error: { code?: string }) => error.code,
    );
    const [stored] = await Promise.all([storage.journal.append([decision(1)]), storage.apiKeys.add(storedKey("k"))]);
    assert.equal(await refused, "CONFLICT");
    assert.equal(stored[0]?.record.id, decision(1).id);
    await storage.close();
    const again = await open(url);
    assert.deepEqual(await again.decisions.decision(decision(1).id), decision(1));
    assert.equal((await again.apiKeys.find("k"))?.id, "k");
    assert.equal((await again.policy.load()).clients.size, 0);
  });

  test("interleaved transactions do not nest: each stands or falls by itself", async () => {
    const storage = await open();
    const commits = [
      storage.policy.commit(revision(1, [changeOf("client", null, client("one"))])),
      storage.policy.commit(
        revision(2, [changeOf("client", null, client("two")), changeOf("role", role("ghost"), null)]),
      ),
      storage.policy.commit(revision(2, [changeOf("client", null, client("three"))])),
      storage.policy.commit(revision(2, [changeOf("client", null, client("four"))])),
      storage.policy.commit(revision(3, [changeOf("client", null, client("five"))])),
    ];
    const outcomes = await Promise.allSettled(commits);
    assert.deepEqual(
      outcomes.map((o) => o.status),
      ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual([...(await storage.policy.load()).clients.keys()].sort(), ["five", "one", "three"]);
  });

  test("a commit of which the answer was lost is found, not doubled", async () => {
    const url = await backend().fresh();
    const storage = await open(url, { following: { consumers: [] } });
    const dialect = dialectOf(url);
    const counter = statementCounter();
    let losing: string | null = null;
    let whileLost = (): void => {};
    const writer = await openWriter({
      log: () => {},
      open: async () => {
        const connection = await openConnection({ dialect, purpose: "write", counter });
        const losable =
          <Args extends readonly [string, ...unknown[]], Answer>(work: (...args: Args) => Promise<Answer>) =>
          async (...args: Args): Promise<Answer> => {
            const answer = await work(...args);
            if (losing === null || !args[0].includes(losing)) return answer;
            losing = null;
            whileLost();
            throw new Error("the connection was lost after the commit");
          };
        const run: RunSql = losable(connection.run);
        return { ...connection, run, change: losable(connection.change) };
      },
    });
    const entities = [...Object.values(policyEntities), revisionEntity, apiKeyEntity];
    const source = await openDataSource({ dialect, purpose: "read", counter, entities });
    const { findByRequestId } = storage.journal;
    const read = (sql: string, parameters: readonly unknown[]) => source.query(sql, [...parameters]);
    await addConsumer({ writer, dialect }, decisionIndex);
    const newSalt = () => "salt";
    const given = { writer, dialect, newSalt, maxQueued: 100, maxQueuedBytes: 1e9, findByRequestId };
    const journal = createJournal(given);
    const putOnRecord = createPutOnRecord({ dialect, newSalt });
    const requireCaller = createRequireCaller({ dialect, clock: Date.now });
    const policy = createPolicyStore({
      source,
      writer,
      dialect,
      putOnRecord,
      requireAuthor: requireCaller,
      closeProposal: createCloseProposal({ dialect, putOnRecord }),
      giveAccess: createGiveAccess({ dialect, putOnRecord }),
      newId: randomUUID,
      goneAfterMs: 0,
    });
    const lists = source;
    const apiKeys = createApiKeyStore({
      source,
      lists,
      writer,
      dialect,
      clock: Date.now,
      putOnRecord,
      requireCaller,
      closeProposal: createCloseProposal({ dialect, putOnRecord }),
    });

    losing = "INTO journal (";
    const records = [decision(1), decision(2)];
    let answer: readonly DecisionRecord[] = [];
    void journal.append(records).then((stored) => {
      answer = recordsOf(stored);
    });
    // What comes in before the second attempt must not take its place.
    await new Promise((resolve) => {
      whileLost = () => void journal.append([decision(3)]).then(resolve);
    });
    whileLost = () => {};
    assert.deepEqual(answer, records);
    losing = "COMMIT";
    const loop = await startFollowLoop({
      ...{ consumers: [[decisionIndex]], dialect, instance: "i", log: () => {}, select: read, writer },
    });
    await createUntilTaken({ dialect, read })(decisionIndex.name, "The index");
    await loop.close();
    losing = "COMMIT";
    const change = revision(1, [changeOf("client", null, client("a")), changeOf("scope", null, scope("view"))]);
    await policy.commit(change);
    losing = "COMMIT";
    await apiKeys.add(storedKey("k"));
    losing = "COMMIT";
    assert.equal((await apiKeys.revoke("k", { at: 5, author: "x", reason: "y" }))?.revokedAt, 5);
    assert.equal(writer.failures, 5);

    // Another's revision in our place is a conflict all the same.
    await storage.policy.commit(revision(2, []));
    losing = "BEGIN";
    await assert.rejects(policy.commit(revision(2, [], { reason: "another" })), { code: "CONFLICT" });
    await writer.close();
    await source.destroy();

    for (const filter of [{}, { callerId: "key:gateway" }]) {
      const page = await storage.decisions.decisions({ filter, page: { first: 10, after: null } });
      assert.deepEqual(
        page.items.map((item) => item.node),
        [...records, decision(3)].toReversed(),
      );
    }
    const acts = await backend().raw(url, "SELECT id FROM journal WHERE kind <> 'DECISION' ORDER BY seq");
    assert.deepEqual(
      acts.map(({ id }) => id),
      ["policy:1", "key:k:created", "key:k:revoked", "policy:2"],
    );
    const { changes, ...head } = change;
    assert.deepEqual(await storage.policy.revision(1), { ...head, changeCount: changes.length });
    const told = await storage.policy.changes({ revision: 1, page: { first: 10, after: null } });
    assert.deepEqual(
      told.items.map(({ node }) => node),
      changes,
    );
    assert.equal((await storage.policy.load()).clients.size, 1);
    assert.equal((await storage.apiKeys.list()).length, 1);
  });
});
