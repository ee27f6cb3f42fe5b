import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { CaseOrder } from "../../src/domain/cases/casePages.ts";
import type { KeptInquiry } from "../../src/domain/monitoring/responses/inquiry.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { ANSWERED, keptInquiry } from "../support/inquiries.ts";
import { onEveryBackend } from "./suite.ts";

const withdrawn = { at: 500, by: "key:otto", reason: "She has called" };
const conflict = { code: "CONFLICT" };

onEveryBackend("inquiries", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url, { notifying: { source: "/test", waitingMs: 0, endingMs: 0 } });
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const add = async (id: string, more: Partial<KeptInquiry> = {}) => {
    const kept = keptInquiry(id, more);
    await storage.inquiries.ask(kept);
    return kept;
  };
  const acts = async () =>
    (await raw("SELECT id FROM journal WHERE kind = 'INQUIRY' ORDER BY seq")).map(({ id }) => id);

  test("are read as they were written, each step with its act", async () => {
    const first = await add("q1");
    assert.deepEqual(await storage.inquiries.find("q1"), first);
    await storage.inquiries.answer("q1", ANSWERED);
    assert.deepEqual(await storage.inquiries.find("q1"), { ...first, answered: ANSWERED });
    const asker = { callerId: "jwt:x#y", subject: { type: null, id: "y", issuer: "x" } };
    const second = await add("q2", { askedBy: asker });
    await storage.inquiries.withdraw("q2", withdrawn);
    assert.deepEqual(await storage.inquiries.find("q2"), { ...second, withdrawn });
    assert.deepEqual(await acts(), [
      "inquiry:q1:asked",
      "inquiry:q1:answered",
      "inquiry:q2:asked",
      "inquiry:q2:withdrawn",
    ]);
    for (const id of ["q3", "\0"]) assert.equal(await storage.inquiries.find(id), null);
  });

  test("what identifies people stands apart on record, patients are not there at all", async () => {
    await add("q1");
    await storage.inquiries.answer("q1", ANSWERED);
    const rows = await raw("SELECT record, personal FROM journal WHERE kind = 'INQUIRY' ORDER BY seq");
    for (const { record } of rows) assert.doesNotMatch(String(record), /ann\b|rose|a test/);
    assert.deepEqual(
      rows.map(({ personal }) => JSON.parse(String(personal))),
      [
        { "subject.id": "rose", text: "a test about ann" },
        { "answeredBy.id": "rose", "subject.id": "rose", text: ANSWERED.text },
      ],
    );
  });

  test("one waits for an answer at an alert at a time, which the refusal names; of two at once one is asked", async () => {
    await add("q1");
    await assert.rejects(add("q2", { askedAt: 20 }), /q1 to the same person about the same alert waits/);
    await add("q3", { alertId: "alert-2" });
    // Of an alert about a patient several viewers are asked.
    await add("other", { subject: { type: "user", id: "another" } });
    // It has lapsed.
    await add("q4", { askedAt: 1_000, endsAt: 1_100 });
    const asked = await Promise.allSettled([add("q5", { alertId: "alert-3" }), add("q6", { alertId: "alert-3" })]);
    assert.deepEqual(asked.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    assert.equal((await acts()).length, 5);
  });

  test("are answered or withdrawn once, before their end", async () => {
    await add("q1");
    await assert.rejects(storage.inquiries.answer("q1", { ...ANSWERED, at: 1_000 }), conflict);
    await storage.inquiries.answer("q1", ANSWERED);
    await assert.rejects(storage.inquiries.answer("q1", ANSWERED), conflict);
    await assert.rejects(storage.inquiries.withdraw("q1", withdrawn), conflict);
    await assert.rejects(storage.inquiries.withdraw("none", withdrawn), conflict);
    assert.deepEqual(await acts(), ["inquiry:q1:asked", "inquiry:q1:answered"]);
  });

  test("the database itself keeps what was asked and answered, and lets nobody else answer", async () => {
    await add("q1");
    await add("q2", { alertId: "alert-2" });
    await storage.inquiries.answer("q1", ANSWERED);
    for (const [id, version, set] of [
      ["q1", 3, `life = '{"reasonCode":"OTHER","text":"other"}'`],
      ["q2", 2, `body = '{}'`],
      ["q1", 3, "is_over = FALSE"],
      ["q1", 3, "state = 'OPEN'"],
      ["q2", 2, "state = 'ANSWERED', is_over = TRUE, decided_at = 1, decided_by = 'key:rita', life = '{}'"],
    ])
      await assert.rejects(raw(`UPDATE case_file SET version = ${version}, ${set} WHERE id = '${id}'`), String(set));
    await assert.rejects(raw("DELETE FROM case_file"));
  });

  test("are found by alert, person and state, newest first, page by page", async () => {
    await add("q1");
    await storage.inquiries.answer("q1", ANSWERED);
    await add("q2");
    await storage.inquiries.withdraw("q2", withdrawn);
    await add("q3", { endsAt: 600 });
    await add("q4", { alertId: "alert-2", subject: { type: "client", id: "rose" } });
    await add("q5", { alertId: "alert-3", subject: { type: "user", id: "rob" } });
    const found = async (
      filter: object,
      page: { first: number; after: string | null; orderBy?: CaseOrder } = { first: 10, after: null },
    ) =>
      (await storage.inquiries.page({ filter, now: 700, page: { orderBy: "NEWEST", ...page } })).items.map(
        ({ node }) => node.id,
      );
    assert.deepEqual(await found({}), ["q5", "q4", "q3", "q2", "q1"]);
    assert.deepEqual(await found({}, { first: 2, after: "q4" }), ["q3", "q2"]);
    assert.deepEqual(await found({ alertId: "alert-1", states: ["EXPIRED"] }), ["q3"]);
    assert.deepEqual(await found({ states: ["OPEN"] }), ["q5", "q4"]);
    assert.deepEqual(await found({ states: ["ANSWERED"] }), ["q1"]);
    assert.deepEqual(await found({ states: ["WITHDRAWN"] }), ["q2"]);
    assert.deepEqual(await found({ subjectId: "rose", subjectType: "client" }), ["q4"]);
    assert.deepEqual(await found({ states: ["OPEN", "WITHDRAWN"] }), ["q5", "q4", "q2"]);
    assert.deepEqual(await found({ states: [] }), []);
    // What ends first comes first; a cursor goes on there.
    assert.deepEqual(await found({}, { first: 2, after: null, orderBy: "DUE" }), ["q3", "q1"]);
    assert.deepEqual(await found({}, { first: 9, after: "1000|q1", orderBy: "DUE" }), ["q2", "q4", "q5"]);
    await assert.rejects(found({}, { first: 2, after: "q4", orderBy: "DUE" }), { code: "BAD_USER_INPUT" });
    const page = { first: 1, after: null, orderBy: "NEWEST" } as const;
    assert.equal(await (await storage.inquiries.page({ filter: { states: ["OPEN"] }, now: 700, page })).total(), 2);
    assert.deepEqual(await found({ subjectId: "\0" }), []);
  });

  test("each step is told once, and that nobody answered in time once, without a name or a word", async () => {
    await add("q1");
    await storage.inquiries.answer("q1", ANSWERED);
    await add("q2", { endsAt: 600 });
    const { outbox } = storage;
    for (const now of [599, 600, 700]) await outbox?.collect(now);
    const told = await raw("SELECT id, type, body FROM webhook_delivery ORDER BY seq");
    assert.deepEqual(
      told.map(({ id, type }) => [id, type]),
      [
        ["inquiry:q1:asked", "scopewarden.inquiry.asked"],
        ["inquiry:q1:answered", "scopewarden.inquiry.answered"],
        ["inquiry:q2:asked", "scopewarden.inquiry.asked"],
        ["reminder:inquiry:q2:unanswered", "scopewarden.inquiry.unanswered"],
      ],
    );
    for (const { body } of told) assert.doesNotMatch(String(body), /\bann\b|rose|rita|a test|TREATMENT/);
  });
});
