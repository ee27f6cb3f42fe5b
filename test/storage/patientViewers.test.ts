import assert from "node:assert/strict";
import { test } from "node:test";
import { onEveryBackend } from "./suite.ts";

const STORY =
  "id, entity_kind, entity_id, first_at, last_at, points, count, severity, detectors, last_decision_id, opened_at, matter";
const FINDING =
  "id, detector, decision_id, position, at, entity_kind, entity_id, severity, points, sentence, evidence, since, client_id, patients, shadow, suppressed, story_id";
const ACCESS = "position, patient, decision_id, at, person_type, person_id, client_id, kind, since";

/** Accesses of a patient: who, when, and whether something explains it. */
const SEEN: readonly (readonly [patient: string, person: string, at: number, isExplained?: boolean])[] = [
  ["p1", "user/ann", 90],
  ["p1", "user/ann", 100],
  ["p1", "user/bob", 120, true],
  ["p1", "user/bob", 130],
  ["p1", "device/ann", 140, true],
  ["p1", "user/cleo", 150],
  ["p1", "user/dora", 151],
  ["p2", "user/dora", 140],
];

onEveryBackend("who saw the patient of an alert", ({ backend, open }) => {
  test("in its time, those whom less explains first, with their own open alert, and by which decisions", async () => {
    const url = await backend().fresh();
    const storage = await open(url);
    const insert = (table: string, columns: string, rows: readonly string[]) =>
      backend().raw(url, `INSERT INTO ${table} (${columns}) VALUES ${rows.map((row) => `(${row})`).join(", ")}`);
    await insert("watch_story", STORY, [
      "'many', 'PATIENT', 'p1', 100, 150, 9, 1, 'MEDIUM', '[]', 'd', 150, 'RELATION'",
      "'hers', 'SUBJECT', 'user/ann', 100, 100, 9, 1, 'LOW', '[]', 'd', 100, 'Patient/p1'",
      "'other', 'SUBJECT', 'user/bob', 100, 100, 9, 1, 'LOW', '[]', 'd', 100, 'Patient/p2'",
    ]);
    await insert("watch_finding", FINDING, [
      "'f', 'MANY_VIEWERS', 'd', 1, 150, 'PATIENT', 'p1', 'MEDIUM', 9, 's', '[]', 100, 'ehr', '[\"p1\"]', FALSE, FALSE, 'many'",
    ]);
    await insert(
      "watched_access",
      ACCESS,
      SEEN.map(([patient, person, at, isExplained], n) => {
        const [type, id] = person.split("/");
        return `${n + 1}, '${patient}', 'd${n + 1}', ${at}, '${type}', '${id}', 'ehr', ${isExplained === true ? `'REFERRAL', ${at}` : "NULL, NULL"}`;
      }),
    );
    const viewers = (await storage.alerts.viewersOf("many")).map(({ subject, ...rest }) => [
      `${subject.type}/${subject.id}`,
      rest,
    ]);
    // Before what was found began, and after it, is another matter; so is another patient.
    assert.deepEqual(viewers, [
      ["user/cleo", { accesses: 1, unexplained: 1, lastAt: 150, alertId: null }],
      ["user/bob", { accesses: 2, unexplained: 1, lastAt: 130, alertId: null }],
      ["user/ann", { accesses: 1, unexplained: 1, lastAt: 100, alertId: "hers" }],
      ["device/ann", { accesses: 1, unexplained: 0, lastAt: 140, alertId: null }],
    ]);
    const bob = { type: "user", id: "bob" };
    assert.deepEqual(await storage.alerts.sightsOf("many", bob, 10), ["d4", "d3"]);
    assert.deepEqual(await storage.alerts.sightsOf("many", bob, 1), ["d4"]);
    for (const id of ["hers", "none", "\0"]) {
      assert.deepEqual(await storage.alerts.viewersOf(id), []);
      assert.deepEqual(await storage.alerts.sightsOf(id, bob, 10), []);
    }
  });
});
