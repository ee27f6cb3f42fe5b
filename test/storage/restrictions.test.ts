import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { peopleOf } from "../../src/domain/callers/samePerson.ts";
import type { CaseOrder } from "../../src/domain/cases/casePages.ts";
import type { KeptRestriction } from "../../src/domain/decisions/restrictions/restriction.ts";
import { MOST_IN_FORCE } from "../../src/domain/monitoring/responses/restrictionStore.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { keptRestriction } from "../support/restrictions.ts";
import { onEveryBackend } from "./suite.ts";

/** Signed in with an account that the directory links. */
const account = { type: null, id: "otto", issuer: "x" };
const OTTO = {
  callerId: "jwt:x#otto",
  subject: account,
  people: peopleOf([account, { type: "user", id: "otto", issuer: null }]),
};

const lifted = {
  at: 1_500_000,
  by: OTTO,
  reason: "She was on call",
};
const conflict = { code: "CONFLICT" };
const DAY = 86_400_000;
const END = 1_000_000 + 3_600_000;
const CLIENT = { kind: "CLIENT", id: "rose" } as const;

onEveryBackend("restrictions", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url, { notifying: { source: "/test", waitingMs: 0, endingMs: 0 } });
    for (const [id, at] of [
      ["alert-1", 900_000],
      ["alert-2", 950_000],
      ["alert-3", 1_200_000],
    ])
      await raw(`INSERT INTO watch_story (id, entity_kind, entity_id, first_at, last_at, points, count, severity, detectors, last_decision_id, opened_at)
        VALUES ('${id}', 'SUBJECT', 'user/rose', 1, 1, 99, 1, 'HIGH', '[]', 'd', ${at})`);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const add = async (id: string, more: Partial<KeptRestriction> = {}) => {
    const kept = keptRestriction(id, more);
    await storage.restrictions.impose(kept);
    return kept;
  };
  const acts = async () =>
    (await raw("SELECT id FROM journal WHERE kind = 'RESTRICTION' ORDER BY seq")).map(({ id }) => id);

  test("are read as they were written, each step with its act, in each version", async () => {
    const first = await add("r1");
    assert.deepEqual(await storage.restrictions.find("r1"), first);
    await storage.restrictions.lift("r1", lifted);
    assert.deepEqual(await storage.restrictions.find("r1"), { ...first, lifted });
    const byToken = { callerId: "jwt:x#y", subject: { type: null, id: "y", issuer: "x" } };
    const second = await add("r2", { holder: CLIENT, response: "STEP_UP", imposedBy: byToken });
    const refs = [
      { id: "r2", version: 1 },
      ...[1, 2, 3, 0].map((version) => ({ id: "r1", version })),
      { id: "r9", version: 1 },
    ];
    assert.deepEqual(await storage.restrictions.versions(refs), [
      second,
      first,
      { ...first, lifted },
      null,
      null,
      null,
    ]);
    assert.deepEqual(await acts(), ["restriction:r1:imposed", "restriction:r1:lifted", "restriction:r2:imposed"]);
    for (const id of ["r3", "\0"]) assert.equal(await storage.restrictions.find(id), null);
  });

  test("what identifies people stands apart on record", async () => {
    await add("r1");
    await storage.restrictions.lift("r1", lifted);
    await add("r2", { holder: CLIENT });
    const rows = await raw("SELECT record, personal FROM journal WHERE kind = 'RESTRICTION' ORDER BY seq");
    for (const { record } of rows.slice(0, 2)) assert.doesNotMatch(String(record), /ann\b|rose|a test|on call/);
    assert.deepEqual(
      rows.map(({ personal }) => JSON.parse(String(personal))),
      [
        { "subject.id": "rose", text: "a test about ann" },
        { "subject.id": "rose", text: lifted.reason },
        { text: "a test about ann" },
      ],
    );
    assert.equal(JSON.parse(String(rows[2]?.record)).clientId, "rose");
  });

  test("those in force are found by client and subject, until they end or are lifted", async () => {
    await add("r1");
    await add("r2", { holder: CLIENT });
    await add("r3", {
      holder: { kind: "SUBJECT", type: "device", id: "rose" },
      response: "STEP_UP",
      endsAt: 2_000_000,
    });
    await add("r4", { holder: { kind: "SUBJECT", type: "user", id: "rob" } });
    const found = async (clientIds: readonly string[], subjectIds: readonly string[] | null, now = 1_500_000) =>
      (await storage.restrictions.inForce({ clientIds, subjectIds }, now)).map(({ id }) => id);
    assert.deepEqual(await found(["rose", "\0"], ["rose", "nobody"]), ["r1", "r2", "r3"]);
    assert.deepEqual(await found(["other"], ["rob"]), ["r4"]);
    assert.deepEqual(await found(["rose"], []), ["r2"]);
    assert.deepEqual(await found([], []), []);
    assert.deepEqual(await found(["other"], null), ["r1", "r3", "r4"]);
    assert.deepEqual(await found([], ["rose"], 2_000_000), ["r1"]);
    assert.deepEqual(await found([], ["rose"], END), []);
    await storage.restrictions.lift("r1", lifted);
    assert.deepEqual(await found([], ["rose"]), ["r3"]);
    assert.deepEqual(await storage.restrictions.counts(1_500_000), { STEP_UP: 1, SUSPENSION: 2 });
    assert.deepEqual(await storage.restrictions.counts(END), { STEP_UP: 0, SUSPENSION: 0 });
  });

  test("what one instance imposes or lifts, every other finds at once", async () => {
    const other = await open(url);
    const whose = { clientIds: ["app"], subjectIds: ["rose"] };
    const found = async () => (await other.restrictions.inForce(whose, 1_500_000)).map(({ id }) => id);
    assert.deepEqual(await found(), []);
    await add("r1");
    assert.deepEqual(await found(), ["r1"]);
    await other.restrictions.lift("r1", lifted);
    assert.deepEqual(await storage.restrictions.inForce(whose, 1_500_000), []);
    assert.deepEqual(await found(), []);
  });

  test("one of a kind is in force for a holder at a time, which the refusal names; of two at once one is imposed", async () => {
    await add("r1", { response: "STEP_UP" });
    await assert.rejects(add("r2", { response: "STEP_UP", alertId: "alert-3" }), /r1 of the same kind/);
    await add("r3", { response: "STEP_UP", holder: CLIENT });
    await add("r4");
    const holder = { kind: "CLIENT", id: "app" } as const;
    const both = await Promise.allSettled([add("r5", { holder }), add("r6", { holder })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const other = await open(url);
    const byOther = { ...keptRestriction("r8", { holder: { kind: "CLIENT", id: "web" } }), alertId: "alert-3" };
    const two = await Promise.allSettled([add("r9", { holder: byOther.holder }), other.restrictions.impose(byOther)]);
    assert.deepEqual(two.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    // Over by itself, another may follow.
    await add("r7", { response: "STEP_UP", imposedAt: END, endsAt: END + 1 });
    assert.equal((await acts()).length, 6);
  });

  test("one without an alert is for a day at most, once at a time, and apart from those of alerts", async () => {
    const block = (id: string, more: Partial<KeptRestriction> = {}) => add(id, { alertId: null, ...more });
    await add("r1");
    const kept = await block("r2", { endsAt: 1_000_000 + DAY });
    assert.deepEqual(await storage.restrictions.find("r2"), kept);
    await assert.rejects(block("r3"), /^\w*Error: user\/rose is blocked already, until 1970-01-02 00:16 UTC/);
    const whose = { clientIds: [], subjectIds: ["rose"] };
    assert.deepEqual(
      (await storage.restrictions.inForce(whose, END)).map(({ id }) => id),
      ["r2"],
    );
    await storage.restrictions.lift("r2", lifted);
    assert.deepEqual(
      (await storage.restrictions.inForce(whose, 1_500_000)).map(({ id }) => id),
      ["r1"],
    );
    // It may follow itself, and a suspension because of an alert is not refused for it.
    await block("r5", { imposedAt: 1_500_001, endsAt: 1_500_002 });
    await storage.restrictions.lift("r1", lifted);
    await add("r6", { alertId: "alert-3", imposedAt: 2_000_000, endsAt: 2_000_001 });
    const rows = await raw("SELECT record FROM journal WHERE kind = 'RESTRICTION' ORDER BY seq");
    assert.equal(JSON.parse(String(rows[1]?.record)).alertId, null);
  });

  test("nobody is suspended again without an alert that was opened after it", async () => {
    await add("r1");
    await storage.restrictions.lift("r1", { ...lifted, at: 1_000_001 });
    for (const alertId of ["alert-1", "alert-2"])
      await assert.rejects(
        add("r2", { alertId, imposedAt: 2_000_000, endsAt: 2_000_001 }),
        /since alert .* was opened/,
      );
    await add("r3", { alertId: "alert-3", imposedAt: 2_000_000, endsAt: 2_000_001 });
    await assert.rejects(add("r4", { alertId: "alert-3", imposedAt: 3_000_000, endsAt: 3_000_001 }), conflict);
    // A step-up may be imposed again, and somebody else be suspended.
    await add("r5", { response: "STEP_UP", imposedAt: 2_000_000, endsAt: 2_000_001 });
    await add("r6", { response: "STEP_UP", imposedAt: 3_000_000, endsAt: 3_000_001 });
    await add("r7", { holder: CLIENT, imposedAt: 3_000_000, endsAt: 3_000_001 });
  });

  test("alerts that show the holder under a pseudonym, and by name, are counted apart", async () => {
    const finding = (story: string, patient: string) =>
      raw(`INSERT INTO watch_finding ("id", "detector", "decision_id", "position", "at", "entity_kind", "entity_id", "severity", "points",
        "sentence", "evidence", "client_id", "subject_type", "subject_id", "patients", "shadow", "suppressed", "story_id")
        VALUES ('f-${story}', 'MANY_PATIENTS', 'd', 1, 1, 'SUBJECT', 'user/rose', 'LOW', 9, 's', '[]', 'ehr', 'user', 'rose', '["${patient}"]', FALSE,
          FALSE, '${story}')`);
    await finding("alert-1", "other");
    await finding("alert-2", "rose");
    await add("r1");
    await add("r2", { alertId: "alert-2" });
    for (const alertId of ["alert-1", "alert-2"]) await assert.rejects(add("r3", { alertId }), conflict);
    // A client is shown as it is.
    await add("r4", { holder: CLIENT });
    await assert.rejects(add("r5", { holder: CLIENT, alertId: "alert-2" }), conflict);
  });

  test("take an alert that is open, which may have been closed meanwhile", async () => {
    await raw(
      `UPDATE watch_story SET closed_at = 1, closed_by = 'k', verdict = 'EXPECTED', cause = 'TEST', close_text = 't' WHERE id = 'alert-1'`,
    );
    for (const alertId of ["alert-1", "none"]) await assert.rejects(add("r1", { alertId }), /is closed/);
    assert.deepEqual(await acts(), []);
  });

  test("are lifted once, before their end", async () => {
    await add("r1");
    await assert.rejects(storage.restrictions.lift("r1", { ...lifted, at: END }), conflict);
    await storage.restrictions.lift("r1", lifted);
    await assert.rejects(storage.restrictions.lift("r1", lifted), conflict);
    await assert.rejects(storage.restrictions.lift("none", lifted), conflict);
    assert.deepEqual(await acts(), ["restriction:r1:imposed", "restriction:r1:lifted"]);
  });

  test("the database itself keeps them, bounds them, and lets nobody restrict or free themselves", async () => {
    await add("r1");
    for (const set of [
      `body = '{}'`,
      `subject_id = 'rob'`,
      `ends_at = 90000000`,
      "decided_at = 2, decided_by = 'k', is_over = TRUE",
      `decided_at = 2, decided_by = 'k', is_over = TRUE, decider_subject_id = 'ROSE', decider_people = '["person/rose","@"]'`,
    ])
      await assert.rejects(raw(`UPDATE case_file SET version = 2, ${set} WHERE id = 'r1'`), set);
    await assert.rejects(raw("UPDATE case_file SET due_at = 9 WHERE id = 'r1'"), "without a version");
    await assert.rejects(raw("DELETE FROM case_file"));
    const insert = (minutes: number, imposer: string) =>
      raw(`INSERT INTO case_file (id, kind, state, subject_id, subject_type, about_people, opened_at, opened_by, opener_people, ends_at, is_over, version, body)
        VALUES ('r2', 'RESTRICTION', 'IN_FORCE', 'rob', 'user', '["person/rob","@"]', 1000, 'k', ${imposer}, ${1000 + minutes * 60_000}, FALSE, 1,
          '{"response":"STEP_UP","reason":"r","rule":null}')`);
    for (const [minutes, imposer] of [
      [24 * 60 + 1, `'["person/rita","@"]'`],
      [0, `'["person/rita","@"]'`],
      [1, `'["person/rob","@"]'`],
      [1, "NULL"],
    ] as const)
      await assert.rejects(insert(minutes, imposer), `${minutes} ${imposer}`);
    await insert(24 * 60, `'["person/rita","@"]'`);
    await storage.restrictions.lift("r1", lifted);
    for (const set of ["is_over = FALSE", `life = '{"reason":"other"}'`, "state = 'IN_FORCE'", "decided_by = 'k2'"])
      await assert.rejects(raw(`UPDATE case_file SET version = 3, ${set} WHERE id = 'r1'`), set);
    assert.equal((await acts()).length, 2);
  });

  test("so many are in force and no more", async () => {
    await raw(`INSERT INTO case_file (id, kind, state, subject_id, subject_type, about_people, opened_at, opened_by, opener_people, ends_at, is_over, version, body)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MOST_IN_FORCE})
      SELECT 'x' || i, 'RESTRICTION', 'IN_FORCE', 'u' || i, 'user', '["person/u","@"]', 1000000, 'k', '["person/rita","@"]', 1600000 + i, FALSE, 1,
        '{"response":"STEP_UP","reason":"r","rule":null}' FROM n`);
    await assert.rejects(add("r1"), /the most that there may be/);
    await add("r2", { alertId: "alert-3", imposedAt: 1_600_001, endsAt: 1_700_000 });
  });

  test("are found by alert, kind, state and holder, newest first, page by page", async () => {
    await add("r1", { endsAt: 1_400_000 });
    await add("r2", { response: "STEP_UP" });
    await storage.restrictions.lift("r2", lifted);
    await add("r3", { holder: CLIENT, alertId: "alert-2" });
    const found = async (
      filter: object,
      page: { first: number; after: string | null; orderBy?: CaseOrder } = { first: 10, after: null },
    ) =>
      (await storage.restrictions.page({ filter, now: 1_500_000, page: { orderBy: "NEWEST", ...page } })).items.map(
        ({ node }) => node.id,
      );
    assert.deepEqual(await found({}), ["r3", "r2", "r1"]);
    assert.deepEqual(await found({}, { first: 1, after: "r3" }), ["r2"]);
    assert.deepEqual(await found({ alertId: "alert-1", response: "SUSPENSION" }), ["r1"]);
    assert.deepEqual(await found({ states: ["IN_FORCE"] }), ["r3"]);
    assert.deepEqual(await found({ states: ["ENDED"] }), ["r1"]);
    assert.deepEqual(await found({ states: ["LIFTED"] }), ["r2"]);
    assert.deepEqual(await found({ clientId: "rose" }), ["r3"]);
    assert.deepEqual(await found({ subjectId: "rose" }), ["r2", "r1"]);
    assert.deepEqual(await found({ subjectId: "\0" }), []);
  });

  test("each step is told once, and the end once, without a name or a word", async () => {
    await add("r1");
    await storage.restrictions.lift("r1", lifted);
    await add("r2", { holder: CLIENT });
    const { outbox } = storage;
    for (const now of [END - 1, END, END + 1]) await outbox?.collect(now);
    const told = await raw("SELECT id, type, body FROM webhook_delivery ORDER BY seq");
    assert.deepEqual(
      told.map(({ id, type }) => [id, type]),
      [
        ["restriction:r1:imposed", "scopewarden.restriction.imposed"],
        ["restriction:r1:lifted", "scopewarden.restriction.lifted"],
        ["restriction:r2:imposed", "scopewarden.restriction.imposed"],
        ["reminder:restriction:r2:ended", "scopewarden.restriction.ended"],
      ],
    );
    for (const { body } of told) assert.doesNotMatch(String(body), /\bann\b|rose|rita|otto|a test|on call/);
    assert.match(String(told[3]?.body), /"state":"ENDED"/);
  });
});
