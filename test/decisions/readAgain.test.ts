import assert from "node:assert/strict";
import { test } from "node:test";
import { readAgain } from "../../src/domain/decisions/readAgain.ts";
import type { DecisionRecord } from "../../src/domain/decisions/types.ts";
import { decision } from "../storage/samples.ts";

const CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";

function older(semantics: number): DecisionRecord {
  const record = decision(1);
  const resource = { ...record.request.resource, labels: [`${CONFIDENTIALITY}|R`, "r", "sud"] };
  return {
    ...record,
    semantics,
    request: { ...record.request, purposeOfUse: "btg", resource },
  } as unknown as DecisionRecord;
}

test("a record of older semantics is read as a request is, and keeps what it says beside it", () => {
  const { request } = readAgain(older(7));
  assert.ok("resource" in request);
  assert.deepEqual(
    [request.purposeOfUse, request.resource.labels, request.asSent],
    ["BTG", ["R", "SUD"], { labels: [`${CONFIDENTIALITY}|R`, "r", "sud"], purposeOfUse: "btg" }],
  );
});

test("one that is in the one form, and one of today's semantics, is itself", () => {
  const plain = { ...decision(1), semantics: 7 };
  assert.equal(readAgain(plain), plain);
  const today = older(8);
  assert.equal(readAgain(today), today);
});
