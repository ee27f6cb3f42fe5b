import assert from "node:assert/strict";
import { test } from "node:test";
import { auditEvent } from "../../src/domain/audit/export/auditEvent.ts";
import { ocsfEvent } from "../../src/domain/audit/export/ocsfEvent.ts";
import { summaryText } from "../../src/domain/decisions/summaryText.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { runsOf } from "../../src/domain/record/erasureAct.ts";
import { partsOfDecision, wholeRecord } from "../../src/domain/record/personal.ts";
import { pseudonymised } from "../../src/domain/record/pseudonymised.ts";
import { erasedPersonal, leafEntry, openingsOf, type StoredAct } from "../../src/domain/record/tree/leafEntry.ts";
import { missingInputs } from "../../src/domain/simulation/replay/missingInputs.ts";
import { decisionOf } from "../../src/graphql/decisionOf.ts";
import { recordHash } from "../../src/process/recordHash.ts";
import { decision, grantDecision } from "../storage/samples.ts";

const filtered = {
  type: "filter",
  parameters: {
    allOf: [
      { anyOf: [{ type: "patient", patient: "ada" }] },
      { anyOf: [{ type: "authors", authors: ["dr-x"] }] },
      { anyOf: [{ type: "references", references: [{ meaning: "RELATED", reference: "Observation/1" }] }] },
    ],
  },
};

const many: readonly DecisionRecord[] = [
  decision(1),
  decision(5),
  { ...decision(7), obligations: [filtered] as never, patients: ["ada", "ben"] },
  {
    ...decision(2),
    facts: [
      { kind: "CONSENT", id: "c1", version: 1 },
      { kind: "ENTITY", id: "user-0", type: "user", version: 2, properties: { name: "Ada" } },
    ],
  },
  grantDecision(10),
];

const stored = (record: DecisionRecord): StoredAct => ({
  ...{ position: 7, kind: "DECISION", format: 1, id: record.id, salt: "s".repeat(43) },
  ...partsOfDecision(record),
});

const erased = (record: DecisionRecord): StoredAct => {
  const act = stored(record);
  const personal = erasedPersonal(act, recordHash);
  assert.ok(personal !== null);
  return { ...act, salt: null, personal };
};
const read = ({ personal, record, salt }: StoredAct) => wholeRecord(record, personal, salt === null) as DecisionRecord;

test("erased, an act has the same leaf, no value that opens it, and nothing more to erase", () => {
  for (const record of many) {
    assert.equal(leafEntry(erased(record), recordHash), leafEntry(stored(record), recordHash));
    assert.deepEqual(openingsOf(erased(record), recordHash), {});
    assert.equal(erasedPersonal(erased(record), recordHash), null);
  }
  assert.equal(erasedPersonal({ personal: "{}", salt: "s" }, recordHash), null);
});

test("one field erased and the others kept: the same leaf, and the others are read and open it", () => {
  const act = stored(decision(1));
  const openings = openingsOf(act, recordHash);
  const gone = JSON.parse(erased(decision(1)).personal);
  const some = JSON.stringify({ ...openings, "request.subject.id": gone["request.subject.id"] });
  const partly: StoredAct = { ...act, salt: null, personal: some };
  assert.equal(leafEntry(partly, recordHash), leafEntry(act, recordHash));
  const record = read(partly);
  assert.deepEqual(record.erased, ["request.subject.id"]);
  assert.equal(record.kind === "ACCESS" && record.request.resource.patient, "patient-0");
  const all = erasedPersonal(partly, recordHash);
  assert.equal(all, erased(decision(1)).personal);
});

test("what is erased reads as erased, and everything that reads a decision can", () => {
  for (const original of many) {
    const record = read(erased(original));
    const personal = JSON.parse(partsOfDecision(original).personal);
    assert.deepEqual([...(record.erased ?? [])].sort(), Object.keys(personal).sort());
    const text = JSON.stringify(record);
    for (const value of Object.values(personal)) {
      if (typeof value === "string") assert.ok(!text.includes(JSON.stringify(value)), String(value));
    }
    assert.deepEqual([...missingInputs(record)].sort(), [...(record.erased ?? [])].sort());
    const shown = decisionOf(record);
    assert.deepEqual([shown.subjectId, shown.patient, shown.patients, shown.resourceId], [null, null, [], null]);
    assert.equal(shown.erased, record.erased);
    assert.ok(summaryText(record).length > 5);
    assert.ok(!summaryText(record).includes("null"), summaryText(record));
    const event = JSON.stringify(auditEvent(record));
    assert.ok(event.includes('"type":"erased"') && !event.includes("null"), event);
    assert.deepEqual((ocsfEvent(record, 7) as { unmapped: { erased: unknown } }).unmapped.erased, record.erased);
    const seen = pseudonymised(record, (id) => {
      assert.equal(typeof id, "string");
      return `pseudonym of ${id}`;
    });
    assert.ok(!JSON.stringify(seen).includes("pseudonym"), "nothing is left that has one");
  }
  assert.equal(read(stored(many[0] as DecisionRecord)).erased, undefined);
});

test("positions as runs", () => {
  assert.deepEqual(runsOf([]), []);
  assert.deepEqual(runsOf([3]), [[3, 3]]);
  assert.deepEqual(runsOf([1, 2, 3, 7, 9, 10]), [
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
});
