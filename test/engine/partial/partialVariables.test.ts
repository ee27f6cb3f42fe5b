import assert from "node:assert/strict";
import { test } from "node:test";
import { UNKNOWN, Unknown } from "../../../src/domain/decisions/partial.ts";
import {
  isFullyKnown,
  knownPart,
  learn,
  lookUp,
  type PartialValue,
  partialVariables,
} from "../../../src/engine/partial/partialVariables.ts";
import { client, known } from "./support.ts";

const variables = partialVariables(known, "read", "view");
const at = (path: string, from = variables): PartialValue => lookUp(from, path.split("."));
const unknown = (present: boolean, ...not: readonly string[]): PartialValue => ({
  is: "unknown",
  present,
  not,
  lacks: [],
});

test("what the request has is known, what it lacks is known to be absent, and the rest is unknown", () => {
  assert.deepEqual(at("action"), { is: "value", value: "read" });
  assert.deepEqual(at("client.id"), { is: "value", value: client.id });
  assert.deepEqual(at("resource.patient"), { is: "value", value: "p1" });
  assert.deepEqual(at("resource.organization"), { is: "absent" });
  assert.deepEqual(at("resource.none"), { is: "absent" });
  assert.deepEqual(at("none"), { is: "absent" });
  assert.deepEqual(at("resource.labels"), unknown(false));
  assert.deepEqual(at("resource.attributes.level"), unknown(false));
  assert.deepEqual(at("resource.organization.x"), { is: "absent" }, "what is below absence is absent");
  assert.deepEqual(at("resource.patient.x"), { is: "value", value: "p1" }, "a whole value answers for what is in it");
});

test("a text may be known not to be some others", () => {
  const request = { ...known.request, purposeOfUse: new Unknown(["TREAT"]) };
  assert.deepEqual(
    at("purposeOfUse", partialVariables({ ...known, request }, "read", "view")),
    unknown(false, "TREAT"),
  );
});

test("a client without a name has no name", () => {
  const nameless = partialVariables({ ...known, client: { id: "ehr", name: null } }, "read", "view");
  assert.deepEqual(
    [at("client.id", nameless), at("client.name", nameless)],
    [{ is: "value", value: "ehr" }, { is: "absent" }],
  );
});

test("what is learned stands there, and so does all that leads to it; nothing else changes", () => {
  const learned = learn(variables, ["resource", "attributes", "level"], { is: "value", value: 5 });
  assert.deepEqual(at("resource.attributes.level", learned), { is: "value", value: 5 });
  assert.deepEqual(at("resource.attributes.other", learned), unknown(false));
  assert.deepEqual(at("resource.patient", learned), at("resource.patient"));
  assert.deepEqual(at("resource.attributes"), unknown(false), "the old knowledge is as it was");
  const attributes = at("resource.attributes", learned);
  assert.ok(attributes.is === "members" && attributes.others === "unknown");
});

test("fully known is what has no unknown part; the known part of it is what CEL sees", () => {
  assert.ok(isFullyKnown(at("client")) && isFullyKnown(at("resource.organization")));
  assert.ok(!isFullyKnown(at("resource")) && !isFullyKnown(at("resource.labels")));
  assert.deepEqual(knownPart(at("resource")), { type: "Observation", patient: "p1" });
  const whole = { type: "user", id: "ann", organization: null, attributes: { a: 1 } };
  const told = partialVariables({ ...known, request: { ...known.request, subject: whole } }, "read", "view");
  assert.ok(isFullyKnown(at("subject", told)));
  assert.deepEqual(knownPart(at("subject", told)), { type: "user", id: "ann", attributes: { a: 1 } });
});

test("a subject or a context is always there, and has no members where it was not sent", () => {
  const of = (context: typeof known.request.context) =>
    at(
      "context",
      partialVariables({ ...known, request: { ...known.request, subject: null, context } }, "read", "view"),
    );
  assert.deepEqual(of(null), { is: "members", members: new Map(), others: "absent" });
  assert.deepEqual(knownPart(of(null)), {});
  assert.deepEqual(of(UNKNOWN), { is: "members", members: new Map(), others: "unknown" });
  assert.ok(isFullyKnown(of(null)) && !isFullyKnown(of(UNKNOWN)));
});
