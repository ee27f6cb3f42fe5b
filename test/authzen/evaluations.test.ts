import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ALICE, ARCHIVED, BOB, bodyOf, evaluations, fixture, pep, READ, RECORD, WRITE } from "./support.ts";

const yes = { decision: true };
const no = { decision: false };
const read = { subject: ALICE, action: READ, resource: RECORD };
const bobWrites = { subject: BOB, action: WRITE, resource: RECORD };

async function answers(body: unknown, expected: unknown): Promise<void> {
  const reply = await evaluations(fixture(), pep, body);
  assert.equal(reply.status, 200, reply.body);
  assert.equal(reply.body, JSON.stringify(expected));
}

describe("evaluations", () => {
  test("without items it is one evaluation", async () => {
    await answers(read, yes);
    await answers({ ...read, evaluations: [] }, yes);
    const reply = await evaluations(fixture(), pep, { subject: ALICE, evaluations: [] });
    assert.equal(reply.status, 400);
  });

  test("items come back in their order", () =>
    answers({ evaluations: [read, bobWrites, read] }, { evaluations: [yes, no, yes] }));

  test("the top level gives defaults, and an item replaces whole entities", async () => {
    await answers(
      { subject: BOB, resource: RECORD, evaluations: [{ action: READ }, { action: WRITE }] },
      { evaluations: [yes, no] },
    );
    await answers(
      { action: WRITE, resource: ARCHIVED, evaluations: [{ subject: ALICE }, { subject: ALICE, resource: RECORD }] },
      { evaluations: [no, yes] },
    );
    // Not merged: the default's type does not complete the item's id.
    const reply = await evaluations(fixture(), pep, { ...read, evaluations: [{ resource: { id: "record-1" } }] });
    assert.deepEqual(bodyOf(reply).evaluations[0].context.error, { status: 400, message: "resource.type: is missing" });
  });

  test("a context replaces the default one whole", () =>
    answers(
      { ...read, context: { client_id: "other" }, evaluations: [{}, { context: {} }] },
      { evaluations: [no, yes] },
    ));

  test("an item that contradicts itself fails alone", async () => {
    const patient = { type: "Patient", id: "p2", properties: { patient: "Patient/p1" } };
    const reply = await evaluations(fixture(), pep, { ...read, evaluations: [{}, { resource: patient }] });
    const message = "resource.properties.patient: must be p2: the patient of a resource of type Patient is its id";
    assert.deepEqual(bodyOf(reply), {
      evaluations: [yes, { decision: false, context: { error: { status: 400, message } } }],
    });
  });

  test("one bad item does not fail the others, and is no decision", async () => {
    const pdp = fixture();
    const body = {
      subject: ALICE,
      action: READ,
      evaluations: [{ resource: RECORD }, {}, 7, { resource: { type: "record", id: "" } }, { resource: RECORD }],
    };
    const reply = await evaluations(pdp, pep, body);
    const error = (message: string) => ({ decision: false, context: { error: { status: 400, message } } });
    assert.deepEqual(bodyOf(reply), {
      evaluations: [
        yes,
        error("resource: is missing"),
        error("evaluation: must be a JSON object"),
        error("resource.id: must not be empty"),
        yes,
      ],
    });
    assert.equal(pdp.journal.records.length, 2);
  });

  const semantics: readonly (readonly [string, readonly unknown[], readonly object[]])[] = [
    ["execute_all", [read, bobWrites, read], [yes, no, yes]],
    ["deny_on_first_deny", [read, bobWrites, read], [yes, no]],
    ["deny_on_first_deny", [read, read], [yes, yes]],
    ["permit_on_first_permit", [bobWrites, read, read], [no, yes]],
    ["permit_on_first_permit", [bobWrites, bobWrites], [no, no]],
  ];
  for (const [semantic, items, expected] of semantics) {
    test(`${semantic} of ${items.length} answers ${expected.length}, and records as many`, async () => {
      const pdp = fixture();
      const reply = await evaluations(pdp, pep, { evaluations: items, options: { evaluations_semantic: semantic } });
      assert.equal(reply.body, JSON.stringify({ evaluations: expected }));
      assert.equal(pdp.journal.records.length, expected.length);
    });
  }

  test("an item that is no question is a denial for the semantics", async () => {
    const body = (evaluations_semantic: string) => ({
      evaluations: [{}, read, read],
      options: { evaluations_semantic },
    });
    assert.equal(bodyOf(await evaluations(fixture(), pep, body("deny_on_first_deny"))).evaluations.length, 1);
    assert.equal(bodyOf(await evaluations(fixture(), pep, body("permit_on_first_permit"))).evaluations.length, 2);
  });

  test("reasons on demand, for each", async () => {
    const reply = await evaluations(fixture(), pep, { evaluations: [read, bobWrites], options: { explain: true } });
    for (const { context } of bodyOf(reply).evaluations) assert.ok(context.reasons.length > 0);
  });

  test("400 as a whole for what concerns the whole", async () => {
    for (const [body, message] of [
      [{ evaluations: {} }, /^evaluations: must be an array/],
      [
        { evaluations: [read], options: { evaluations_semantic: "all" } },
        /^options\.evaluations_semantic: must be one of/,
      ],
      [{ evaluations: [read], options: [] }, /^options: must be a JSON object/],
      [{ evaluations: Array.from({ length: 101 }, () => read) }, /^evaluations: must have at most 100 items, not 101/],
    ] as const) {
      const pdp = fixture();
      const reply = await evaluations(pdp, pep, body);
      assert.equal(reply.status, 400);
      assert.match(bodyOf(reply).error.message, message);
      assert.equal(pdp.journal.records.length, 0);
    }
    const pdp = fixture();
    pdp.journal.ready = false;
    assert.equal((await evaluations(pdp, pep, { evaluations: [read, {}] })).status, 503);
  });
});

test("defaults count for each item that they stand for: what that comes to is bounded before anything is read", async () => {
  const pdp = { ...fixture(), bytes: 10_000 };
  const evaluationsOf = (n: number) => Array.from({ length: n }, () => ({}));
  const ask = (n: number, text: string) => ({
    subject: ALICE,
    action: READ,
    resource: RECORD,
    context: { text },
    evaluations: evaluationsOf(n),
  });
  const refused = await evaluations(pdp, pep, ask(100, "x".repeat(100)));
  assert.equal(refused.status, 400);
  assert.match(
    bodyOf(refused).error.message,
    /with the defaults written out for each item they come to \d{5} bytes, of at most 10000/,
  );
  assert.equal(pdp.journal.records.length, 0);
  assert.equal((await evaluations(pdp, pep, ask(20, "x".repeat(100)))).status, 200);
  // What an item has of its own stands in the request, whose bytes are counted.
  const own = {
    ...ask(0, "x".repeat(100)),
    evaluations: evaluationsOf(100).map(() => ({ subject: ALICE, action: READ, resource: RECORD, context: {} })),
  };
  assert.equal((await evaluations(pdp, pep, own)).status, 200);
});
