import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, callerOf, NOW, openWorld, pathsOf, type World } from "./world.ts";

const DAY = 86_400_000;
const REVIEWER = callerOf("key:reviewer", "reviewer");
const AUDITOR = callerOf("key:auditor", "auditor");
const GATEWAY = callerOf("key:gateway", "service");
let world: World;

const atoms = [{ resourceType: "Observation", actions: ["read", "search"] }];
before(async () => {
  world = await openWorld();
  world.clock.now = NOW - 40 * DAY;
  await apply(world, [
    { putClient: { id: "portal", name: "Portal" } },
    { putClient: { id: "idle", name: "Idle" } },
    ...["view_labs", "view_notes"].flatMap((name) => [{ putScope: { name, atoms } }, { activateScope: { name } }]),
    { grantScope: { clientId: "portal", scope: "view_labs" } },
    { grantScope: { clientId: "portal", scope: "view_notes" } },
    { grantScope: { clientId: "idle", scope: "view_labs", validUntil: "2031-01-01T00:00:00Z" } },
    { grantScope: { clientId: "portal", scope: "user/*.rs" } },
    {
      putRule: {
        id: "all",
        effect: "ALLOW",
        justification: "This policy is for a test.",
        role: "*",
        scope: "*",
        action: "*",
        resourceType: "*",
      },
    },
  ]);
  for (const [days, scope, subject] of [
    [35, "view_labs", null],
    [3, "view_labs", null],
    [2, "view_labs", null],
    [1, "user/Observation.r", { id: "mia" }],
  ] as const) {
    world.clock.now = NOW - days * DAY;
    await world.data(
      "query ($input: AuthorizeInput!) { authorize(input: $input) { outcome } }",
      { input: { clientId: "portal", subject, scopes: [scope], action: "read", resource: { type: "Observation" } } },
      GATEWAY,
    );
  }
  // Figures wait for nothing.
  await world.storage.journalSpan();
  world.clock.now = NOW;
});

describe("scopeUse", () => {
  const USAGE = `query ($scope: String, $days: Int, $unused: Boolean, $first: Int, $after: String) {
    scopeUse(scope: $scope, days: $days, unused: $unused, first: $first, after: $after) { uses policyRevision
    pageInfo { hasNextPage endCursor }
    edges { node { clientId name scope uses lastUsedAt grant { scope validUntil client { id } } } } } }`;

  test("tells which clients hold a scope, how often each used it, and when last", async () => {
    const data = await world.data(USAGE, { scope: "view_labs" }, AUDITOR);
    assert.deepEqual([at(data, "scopeUse", "uses"), at(data, "scopeUse", "policyRevision")], [2, 1]);
    assert.equal(at(data, "scopeUse", "pageInfo", "hasNextPage"), false);
    const [portal, idle] = [
      {
        clientId: "portal",
        name: "Portal",
        scope: "view_labs",
        uses: 2,
        lastUsedAt: new Date(NOW - 2 * DAY).toISOString(),
        grant: { scope: "view_labs", validUntil: null, client: { id: "portal" } },
      },
      {
        clientId: "idle",
        name: "Idle",
        scope: "view_labs",
        uses: 0,
        lastUsedAt: null,
        grant: { scope: "view_labs", validUntil: "2031-01-01T00:00:00.000Z", client: { id: "idle" } },
      },
    ];
    assert.deepEqual(at(data, "scopeUse", "edges"), [{ node: portal }, { node: idle }]);
    const unused = await world.data(USAGE, { scope: "view_labs", unused: true }, AUDITOR);
    assert.deepEqual(at(unused, "scopeUse", "edges"), [{ node: idle }]);
    const first = await world.data(USAGE, { scope: "view_labs", first: 1 }, AUDITOR);
    assert.deepEqual(at(first, "scopeUse", "edges"), [{ node: portal }]);
    const after = at(first, "scopeUse", "pageInfo", "endCursor");
    const second = await world.data(USAGE, { scope: "view_labs", first: 1, after }, AUDITOR);
    assert.deepEqual(at(second, "scopeUse", "edges"), [{ node: idle }]);
    assert.equal(at(second, "scopeUse", "pageInfo", "hasNextPage"), false);
    // A place in another list.
    for (const scope of [null, "view_notes"]) await world.error("BAD_USER_INPUT", USAGE, { scope, after }, AUDITOR);
    const longer = await world.data(USAGE, { scope: "view_labs", days: 40 }, AUDITOR);
    assert.equal(at(longer, "scopeUse", "uses"), 3);
  });

  test("a SMART scope is held by whoever is granted one that covers it", async () => {
    const data = await world.data(USAGE, { scope: "user/Observation.r" }, AUDITOR);
    assert.equal(at(data, "scopeUse", "edges", 0, "node", "grant", "scope"), "user/*.rs");
    assert.equal(at(data, "scopeUse", "edges", 0, "node", "uses"), 1);
  });

  test("a slip of the keyboard is no scope that nobody uses; the window has bounds", async () => {
    await world.error("NOT_FOUND", USAGE, { scope: "view_lab" }, REVIEWER);
    for (const days of [0, 3651]) await world.error("BAD_USER_INPUT", USAGE, { scope: "view_labs", days }, REVIEWER);
  });

  test("is not for services", async () => {
    await world.error("FORBIDDEN", USAGE, { scope: "view_labs" }, GATEWAY);
  });
});

test("without a scope it lists all grants, or what no allowed access used, page by page", async () => {
  const UNUSED = `query ($first: Int, $after: String, $days: Int = 90, $unused: Boolean = true) {
    scopeUse(unused: $unused, first: $first, after: $after, days: $days) { uses
    edges { node { clientId scope } } pageInfo { hasNextPage endCursor } } }`;
  const first = await world.data(UNUSED, { first: 1 }, REVIEWER);
  assert.deepEqual(at(first, "scopeUse", "edges", 0, "node"), { clientId: "idle", scope: "view_labs" });
  assert.equal(at(first, "scopeUse", "pageInfo", "hasNextPage"), true);
  const after = at(first, "scopeUse", "pageInfo", "endCursor");
  const second = await world.data(UNUSED, { first: 10, after }, REVIEWER);
  // `user/*.rs` was used, by a narrower scope that it covers.
  assert.deepEqual(at(second, "scopeUse", "edges"), [{ node: { clientId: "portal", scope: "view_notes" } }]);
  assert.equal(at(second, "scopeUse", "pageInfo", "hasNextPage"), false);
  const all = at(await world.data(UNUSED, { unused: false }, REVIEWER), "scopeUse");
  assert.equal(at(all, "uses"), null);
  assert.deepEqual(
    (at(all, "edges") as readonly unknown[]).map((edge) => at(edge, "node", "scope")),
    ["view_labs", "user/*.rs", "view_labs", "view_notes"],
  );
  const lately = await world.data(UNUSED, { days: 1 }, REVIEWER);
  assert.equal((at(lately, "scopeUse", "edges") as unknown[]).length, 3);
});

test("scopeAdvice narrows, drops and checks for one client, and says where scopes could be less", async () => {
  const ADVICE = `{ scopeAdvice(clientId: "portal", days: 30) { clientId policyRevision
      minimal { scopes { scope from narrowed } dropped { scope why } few checked flipped flips complete smallest } } }`;
  const data = await world.data(ADVICE, {}, AUDITOR);
  assert.deepEqual([at(data, "scopeAdvice", "clientId"), at(data, "scopeAdvice", "policyRevision")], ["portal", 1]);
  assert.deepEqual(at(data, "scopeAdvice", "minimal"), {
    scopes: [
      { scope: "user/Observation.r", from: ["user/*.rs"], narrowed: true },
      { scope: "view_labs", from: ["view_labs"], narrowed: false },
    ],
    dropped: [{ scope: "view_notes", why: "UNUSED" }],
    few: false,
    checked: 3,
    flipped: 0,
    flips: [],
    complete: true,
    smallest: true,
  });
  const seen = at(await world.data(ADVICE, {}, REVIEWER), "scopeAdvice", "minimal");
  assert.deepEqual(seen, { ...(at(data, "scopeAdvice", "minimal") as object), few: true, checked: null });
  await world.error("NOT_FOUND", '{ scopeAdvice(clientId: "nobody") { complete } }', {}, REVIEWER);
  const SAVINGS = `query ($clientId: ID) { scopeAdvice(clientId: $clientId, days: 20) {
    clientId minimal { checked } complete savings { clientId scope why } } }`;
  const of = async (clientId: string | null) =>
    at(await world.data(SAVINGS, { clientId }, REVIEWER), "scopeAdvice") as { savings: { clientId: string | null }[] };
  const [all, portal] = [await of(null), await of("portal")];
  assert.deepEqual([at(all, "clientId"), at(all, "minimal")], [null, null]);
  assert.ok(portal.savings.length > 0 && portal.savings.length < all.savings.length, JSON.stringify([all, portal]));
  assert.deepEqual(
    portal.savings,
    all.savings.filter(({ clientId }) => clientId === "portal"),
  );
  await world.error("BAD_USER_INPUT", "{ scopeAdvice(days: 401) { complete } }", {}, REVIEWER);
});

describe("retiring a scope in use", () => {
  const RETIRE = 'mutation ($input: ScopeRef!) { retireScope(input: $input, reason: "r") { revision } }';

  test("is previewed, refused with who would break, and done by force", async () => {
    const PREVIEW = `{ retirementPreview(name: "view_labs") { version checked wouldBreak complete
      clients { clientId wouldBreak unanswered useInstead { scope granted covers } } } }`;
    assert.deepEqual(at(await world.data(PREVIEW, {}, REVIEWER), "retirementPreview"), {
      version: 1,
      checked: 2,
      wouldBreak: 2,
      complete: true,
      clients: [
        {
          clientId: "portal",
          wouldBreak: 2,
          unanswered: 0,
          useInstead: [{ scope: "view_notes", granted: true, covers: 2 }],
        },
      ],
    });
    const refused = await world.error("BAD_USER_INPUT", RETIRE, { input: { name: "view_labs" } });
    assert.deepEqual(pathsOf(refused), ["input.force"]);
    assert.match(refused.message, /portal \(last on 2026-11-22\)/);
    await world.data(RETIRE, { input: { name: "view_notes" } });
    await world.data(RETIRE, { input: { name: "view_labs", force: true } });
    await world.error("BAD_USER_INPUT", PREVIEW, {}, REVIEWER);
  });
});

describe("lint", () => {
  const LINT = "query ($input: PutScope!) { lintScope(input: $input) { code severity message narrowing } }";

  test("lintRule tells findings of a rule before it is put, and lint of a rule what was overridden, for the same", async () => {
    const LINT_RULE = "query ($input: PutRule!) { lintRule(input: $input) { code severity message narrowing } }";
    const input = { role: "*", scope: "*", action: "read", resourceType: "Observation", effect: "ALLOW" };
    const when = 'purposeOfUse == "TRAET"';
    const before = world.domain.policy.current().revision;
    const found = at(await world.data(LINT_RULE, { input }, callerOf("r", "reviewer")), "lintRule");
    assert.deepEqual(
      (found as { code: string; severity: string }[]).map(({ code, severity }) => [code, severity]),
      [
        ["ALLOW_EVERY_ROLE", "REFUSE"],
        ["ALLOW_EVERY_SCOPE", "REFUSE"],
      ],
    );
    const typo = at(await world.data(LINT_RULE, { input: { ...input, when } }, callerOf("a", "admin")), "lintRule");
    assert.deepEqual(at(typo, 1, "code"), "PURPOSE_UNKNOWN");
    assert.match(String(at(typo, 1, "narrowing")), /TREAT/);
    const wrong = { ...input, when: "subject.roles == []" };
    const error = await world.error("BAD_USER_INPUT", LINT_RULE, { input: wrong }, callerOf("a", "admin"));
    assert.match(error.message, /input\.when: line 1, column 9: subject has no member roles/);
    for (const role of ["service", "auditor"] as const)
      await world.error("FORBIDDEN", LINT_RULE, { input }, callerOf("x", role));
    assert.equal(world.domain.policy.current().revision, before);
    const kept = at(await world.data('{ rule(id: "all") { justification lint { code } } }'), "rule");
    assert.deepEqual(kept, {
      justification: "This policy is for a test.",
      lint: [{ code: "ALLOW_EVERY_ROLE" }, { code: "ALLOW_EVERY_SCOPE" }],
    });
  });

  test("lintScope tells findings of a scope before it is put, for reviewers and admins", async () => {
    const data = await world.data(LINT, { input: { name: "patient/*.rs" } }, REVIEWER);
    assert.deepEqual(
      (at(data, "lintScope") as { code: string; severity: string }[]).map(({ code, severity }) => [code, severity]),
      [
        ["WILDCARD_TYPE", "REFUSE"],
        ["SENSITIVE_UNCONSTRAINED", "WARNING"],
      ],
    );
    const wrong = await world.error("BAD_USER_INPUT", LINT, { input: { name: "patient/Observaton.rs" } }, REVIEWER);
    assert.deepEqual(pathsOf(wrong), ["input.name"]);
    const empty = await world.error("BAD_USER_INPUT", LINT, { input: { name: "view_x" } }, REVIEWER);
    assert.deepEqual(pathsOf(empty), ["input.atoms"]);
    for (const caller of [GATEWAY, callerOf("key:a", "auditor")])
      await world.error("FORBIDDEN", LINT, { input: { name: "patient/*.rs" } }, caller);
  });

  test("a broad scope and a broad new version are refused without a justification, which is kept and shown", async () => {
    const CREATE = 'mutation ($input: PutScope!) { createScope(input: $input, reason: "r") { revision } }';
    const UPDATE = CREATE.replace("createScope", "updateScope").replace("PutScope", "UpdateScope");
    const broad = { name: "read_all_data", atoms: [{ resourceType: "*", actions: ["read"] }] };
    const refused = await world.error("BAD_USER_INPUT", CREATE, { input: broad });
    assert.match(JSON.stringify(refused.extensions?.problems), /WILDCARD_TYPE.*BROAD_NAME/);
    await world.data(CREATE, { input: { ...broad, justification: "The archive needs it." } });
    await apply(world, [{ activateScope: { name: broad.name } }]);
    const broader = [{ resourceType: "*", actions: ["read", "delete"] }];
    const more = await world.error("BAD_USER_INPUT", UPDATE, { input: { ...broad, atoms: broader } });
    assert.match(JSON.stringify(more.extensions?.problems), /READ_AND_WRITE/, "justified was less");
    await world.data(UPDATE, { input: { ...broad, title: "v2", justification: "It still does." } });
    const data = await world.data(
      '{ scope(name: "read_all_data", version: 2) { justification lint { code severity } } }',
      {},
      REVIEWER,
    );
    assert.equal(at(data, "scope", "justification"), "It still does.");
    assert.deepEqual(at(data, "scope", "lint", 0), { code: "WILDCARD_TYPE", severity: "REFUSE" });
  });

  test("what no justification helps", async () => {
    const category = "http://terminology.hl7.org//CodeSystem-observation-category|social-history";
    const input = { name: `patient/Observation.rs?category=${category}`, justification: "We insist." };
    const refused = await world.error(
      "BAD_USER_INPUT",
      'mutation ($input: PutScope!) { createScope(input: $input, reason: "r") { revision } }',
      { input },
    );
    assert.match(refused.message, /CODE_SYSTEM_WRONG/);
  });
});
