import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccessRecord, DecisionRecord } from "../../src/domain/decisions/types.ts";
import type { Purpose } from "../../src/domain/scopes/purposes.ts";
import { decodeDecision, encodeDecision as encode } from "../../src/storage/journal/decisionRow.ts";
import { decision, grantDecision, withRequestId } from "./samples.ts";

const encodeDecision = (record: DecisionRecord) => encode(record, "salt");
const asked = (more: Partial<AccessRecord["request"]>, n = 1): AccessRecord => {
  const record = decision(n);
  return { ...record, request: { ...record.request, ...more } };
};
test("a row follows from its record and its salt alone, and gives it back", () => {
  for (const record of [decision(1), decision(5), withRequestId(decision(2), "q"), grantDecision(3)]) {
    const row = encodeDecision(record);
    assert.deepEqual(decodeDecision(row), record);
    assert.deepEqual(encodeDecision(decodeDecision(row)), row);
  }
});

test("a caller stands beside a request id only", () => {
  assert.equal(encodeDecision(decision(1)).callerId, null);
  assert.equal(encodeDecision(withRequestId(decision(1), "q")).callerId, "key:gateway");
});

/** Ways to put a text into a decision. */
const places: readonly ((text: string) => DecisionRecord)[] = [
  (text) => decision(1, { id: text }),
  (text) => decision(1, { callerId: text }),
  (text) => decision(1, { scope: text }),
  (text) => asked({ clientId: text }),
  (text) => asked({ action: text }),
  (text) => asked({ purposeOfUse: text as Purpose }),
  (text) => asked({ requestId: text }),
  (text) => asked({ subject: { id: text, type: "user", organization: null, roles: null, attributes: null } }),
  (text) => asked({ resource: { ...decision(1).request.resource, type: text } }),
  (text) => asked({ resource: { ...decision(1).request.resource, id: text } }),
  (text) => asked({ resource: { ...decision(1).request.resource, patient: text } }),
  (text) => asked({ resource: { ...decision(1).request.resource, attributes: { a: [{ b: text }] } } }),
  (text) => asked({ resource: { ...decision(1).request.resource, attributes: { [text]: 1 } } }),
  (text) => asked({ scopes: [text] }),
];

test("NUL and unpaired surrogates are refused wherever they stand, and nothing else is", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("\\", "\\u0000", "\\ud800", "u0000", '"', "é", "\u{1f600}", "\ud7ff", "\ue000"))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, fc.constantFrom("", "\0", "\ud800", "\udfff", "\udc00\ud800"), fc.nat(), (around, bad, at) => {
      const place = at % (around.length + 1);
      const spoilt = `${around.slice(0, place)}${bad}${around.slice(place)}`;
      const storable = Buffer.from(spoilt).toString() === spoilt && !spoilt.includes("\0");
      for (const put of places) {
        if (storable) encodeDecision(put(spoilt));
        else assert.throws(() => encodeDecision(put(spoilt)), { code: "BAD_USER_INPUT" });
      }
    }),
  );
});

test("what can't be stored is named by its place", () => {
  const { resource } = decision(1).request;
  const at = (attributes: { [name: string]: string }) => asked({ resource: { ...resource, attributes } });
  assert.throws(() => encodeDecision(at({ a: "\0" })), { message: /^resource\.attributes\.a must not contain NUL/ });
  assert.throws(() => encodeDecision(at({ "\0": "a" })), { message: /^the name of a member of resource\.attributes / });
});

test("what stands in an index has at most 2,500 bytes; elsewhere a text may be long", () => {
  const long = "ä".repeat(1251);
  for (const [i, put] of places.entries()) {
    const indexed = ![1, 4, 5, 8, 11, 12, 13].includes(i);
    if (indexed) assert.throws(() => encodeDecision(put(long)), { code: "BAD_USER_INPUT", message: /2500 bytes/ });
    else encodeDecision(put(long));
  }
  encodeDecision(asked({ clientId: "ä".repeat(1200) }));
  const { resource } = decision(1).request;
  const free = asked({ resource: { ...resource, attributes: { long } } });
  assert.deepEqual(decodeDecision(encodeDecision(free)), free);
});
