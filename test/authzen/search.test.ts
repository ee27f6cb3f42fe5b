import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { directoryOf } from "../../src/domain/directory/directory.ts";
import {
  ALICE,
  ARCHIVED,
  BOB,
  bodyOf,
  changed,
  fixture,
  type Pdp,
  pep,
  READ,
  RECORD,
  searchAction,
  searchResource,
  searchSubject,
  WRITE,
} from "./support.ts";

const who = { subject: { type: "user" }, action: READ, resource: RECORD };
const what = { subject: ALICE, resource: RECORD };
const users = (...ids: string[]) => ids.map((id) => ({ type: "user", id }));

describe("subject search", () => {
  test("finds who evaluates to true, and journals nothing", async () => {
    const pdp = fixture();
    const reply = await searchSubject(pdp, pep, who);
    assert.equal(reply.body, JSON.stringify({ page: { next_token: "" }, results: users("alice", "bob") }));
    assert.deepEqual(bodyOf(await searchSubject(pdp, pep, { ...who, action: WRITE })).results, users("alice"));
    assert.deepEqual(bodyOf(await searchSubject(pdp, pep, { ...who, action: WRITE, resource: ARCHIVED })).results, []);
    assert.equal(pdp.journal.records.length, 0);
  });

  test("ignores all but the type of whom it searches", async () => {
    const subject = { type: "user", id: 7, properties: { role: "admin" } };
    assert.deepEqual(
      bodyOf(await searchSubject(fixture(), pep, { ...who, subject, action: WRITE, resource: ARCHIVED })).results,
      [],
    );
  });

  test("an unknown type, client, resource or action gives no results and no error", async () => {
    for (const body of [
      { ...who, subject: { type: "spaceship" } },
      { ...who, resource: { type: "planet", id: "x" } },
      { ...who, action: { name: "fly" } },
      { ...who, context: { client_id: "nobody" } },
      // Whatever they are called.
      { ...who, subject: { type: "" } },
      { ...who, subject: { type: " user" } },
      { ...who, resource: { type: "a planet\u0007", id: "x" } },
      { ...who, resource: { type: "x".repeat(300), id: "x" } },
      { ...who, resource: { ...RECORD, id: "*" } },
      { ...who, action: { name: "" } },
      { ...who, action: { name: "x".repeat(300) } },
    ]) {
      assert.equal((await searchSubject(fixture(), pep, body)).body, '{"page":{"next_token":""},"results":[]}');
    }
  });

  test("400 for what is missing or mistyped", async () => {
    for (const [body, message] of [
      [{ ...who, action: undefined }, "action: is missing"],
      [{ ...who, subject: {} }, "subject.type: is missing"],
      [{ ...who, resource: { type: "record" } }, "resource.id: is missing"],
      [{ ...who, page: [] }, "page: must be a JSON object"],
      [{ ...who, page: { limit: "5" } }, "page.limit: must be a whole number from 0 to 1000"],
      [{ ...who, page: { limit: -1 } }, "page.limit: must be a whole number from 0 to 1000"],
      [{ ...who, page: { token: 5 } }, "page.token: must be a string"],
      [{ ...who, page: { token: "xyz" } }, "page.token: must be the next_token of an earlier page of this same search"],
      [{ ...who, context: { patient: "" } }, "context.patient: must not be empty"],
    ] as const) {
      const reply = await searchSubject(fixture(), pep, body);
      assert.deepEqual([reply.status, bodyOf(reply).error.message], [400, message]);
    }
  });
});

describe("resource search", () => {
  const which = { subject: ALICE, action: WRITE, resource: { type: "record" } };
  const stocked = (): Pdp => {
    const pdp = fixture();
    pdp.directory = directoryOf(
      [
        { type: "record", id: "record-1", properties: null, version: 1 },
        { type: "record", id: "record-2", properties: { status: "archived" }, version: 1 },
        { type: "user", id: "bob", properties: { role: "admin" }, version: 1 },
        { type: "robot", id: "r2", properties: null, version: 1 },
      ],
      1,
    );
    return pdp;
  };

  test("finds what is registered and evaluates to true, by its properties", async () => {
    const pdp = stocked();
    assert.equal(
      (await searchResource(pdp, pep, which)).body,
      '{"page":{"next_token":""},"results":[{"type":"record","id":"record-1"}]}',
    );
    const admin = { ...which, subject: { ...BOB, properties: { role: "admin" } } };
    assert.deepEqual(bodyOf(await searchResource(pdp, pep, admin)).results, [
      { type: "record", id: "record-2", properties: { status: "archived" } },
    ]);
    assert.equal(pdp.journal.records.length, 0);
  });

  test("a registered subject is found by its properties, too", async () => {
    const question = { subject: { type: "user" }, action: WRITE, resource: ARCHIVED };
    assert.deepEqual(bodyOf(await searchSubject(stocked(), pep, question)).results, [
      { type: "user", id: "bob", properties: { role: "admin" } },
    ]);
    const robots = bodyOf(await searchSubject(stocked(), pep, { ...question, subject: { type: "robot" } }));
    assert.deepEqual(robots.results, []);
  });

  test("an unknown type gives no results, and a missing member is 400", async () => {
    const none = '{"page":{"next_token":""},"results":[]}';
    assert.equal((await searchResource(stocked(), pep, { ...which, resource: { type: "planet" } })).body, none);
    assert.equal((await searchResource(stocked(), pep, { ...which, subject: { type: "user", id: "eve" } })).body, none);
    for (const [body, message] of [
      [{ ...which, subject: undefined }, "subject: is missing"],
      [{ ...which, subject: { type: "user" } }, "subject.id: is missing"],
      [{ ...which, action: undefined }, "action: is missing"],
      [{ ...which, resource: {} }, "resource.type: is missing"],
    ] as const) {
      const reply = await searchResource(stocked(), pep, body);
      assert.deepEqual([reply.status, bodyOf(reply).error.message], [400, message]);
    }
  });
});

describe("action search", () => {
  test("finds the actions, and no scope by its own name where its action stands", async () => {
    const pdp = fixture();
    const { results } = bodyOf(await searchAction(pdp, pep, what));
    assert.deepEqual(
      results.map(({ name }: { name: string }) => name),
      ["read", "search", "write"],
    );
    assert.equal(pdp.journal.records.length, 0);
  });

  test("a result has the obligations that an evaluation of it would have", async () => {
    const { results } = bodyOf(await searchAction(fixture(), pep, what));
    const search = results.find(({ name }: { name: string }) => name === "search");
    assert.deepEqual(
      search.context.obligations.map(({ id }: { id: string }) => id),
      ["log-1", "note-2"],
    );
  });

  test("uses the subject's properties; with the token's scopes, only those", async () => {
    const admin = { subject: { ...BOB, properties: { role: "admin" } }, resource: ARCHIVED };
    const names = async (body: object): Promise<string[]> =>
      bodyOf(await searchAction(fixture(), pep, body)).results.map(({ name }: { name: string }) => name);
    assert.ok((await names(admin)).includes("write"));
    assert.deepEqual(await names({ ...what, context: { scopes: ["write_record"] } }), ["write"]);
    assert.deepEqual(await names({ ...what, subject: { type: "user", id: "eve" } }), []);
  });

  test("FHIR's interactions are looked at, whether or not a registered scope has them", async () => {
    const pdp = fixture();
    pdp.snapshot = changed(pdp.snapshot, [
      { grantScope: { clientId: "app", scope: "user/Observation.cu" } },
      {
        putRule: {
          id: "record",
          role: "owner",
          resourceType: "Observation",
          effect: "ALLOW",
          justification: "This policy is for a test.",
          scope: "*",
          action: "*",
        },
      },
    ]);
    const { results } = bodyOf(await searchAction(pdp, pep, { ...what, resource: { type: "Observation", id: "o" } }));
    assert.deepEqual(results, [{ name: "create" }, { name: "update" }]);
  });

  test("400 without a resource", async () => {
    const reply = await searchAction(fixture(), pep, { subject: ALICE });
    assert.deepEqual([reply.status, bodyOf(reply).error.message], [400, "resource: is missing"]);
  });
});

describe("pages", () => {
  async function walk(pdp: Pdp, body: object, page: object): Promise<{ ids: string[]; pages: number }> {
    const ids: string[] = [];
    let next: object = page;
    for (let pages = 1; ; pages++) {
      const answer = bodyOf(await searchSubject(pdp, pep, { ...body, page: next }));
      ids.push(...answer.results.map(({ id }: { id: string }) => id));
      if (answer.page.next_token === "") return { ids, pages };
      next = { token: answer.page.next_token };
    }
  }

  test("have the limit of the first one, and come to an end", async () => {
    const pdp = fixture();
    assert.deepEqual(await walk(pdp, who, { limit: 1 }), { ids: ["alice", "bob"], pages: 2 });
    const first = bodyOf(await searchSubject(pdp, pep, { ...who, page: { limit: 1 } }));
    const { next_token: token } = first.page;
    assert.equal((await searchSubject(pdp, pep, { ...who, page: { token, limit: 1 } })).status, 200);
    assert.equal((await searchSubject(pdp, pep, { ...who, page: { token, limit: 2 } })).status, 400);
    const none = bodyOf(await searchSubject(pdp, pep, { ...who, page: { limit: 0 } }));
    assert.deepEqual(none.results, []);
    assert.notEqual(none.page.next_token, "");
  });

  test("a token is good for its own search only", async () => {
    const pdp = fixture();
    const { next_token: token } = bodyOf(await searchSubject(pdp, pep, { ...who, page: { limit: 1 } })).page;
    for (const other of [
      { ...who, action: WRITE },
      { ...who, resource: ARCHIVED },
      { ...who, context: { purpose_of_use: "TREAT" } },
      { ...who, subject: { type: "robot" } },
    ])
      assert.equal((await searchSubject(pdp, pep, { ...other, page: { token } })).status, 400);
    assert.equal((await searchAction(pdp, pep, { ...what, page: { token } })).status, 400);
  });

  /** A policy with many users, of whom alice, bob and zoe are readers. */
  function crowded(count: number): Pdp {
    const pdp = fixture();
    const many = Array.from({ length: count }, (_, i) => `n${String(i).padStart(6, "0")}`);
    pdp.snapshot = changed(pdp.snapshot, [
      { putRole: { name: "nothing" } },
      ...many.map((subjectId) => ({ assignRole: { subjectId, role: "nothing", organization: "*" } })),
      { assignRole: { subjectId: "zoe", role: "reader", organization: "*" } },
    ]);
    return pdp;
  }

  test("are filled up to their limit, however many have to be looked at, in turns with all else", async () => {
    const pdp = crowded(2_010);
    const pieces: number[] = [];
    const turns = {
      take(work: number) {
        pieces.push(work);
        return null;
      },
    };
    const page = bodyOf(await searchSubject({ ...pdp, turns }, pep, { ...who, page: { limit: 3 } }));
    assert.deepEqual(page, { page: { next_token: "" }, results: users("alice", "bob", "zoe") });
    assert.ok(pieces.length > 30 && Math.max(...pieces) < 100, String(pieces));
    const first = bodyOf(await searchSubject(pdp, pep, { ...who, page: { limit: 2 } }));
    assert.deepEqual(first.results, users("alice", "bob"));
    const second = bodyOf(await searchSubject(pdp, pep, { ...who, page: { token: first.page.next_token } }));
    assert.deepEqual(second.results, users("zoe"));
  });

  test("look at a bounded number of candidates, and nobody is lost", async () => {
    const pdp = { ...crowded(210), scanned: 100 };
    assert.deepEqual(await walk(pdp, who, {}), { ids: ["alice", "bob", "zoe"], pages: 3 });
  });

  test("a change of the policy between two pages is told, and the walk goes on in the new policy", async () => {
    const pdp = fixture();
    const { next_token: token } = bodyOf(await searchSubject(pdp, pep, { ...who, page: { limit: 1 } })).page;
    pdp.snapshot = changed(pdp.snapshot, [
      { unassignRole: { subjectId: "bob", role: "reader", organization: "*" } },
      { assignRole: { subjectId: "carl", role: "reader", organization: "*" } },
    ]);
    assert.deepEqual(bodyOf(await searchSubject(pdp, pep, { ...who, page: { token } })), {
      page: { next_token: "" },
      context: { policy_changed: { from: 1, to: 2 } },
      results: users("carl"),
    });
  });
});
