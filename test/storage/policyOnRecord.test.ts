import assert from "node:assert/strict";
import { before, test } from "node:test";
import { changeOf } from "../../src/domain/policy/snapshot.ts";
import { openRecord } from "../../src/storage/record/recordSource.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { decisionOf, followed, recordMonths, tombstone } from "../support/archives.ts";
import { signAll, verifyHere } from "../support/signedDatabase.ts";
import { client, grant, revision, role, rule } from "./samples.ts";
import { onEveryBackend } from "./suite.ts";

const DENY = rule("deny-labs", { effect: "DENY" });
const MANY = Array.from({ length: 1_001 }, (_, i) => changeOf("client", null, client(`c${i}`)));
const person = { type: "user", id: "ada", properties: { vip: true } };

onEveryBackend("what decides, against the acts of its revisions", ({ backend, open }) => {
  let storage: Storage;
  let url: string;
  const raw = (sql: string) => backend().raw(url, sql);

  async function compared() {
    const record = await openRecord(url);
    assert.ok(record);
    try {
      return await record.compareHistories();
    } finally {
      await record.close();
    }
  }
  const texts = async (): Promise<readonly string[]> => {
    const { directory, policy } = await compared();
    return [...policy.differences, ...directory.differences].map(
      ({ history, revision: at, text }) => `${history} ${at ?? "-"}: ${text}`,
    );
  };
  const RIGHT = { differences: [], more: 0, notCompared: 0 };
  /** What is told while some SQL has been run, which other SQL takes back. */
  async function told(sql: string | readonly string[], back: string | readonly string[]): Promise<readonly string[]> {
    for (const statement of [sql].flat()) await raw(statement);
    const found = await texts();
    for (const statement of [back].flat()) await raw(statement);
    assert.deepEqual(await texts(), []);
    return found;
  }

  before(async () => {
    url = await backend().fresh();
    storage = await open(url, { following: { searchClock: () => 0 } });
    const commit = (...args: Parameters<typeof revision>) => storage.policy.commit(revision(...args));
    await commit(1, [
      changeOf("role", null, role("nurse")),
      changeOf("rule", null, rule("allow-labs")),
      changeOf("rule", null, DENY),
    ]);
    await commit(2, [changeOf("rule", rule("allow-labs"), rule("allow-labs", { action: "search" }))]);
    await commit(3, MANY);
    await commit(4, [changeOf("grant", null, grant("c1", "labs"))]);
    const { id, properties, type } = person;
    const by = { author: "seed", reason: "a test", committedAt: 1_795_500_000_000, remove: [] };
    await storage.directory.commit({ ...by, put: [{ type, id, properties }] });
    await recordMonths(storage, ["2024-03"], 20);
  });

  test("as it was committed nothing differs, and all is compared", async () => {
    assert.deepEqual(await compared(), { policy: RIGHT, directory: RIGHT });
    const { code, stdout } = await verifyHere(url);
    assert.equal(code, 0, stdout);
  });

  test("a row that was changed, taken out, put in, ended or begun again is named", async () => {
    const set = (assignment: string) => `UPDATE policy_rule SET ${assignment} WHERE "row_key" = 'deny-labs'`;
    assert.deepEqual(await told(set(`"effect" = 'ALLOW'`), set(`"effect" = 'DENY'`)), [
      "policy 1: rule deny-labs is not what was put on record",
    ]);
    assert.deepEqual(await told(set(`"until" = 2`), set(`"until" = NULL`)), [
      "policy 2: rule deny-labs is not on record",
    ]);
    assert.deepEqual(await told(set(`"since" = 4`), set(`"since" = 1`)), [
      "policy 1: rule deny-labs is missing",
      "policy 4: rule deny-labs is not on record",
    ]);
    assert.deepEqual(await told(set(`"since" = 5`), set(`"since" = 1`)), [
      "policy 1: rule deny-labs is missing",
      "policy -: rule deny-labs begins or ends with no revision",
    ]);
    const taken = [
      "CREATE TABLE kept AS SELECT * FROM policy_rule WHERE \"row_key\" = 'deny-labs'",
      "DELETE FROM policy_rule WHERE \"row_key\" = 'deny-labs'",
    ];
    assert.deepEqual(await told(taken, ["INSERT INTO policy_rule SELECT * FROM kept", "DROP TABLE kept"]), [
      "policy 1: rule deny-labs is missing",
    ]);
    const added = `INSERT INTO policy_grant ("row_key", "since", "until", "client_id", "scope") VALUES ('evil', 2, NULL, 'evil', 'labs')`;
    assert.deepEqual(await told(added, `DELETE FROM policy_grant WHERE "row_key" = 'evil'`), [
      "policy 2: grant evil is not on record",
    ]);
    const again = `WHERE "row_key" = 'allow-labs' AND "since" = 1`;
    assert.deepEqual(
      await told(`UPDATE policy_rule SET "action" = '*' ${again}`, `UPDATE policy_rule SET "action" = 'read' ${again}`),
      [
        "policy 1: rule allow-labs is not what was put on record",
        "policy 2: rule allow-labs is not what was put on record",
      ],
    );
    const unreadable = (value: string) =>
      `UPDATE policy_rule SET "obligations" = '${value}' WHERE "row_key" = 'deny-labs'`;
    assert.deepEqual(await told(unreadable("{"), unreadable("[]")), ["policy 1: its rows can't be read"]);
  });

  test("of very many changes the revision is named, with some of its rows", async () => {
    const set = (status: string) => `UPDATE policy_client SET "status" = '${status}' WHERE "row_key" = 'c7'`;
    const [found, ...more] = await told(set("SUSPENDED"), set("ACTIVE"));
    assert.match(
      found ?? "",
      /^policy 3: a row of it is not what was put on record, or is missing; it has client c0, .* and 991 more$/,
    );
    assert.deepEqual(more, []);
  });

  test("who hides a change by a hash of their own is told, as who says otherwise whose it was, or takes a revision away", async () => {
    const hash = (value: string) => `UPDATE policy_revision SET "changes_sha256" = '${value}' WHERE "revision" = 4`;
    const [kept] = await raw('SELECT "changes_sha256" AS "hash" FROM policy_revision WHERE "revision" = 4');
    const other = "ab".repeat(32);
    assert.deepEqual(await told(hash(other), hash(String(kept?.hash))), [
      "policy 4: its changesSha256 is not what was put on record",
    ]);
    const author = (value: string) => `UPDATE policy_revision SET "author" = '${value}' WHERE "revision" = 2`;
    assert.deepEqual(await told(author("key:ben"), author("key:admin")), [
      "policy 2: its author is not what was put on record",
    ]);
    const without = (at: number) => [
      `CREATE TABLE kept AS SELECT * FROM policy_revision WHERE "revision" = ${at}`,
      `DELETE FROM policy_revision WHERE "revision" = ${at}`,
    ];
    const back = ["INSERT INTO policy_revision SELECT * FROM kept", "DROP TABLE kept"];
    assert.deepEqual(await told(without(2), back), ["policy 2: it is missing"]);
    assert.deepEqual(await told(without(4), back), [
      "policy 4: it is missing",
      'policy -: grant ["c1","labs"] begins or ends with no revision',
    ]);
    const added = `INSERT INTO policy_revision VALUES (5, 'key:admin', 'x', 1, 0, '${other}')`;
    assert.deepEqual(
      (await told(added, 'DELETE FROM policy_revision WHERE "revision" = 5'))[0],
      "policy 5: it is not on record",
    );
    const writing = (values: string) => `UPDATE policy_unfinished SET ${values}`;
    assert.deepEqual(
      await told(
        writing(`"writing" = 'x', "revision" = 2, "step" = 0`),
        writing(`"writing" = NULL, "revision" = NULL, "step" = NULL`),
      ),
      ["policy -: policy_unfinished says that revision 2 is being written"],
    );
  });

  test("of the directory the revision is named, and no entity", async () => {
    const set = (value: string) => `UPDATE directory_entity SET "properties" = '${value}' WHERE "id" = 'ada'`;
    const found = await told(set('{"vip":false}'), set('{"vip":true}'));
    assert.deepEqual(found, [
      "directory 1: the entities that begin or end with it, 1 in the table, are not what was put on record",
    ]);
  });

  test("verify names it, and ends with 1", async () => {
    await raw(`UPDATE policy_rule SET "effect" = 'ALLOW' WHERE "row_key" = 'deny-labs'`);
    const { code, stdout } = await verifyHere(url);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^policy differs: revision 1: rule deny-labs is not what was put on record\nDecisions are made of that/,
    );
    const json = JSON.parse((await verifyHere(url, { json: true })).stdout);
    assert.deepEqual(json.histories.policy.differences, [
      { history: "policy", revision: 1, text: "rule deny-labs is not what was put on record" },
    ]);
    assert.equal((await verifyHere(url, { treeOnly: true })).code, 0);
    await raw(`UPDATE policy_rule SET "effect" = 'DENY' WHERE "row_key" = 'deny-labs'`);
  });

  test("revisions whose acts are archived are said to be not compared, until a later act speaks for them", async () => {
    const archive = await tombstone(storage, "2026-11");
    await storage.archives.remove(archive, () => undefined);
    await signAll(storage);
    const alone = await compared();
    assert.deepEqual([alone.policy.notCompared, alone.directory.notCompared], [4, 1]);
    const { code, stdout } = await verifyHere(url);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\nNot compared with the record: 4 revisions of the policy, whose acts are archived/);
    await storage.policy.commit(revision(5, [changeOf("client", null, client("late"))]));
    await storage.journal.append([decisionOf("2026-12", 1)]);
    await followed(storage);
    assert.deepEqual((await compared()).policy, RIGHT);
    const hash = (value: unknown) => `UPDATE policy_revision SET "changes_sha256" = '${value}' WHERE "revision" = 1`;
    const [kept] = await raw('SELECT "changes_sha256" AS "hash" FROM policy_revision WHERE "revision" = 1');
    assert.deepEqual(
      (await told(hash("ab".repeat(32)), hash(kept?.hash))).at(-1),
      "policy 5: one before it, whose act is archived, is not what was put on record",
    );
  });
});
