import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { AUTHORIZE, applyPolicy, startService } from "./support.ts";

const opened: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.parse("2026-11-02T08:00:00Z");

const REQUEST = `{ id state by { callerId type id name } subjectId subjectType role organization clientId scope
  minutes reason at until decidedBy { id type name } decidedAt decisionReason returnedBy { id type name } returnedAt returnReason accessRevision policyRevision }`;

const POLICY = [
  { putRole: { name: "nurse" } },
  { putRole: { name: "night-nurse" } },
  { putClient: { id: "ehr", name: "Records" } },
  { putClient: { id: "reports", name: "Reports" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  {
    putRule: {
      id: "nurses",
      role: "nurse",
      scope: "view_labs",
      action: "read",
      resourceType: "Observation",
      effect: "ALLOW",
    },
  },
  { putOrganization: { id: "ward", settings: { accessRequestMaxMinutes: 240 } } },
  { putOrganization: { id: "*", settings: { accessRequestMaxMinutes: 60 } } },
  { putOrganization: { id: "closed-ward", settings: { patientScopesReachShared: false } } },
];

/** The service with two admins, a reviewer and two programs that ask for others, on a clock that a test sets. */
async function world({ fourEyes = false }: { readonly fourEyes?: boolean } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "scopewarden-access-requests-"));
  const database = { DATABASE_URL: `sqlite:${join(folder, "test.db")}` };
  const time = { now: START };
  const options = { clock: () => time.now };
  const open = await startService(database, options);
  const seeded = await applyPolicy(open, POLICY);
  assert.equal(seeded.body.errors, undefined, seeded.text);
  type Owner = { readonly id: string; readonly type?: string } | null;
  const keyOn = async (on: typeof open, roles: readonly string[], subject: Owner) => {
    const { body, text } = await on.ask(
      'mutation($roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: "a key", roles: $roles, subject: $subject }, reason: "test") { key apiKey { id } } }',
      { variables: { roles, subject } },
    );
    assert.equal(body.errors, undefined, text);
    return { key: body.data.createApiKey.key as string, id: body.data.createApiKey.apiKey.id as string };
  };
  // Under four eyes keys are proposed: these are made before.
  const [ada, ben, rita] = [
    await keyOn(open, ["ADMIN"], { id: "ada" }),
    await keyOn(open, ["ADMIN"], { id: "ben" }),
    await keyOn(open, ["REVIEWER"], { id: "rita" }),
  ];
  const [portal, kiosk] = [
    await keyOn(open, ["SERVICE"], { type: "client", id: "portal" }),
    await keyOn(open, ["SERVICE"], { type: "client", id: "kiosk" }),
  ];
  await open.stop();
  const service = await startService({ ...database, ...(fourEyes ? { SCOPEWARDEN_FOUR_EYES: "on" } : {}) }, options);
  opened.push(() => rm(folder, { recursive: true, force: true }));
  opened.push(service.stop);
  const key = (roles: readonly string[], subject: Owner) => keyOn(service, roles, subject);
  const ask = async (by: string, query: string, variables: unknown = {}) => {
    const { body, status } = await service.ask(query, { key: by, variables });
    return { body, status, error: body?.errors?.[0] };
  };
  const data = async (by: string, query: string, variables: unknown = {}) => {
    const { body } = await ask(by, query, variables);
    assert.equal(body?.errors, undefined, JSON.stringify(body));
    // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
    return Object.values(body.data)[0] as any;
  };
  const standing = async () => {
    const { storage, domain } = service.app;
    const requests = await storage.accessRequests.page({ filter: {}, now: time.now, page: { first: 50, after: null } });
    return JSON.stringify([domain.policy.current().revision, requests.items.map(({ node }) => node)]);
  };
  /** It is refused with this code, and nothing changes. */
  const refused = async (code: string, by: string, [query, variables]: readonly [string, unknown]) => {
    const was = await standing();
    const { error, body } = await ask(by, query, variables);
    assert.equal(error?.extensions?.code, code, JSON.stringify(body));
    assert.equal(await standing(), was);
    return error as { message: string; extensions: { problems?: { path: string; message: string }[] } };
  };
  const REQUESTING = `mutation($input: RequestAccessInput!) { requestAccess(input: $input) ${REQUEST} }`;
  const DECIDING = `mutation($id: ID!, $approve: Boolean!) { decideAccessRequest(id: $id, approve: $approve, reason: "I know of it") ${REQUEST} }`;
  const RETURNING = `mutation($id: ID!, $reason: String) { returnAccess(id: $id, reason: $reason) ${REQUEST} }`;
  const requesting = (input: object) => [REQUESTING, { input: { reason: "a test", ...input } }] as const;
  const deciding = (id: string, approve = true) => [DECIDING, { id, approve }] as const;
  const returning = (id: string, reason?: string) => [RETURNING, { id, reason }] as const;
  const authorize = async (subject = "nora", organization = "ward") => {
    const input = {
      clientId: "ehr",
      subject: { id: subject },
      scopes: ["view_labs"],
      action: "read",
      resource: { type: "Observation", id: "o", organization },
    };
    return (await service.ask(AUTHORIZE, { variables: { input } })).body.data.authorize.outcome;
  };
  return {
    service,
    time,
    key,
    ask,
    data,
    refused,
    requesting,
    deciding,
    returning,
    authorize,
    ada: ada.key,
    ben: ben.key,
    rita: rita.key,
    portal: portal.key,
    kiosk: kiosk.key,
    ids: { ada: ada.id, ben: ben.id, rita: rita.id, portal: portal.id },
    asks: (by: string, input: object) => data(by, ...requesting(input)),
    decide: (by: string, id: string, approve = true) => data(by, ...deciding(id, approve)),
    giveBack: (by: string, id: string, reason?: string) => data(by, ...returning(id, reason)),
    assignments: async (subjectId: string) =>
      (
        await data(
          ada.key,
          `{ assignments(filter: { subjectId: "${subjectId}" }) { edges { node { role organization validFrom validUntil } } } }`,
        )
      ).edges.map(({ node }: { node: unknown }) => node),
    at: (minutes: number) => new Date(START + minutes * MINUTE).toISOString(),
  };
}

const NORA = { subject: { id: "nora" }, role: "nurse", organization: "ward", minutes: 120 };

describe("access for a while", () => {
  test("is asked for, approved by somebody else, allows, and ends by itself", async () => {
    const w = await world();
    assert.equal(await w.authorize(), "DENY");
    const asked = await w.asks(w.portal, NORA);
    assert.deepEqual(asked, {
      id: asked.id,
      state: "OPEN",
      by: { callerId: `key:${w.ids.portal}`, type: "client", id: "portal", name: "a key" },
      subjectId: "nora",
      subjectType: "user",
      role: "nurse",
      organization: "ward",
      clientId: null,
      scope: null,
      minutes: 120,
      reason: "a test",
      at: w.at(0),
      until: new Date(START + 7 * DAY).toISOString(),
      decidedBy: null,
      decidedAt: null,
      decisionReason: null,
      returnedBy: null,
      returnedAt: null,
      returnReason: null,
      accessRevision: null,
      policyRevision: 1,
    });
    assert.equal(await w.authorize(), "DENY");
    w.time.now += 10 * MINUTE;
    const approved = await w.decide(w.ada, asked.id);
    assert.deepEqual(
      [approved.state, approved.until, approved.decidedAt, approved.decisionReason, approved.accessRevision],
      ["APPROVED", w.at(130), w.at(10), "I know of it", 2],
    );
    // One assignment with an end, and nothing else.
    const revision = await w.data(
      w.ada,
      "{ policyRevision(revision: 2) { by { callerId } reason changes { summary } } }",
    );
    assert.equal(revision.by.callerId, `key:${w.ids.ada}`);
    assert.equal(revision.changes.length, 1);
    assert.deepEqual(await w.assignments("nora"), [
      { role: "nurse", organization: "ward", validFrom: w.at(10), validUntil: w.at(130) },
    ]);
    assert.equal(await w.authorize(), "ALLOW");
    assert.equal(await w.authorize("nora", "other-ward"), "DENY");
    w.time.now = START + 130 * MINUTE - 1;
    assert.equal(await w.authorize(), "ALLOW");
    w.time.now += 1;
    assert.equal(await w.authorize(), "DENY");
    const read = await w.data(w.portal, `{ accessRequest(id: "${asked.id}") { state } }`);
    assert.equal(read.state, "EXPIRED");
    await w.refused("CONFLICT", w.portal, w.returning(asked.id));
  });

  test("is given back early, and the next decision is denied", async () => {
    const w = await world();
    const { id } = await w.asks(w.portal, NORA);
    await w.decide(w.ada, id);
    assert.equal(await w.authorize(), "ALLOW");
    // Whoever asked, or has it; somebody else who is no admin may not.
    await w.refused("FORBIDDEN", w.rita, w.returning(id));
    await w.refused("NOT_FOUND", w.kiosk, w.returning(id));
    await w.refused("BAD_USER_INPUT", w.portal, w.returning(id, " "));
    w.time.now += 30 * MINUTE;
    const returned = await w.giveBack(w.portal, id, "done for today");
    assert.deepEqual(
      [returned.state, returned.returnedAt, returned.returnReason, returned.policyRevision],
      ["RETURNED", w.at(30), "done for today", 3],
    );
    assert.equal(await w.authorize(), "DENY");
    assert.deepEqual(await w.assignments("nora"), []);
    await w.refused("CONFLICT", w.portal, w.returning(id));
    await w.refused("CONFLICT", w.ada, w.deciding(id));
    // What is open is withdrawn, and can't be approved any more.
    const open = await w.asks(w.portal, NORA);
    assert.equal((await w.giveBack(w.ben, open.id)).state, "RETURNED");
    await w.refused("CONFLICT", w.ada, w.deciding(open.id));
    assert.equal(await w.authorize(), "DENY");
  });

  test("is given back by whom it is for and by another key of who asked, whatever their roles; by no stranger", async () => {
    const w = await world();
    const ONE = "query($id: ID!) { accessRequest(id: $id) { id state } }";
    const keyOf = async (roles: readonly string[], subject: { readonly id: string; readonly type?: string } | null) =>
      (await w.key(roles, subject)).key;
    const strangers = [
      w.kiosk,
      await keyOf(["SERVICE"], null),
      await keyOf(["CONSENT"], null),
      await keyOf(["CONSENT"], { id: "noa" }),
      await keyOf(["SERVICE"], { type: "client", id: "nora" }),
      await keyOf(["SERVICE"], { type: "user", id: "portal" }),
    ];
    for (const [roles, subject] of [
      [["CONSENT"], { id: "nora" }],
      [["SERVICE"], { type: "user", id: "nora" }],
      [["SERVICE"], { type: "client", id: "portal" }],
    ] as const) {
      const { id } = await w.asks(w.portal, NORA);
      await w.decide(w.ada, id);
      for (const by of strangers) {
        await w.refused("NOT_FOUND", by, w.returning(id));
        assert.equal(await w.data(by, ONE, { id }), null);
      }
      const own = await keyOf(roles, subject);
      assert.deepEqual(await w.data(own, ONE, { id }), { id, state: "APPROVED" });
      assert.deepEqual((await w.data(own, "{ accessRequests { edges { node { id } } } }")).edges, []);
      assert.equal((await w.giveBack(own, id, "no more patients")).state, "RETURNED");
      assert.equal(await w.authorize(), "DENY");
    }
    // What is open is withdrawn.
    const open = await w.asks(w.portal, NORA);
    assert.equal((await w.giveBack(await keyOf(["CONSENT"], { id: "nora" }), open.id)).state, "RETURNED");
  });

  test("of oneself is asked for with one's own key, and of a scope for a client", async () => {
    const w = await world();
    const own = await w.asks(w.rita, { role: "nurse", organization: "ward", minutes: 5 });
    assert.deepEqual([own.subjectId, own.subjectType], ["rita", "user"]);
    await w.decide(w.ada, own.id);
    assert.equal(await w.authorize("rita"), "ALLOW");
    const scope = await w.asks(w.rita, { clientId: "reports", scope: "view_labs", minutes: 60 });
    assert.deepEqual([scope.subjectId, scope.clientId, scope.scope], [null, "reports", "view_labs"]);
    await w.decide(w.ben, scope.id);
    const grants = async () =>
      (
        await w.data(
          w.ada,
          '{ grants(filter: { clientId: "reports" }) { edges { node { scope validFrom validUntil } } } }',
        )
      ).edges.map(({ node }: { node: unknown }) => node);
    assert.deepEqual(await grants(), [{ scope: "view_labs", validFrom: w.at(0), validUntil: w.at(60) }]);
    await w.giveBack(w.rita, scope.id);
    assert.deepEqual(await grants(), []);
  });

  test("is never decided by who asked or whom it is for, by whatever key, nor by who is no admin", async () => {
    const w = await world();
    const bens = await w.asks(w.ben, { role: "nurse", organization: "ward", minutes: 5 });
    const second = await w.key(["ADMIN"], { id: "ben" });
    for (const by of [w.ben, second.key]) {
      const error = await w.refused("FORBIDDEN", by, w.deciding(bens.id));
      assert.match(error.message, /somebody else than who asked and whom it is for/);
      await w.refused("FORBIDDEN", by, w.deciding(bens.id, false));
    }
    // A program asked for ada, who may not approve it all the same.
    const adas = await w.asks(w.portal, { ...NORA, subject: { id: "ada" } });
    await w.refused("FORBIDDEN", w.ada, w.deciding(adas.id));
    // A second key for deciding, of the program that asked.
    const program = await w.key(["ADMIN"], { type: "client", id: "portal" });
    await w.refused("FORBIDDEN", program.key, w.deciding(adas.id));
    for (const by of [w.rita, w.portal]) await w.refused("FORBIDDEN", by, w.deciding(adas.id));
    // The key of the configuration may be anybody's.
    const { error } = await w.ask("test-admin-key-0123456789abcdef0123456789", ...w.deciding(adas.id));
    assert.equal(error.extensions.code, "FORBIDDEN");
    assert.equal((await w.decide(w.ben, adas.id)).state, "APPROVED");
    assert.equal((await w.decide(w.ada, bens.id, false)).state, "REFUSED");
    assert.equal(await w.authorize("ben"), "DENY");
  });

  test("is answered once: not again, not after its time, not once more for what is held", async () => {
    const w = await world();
    const refused = await w.asks(w.portal, NORA);
    await w.decide(w.ada, refused.id, false);
    for (const approve of [true, false]) {
      const error = await w.refused("CONFLICT", w.ben, w.deciding(refused.id, approve));
      assert.match(error.message, /is refused, not open/);
    }
    const late = await w.asks(w.portal, NORA);
    const again = await w.refused("CONFLICT", w.portal, w.requesting(NORA));
    assert.match(again.message, /asked for already/);
    w.time.now += 7 * DAY;
    const error = await w.refused("CONFLICT", w.ada, w.deciding(late.id));
    assert.match(error.message, /is expired, not open/);
    assert.equal(await w.authorize(), "DENY");
    const asked = await Promise.all([1, 2, 3].map(() => w.ask(w.portal, ...w.requesting(NORA))));
    const codes = asked.map(({ error: of }) => of?.extensions?.code ?? "done");
    assert.deepEqual(codes.sort(), ["CONFLICT", "CONFLICT", "done"]);
    const id = asked.find(({ error: of }) => of === undefined)?.body.data.requestAccess.id;
    const answers = await Promise.all([w.ask(w.ada, ...w.deciding(id)), w.ask(w.ben, ...w.deciding(id))]);
    assert.deepEqual(answers.map(({ error: of }) => of?.extensions?.code ?? "done").sort(), ["CONFLICT", "done"]);
    assert.equal((await w.assignments("nora")).length, 1);
    const held = await w.refused("BAD_USER_INPUT", w.portal, w.requesting({ ...NORA, minutes: 60 }));
    assert.deepEqual(
      held.extensions.problems?.map(({ path }) => path),
      ["input.role"],
    );
  });

  test("asked for wrongly names the member and what was expected", async () => {
    const w = await world();
    const cases: readonly (readonly [path: string, expected: RegExp, input: object])[] = [
      ["input.minutes", /from 1 to 240/, { ...NORA, minutes: 241 }],
      ["input.minutes", /from 1 to 60/, { ...NORA, organization: "elsewhere", minutes: 61 }],
      ["input.minutes", /from 1 to 60/, { ...NORA, organization: "*", minutes: 61 }],
      ["input.minutes", /whole number from 1/, { ...NORA, minutes: 0 }],
      ["input.minutes", /whole number from 1/, { ...NORA, minutes: -5 }],
      ["input.minutes", /from 1 to 60/, { clientId: "reports", scope: "view_labs", minutes: 61 }],
      ["input.role", /there is no role surgeon/, { ...NORA, role: "surgeon" }],
      ["input.scope", /there is no scope nothing/, { clientId: "reports", scope: "nothing", minutes: 5 }],
      ["input.scope", /protocol scope/, { clientId: "reports", scope: "openid", minutes: 5 }],
      ["input.clientId", /there is no client nobody/, { clientId: "nobody", scope: "view_labs", minutes: 5 }],
      ["input.scope", /held already, without an end/, { clientId: "ehr", scope: "view_labs", minutes: 5 }],
      ["input", /either role, with organization, or scope/, { subject: { id: "nora" }, minutes: 5 }],
      ["input", /either role, with organization, or scope/, { ...NORA, scope: "view_labs", clientId: "ehr" }],
      ["input.organization", /is missing/, { subject: { id: "nora" }, role: "nurse", minutes: 5 }],
      ["input.clientId", /is missing/, { scope: "view_labs", minutes: 5 }],
      ["input.clientId", /must be left out/, { ...NORA, clientId: "ehr" }],
      [
        "input.organization",
        /must be left out/,
        { scope: "view_labs", clientId: "ehr", organization: "ward", minutes: 5 },
      ],
      ["input.subject", /is missing/, { ...NORA, subject: undefined }],
      ["input.subject.id", /must not be empty/, { ...NORA, subject: { id: "" } }],
      ["input.subject.type", /must not be null/, { ...NORA, subject: { id: "nora", type: null } }],
      ["input.subject.roles", /must be left out/, { ...NORA, subject: { id: "nora", roles: ["nurse"] } }],
      ["input.reason", /must say why/, { ...NORA, reason: " " }],
      ["input.role", /must not be \*/, { ...NORA, role: "*" }],
    ];
    for (const [path, expected, input] of cases) {
      const error = await w.refused("BAD_USER_INPUT", w.portal, w.requesting(input));
      const [problem] = error.extensions.problems ?? [];
      assert.equal(problem?.path, path, JSON.stringify([input, error]));
      assert.match(problem?.message ?? "", expected);
    }
    await w.refused("FORBIDDEN", w.rita, w.requesting(NORA));
    await w.refused("FORBIDDEN", w.ada, w.requesting({ ...NORA, subject: { id: "ada", type: "client" } }));
    const nobody = await w.key(["SERVICE"], null);
    const error = await w.refused("FORBIDDEN", nobody.key, w.requesting(NORA));
    assert.match(error.message, /Nobody could approve it/);
    await w.refused("NOT_FOUND", w.ada, w.deciding("none"));
    await w.refused("BAD_USER_INPUT", w.ada, w.deciding(""));
  });

  test("can't be asked for where nothing is set, nor approved for longer than is let by then", async () => {
    const w = await world();
    await w.data(
      w.ada,
      'mutation { updateOrganization(input: { id: "*", clear: [ACCESS_REQUEST_MAX_MINUTES] }, reason: "r") { revision } }',
    );
    for (const input of [
      { ...NORA, organization: "elsewhere" },
      { clientId: "reports", scope: "view_labs", minutes: 1 },
    ]) {
      const error = await w.refused("BAD_USER_INPUT", w.portal, w.requesting(input));
      assert.match(error.extensions.problems?.[0]?.message ?? "", /can't be requested/);
    }
    const { id } = await w.asks(w.portal, NORA);
    const gone = await w.asks(w.portal, { ...NORA, role: "night-nurse" });
    await w.data(
      w.ada,
      'mutation { updateOrganization(input: { id: "ward", settings: { accessRequestMaxMinutes: 119 } }, reason: "r") { revision } }',
    );
    const error = await w.refused("CONFLICT", w.ada, w.deciding(id));
    assert.match(error.message, /from 1 to 119/);
    await w.data(
      w.ada,
      'mutation { applyPolicy(input: { operations: [{ updateOrganization: { id: "ward", settings: { accessRequestMaxMinutes: 240 } } }, { deleteRole: { name: "night-nurse" } }], reason: "r" }) { revision } }',
    );
    const without = await w.refused("CONFLICT", w.ada, w.deciding(gone.id));
    assert.match(without.message, /there is no role night-nurse/);
    const moved = await w.refused("CONFLICT", w.ada, w.deciding(id));
    assert.match(moved.message, /organization ward, which it names, was changed since it was asked for/);
  });

  test("makes what is held longer, never shorter, and leaves it as it was when it is given back", async () => {
    const w = await world();
    const assign = (subjectId: string, more: object) =>
      applyPolicy(w.service, [{ assignRole: { subjectId, role: "nurse", organization: "ward", ...more } }]);
    const [from, until] = [w.at(-1000), w.at(90)];
    await assign("nora", { validFrom: from, validUntil: until });
    const first = await w.asks(w.portal, NORA);
    await w.decide(w.ada, first.id);
    const held = async (who = "nora") =>
      (await w.assignments(who)).map((row: { validFrom: string; validUntil: string }) => [
        row.validFrom,
        row.validUntil,
      ]);
    assert.deepEqual(await held(), [[from, w.at(120)]]);
    // A later request for longer; what an earlier one gave is not what stood there before.
    w.time.now += 60 * MINUTE;
    const second = await w.asks(w.portal, NORA);
    await w.decide(w.ben, second.id);
    assert.deepEqual(await held(), [[from, w.at(180)]]);
    await w.giveBack(w.portal, first.id);
    assert.deepEqual(await held(), [[from, w.at(180)]]);
    await w.giveBack(w.portal, second.id);
    assert.deepEqual(await held(), [[from, until]]);
    // What somebody else made of it since stays.
    const third = await w.asks(w.portal, NORA);
    await w.decide(w.ada, third.id);
    await assign("nora", { validFrom: from, validUntil: w.at(5_000) });
    assert.equal((await w.giveBack(w.portal, third.id)).state, "RETURNED");
    assert.deepEqual(await held(), [[from, w.at(5_000)]]);
    // Held for longer by the time of the answer, or planned.
    const fourth = await w.asks(w.portal, { ...NORA, subject: { id: "tess" } });
    await assign("tess", {});
    const error = await w.refused("CONFLICT", w.ada, w.deciding(fourth.id));
    assert.match(error.message, /held already, without an end/);
    assert.deepEqual(await held("tess"), [[null, null]]);
    await assign("vera", { validFrom: w.at(100) });
    const planned = await w.refused("BAD_USER_INPUT", w.portal, w.requesting({ ...NORA, subject: { id: "vera" } }));
    assert.match(planned.message, /planned already/);
    await applyPolicy(w.service, [{ assignRole: { subjectId: "otto", role: "nurse", organization: "*" } }]);
    const everywhere = await w.refused("BAD_USER_INPUT", w.portal, w.requesting({ ...NORA, subject: { id: "otto" } }));
    assert.match(everywhere.message, /in all organizations/);
  });

  test("within its maximum needs no proposal under four eyes, and opens no other way", async () => {
    const w = await world({ fourEyes: true });
    const direct = [
      'mutation { assignRole(input: { subjectId: "nora", role: "nurse", organization: "ward" }, reason: "r") { revision } }',
      {},
    ] as const;
    await w.refused("FOUR_EYES_REQUIRED", w.ada, direct);
    const { id } = await w.asks(w.portal, NORA);
    assert.equal((await w.decide(w.ada, id)).state, "APPROVED");
    assert.equal(await w.authorize(), "ALLOW");
    assert.equal((await w.data(w.ada, "{ proposals { edges { cursor } } }")).edges.length, 0);
    await w.refused("BAD_USER_INPUT", w.portal, w.requesting({ ...NORA, subject: { id: "tess" }, minutes: 241 }));
    await w.refused("FOUR_EYES_REQUIRED", w.ada, [
      'mutation { assignRole(input: { subjectId: "nora", role: "nurse", organization: "ward", clear: [VALID_FROM, VALID_UNTIL] }, reason: "r") { revision } }',
      {},
    ]);
    await w.refused("FOUR_EYES_REQUIRED", w.ada, [
      'mutation { updateOrganization(input: { id: "ward", settings: { accessRequestMaxMinutes: 241 } }, reason: "r") { revision } }',
      {},
    ]);
    await w.giveBack(w.portal, id);
    assert.equal(await w.authorize(), "DENY");
  });

  test("is what a denial names that it would mend, with the longest it is let, and nothing that would not do", async () => {
    const w = await world();
    const requestable = async (more: object) => {
      const input = {
        clientId: "ehr",
        subject: { id: "nora" },
        scopes: ["view_labs"],
        action: "read",
        resource: { type: "Observation", id: "o", organization: "ward" },
        ...more,
      };
      const { body } = await w.service.ask(
        "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome requestableAccess { role organization clientId scope maxMinutes } sufficientAccess { role organization clientId scope } } }",
        { variables: { input } },
      );
      assert.equal(body.errors, undefined, JSON.stringify(body));
      return body.data.authorize;
    };
    const role = { role: "nurse", organization: "ward", clientId: null, scope: null, maxMinutes: 240 };
    const denied = await requestable({});
    assert.deepEqual([denied.outcome, denied.requestableAccess], ["DENY", [role]]);
    const elsewhere = { resource: { type: "Observation", organization: "elsewhere" } };
    assert.deepEqual((await requestable(elsewhere)).requestableAccess, [
      { ...role, organization: "elsewhere", maxMinutes: 60 },
    ]);
    const nowhere = await requestable({ resource: { type: "Observation" } });
    assert.deepEqual(nowhere.requestableAccess, [{ ...role, organization: "*", maxMinutes: 60 }]);
    // Both the client's grant and the role are missing: one request is not enough.
    assert.deepEqual((await requestable({ clientId: "reports" })).requestableAccess, []);
    assert.deepEqual((await requestable({ action: "delete" })).requestableAccess, []);
    const { id } = await w.asks(w.portal, { ...NORA, minutes: role.maxMinutes });
    await w.decide(w.ada, id);
    const allowed = await requestable({});
    assert.deepEqual([allowed.outcome, allowed.requestableAccess], ["ALLOW", []]);
    assert.deepEqual((await requestable({ clientId: "reports" })).requestableAccess, [
      { role: null, organization: null, clientId: "reports", scope: "view_labs", maxMinutes: 60 },
    ]);
    // Where consent is asked for, too: of a patient who has given it, and not of one who has not.
    await w.data(
      w.ada,
      'mutation { updateOrganization(input: { id: "ward", settings: { consentOnSilence: [{ silence: DENY }] } }, reason: "r") { revision } }',
    );
    const said = await w.service.ask(
      'mutation { recordConsent(input: { patient: "pat", effect: PERMIT, source: { kind: PAPER }, reason: "r" }) { id } }',
    );
    assert.equal(said.body.errors, undefined, said.text);
    const of = (patient: string) => ({
      subject: { id: "tess" },
      resource: { type: "Observation", id: "o", organization: "ward", patient },
    });
    assert.deepEqual((await requestable(of("pat"))).requestableAccess, [role]);
    assert.deepEqual((await requestable(of("silent"))).requestableAccess, []);
    // What would be enough if it were given needs nobody to request it.
    const { maxMinutes: _, ...given } = role;
    assert.deepEqual((await requestable(of("pat"))).sufficientAccess, [given]);
    assert.deepEqual((await requestable(of("silent"))).sufficientAccess, []);
    // By the policy as it is now: what denied then is no longer in the way.
    await w.data(
      w.ada,
      'mutation { updateOrganization(input: { id: "*", clear: [ACCESS_REQUEST_MAX_MINUTES] }, reason: "r") { revision } }',
    );
    assert.deepEqual((await requestable({ clientId: "reports" })).requestableAccess, []);
    const unasked = await requestable({ subject: { id: "tess" }, ...elsewhere });
    assert.deepEqual(
      [unasked.requestableAccess, unasked.sufficientAccess],
      [[], [{ ...given, organization: "elsewhere" }]],
    );
    // A client that acts as itself is given the role itself; where both it and the scope are missing, one is not enough.
    const itself = (await requestable({ ...of("pat"), subject: null })).sufficientAccess;
    assert.deepEqual(itself, [{ ...given, clientId: "ehr" }]);
    assert.deepEqual((await requestable({ ...of("pat"), subject: null, clientId: "reports" })).sufficientAccess, []);
  });

  test("each says what its viewer may do, as the mutation then answers; what waits stands in the inbox of who may", async () => {
    const w = await world();
    const MAY = "query($id: ID!) { accessRequest(id: $id) { viewerMay { action allowed because isAwaited } } }";
    const may = async (by: string, id: string) =>
      new Map<string, { allowed: boolean; because: string | null; isAwaited: boolean }>(
        (await w.data(by, MAY, { id })).viewerMay.map((each: { action: string }) => [each.action, each]),
      );
    const waiting = async (by: string) =>
      (await w.data(by, "{ inbox { cases { kind id title subject { id } due } } }")).cases;
    const toDo = (by: string) => w.data(by, "{ toDo { kind atMost } }");
    const asked = await w.asks(w.portal, NORA);
    const own = await w.asks(w.ben, { role: "nurse", organization: "ward", minutes: 30 });
    for (const [by, id, mutation] of [
      [w.ben, own.id, w.deciding(own.id)],
      [w.kiosk, asked.id, null],
    ] as const) {
      if (mutation === null) {
        assert.equal((await w.ask(by, MAY, { id })).body.data.accessRequest, null);
        continue;
      }
      const { allowed, because, isAwaited } = (await may(by, id)).get("decideAccessRequest") ?? {};
      assert.deepEqual([allowed, isAwaited], [false, true]);
      assert.equal((await w.refused("FORBIDDEN", by, mutation)).message, because);
    }
    const [mine, wait] = [await may(w.portal, asked.id), await may(w.ada, asked.id)];
    assert.deepEqual([mine.has("decideAccessRequest"), mine.get("returnAccess")?.allowed], [false, true]);
    assert.deepEqual([wait.get("decideAccessRequest")?.allowed, wait.get("returnAccess")?.allowed], [true, true]);
    assert.deepEqual(await waiting(w.ben), [
      {
        ...{ kind: "ACCESS_REQUEST", id: asked.id, subject: { id: "nora" }, due: asked.until },
        title: `The role nurse in ward is asked for, for ${NORA.minutes} minutes: approve or refuse it`,
      },
    ]);
    assert.equal((await waiting(w.ada)).length, 2);
    assert.deepEqual([await waiting(w.rita), await waiting(w.portal), await toDo(w.portal)], [[], [], []]);
    assert.deepEqual(await toDo(w.ben), [{ kind: "ACCESS_REQUEST", atMost: 1 }]);
    await w.decide(w.ada, asked.id);
    const decided = (await may(w.ben, asked.id)).get("decideAccessRequest");
    assert.equal((await w.refused("CONFLICT", w.ben, w.deciding(asked.id))).message, decided?.because);
    assert.equal((await may(w.ben, asked.id)).get("returnAccess")?.allowed, true);
    w.time.now += NORA.minutes * MINUTE;
    assert.match((await may(w.ben, asked.id)).get("returnAccess")?.because ?? "", /is expired, not open/);
    assert.deepEqual(await toDo(w.ben), []);
  });

  test("a list shows what waits; a program sees its own", async () => {
    const w = await world();
    const LIST =
      "query($filter: AccessRequestFilter, $first: Int, $after: String) { accessRequests(filter: $filter, first: $first, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage } } }";
    const list = async (by: string, filter: object = {}) =>
      (await w.data(by, LIST, { filter })).edges.map(({ node }: { node: { id: string } }) => node.id);
    const first = await w.asks(w.portal, NORA);
    const second = await w.asks(w.kiosk, { ...NORA, subject: { id: "tess", type: "device" }, minutes: 1 });
    const third = await w.asks(w.rita, { clientId: "reports", scope: "view_labs", minutes: 5 });
    assert.deepEqual(await list(w.rita), [third.id, second.id, first.id]);
    assert.deepEqual(await list(w.portal), [first.id]);
    assert.deepEqual(await list(w.portal, { callerId: third.by.callerId }), []);
    assert.equal((await w.ask(w.portal, `{ accessRequest(id: "${second.id}") { id } }`)).body.data.accessRequest, null);
    assert.deepEqual(await list(w.ada, { callerId: first.by.callerId }), [first.id]);
    assert.deepEqual(await list(w.ada, { subjectId: "tess", subjectType: "device" }), [second.id]);
    assert.deepEqual(await list(w.ada, { subjectId: "tess", subjectType: "user" }), []);
    assert.deepEqual(await list(w.ada, { role: "nurse", organization: "ward" }), [second.id, first.id]);
    assert.deepEqual(await list(w.ada, { clientId: "reports", scope: "view_labs" }), [third.id]);
    await w.decide(w.ada, first.id, false);
    await w.decide(w.ada, second.id);
    assert.deepEqual(await list(w.ada, { states: ["OPEN"] }), [third.id]);
    assert.deepEqual(await list(w.ada, { states: ["APPROVED"] }), [second.id]);
    assert.deepEqual(await list(w.ada, { states: ["REFUSED"] }), [first.id]);
    w.time.now += MINUTE;
    assert.deepEqual(await list(w.ada, { states: ["APPROVED"] }), []);
    assert.deepEqual(await list(w.ada, { states: ["EXPIRED"] }), [second.id]);
    const page = await w.data(w.ada, LIST, { first: 2 });
    assert.equal(page.pageInfo.hasNextPage, true);
    const rest = await w.data(w.ada, LIST, { first: 2, after: page.edges[1].cursor });
    assert.deepEqual(
      [rest.edges.map(({ node }: { node: { id: string } }) => node.id), rest.pageInfo.hasNextPage],
      [[first.id], false],
    );
  });
});

describe("the end of all access of one person", () => {
  const END = `mutation($subject: SubjectInput!, $reason: String!) { endAccess(subject: $subject, reason: $reason) { assignments grants
    revision { revision reason changes { summary } } accessRequests { id state } apiKeys { id revokedAt } } }`;
  const ending = (subject: object, reason = "left the hospital") => [END, { subject, reason }] as const;

  test("ends assignments in one revision, closes requests and revokes keys", async () => {
    const w = await world();
    const rita = { subjectId: "rita" };
    await applyPolicy(w.service, [
      { assignRole: { ...rita, role: "nurse", organization: "lab" } },
      { assignRole: { ...rita, role: "night-nurse", organization: "*" } },
      { assignRole: { subjectId: "rita", subjectType: "device", role: "nurse", organization: "*" } },
      { assignRole: { subjectId: "nora", role: "nurse", organization: "*" } },
    ]);
    const given = await w.asks(w.rita, { role: "nurse", organization: "ward", minutes: 5 });
    await w.decide(w.ada, given.id);
    const open = await w
      .asks(w.portal, { ...NORA, subject: { id: "rita" }, organization: "ward", role: "night-nurse" })
      .catch(() => null);
    assert.equal(open, null, "it is held in all organizations");
    const scope = await w.asks(w.rita, { clientId: "reports", scope: "view_labs", minutes: 5 });
    const done = await w.data(w.ada, ...ending({ id: "rita" }));
    assert.deepEqual([done.assignments, done.grants, done.revision.changes.length], [3, 0, 3]);
    assert.equal(done.revision.reason, "left the hospital");
    assert.deepEqual(done.accessRequests, [
      { id: scope.id, state: "REFUSED" },
      { id: given.id, state: "RETURNED" },
    ]);
    assert.deepEqual(done.apiKeys, [{ id: w.ids.rita, revokedAt: w.at(0) }]);
    assert.equal(await w.authorize("rita"), "DENY");
    assert.equal((await w.ask(w.rita, "{ me { id } }")).status, 401);
    // The device of the same id, and others, have what they had.
    assert.deepEqual(await w.assignments("rita"), [
      { role: "nurse", organization: "*", validFrom: null, validUntil: null },
    ]);
    assert.equal(await w.authorize("nora"), "ALLOW");
    const again = await w.data(w.ada, ...ending({ id: "rita" }));
    assert.deepEqual(
      [again.assignments, again.accessRequests, again.apiKeys, again.revision.revision],
      [0, [], [], done.revision.revision],
    );
  });

  test("leaves nothing, whatever is approved at the same time, nor where there is much", async () => {
    const w = await world();
    for (let round = 0; round < 8; round++) {
      const { id } = await w.asks(w.portal, NORA);
      const [approved, ended] = await Promise.all([
        w.ask(w.ben, ...w.deciding(id)),
        w.ask(w.ada, ...ending({ id: "nora" })),
      ]);
      assert.equal(ended.error, undefined, JSON.stringify(ended.body));
      assert.ok(approved.error === undefined || approved.error.extensions.code === "CONFLICT");
      assert.deepEqual(await w.assignments("nora"), []);
      const { state } = await w.data(w.ada, `{ accessRequest(id: "${id}") { state } }`);
      assert.equal(state, approved.error === undefined ? "RETURNED" : "REFUSED");
    }
    const many = Array.from({ length: 1_001 }, (_, i) => ({
      assignRole: { subjectId: "nora", role: "nurse", organization: `o${i}` },
    }));
    await w.service.app.domain.policy.apply({ author: "key:test", reason: "test", operations: many });
    const before = w.service.app.domain.policy.current().revision;
    const done = await w.data(w.ada, ...ending({ id: "nora" }));
    assert.deepEqual([done.assignments, done.revision.revision], [1_001, before + 2]);
    assert.deepEqual(await w.assignments("nora"), []);
  });

  test("of a client ends its grants too", async () => {
    const w = await world();
    await applyPolicy(w.service, [{ assignRole: { clientId: "ehr", role: "nurse", organization: "*" } }]);
    const other = await w.data(w.ada, ...ending({ id: "ehr" }));
    assert.deepEqual([other.assignments, other.grants], [0, 0]);
    const done = await w.data(w.ada, ...ending({ id: "ehr", type: "client" }));
    assert.deepEqual([done.assignments, done.grants, done.revision.changes.length], [1, 1, 2]);
  });

  test("is not for who is no admin, nor for the last admin; wrong input changes nothing", async () => {
    const w = await world();
    await w.refused("FORBIDDEN", w.rita, ending({ id: "nora" }));
    await w.refused("BAD_USER_INPUT", w.ada, ending({ id: "nora" }, ""));
    await w.refused("BAD_USER_INPUT", w.ada, ending({ id: "" }));
    await w.refused("BAD_USER_INPUT", w.ada, ending({ id: "nora", roles: ["nurse"] }));
    await applyPolicy(w.service, [{ assignRole: { subjectId: "ada", role: "nurse", organization: "*" } }]);
    await w.data(w.ada, ...ending({ id: "ben" }));
    const error = await w.refused("CONFLICT", w.ada, ending({ id: "ada" }));
    assert.match(error.message, /last key in force that holds admin/);
    assert.equal((await w.assignments("ada")).length, 1);
    await w.key(["ADMIN"], { id: "cleo" });
    const done = await w.data(w.ada, ...ending({ id: "ada" }));
    assert.deepEqual([done.assignments, done.apiKeys.length], [1, 1]);
  });
});
