import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { CLOUD_EVENT_MEDIA_TYPE, cloudEventOf } from "../../src/domain/monitoring/webhooks/cloudEvent.ts";
import { notificationOf } from "../../src/domain/monitoring/webhooks/notificationOf.ts";
import { type Act, accessRequestAct, breakGlassAct, type RecordedAct } from "../../src/domain/record/acts.ts";
import { keptRequest, requestAct } from "../support/accessRequests.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { readCloudEvent } from "../support/readCloudEvent.ts";

/** What the receiver reads of an act, in its envelope. */
function told(act: Act): { readonly [member: string]: unknown } {
  const notification = notificationOf({ ...act, position: 1, format: 1 } as RecordedAct);
  assert.ok(notification !== null);
  const headers = { "content-type": CLOUD_EVENT_MEDIA_TYPE };
  const event = readCloudEvent({ headers, body: cloudEventOf(notification, "/test") });
  assert.deepEqual(
    [event.id, event.type, event.subject, event.source],
    [notification.id, notification.type, notification.subject, "/test"],
  );
  return event.data as { readonly [member: string]: unknown };
}

const dataOf = (more: Parameters<typeof keptRequest>[1]) => told(accessRequestAct(requestAct(keptRequest("a", more))));

test("an organization leaves the house as a plain id, or not at all", () => {
  for (const organization of ["general-hospital", "*", "urn:oid:2.16.840", "Ward_7/north"])
    assert.equal(dataOf({ organization }).organization, organization);
  for (const organization of ["Ada Lovelace, HIV positive", "Zoë", `a${"b".repeat(64)}`, " ward"]) {
    assert.equal(dataOf({ organization }).organization, null);
    assert.equal(told(breakGlassAct(actOf(keptBreakGlass("b", { organization })))).organization, null);
  }
  assert.equal(dataOf({ organization: null }).organization, null);
});

test("a scope leaves the house without its constraint", () => {
  const scope = "patient/Observation.rs?patient=ada.lovelace";
  assert.equal(dataOf({ role: null, organization: null, clientId: "app", scope }).scope, "patient/Observation.rs");
  assert.equal(dataOf({ role: null, organization: null, clientId: "app", scope: "view_labs" }).scope, "view_labs");
});
