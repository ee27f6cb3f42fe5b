import assert from "node:assert/strict";
import { test } from "node:test";
import { notificationOf } from "../../src/domain/monitoring/webhooks/notificationOf.ts";
import { alertAct, alertSuppressionAct, detectorAct } from "../../src/domain/record/acts.ts";
import type { AlertAct, AlertSuppressionAct } from "../../src/domain/record/alertAct.ts";
import { partsOf, wholeRecord } from "../../src/domain/record/personal.ts";

const record: AlertAct = {
  event: "CLOSED",
  alertId: "d-1:MANY_PATIENTS:0",
  entity: { kind: "SUBJECT", id: "user/MARK" },
  severity: "HIGH",
  detectors: ["MANY_PATIENTS"],
  points: 12,
  count: 3,
  at: 5,
  author: "key:rita",
  verdict: "TRUE_POSITIVE",
  cause: "SNOOPING",
  text: "MARK looked",
};

test("that an alert was opened or closed is told, and names nobody; that somebody looks into it is not", () => {
  const tell = (event: AlertAct["event"]) =>
    notificationOf({ ...alertAct({ ...record, event }), position: 1, format: 1 });
  const closed = tell("CLOSED");
  assert.deepEqual(closed, {
    id: "alert:d-1:MANY_PATIENTS:0:closed",
    type: "scopewarden.alert.closed",
    subject: "d-1:MANY_PATIENTS:0",
    at: 5,
    data: {
      state: "CLOSED",
      severity: "HIGH",
      detectors: ["MANY_PATIENTS"],
      points: 12,
      count: 3,
      verdict: "TRUE_POSITIVE",
    },
  });
  assert.ok(!JSON.stringify(closed).includes("MARK"));
  assert.equal(tell("OPENED")?.type, "scopewarden.alert.opened");
  assert.equal(tell("ACKNOWLEDGED"), null);
});

test("on record whom an alert is about and what people wrote of it stand apart; a client is nobody", () => {
  const entity = { kind: "PATIENT", id: "MARK" };
  const suppression: AlertSuppressionAct = {
    event: "BEGUN",
    suppressionId: "s",
    alertId: "a",
    detector: null,
    entity,
    from: 1,
    until: 2,
    at: 1,
    author: "key:rita",
    text: "MARK",
  };
  const terms = { mode: "ON", parameters: { alertAt: 5 }, alertsPerWeek: null };
  const acts = [
    alertAct(record),
    alertAct({ ...record, entity, text: null, verdict: null, cause: null, event: "OPENED", author: null }),
    alertSuppressionAct(suppression),
    detectorAct({ ...terms, detector: "NEW_SCOPE", version: 1, before: terms, at: 1, author: "key:a", text: "MARK" }),
  ];
  for (const act of acts) {
    const parts = partsOf(act);
    assert.ok(!parts.record.includes("MARK"), parts.record);
    assert.deepEqual(wholeRecord(parts.record, parts.personal), act.record);
  }
  const ofClient = partsOf(alertAct({ ...record, entity: { kind: "CLIENT", id: "portal" } }));
  assert.equal(JSON.parse(ofClient.record).entity.id, "portal");
});
