import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ALICE,
  ARCHIVED,
  BOB,
  bodyOf,
  changed,
  evaluation,
  fixture,
  homeless,
  type Pdp,
  pep,
  READ,
  RECORD,
  WRITE,
} from "./support.ts";

const ask = { subject: ALICE, action: READ, resource: RECORD };

describe("evaluation", () => {
  const decisions: readonly (readonly [string, object, boolean])[] = [
    ["alice reads", ask, true],
    ["alice writes", { ...ask, action: WRITE }, true],
    ["bob reads", { ...ask, subject: BOB }, true],
    ["bob may not write", { ...ask, subject: BOB, action: WRITE }, false],
    ["alice may not write to the archive", { ...ask, action: WRITE, resource: ARCHIVED }, false],
    [
      "an admin, by the subject's properties, may",
      { subject: { ...BOB, properties: { role: "admin" } }, action: WRITE, resource: ARCHIVED },
      true,
    ],
    ["softly, by the action's properties", { ...ask, action: { name: "delete", properties: { soft: true } } }, true],
    ["not hard", { ...ask, action: { name: "delete", properties: { soft: false } } }, false],
    ["context changes nothing here", { ...ask, context: { time: "2025-06-27T18:03-07:00", ip: "192.168.1.1" } }, true],
    ["unknown members are ignored", { ...ask, foo: "bar", futureField: { nested: true } }, true],
    ["an unknown client is denied", { ...ask, context: { client_id: "other" } }, false],
    ["scopes of the token count", { ...ask, context: { scopes: ["write_record"] } }, false],
    ["scopes as OAuth writes them", { ...ask, context: { scopes: "write_record  read_record" } }, true],
    ["a text without scopes is none", { ...ask, context: { scopes: " " } }, false],
    ["no scopes are no scopes", { ...ask, context: { scopes: [] } }, false],
  ];
  for (const [name, body, decision] of decisions) {
    test(name, async () => {
      const pdp = fixture();
      const reply = await evaluation(pdp, pep, body);
      assert.deepEqual(reply, { status: 200, body: JSON.stringify({ decision }), code: null });
      assert.deepEqual(
        pdp.journal.records.map(({ outcome }) => outcome === "ALLOW"),
        [decision],
      );
    });
  }

  test("every member goes where the documentation says", async () => {
    const pdp = fixture();
    await evaluation(pdp, homeless, {
      subject: { ...ALICE, properties: { organization: "ward", badge: 7 } },
      action: { name: "write", properties: { soft: true } },
      resource: {
        ...RECORD,
        properties: {
          patient: "Patient/ada",
          patients: ["ada", "Patient/bo"],
          organization: "ward",
          labels: ["R"],
          status: "active",
        },
      },
      context: {
        client_id: "app",
        scopes: ["write_record"],
        purpose_of_use: "TREAT",
        patient: "Patient/ada",
        ip_address: "10.0.0.1",
        region: "eu",
      },
    });
    assert.deepEqual(pdp.journal.records[0]?.request, {
      clientId: "app",
      subject: { id: "alice", type: "user", organization: "ward", roles: null, attributes: { badge: 7 } },
      scopes: ["write_record"],
      action: "write",
      resource: {
        type: "record",
        id: "record-1",
        patient: "ada",
        patients: ["ada", "bo"],
        organization: "ward",
        labels: ["R"],
        attributes: { status: "active" },
      },
      purposeOfUse: "TREAT",
      context: {
        patient: "ada",
        ipAddress: "10.0.0.1",
        region: null,
        userAgent: null,
        tokenId: null,
        attributes: { region: "eu", action: { soft: true } },
      },
      requestId: null,
    });
  });

  const problems: readonly (readonly [unknown, string])[] = [
    [undefined, "body: is empty; send a JSON object"],
    [null, "body: must be a JSON object"],
    [[], "body: must be a JSON object"],
    [{}, "subject: is missing (and 2 more)"],
    [{ ...ask, subject: undefined }, "subject: is missing"],
    [{ ...ask, action: undefined }, "action: is missing"],
    [{ ...ask, resource: undefined }, "resource: is missing"],
    [{ ...ask, subject: "alice" }, "subject: must be a JSON object"],
    [{ ...ask, subject: null }, "subject: must be a JSON object"],
    [{ ...ask, subject: { id: "alice" } }, "subject.type: is missing"],
    [{ ...ask, subject: { type: "user" } }, "subject.id: is missing"],
    [{ ...ask, subject: { type: "user", id: 7 } }, "subject.id: must be a string"],
    [{ ...ask, subject: { ...ALICE, properties: [] } }, "subject.properties: must be a JSON object"],
    [{ ...ask, action: {} }, "action.name: is missing"],
    [{ ...ask, action: { name: 123 } }, "action.name: must be a string"],
    [{ ...ask, resource: { id: "x" } }, "resource.type: is missing"],
    [{ ...ask, resource: { type: "record" } }, "resource.id: is missing"],
    [
      { ...ask, resource: { ...RECORD, properties: { labels: "R" } } },
      "resource.properties.labels: must be an array of strings",
    ],
    [
      { ...ask, resource: { ...RECORD, properties: { patients: "ada" } } },
      "resource.properties.patients: must be an array of strings",
    ],
    [
      { ...ask, resource: { type: "Patient", id: "p2", properties: { patient: "p1" } } },
      "resource.properties.patient: must be p2: the patient of a resource of type Patient is its id",
    ],
    [
      { ...ask, resource: { ...RECORD, properties: { patient: "p1", patients: ["p2", "p3"] } } },
      "resource.properties.patient: must be among patients",
    ],
    [
      { ...ask, resource: { ...RECORD, properties: { patients: ["p2", "Patient/"] } } },
      "resource.properties.patients[1]: must be an id, or Patient/ and an id",
    ],
    [{ ...ask, context: "x" }, "context: must be a JSON object"],
    [{ ...ask, context: { client_id: 1 } }, "context.client_id: must be a string"],
    [{ ...ask, context: { scopes: [1] } }, "context.scopes: must be an array of strings"],
    [
      { ...ask, context: { scopes: 1 } },
      "context.scopes: must be an array of strings, or one text with spaces between them",
    ],
    [
      { ...ask, subject: { ...ALICE, properties: { roles: "owner" } } },
      "subject.properties.roles: must be an array of strings",
    ],
    [{ ...ask, subject: { type: "", id: 7 } }, "subject.id: must be a string"],
    [
      { ...ask, subject: { type: "", id: "x" }, context: { patient: "" } },
      "subject.type: must not be empty (and 1 more)",
    ],
    [{ ...ask, options: { explain: "yes" } }, "options.explain: must be true or false"],
    [
      { ...ask, context: { action: 1 }, action: { name: "read", properties: {} } },
      "context.action: can't be given beside action.properties, which take its place",
    ],
    [
      { ...ask, resource: { ...RECORD, properties: { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } } } },
      "resource.properties: must be nested at most 6 levels deep",
    ],
    [{ ...ask, context: { scopes: [1] } }, "context.scopes: must be an array of strings"],
  ];
  for (const [body, message] of problems) {
    test(`400 for ${JSON.stringify(body)}`, async () => {
      const pdp = fixture();
      const reply = await evaluation(pdp, pep, body);
      assert.equal(reply.status, 400);
      assert.deepEqual(bodyOf(reply), { error: { status: 400, code: "BAD_USER_INPUT", message } });
      assert.deepEqual(pdp.journal.records, []);
    });
  }

  const odd: readonly (readonly [object, string])[] = [
    [{ ...ask, subject: { type: "user", id: "" } }, "subject.id: must not be empty"],
    [{ ...ask, subject: { type: "user\n", id: "x" } }, "subject.type: must not contain control"],
    [{ ...ask, resource: { ...RECORD, id: "*" } }, "resource.id: must not be *, which stands for any"],
    [{ ...ask, resource: { ...RECORD, id: "x".repeat(257) } }, "resource.id: must have at most 256 characters"],
    [{ ...ask, resource: { type: "", id: "x" } }, "resource.type: must "],
    [{ ...ask, action: { name: "" } }, "action.name: must "],
    [
      { ...ask, action: { name: "x".repeat(300) }, subject: { type: "", id: "" } },
      "subject.id: must not be empty (and 2 more)",
    ],
  ];
  for (const [body, message] of odd) {
    test(`a denial for ${JSON.stringify(body).slice(0, 150)}, which says why nothing was decided`, async () => {
      const pdp = fixture();
      const reply = await evaluation(pdp, pep, body);
      assert.deepEqual([reply.status, reply.code], [200, null]);
      const { decision, context } = bodyOf(reply);
      assert.deepEqual([decision, Object.keys(context), context.error.status], [false, ["error"], 400]);
      assert.ok(context.error.message.startsWith(message), context.error.message);
      assert.deepEqual(pdp.journal.records, []);
    });
  }

  test("without a client and without a default one it is 400 that names the member", async () => {
    const reply = await evaluation(fixture(), homeless, ask);
    assert.equal(reply.status, 400);
    assert.match(bodyOf(reply).error.message, /^context\.client_id: is missing, and this caller has no default client/);
  });

  test("503 when the journal can't take the record", async () => {
    const pdp = fixture();
    pdp.journal.ready = false;
    const reply = await evaluation(pdp, pep, ask);
    assert.deepEqual([reply.status, reply.code], [503, "JOURNAL_UNAVAILABLE"]);
  });

  test("reasons come when they are asked for, obligations always", async () => {
    const pdp = fixture();
    const plain = { ...ask, action: { name: "search" } };
    const obligations = [
      { id: "log-1", type: "log", properties: { to: "audit" } },
      { id: "note-2", type: "note", properties: {} },
    ];
    assert.deepEqual(bodyOf(await evaluation(pdp, pep, plain)), { decision: true, context: { obligations } });
    const explained = bodyOf(await evaluation(pdp, pep, { ...plain, options: { explain: true, other: 1 } }));
    assert.deepEqual(explained.context.obligations, obligations);
    assert.deepEqual(explained.context.decision_id, pdp.journal.records[1]?.id);
    assert.deepEqual(explained.context.policy_revision, pdp.snapshot.revision);
    assert.deepEqual(
      explained.context.reasons.map(({ code, rule_id }: { code: string; rule_id: string }) => [code, rule_id]),
      [["ALLOWED_BY_RULE", "search"]],
    );
    const denied = bodyOf(
      await evaluation(pdp, pep, { ...ask, subject: { type: "user", id: "eve" }, options: { explain: true } }),
    );
    assert.equal(denied.decision, false);
    assert.ok(denied.context.reasons.length > 0 && !("obligations" in denied.context));
  });

  test("a denial that a scope would mend names it, where it is explained; no other denial does", async () => {
    const named = async (more: object): Promise<unknown> =>
      bodyOf(await evaluation(fixture(), pep, { ...ask, action: WRITE, options: { explain: true }, ...more })).context
        .sufficient_scopes;
    const token = { context: { scopes: ["read_record"] } };
    assert.deepEqual(await named(token), ["write_record"]);
    assert.equal(await named({ ...token, subject: BOB }), undefined, "the rules are what is missing");
    assert.equal(await named({ ...token, action: { name: "fly" } }), undefined, "no scope of the client has it");
    const plain = await evaluation(fixture(), pep, { ...ask, action: WRITE, ...token });
    assert.equal(plain.body, '{"decision":false}');
  });
});

describe("an action by a custom scope's name", () => {
  const asked = ({ journal: { records } }: Pdp) =>
    records.flatMap((record) =>
      record.kind === "ACCESS" ? [{ action: record.request.action, scopes: record.request.scopes }] : [],
    )[0];
  const by = (name: string, more: object = {}) => ({ ...ask, action: { name }, ...more });

  test("is the scope's one action on the type, with that scope alone", async () => {
    const pdp = fixture();
    assert.equal(bodyOf(await evaluation(pdp, pep, by("write_record"))).decision, true);
    assert.deepEqual(asked(pdp), { action: "write", scopes: ["write_record"] });
  });

  test("leaves out search beside another action, since one resource is asked for", async () => {
    const pdp = fixture();
    assert.equal((await evaluation(pdp, pep, by("read_record"))).body, '{"decision":true}');
    assert.deepEqual(asked(pdp), { action: "read", scopes: ["read_record"] });
  });

  test("is a denial when the scope has several, and names them", async () => {
    const pdp = fixture();
    pdp.snapshot = changed(pdp.snapshot, [
      { putScope: { name: "edit_record", atoms: [{ resourceType: "record", actions: ["write", "amend"] }] } },
      { activateScope: { name: "edit_record" } },
    ]);
    const reply = await evaluation(pdp, pep, by("edit_record"));
    assert.deepEqual([reply.status, bodyOf(reply).decision], [200, false]);
    assert.match(
      bodyOf(reply).context.error.message,
      /^action\.name: is a scope with several actions on record \(amend, write\)/,
    );
    assert.deepEqual(pdp.journal.records, []);
  });

  test("does not cover another type", async () => {
    const pdp = fixture();
    const reply = await evaluation(pdp, pep, {
      ...by("write_record", { resource: { type: "user", id: "u" } }),
      options: { explain: true },
    });
    assert.equal(bodyOf(reply).decision, false);
    assert.equal(bodyOf(reply).context.reasons[0].code, "SCOPE_DOES_NOT_COVER");
  });

  test("is no such thing beside context.scopes, for a draft, and for FHIR's interactions", async () => {
    const pdp = fixture();
    assert.equal(
      (await evaluation(pdp, pep, by("write_record", { context: { scopes: ["write_record"] } }))).body,
      '{"decision":false}',
    );
    pdp.snapshot = changed(pdp.snapshot, [
      { putScope: { name: "write", atoms: [{ resourceType: "record", actions: ["other"] }] } },
      { putScope: { name: "read", atoms: [{ resourceType: "record", actions: ["other"] }] } },
      { activateScope: { name: "read" } },
    ]);
    assert.equal((await evaluation(pdp, pep, by("write"))).body, '{"decision":true}');
    assert.equal((await evaluation(pdp, pep, by("read"))).body, '{"decision":true}');
  });
});
