import assert from "node:assert/strict";
import { test } from "node:test";
import { actOf } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { accessRequestStep } from "../../src/domain/monitoring/webhooks/accessRequestNotifications.ts";
import { breakGlassStep } from "../../src/domain/monitoring/webhooks/breakGlassNotifications.ts";
import { keptRequest, requestAct } from "../support/accessRequests.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";

const dataOf = (more: Parameters<typeof keptRequest>[1]) =>
  accessRequestStep(requestAct(keptRequest("a", more))).data as { readonly [member: string]: unknown };

test("an organization leaves the house as a plain id, or not at all", () => {
  for (const organization of ["general-hospital", "*", "urn:oid:2.16.840", "Ward_7/north"])
    assert.equal(dataOf({ organization }).organization, organization);
  for (const organization of ["Ada Lovelace, HIV positive", "Zoë", `a${"b".repeat(64)}`, " ward"]) {
    assert.equal(dataOf({ organization }).organization, null);
    assert.equal(breakGlassStep(actOf(keptBreakGlass("b", { organization }))).data.organization, null);
  }
  assert.equal(dataOf({ organization: null }).organization, null);
});

test("a scope leaves the house without its constraint", () => {
  const scope = "patient/Observation.rs?patient=ada.lovelace";
  assert.equal(dataOf({ role: null, organization: null, clientId: "app", scope }).scope, "patient/Observation.rs");
  assert.equal(dataOf({ role: null, organization: null, clientId: "app", scope: "view_labs" }).scope, "view_labs");
});
