import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { WeeklySample } from "../../src/domain/monitoring/samples/weeklySample.ts";
import { createWatching } from "../../src/storage/monitoring/watching.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { accessOf, DAY, NOON } from "../support/watchedAccess.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };
const drawing = { from: 0, drawnAt: 1_000, drawnBy: "key:rita", population: 7 };
const sample: WeeklySample = {
  ...drawing,
  accesses: Array.from({ length: 11 }, (_, i) => ({
    ...{ id: `sample:1970-01-01:${i + 1}`, decisionId: `d${i}`, drawing, judged: null },
  })),
};
const judged = {
  at: 2_000,
  by: { callerId: "key:otto", subject: { id: "otto", type: "user", issuer: null } },
  verdict: "NOT_JUSTIFIED",
  text: "Ünïcode 𝄞, about ann",
} as const;

onEveryBackend("weekly samples", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const acts = async () => (await raw("SELECT id FROM journal WHERE kind = 'SAMPLE' ORDER BY seq")).map(({ id }) => id);

  test("are read as they were drawn and judged, each step with its act", async () => {
    assert.equal(await storage.samples.find(0), null);
    await storage.samples.draw(sample);
    assert.deepEqual(await storage.samples.find(0), sample);
    const [first, second, ...others] = sample.accesses;
    assert.ok(first && second);
    await storage.samples.judge(second.id, judged);
    assert.deepEqual(await storage.samples.find(0), { ...sample, accesses: [first, { ...second, judged }, ...others] });
    assert.deepEqual(await storage.samples.findAccess(first.id), first);
    for (const id of ["none", "\0"]) assert.equal(await storage.samples.findAccess(id), null);
    assert.deepEqual(await acts(), ["sample:0:drawn", `sample:${second.id}:judged`]);
    const rows = await raw("SELECT record, personal FROM journal WHERE kind = 'SAMPLE' ORDER BY seq");
    assert.deepEqual(
      rows.map(({ personal }) => JSON.parse(String(personal))),
      [{}, { text: judged.text }],
    );
    assert.deepEqual(JSON.parse(String(rows[1]?.record)).decisionIds, ["d1"]);
  });

  test("a week has one, whoever draws it; an access is judged once", async () => {
    const drawn = await Promise.allSettled([
      storage.samples.draw(sample),
      storage.samples.draw({ ...sample, population: 8 }),
    ]);
    assert.deepEqual(drawn.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const id = sample.accesses[0]?.id ?? "";
    await storage.samples.judge(id, judged);
    await assert.rejects(storage.samples.judge(id, judged), conflict);
    await assert.rejects(storage.samples.judge("none", judged), conflict);
    assert.equal((await acts()).length, 2);
  });

  test("the database itself keeps what was drawn and judged", async () => {
    await storage.samples.draw(sample);
    const id = sample.accesses[0]?.id ?? "";
    await storage.samples.judge(id, judged);
    const change = (set: string) => `UPDATE case_file SET version = 3, ${set} WHERE id = '${id}'`;
    for (const statement of [
      "UPDATE weekly_sample SET population = 9",
      "DELETE FROM weekly_sample",
      "DELETE FROM case_file",
      change(`body = '{"decisionId":"d3","population":7}'`),
      change(`life = '{"verdict":"JUSTIFIED","text":"t"}'`),
      change("parent = '7'"),
      change("decided_by = 'key:x'"),
    ])
      await assert.rejects(raw(statement), statement);
  });

  test("are drawn from what nothing explains and nobody flags, page by page, each access once", async () => {
    const watching = await open(url, { following: { consumers: [[createWatching()]] } });
    const records = [
      accessOf("a", { patient: "p1" }),
      accessOf("two", { patient: null, resource: { patients: ["p2", "p3"] } }),
      accessOf("same-time", { patient: "p4" }),
      accessOf("later", { patient: "p5", at: NOON + DAY }),
      accessOf("flagged", { patient: "p6" }),
      accessOf("shadow", { patient: "p7" }),
      accessOf("pointless", { patient: "p8" }),
      accessOf("suppressed", { patient: "p10" }),
      accessOf("denied", { patient: "p9", outcome: "DENY" }),
      accessOf("own", { patient: "nina", person: "nina", type: "patient" }),
    ];
    await watching.journal.append(records);
    await watching.untilFollowed();
    for (const [id, shadow, points, suppressed] of [
      ["flagged", "FALSE", 1, "FALSE"],
      ["shadow", "TRUE", 50, "FALSE"],
      ["pointless", "FALSE", 0, "FALSE"],
      ["suppressed", "FALSE", 50, "TRUE"],
    ])
      await raw(`INSERT INTO watch_finding ("id", "detector", "decision_id", "position", "at", "entity_kind", "entity_id", "severity", "points",
        "sentence", "evidence", "client_id", "patients", "shadow", "suppressed")
        VALUES ('f-${id}', 'NEW_SCOPE', '${id}', 1, 1, 'CLIENT', 'ehr', 'LOW', ${points}, 's', '[]', 'ehr', '[]', ${shadow}, ${suppressed})`);
    const window = { from: NOON, to: NOON + DAY };
    const found = [];
    for (let after = null; ; ) {
      const next = await watching.samples.unexplained({ ...window, after, first: 2 });
      found.push(...next.map(({ decisionId }) => decisionId));
      const last = next.at(-1);
      if (last === undefined) break;
      after = last as never;
    }
    assert.deepEqual(found, ["a", "two", "same-time", "shadow", "pointless", "suppressed"]);
    const all = await watching.samples.unexplained({ from: NOON + 1, to: NOON + 2 * DAY, after: null, first: 10 });
    assert.deepEqual(
      all.map(({ decisionId }) => decisionId),
      ["later"],
    );
  });
});
