import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import type { BreakGlassFilter } from "../../src/domain/consent/breakGlass/store.ts";
import { breakGlassAct } from "../../src/domain/record/acts.ts";
import { peopleText } from "../../src/storage/database/storedPerson.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { keptBreakGlass, reviewedBy } from "../support/breakGlasses.ts";
import { onEveryBackend } from "./suite.ts";

const conflict = { code: "CONFLICT" };
const ended = { at: 500, by: "key:portal", reason: "The patient is stable" };

onEveryBackend("emergencies", ({ open, backend }) => {
  let url: string;
  let storage: Storage;
  beforeEach(async () => {
    url = await backend().fresh();
    storage = await open(url);
  });
  const raw = (sql: string) => backend().raw(url, sql);
  const add = async (id: string, more: Partial<KeptBreakGlass> = {}) => {
    const kept = keptBreakGlass(id, more);
    await storage.breakGlasses.open(kept);
    return kept;
  };
  const find = (id: string) => storage.breakGlasses.find(id);
  const acts = async () =>
    (await raw("SELECT id FROM journal WHERE kind = 'BREAK_GLASS' ORDER BY seq")).map(({ id }) => id);
  const outcome = (work: Promise<unknown>) =>
    work.then(
      () => "done",
      (error: { readonly code?: string }) => error.code,
    );

  test("are read as they were written, each step with its act, and as they were in each version", async () => {
    const kept = await add("b1", { reason: "Ünïcode 𝄞" });
    assert.deepEqual(await find("b1"), kept);
    await storage.breakGlasses.end("b1", ended);
    await storage.breakGlasses.review("b1", reviewedBy("rita"));
    const whole = { ...kept, ended, review: reviewedBy("rita") };
    assert.deepEqual(await find("b1"), whole);
    assert.deepEqual(await acts(), ["break-glass:b1:opened", "break-glass:b1:ended", "break-glass:b1:reviewed"]);
    const refs = [0, 1, 2, 3, 4].map((version) => ({ id: "b1", version }));
    const versions = await storage.breakGlasses.versions([...refs, { id: "b2", version: 1 }]);
    assert.deepEqual(versions, [null, kept, { ...kept, ended }, whole, null, null]);
    assert.equal(await find("b2"), null);
    assert.equal(await find("\0"), null);
  });

  test("one that ended by itself has as its second version what was found", async () => {
    const kept = await add("b1");
    await storage.breakGlasses.review("b1", reviewedBy("rita"));
    const reviewed = { ...kept, review: reviewedBy("rita") };
    const versions = await storage.breakGlasses.versions([1, 2, 3].map((version) => ({ id: "b1", version })));
    assert.deepEqual(versions, [kept, reviewed, null]);
  });

  test("what identifies people stands apart on record", async () => {
    await add("b1");
    const [row] = await raw("SELECT record, personal FROM journal WHERE kind = 'BREAK_GLASS'");
    assert.doesNotMatch(String(row?.record), /ann|rose|a test/);
    assert.deepEqual(JSON.parse(String(row?.personal)), { patient: "ann", "subject.id": "rose", text: "a test" });
  });

  test("one is open for a subject, a patient and an organization at a time, which the refusal names", async () => {
    await add("b1");
    await assert.rejects(add("b2", { startedAt: 20 }), (error: Error & { readonly code: string }) => {
      assert.match(error.message, /b1 is open .* already/);
      return error.code === "CONFLICT";
    });
    assert.deepEqual(await acts(), ["break-glass:b1:opened"]);
    for (const [id, other] of [
      ["b3", { patient: "bob" }],
      ["b4", { organization: "clinic" }],
      ["b5", { subject: { type: "user", id: "ray" } }],
      ["b6", { subject: { type: "Practitioner", id: "rose" } }],
    ] as const)
      await add(id, other);
    // It has ended by itself.
    await add("b7", { startedAt: 1_000, endsAt: 1_100 });
    await storage.breakGlasses.end("b7", { ...ended, at: 1_050 });
    await add("b8", { startedAt: 1_050, endsAt: 1_100 });
  });

  test("of two that open the same at once one does", async () => {
    const second = await open(url).catch(() => null);
    const other = second?.breakGlasses ?? storage.breakGlasses;
    const opened = await Promise.all([
      outcome(storage.breakGlasses.open(keptBreakGlass("b1"))),
      outcome(other.open(keptBreakGlass("b2"))),
    ]);
    assert.deepEqual(opened.sort(), ["CONFLICT", "done"]);
    assert.equal((await acts()).length, 1);
  });

  test("are in force until their end, for the patients that are asked for", async () => {
    await add("b1");
    await add("b2", { patient: "bob" });
    const inForce = async (patients: readonly string[], now: number) =>
      (await storage.breakGlasses.inForce(patients, now)).map(({ id }) => id);
    assert.deepEqual(await inForce(["ann"], 999), ["b1"]);
    assert.deepEqual(await inForce(["bob", "ann", "\0"], 999), ["b1", "b2"]);
    assert.deepEqual(await inForce(["ann"], 1_000), []);
    assert.deepEqual(await inForce([], 10), []);
    await storage.breakGlasses.end("b2", ended);
    assert.deepEqual(await inForce(["bob", "ann"], 500), ["b1"]);
  });

  test("a step that can't be taken is refused, and changes nothing", async () => {
    await add("b1");
    const { breakGlasses } = storage;
    await assert.rejects(breakGlasses.review("b1", reviewedBy("rita", 999)), conflict);
    await assert.rejects(breakGlasses.end("b1", { ...ended, at: 1_000 }), conflict);
    await assert.rejects(breakGlasses.end("b2", ended), conflict);
    await breakGlasses.end("b1", ended);
    await assert.rejects(breakGlasses.end("b1", { ...ended, at: 501 }), conflict);
    await breakGlasses.review("b1", reviewedBy("rita", 501));
    await assert.rejects(breakGlasses.review("b1", reviewedBy("ben")), conflict);
    assert.equal((await acts()).length, 3);
  });

  test("the database itself refuses a review by who opened it or for whom it was, and any change of what was said", async () => {
    await add("b1");
    const text = (value: string | null): string => (value === null ? "NULL" : `'${value}'`);
    const peopleOrNull = (id: string | null, type: string | null) =>
      peopleText({ subject: id === null ? null : { id, type, issuer: null } });
    const change = (version: number, set: string) =>
      raw(`UPDATE case_file SET version = ${version}, ${set} WHERE id = 'b1'`);
    const review = (by: string, id: string | null, type: string | null = "user") =>
      change(
        2,
        `state = 'REVIEWED', is_over = TRUE, decided_at = 1500, decided_by = ${text(by)}, decider_subject_id = ${text(id)},
        decider_subject_type = ${text(type)}, decider_people = ${text(peopleOrNull(id, type))},
        life = '{"ended":null,"review":{"justified":true,"text":"r"}}'`,
      );
    for (const [by, id, type] of [
      ["key:2", "rose", "user"],
      ["key:2", "rose", null],
      ["key:2", "Rose", "Practitioner"],
      ["key:portal", "rita", "user"],
      ["key:2", "portal", "client"],
      ["key:2", null, null],
    ] as const)
      await assert.rejects(review(by, id, type), `${by} ${id} ${type}`);
    for (const set of [
      "patient = 'bob'",
      "ends_at = 1500",
      "due_at = 9000",
      "organization = 'clinic'",
      "body = '{}'",
      "about_people = '[]'",
    ])
      await assert.rejects(change(2, set), /does not change/, set);
    await assert.rejects(change(1, "is_over = TRUE"), /does not change/, "without a version");
    await assert.rejects(raw("DELETE FROM case_file"), /is kept/);
    await review("key:2", "rose", "client");
    await assert.rejects(change(3, `life = '{"ended":null,"review":null}'`), /does not change/);
    for (const [id, column, value] of [
      ["b2", "is_over", "TRUE"],
      ["b3", "patient", "NULL"],
      ["b4", "ends_at", "NULL"],
      ["b5", "due_at", "900"],
    ] as const) {
      const columns =
        "opened_at, opened_by, subject_id, subject_type, patient, organization, ends_at, due_at, is_over, body";
      const values = columns.split(", ").map((name) => (name === column ? `${value} AS "${name}"` : `"${name}"`));
      const copied = `INSERT INTO case_file (id, kind, state, version, ${columns})
        SELECT '${id}', kind, 'OPEN', 1, ${values.join(", ")} FROM (SELECT opened_at, opened_by, subject_id, subject_type, patient,
          organization, ends_at, due_at, FALSE AS is_over, body, kind FROM case_file WHERE id = 'b1') AS one`;
      await assert.rejects(raw(copied), column);
    }
  });

  test("the database itself keeps that one was ended, whatever its review says", async () => {
    await add("b1");
    await storage.breakGlasses.end("b1", ended);
    const rewritten = (life: string) => raw(`UPDATE case_file SET version = 3, life = '${life}' WHERE id = 'b1'`);
    for (const life of [
      '{"ended":null,"review":null}',
      '{"ended":{"at":900,"by":"key:portal","reason":null},"review":null}',
      "{}",
    ])
      await assert.rejects(rewritten(life), /does not change/, life);
    await assert.rejects(raw("UPDATE case_file SET version = 3, life = NULL WHERE id = 'b1'"), /does not change/);
    await assert.rejects(raw("UPDATE case_file SET version = 3, is_over = FALSE WHERE id = 'b1'"), /does not change/);
    await storage.breakGlasses.review("b1", reviewedBy("rita"));
  });

  test("are listed newest first, by each filter, and counted by what is to be done", async () => {
    await add("b1");
    await add("b2", { patient: "bob", endsAt: 3_000, reviewDueAt: 4_000 });
    await add("b3", { subject: { type: "user", id: "ray" } });
    await add("b4", { organization: "clinic", openedBy: { callerId: "key:other", subject: null } });
    await storage.breakGlasses.review("b3", reviewedBy("rita"));
    const now = 2_000;
    const list = async (filter: BreakGlassFilter & { openedBy?: string }, first = 10, after: string | null = null) => {
      const page = await storage.breakGlasses.page({ filter, now, page: { first, after } });
      return `${page.items.map(({ key }) => key).join(" ")}${page.hasNextPage ? " ..." : ""}`;
    };
    assert.equal(await list({}), "b4 b3 b2 b1");
    assert.equal(await list({}, 2), "b4 b3 ...");
    assert.equal(await list({}, 2, "b3"), "b2 b1");
    assert.equal(await list({ open: true }), "b2");
    assert.equal(await list({ open: false }), "b4 b3 b1");
    assert.equal(await list({ open: true, states: ["REVIEWED"] }), "");
    assert.equal(await list({ states: ["AWAITING_REVIEW"] }), "b4 b1");
    assert.equal(await list({ states: ["OPEN", "REVIEWED"] }), "b3 b2");
    assert.equal(await list({ overdue: true }), "b4 b1");
    assert.equal(await list({ overdue: false }), "b3 b2");
    assert.equal(await list({ patient: "ann", subjectId: "rose" }), "b4 b1");
    assert.equal(await list({ openedBy: "key:other" }), "b4");
    assert.equal(await list({ patient: "\0" }), "");
    await add("b5", { subject: { type: "user", id: "ann" } });
    assert.equal(await list({}), "b5 b4 b3 b2 b1");
    assert.equal(await list({ subjectId: "ann" }), "", "a subject who is the patient");
    const asItIs = { filter: { subjectId: "ann" }, ownToo: true, now, page: { first: 10, after: null } };
    assert.deepEqual(
      (await storage.breakGlasses.page(asItIs)).items.map(({ key }) => key),
      ["b5"],
    );
    await storage.breakGlasses.review("b5", reviewedBy("rita"));
    assert.deepEqual(await storage.breakGlasses.counts(now), { open: 1, waiting: 2, overdue: 2 });
    assert.deepEqual(await storage.breakGlasses.counts(1_999), { open: 1, waiting: 2, overdue: 0 });
    assert.deepEqual(await storage.breakGlasses.counts(10), { open: 3, waiting: 0, overdue: 0 });
  });

  test("an act that is there twice is refused", async () => {
    const kept = await add("b1");
    assert.equal(breakGlassAct({ event: "OPENED", breakGlassId: kept.id } as never).id, "break-glass:b1:opened");
    await assert.rejects(add("b1", { patient: "bob" }), conflict);
  });
});
