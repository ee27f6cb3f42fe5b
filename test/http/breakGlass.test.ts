import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { sqliteRaw } from "../storage/backends.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse("2026-11-02T08:00:00Z");
const iso = (at: number): string => new Date(at).toISOString();

const EMERGENCY = `{ id state subjectId subjectType patient organization reason at until endedAt endReason reviewDueAt reviewedAt
  verdict text by { callerId name } reviewedBy { name } policyRevision decisions(first: 10) { edges { node { id outcome patient resourceId } } } }`;
const OPEN = `mutation($input: BreakGlassInput!) { breakGlass(input: $input) ${EMERGENCY} }`;
const END = `mutation($id: ID!, $reason: String) { endBreakGlass(id: $id, reason: $reason) ${EMERGENCY} }`;
const REVIEW = `mutation($id: ID!, $justified: Boolean!, $text: String!) { reviewBreakGlass(id: $id, justified: $justified, text: $text) ${EMERGENCY} }`;
const ONE = `query($id: ID!) { breakGlassById(id: $id) ${EMERGENCY} }`;
const LIST = `query($filter: BreakGlassFilter, $first: Int, $after: String) { breakGlasses(filter: $filter, first: $first, after: $after) {
  edges { node { id patient } } pageInfo { hasNextPage endCursor } } }`;
const AUTHORIZE = `query($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { code message } obligations { type parameters } } }`;

const POLICY = [
  { putRole: { name: "doctor" } },
  { putRole: { name: "responder", inherits: ["doctor"] } },
  { putRole: { name: "on_call", inherits: ["responder"] } },
  { putClient: { id: "ehr", name: "Records" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  {
    putRule: {
      ...{
        id: "doctors",
        role: "doctor",
        scope: "view_labs",
        action: "read",
        resourceType: "Observation",
        effect: "ALLOW",
      },
    },
  },
  { assignRole: { subjectId: "rose", role: "on_call", organization: "ward" } },
  { assignRole: { subjectId: "dora", role: "doctor", organization: "ward" } },
  {
    putOrganization: {
      id: "ward",
      settings: {
        breakGlass: { roles: ["responder"], maxMinutes: 120, reviewWithinHours: 24 },
        consentOnSilence: [{ silence: "BREAK_GLASS_ONLY" }],
      },
    },
  },
];

describe("an emergency", () => {
  let folder: string;
  let service: Service;
  const time = { now: START };
  const keys: Record<string, { readonly key: string; readonly id: string }> = {};
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-break-glass-"));
    service = await startService({ DATABASE_URL: `sqlite:${join(folder, "test.db")}` }, { clock: () => time.now });
    const { body, text } = await applyPolicy(service, POLICY);
    assert.equal(body.errors, undefined, text);
    const key = async (name: string, roles: readonly string[], subject: object | null) => {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key apiKey { id } } }',
        { variables: { name, roles, subject } },
      );
      assert.equal(body.errors, undefined, text);
      keys[name] = { key: body.data.createApiKey.key, id: body.data.createApiKey.apiKey.id };
    };
    await key("portal", ["SERVICE"], { type: "client", id: "portal" });
    await key("kiosk", ["SERVICE"], { type: "client", id: "kiosk" });
    await key("nameless", ["SERVICE"], null);
    await key("admin", ["ADMIN"], { id: "ada" });
    await key("rita", ["REVIEWER"], { id: "rita" });
    await key("rose", ["REVIEWER"], { id: "rose" });
    await key("opener", ["REVIEWER"], { type: "client", id: "portal" });
    await key("otto", ["AUDITOR"], { id: "otto" });
    await key("app of rose", ["SERVICE"], { id: "Rose" });
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (by: string, query: string, variables: unknown = {}) => {
    const { body } = await service.ask(query, { key: keys[by]?.key as string, variables });
    return body;
  };
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables: unknown = {}): Promise<any> => {
    const body = await ask(by, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const standing = async () => {
    const { storage } = service.app;
    const { items } = await storage.breakGlasses.page({ filter: {}, now: time.now, page: { first: 50, after: null } });
    return JSON.stringify(items);
  };
  const refused = async (code: string, by: string, query: string, variables: unknown) => {
    const was = await standing();
    const body = await ask(by, query, variables);
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    assert.equal(await standing(), was);
    return body.errors[0] as { message: string; extensions: { problems?: { path: string }[] } };
  };
  const input = (more: object = {}) => ({
    input: {
      subject: { id: "rose" },
      patient: "ann",
      organization: "ward",
      reason: "Unconscious",
      minutes: 60,
      ...more,
    },
  });
  /** Of each step that a role of theirs may take why they may not; null: they may. */
  const may = async (by: string, id: string) => {
    const { viewerMay } = await data(
      by,
      "query($id: ID!) { breakGlassById(id: $id) { viewerMay { action because } } }",
      {
        id,
      },
    );
    return Object.fromEntries(
      viewerMay.map((one: { action: string; because: string | null }) => [one.action, one.because]),
    );
  };
  const waiting = async (by: string) =>
    (await data(by, "{ inbox { cases { id title due patient subject { id } } } }")).cases;
  const authorize = (patient = "ann", purposeOfUse = "BTG") =>
    data("portal", AUTHORIZE, {
      input: {
        ...{ clientId: "ehr", subject: { id: "rose" }, scopes: ["view_labs"], action: "read", purposeOfUse },
        resource: { type: "Observation", id: "o1", patient, organization: "ward", labels: ["N"] },
      },
    });

  test("is opened, felt by the next decision, ended, and its decisions stay what they were", async () => {
    assert.equal((await authorize()).outcome, "DENY");
    const opened = await data("portal", OPEN, input({ patient: "Patient/ann" }));
    const { id } = opened;
    assert.deepEqual(
      { ...opened, id: "-" },
      {
        ...{ id: "-", state: "OPEN", subjectId: "rose", subjectType: "user", patient: "ann", organization: "ward" },
        ...{ reason: "Unconscious", at: iso(START), until: iso(START + HOUR), endedAt: null, endReason: null },
        ...{ reviewDueAt: iso(START + 25 * HOUR), reviewedAt: null, verdict: null, text: null },
        ...{ by: { callerId: `key:${keys.portal?.id}`, name: "portal" }, reviewedBy: null, policyRevision: 1 },
        decisions: { edges: [] },
      },
    );
    const allowed = await authorize();
    assert.equal(allowed.outcome, "ALLOW");
    assert.deepEqual(allowed.obligations, [
      { type: "breakGlass", parameters: { endsAt: iso(START + HOUR), id, reviewDueAt: iso(START + 25 * HOUR) } },
    ]);
    assert.ok(allowed.reasons.some(({ code }: { code: string }) => code === "BREAK_GLASS"));
    assert.equal((await authorize("bob")).outcome, "DENY");
    assert.equal((await authorize("ann", "TREAT")).outcome, "DENY");

    const again = await refused("CONFLICT", "portal", OPEN, input());
    assert.ok(again.message.includes(id), again.message);
    await refused("FORBIDDEN", "opener", REVIEW, { id, justified: true, text: "Mine" });
    assert.deepEqual(await may("portal", id), { endBreakGlass: null });
    assert.match((await may("rita", id)).reviewBreakGlass, /^Emergency .* is open, not awaiting review/);
    assert.deepEqual(await waiting("rita"), []);
    await refused("CONFLICT", "rita", REVIEW, { id, justified: true, text: "Too soon" });
    time.now += 10 * MINUTE;
    const ended = await data("portal", END, { id, reason: "Stable" });
    assert.deepEqual([ended.state, ended.endedAt, ended.endReason], ["AWAITING_REVIEW", iso(time.now), "Stable"]);
    assert.equal((await authorize()).outcome, "DENY");
    await refused("CONFLICT", "portal", END, { id });

    // Explained and replayed, it is open still.
    const explained = await data("otto", "query($id: ID!) { explanation(decisionId: $id) { reproduced difference } }", {
      id: allowed.id,
    });
    assert.deepEqual(explained, { reproduced: true, difference: null });
    const replayed = await data(
      "otto",
      'query { replay(input: { operations: [], filter: { clientId: "ehr" }, base: OWN }) { replayed notReplayable allowToDeny denyToAllow drifted } }',
    );
    assert.deepEqual(replayed, { replayed: 5, notReplayable: 0, allowToDeny: 0, denyToAllow: 0, drifted: 0 });

    // The one that was allowed names it; those about others, and from before and after, don't.
    const found = await data("otto", ONE, { id });
    const acts = "SELECT record FROM journal WHERE kind = 'AUDIT' ORDER BY seq";
    const audits = async () =>
      (await sqliteRaw(`sqlite:${join(folder, "test.db")}`, acts)).map(({ record }) => JSON.parse(String(record)));
    const read = await audits();
    const { field, filter, shown } = read.at(-1) ?? {};
    assert.deepEqual(
      [field, filter, shown],
      ["breakGlassDecisions", { breakGlassId: id }, found.decisions.edges.length],
    );
    assert.deepEqual(found.decisions.edges, [
      { node: { id: allowed.id, outcome: "ALLOW", patient: "ann", resourceId: "o1" } },
    ]);
    const seen = await data("rita", ONE, { id });
    assert.equal((await audits()).length, read.length, "a reviewer sees pseudonyms");
    assert.match(seen.patient, /^~/);
    assert.equal(seen.decisions.edges[0].node.patient, seen.patient);
    assert.match(seen.decisions.edges[0].node.resourceId, /^~/);
    assert.equal(await data("kiosk", ONE, { id }), null);

    // Whoever may review it has it before them, and nobody else.
    assert.match((await may("portal", id)).endBreakGlass, /is awaiting review, not open/);
    for (const by of ["rose", "opener"]) {
      assert.match((await may(by, id)).reviewBreakGlass, /somebody else/);
      assert.deepEqual(await waiting(by), []);
    }
    assert.deepEqual(await may("rita", id), { reviewBreakGlass: null });
    const case_ = { id, title: "Glass was broken in ward: say whether it was justified", due: iso(START + 25 * HOUR) };
    assert.deepEqual(await waiting("rita"), [{ ...case_, patient: seen.patient, subject: { id: "rose" } }]);
    assert.deepEqual(await waiting("otto"), [{ ...case_, patient: "ann", subject: { id: "rose" } }]);
    assert.deepEqual(await data("rita", "{ toDo { kind atMost } }"), [{ kind: "BREAK_GLASS", atMost: 1 }]);

    const verdict = { id, justified: false, text: "Nobody knows why" };
    await refused("FORBIDDEN", "rose", REVIEW, verdict);
    await refused("FORBIDDEN", "opener", REVIEW, verdict);
    await refused("FORBIDDEN", "portal", REVIEW, verdict);
    await refused("FORBIDDEN", "admin", REVIEW, verdict);
    await refused("BAD_USER_INPUT", "rita", REVIEW, { ...verdict, text: " " });
    const reviewed = await data("rita", REVIEW, verdict);
    assert.deepEqual(
      [
        reviewed.state,
        reviewed.verdict,
        reviewed.text,
        reviewed.reviewedBy.name,
        reviewed.reviewedAt,
        reviewed.patient,
      ],
      ["REVIEWED", "NOT_JUSTIFIED", "Nobody knows why", "rita", iso(time.now), seen.patient],
    );
    await refused("CONFLICT", "otto", REVIEW, verdict);
    assert.match((await may("otto", id)).reviewBreakGlass, /is reviewed/);
    assert.deepEqual(await waiting("otto"), []);
    const after = await data("otto", "query($id: ID!) { explanation(decisionId: $id) { reproduced } }", {
      id: allowed.id,
    });
    assert.equal(after.reproduced, true);
  });

  test("is refused to who may not, and what is not well formed names its members", async () => {
    const open = (more: object, code: string, by = "portal") => refused(code, by, OPEN, input(more));
    for (const [more, ...paths] of [
      [{ minutes: 0 }, "input.minutes"],
      [{ minutes: 121 }, "input.minutes"],
      [{ reason: " " }, "input.reason"],
      [{ reason: "x".repeat(2001) }, "input.reason"],
      [{ patient: "Patient/Patient/x", organization: "*" }, "input.patient", "input.organization"],
      [{ patient: "" }, "input.patient"],
      [{ subject: { id: "" } }, "input.subject.id"],
      [{ subject: { id: "ehr", type: "client" } }, "input.subject.type"],
      [{ subject: { id: "rose", roles: ["responder"] } }, "input.subject.roles"],
    ] as const) {
      const { extensions } = await open(more, "BAD_USER_INPUT");
      assert.deepEqual(
        extensions.problems?.map(({ path }) => path),
        paths,
        JSON.stringify(more),
      );
    }
    await open({ subject: { id: "dora" } }, "FORBIDDEN");
    await open({ subject: { id: "rose", type: "Practitioner" } }, "FORBIDDEN");
    await open({ organization: "clinic" }, "FORBIDDEN");
    await open({}, "FORBIDDEN", "nameless");
    for (const by of ["rita", "otto", "admin"]) await open({}, "FORBIDDEN", by);
    await refused("NOT_FOUND", "portal", END, { id: "nothing" });
    await refused("NOT_FOUND", "rita", REVIEW, { id: "nothing", justified: true, text: "t" });
  });

  test("ends by itself, waits for its review, is overdue at last, and shows in the metrics", async () => {
    const gauges = async () => {
      const { text } = await service.get("/metrics", { headers: { authorization: `Bearer ${keys.otto?.key}` } });
      return ["open", "waiting", "overdue"].map((state) =>
        Number(text.match(new RegExp(`scopewarden_break_glass\\{state="${state}"\\} (\\d+)`))?.[1]),
      );
    };
    const { id } = await data("portal", OPEN, input({ patient: "bob", minutes: 120 }));
    const ids = async (by: string, filter: object) =>
      (await data(by, LIST, { filter })).edges.map(({ node }: { node: { id: string } }) => node.id);
    assert.deepEqual(await gauges(), [1, 0, 0]);
    assert.deepEqual(await ids("otto", { open: true }), [id]);
    assert.equal((await authorize("bob")).outcome, "ALLOW");
    await refused("NOT_FOUND", "kiosk", END, { id });
    time.now += 120 * MINUTE;
    assert.equal((await authorize("bob")).outcome, "DENY");
    assert.deepEqual(await gauges(), [0, 1, 0]);
    assert.deepEqual(await ids("otto", { overdue: true }), []);
    time.now += 24 * HOUR;
    assert.deepEqual(await gauges(), [0, 1, 1]);
    assert.deepEqual(await ids("rita", { overdue: true }), [id]);
    assert.deepEqual(await ids("otto", { patient: "Patient/bob", subjectId: "rose" }), [id]);
    assert.deepEqual(await ids("kiosk", {}), []);
    await refused("FORBIDDEN", "rita", LIST, { filter: { patient: "bob" } });
    await refused("FORBIDDEN", "admin", LIST, {});
    // It can be opened again, and the other still waits.
    const next = await data("portal", OPEN, input({ patient: "bob" }));
    const page = await data("portal", LIST, { first: 1 });
    assert.deepEqual([page.edges[0].node.id, page.pageInfo.hasNextPage], [next.id, true]);
    assert.deepEqual((await data("portal", LIST, { after: page.pageInfo.endCursor })).edges[0].node, {
      id,
      patient: "bob",
    });
    await data("otto", REVIEW, { id, justified: true, text: "It was one" });
    assert.deepEqual(await gauges(), [1, 0, 0]);
  });

  test("of somebody's own data is not found by their name where they have a pseudonym", async () => {
    const { id } = await data("portal", OPEN, input({ patient: "rose" }));
    const ids = async (by: string, filter: object) =>
      (await data(by, LIST, { filter })).edges.map(({ node }: { node: { id: string } }) => node.id);
    assert.ok((await ids("rita", {})).includes(id));
    const others = (await ids("otto", { subjectId: "rose" })).filter((each: string) => each !== id);
    assert.equal(others.length, (await ids("otto", { subjectId: "rose" })).length - 1);
    assert.deepEqual(await ids("rita", { subjectId: "rose" }), others);
    assert.ok((await ids("portal", { subjectId: "rose" })).includes(id), "who opened it sees it as it is");
    await data("portal", END, { id });

    const WHO = "query($id: ID!) { breakGlassById(id: $id) { subjectId by { callerId id type name } } }";
    const own = await data("app of rose", OPEN, input({ patient: "rose" }));
    const seen = await data("rita", WHO, own);
    assert.match(seen.subjectId, /^~/);
    assert.doesNotMatch(JSON.stringify(seen), /rose/i, "nor by whose key it was opened");
    assert.equal((await data("otto", WHO, own)).by.name, "app of rose");
  });
});
