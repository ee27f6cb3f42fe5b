import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import type { KeptBreakGlass } from "../../src/domain/consent/breakGlass/breakGlass.ts";
import { decide } from "../../src/domain/decisions/decide.ts";
import type { DecideFacts } from "../../src/domain/decisions/facts.ts";
import { inheritedBy } from "../../src/domain/decisions/holds/roles.ts";
import { patientsOf } from "../../src/domain/decisions/patientsOf.ts";
import type { AccessRequest } from "../../src/domain/decisions/types.ts";
import type { Rule, ScopeVersion } from "../../src/domain/policy/types.ts";
import { atomsOf, requestedAction } from "../../src/domain/scopes/atom.ts";
import type { AccessCell, AccessCondition, CellAccess } from "../../src/domain/simulation/access/accessCell.ts";
import type { AccessPage } from "../../src/domain/simulation/access/accessPages.ts";
import type { AskedOf } from "../../src/domain/simulation/access/asked.ts";
import { cellsOf, scopesOf } from "../../src/domain/simulation/access/clientAccess.ts";
import { holderAccess } from "../../src/domain/simulation/access/holderAccess.ts";
import { clientAccess, subjectAccess } from "../../src/domain/simulation/access/subjectAccess.ts";
import { accessBy } from "../../src/domain/simulation/access/ways.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { holdsFor } from "../support/accessConditions.ts";
import { keptBreakGlass } from "../support/breakGlasses.ts";
import { atLeast, runs, untilTried } from "../support/budget.ts";
import { consentOf } from "../support/consents.ts";
import { aimed, NOW, policies, type Rows, requests, snapshotFrom } from "../support/policies.ts";
import { lettingAlerts } from "../support/restrictions.ts";

let engine: Engine;
before(async () => {
  engine = await createEngine();
});

function accessOf(facts: DecideFacts, of: AskedOf): readonly AccessCell[] {
  const cells: AccessCell[] = [];
  for (const cell of cellsOf(facts, of, () => assert.fail("a small policy was cut")))
    if (cell !== null) cells.push(cell.tell());
  return cells;
}

/** The action by which cells know what is asked. */
function cellAction({ action, resource }: AccessRequest): string {
  if (resource.type !== "*" || action === "$export") return requestedAction(action, resource);
  return action === "history-system" || action === "history-type" ? "history-system" : "search-system";
}

/** The cell of a scope that a request is in: its own type's, or else that of all others. */
function cellFor(cells: readonly AccessCell[], scope: string, request: AccessRequest): AccessCell | undefined {
  const action = cellAction(request);
  const { type } = request.resource;
  const own = cells.filter((cell) => cell.scope === scope && cell.action === action);
  const exact = own.find((cell) => cell.resourceType === type);
  return exact ?? (action === "$export" ? undefined : own.find((cell) => cell.resourceType === "*"));
}

/** What of a request is told when it is asked what can be reached; the rest stays open. */
const telling = fc.record({
  purpose: fc.boolean(),
  organization: fc.boolean(),
  context: fc.boolean(),
  consents: fc.constantFrom([], [], [consentOf({ id: "k", patient: "p1" })]),
  emergency: fc.constantFrom(null, null, null, "OPEN", "NONE"),
});

/** An emergency for whoever asks, each patient of the tests and the organization. */
const emergencies = ({ context, resource, subject }: AccessRequest): readonly KeptBreakGlass[] =>
  subject === null || resource.organization === null
    ? []
    : [...new Set([...patientsOf(resource), ...(context?.patient ? [context.patient] : [])])].map((patient) =>
        keptBreakGlass(patient, { subject, patient, organization: resource.organization ?? "", endsAt: NOW + 1 }),
      );

type Told = typeof telling extends fc.Arbitrary<infer Of> ? Of : never;

const factsFor = (rows: Rows, asked: AccessRequest, told: Told): DecideFacts => ({
  ...{ snapshot: snapshotFrom(rows), engine, now: NOW },
  gathered: { breakGlasses: told.emergency === "OPEN" ? emergencies(asked) : [], consents: told.consents },
});

/** A request as it is asked, and what of it is told. */
function asking(facts: DecideFacts, asked: AccessRequest, told: Told) {
  const purposeOfUse = told.emergency === null ? asked.purposeOfUse : "BTG";
  const scopes = scopesOf([facts], asked.clientId, asked.scopes);
  const request = { ...asked, purposeOfUse, scopes };
  return {
    request,
    scopes,
    of: {
      scopes,
      purposeOfUse: told.purpose || told.emergency !== null ? purposeOfUse : null,
      context: told.context ? asked.context : null,
      organization: told.organization ? asked.resource.organization : null,
    },
  };
}

/** Asserts that a request is allowed where the conditions of one of its cells hold, and nowhere else. */
function checkCells(facts: DecideFacts, request: AccessRequest, found: readonly AccessCell[]) {
  const { outcome } = decide(facts, request);
  const isAllowed = found.some((cell) => holdsFor(cell, request, facts));
  assert.equal(
    isAllowed ? "ALLOW" : "DENY",
    outcome,
    `${JSON.stringify(request)}\n${JSON.stringify(found, null, 1)}\n${JSON.stringify(request.scopes)}`,
  );
  return outcome;
}

/** Asserts that the cells of a request say of it what decide does. Answers that, and the cells. */
function checkRequest(rows: Rows, asked: AccessRequest, told: Told) {
  const facts = factsFor(rows, asked, told);
  const { of, request, scopes } = asking(facts, asked, told);
  const { clientId, subject } = request;
  const cells = accessOf(facts, { ...of, clientId, subject });
  const found = scopes.flatMap((scope) => cellFor(cells, scope, request) ?? []);
  const outcome = checkCells(facts, request, found);
  for (const cell of found)
    assert.ok(cell.access !== "DENY" || cell.reasons.length > 0, "a denial has its nearest miss");
  return { outcome, found };
}

const broken = { OPEN: { ALLOW: 0, DENY: 0 }, NONE: { ALLOW: 0, DENY: 0 } };
test("a cell is what decide answers: ALLOW for every request, DENY for every one, CONDITIONAL as its conditions say", () => {
  const [seen, answers] = [new Map<string, number>(), { ALLOW: 0, DENY: 0 }];
  fc.assert(
    fc.property(
      policies,
      fc.array(fc.tuple(requests, fc.nat({ max: 40 }), telling), { minLength: 4, maxLength: 4 }),
      (rows, asked) => {
        for (const [any, n, told] of asked)
          for (const request of [any, aimed(rows, any, n)]) {
            if (request.action === "_history" && request.resource.type === "*") continue;
            const { found, outcome } = checkRequest(rows, request, told);
            answers[outcome]++;
            if (told.emergency !== null) broken[told.emergency][outcome]++;
            for (const { access } of found) seen.set(access, (seen.get(access) ?? 0) + 1);
          }
      },
    ),
    { numRuns: runs(600) },
  );
  for (const access of ["ALLOW", "CONDITIONAL", "DENY"])
    assert.ok((seen.get(access) ?? 0) > atLeast(3), `${access} in ${JSON.stringify([...seen])}`);
  assert.ok(
    broken.OPEN.ALLOW > atLeast(0) && broken.OPEN.DENY > atLeast(5) && broken.NONE.ALLOW === 0,
    JSON.stringify(broken),
  );
  assert.ok(answers.ALLOW > atLeast(15) && answers.DENY > atLeast(100), JSON.stringify(answers));
});

/** All pages of a question. */
async function everyCell(ask: (after: string | null) => Promise<AccessPage>): Promise<readonly AccessCell[]> {
  const cells: AccessCell[] = [];
  for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
    const page: AccessPage = await ask(after);
    cells.push(...page.cells);
    after = page.endCursor;
  }
  return cells;
}

const wordsOf = ({ access, conditions }: CellAccess) => [
  access,
  conditions.flatMap(({ cel }) => cel.split(/[()|& ]+/)).sort(),
];

test("with a change, access is what is decided after it and before what was; and each cell of either answer is there, saying the same", async () => {
  const seen = { changed: 0, same: 0, ALLOW: 0, DENY: 0 };
  const questions = fc.array(fc.tuple(requests, fc.nat({ max: 40 }), telling), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(policies, policies, questions, async (one, other, asked) => {
      for (const [any, n, told] of asked)
        for (const request of [any, aimed(other, any, n)]) {
          if (request.action === "_history" && request.resource.type === "*") continue;
          const [before, facts] = [one, other].map((rows) => factsFor(rows, request, told)) as [
            DecideFacts,
            DecideFacts,
          ];
          const { clientId, subject } = request;
          const scopes = scopesOf([before, facts], clientId, request.scopes);
          const { of } = asking(facts, { ...request, scopes }, told);
          const question = { ...of, scopes: request.scopes, subject };
          const breathe = async () => {};
          const ask = (with_: DecideFacts, without: DecideFacts | null, most: number) =>
            everyCell((after) =>
              clientAccess(with_, clientId, { of: { ...question, first: most, after }, breathe, before: without }),
            );
          const cells = await ask(facts, before, 7);
          const decided = { ...asking(facts, { ...request, scopes }, told).request, scopes };
          const found = scopes.flatMap((scope) => cellFor(cells, scope, decided) ?? []);
          seen[checkCells(facts, decided, found)]++;
          checkCells(
            before,
            decided,
            found.map((cell) => ({ ...cell, ...(cell.before ?? {}) })),
          );
          for (const cell of cells) seen[cell.before === null ? "same" : "changed"]++;
          const byKey = new Map(
            cells.map((cell) => [JSON.stringify([cell.scope, cell.action, cell.resourceType]), cell]),
          );
          assert.equal(byKey.size, cells.length, "each cell once");
          for (const [policy, sideOf] of [
            [facts, (cell: AccessCell) => cell],
            [before, (cell: AccessCell) => ({ ...cell, ...(cell.before ?? {}) })],
          ] as const)
            for (const cell of await ask(policy, null, 500)) {
              const same = byKey.get(JSON.stringify([cell.scope, cell.action, cell.resourceType]));
              // Of what is no scope by one policy the other may have cells.
              if (same === undefined && cell.action === "*") continue;
              assert.ok(same !== undefined, JSON.stringify(cell));
              assert.deepEqual(wordsOf(sideOf(same)), wordsOf(cell));
            }
        }
    }),
    { numRuns: runs(150) },
  );
  assert.ok(
    seen.changed > atLeast(100) && seen.same > atLeast(100) && seen.ALLOW > atLeast(5) && seen.DENY > atLeast(50),
    JSON.stringify(seen),
  );
});

const rolesHeld = fc.record({
  roles: fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }),
  everywhere: fc.boolean(),
});

/** All cells of whoever holds a role, over pages. */
async function heldCells(facts: DecideFacts, clientId: string, of: Omit<AskedOf, "clientId" | "subject">) {
  const cells = await everyCell(async (after) => {
    const asked = { of: { ...of, subject: null, first: 40, after }, breathe: async () => {} };
    const page = await holderAccess(facts, clientId, asked);
    assert.equal(page.complete, page.endCursor === null);
    return page;
  });
  assert.equal(new Set(cells.map((cell) => JSON.stringify(cell))).size, cells.length, "each cell once");
  return cells;
}

test("a cell of HOLDERS is what decide answers whoever holds exactly that role, and of several roles the sum or their own cells", async () => {
  const [answers, ofSeveral] = [
    { ALLOW: 0, DENY: 0 },
    { sum: 0, own: 0 },
  ];
  const questions = fc.array(fc.tuple(requests, fc.nat({ max: 40 }), telling, rolesHeld), {
    minLength: 2,
    maxLength: 2,
  });
  const check = async (some: Rows, any: AccessRequest, told: Told, held: readonly string[], everywhere: boolean) => {
    const subject = any.subject ?? { id: "p1", type: "user", organization: null, roles: null, attributes: null };
    const asked = { ...any, subject: { ...subject, roles: null } };
    const place = (!everywhere && told.organization ? asked.resource.organization : null) ?? "*";
    const none = { clientId: null, validFrom: null, validUntil: null };
    const rows: Rows = {
      ...some,
      assignments: [
        ...some.assignments.filter(
          ({ subjectId, subjectType }) => subjectId !== subject.id || subjectType !== subject.type,
        ),
        ...held.map((role) => ({
          ...none,
          subjectId: subject.id,
          subjectType: subject.type,
          role,
          organization: place,
        })),
      ],
    };
    const facts = factsFor(rows, asked, told);
    const { of, request, scopes } = asking(facts, asked, told);
    const cells = await heldCells(facts, request.clientId, of);
    const { roles } = facts.snapshot;
    const direct = held.filter(
      (role) => !held.some((other) => other !== role && inheritedBy(roles, [other]).has(role)),
    );
    const isOf = (cell: AccessCell, names: readonly string[]): boolean =>
      cell.by === "HOLDERS" && [cell.role, ...cell.alsoHeld].join() === [...names].sort().join();
    const found = scopes.flatMap((scope) => {
      const here = cells.filter((cell) => cell.scope === scope && cell.action === cellAction(request));
      const own = here.filter((cell) => direct.length > 1 && isOf(cell, direct));
      if (direct.length > 1) ofSeveral[own.length > 0 ? "own" : "sum"]++;
      if (own.length > 0) return cellFor(own, scope, request) ?? [];
      const each = direct.length === 0 ? ["*"] : direct;
      return each.flatMap(
        (role) =>
          cellFor(
            here.filter((cell) => isOf(cell, [role])),
            scope,
            request,
          ) ?? [],
      );
    });
    answers[checkCells(facts, request, found)]++;
  };
  // Pairs of roles with cells of their own are rare, and so are accesses that are allowed.
  const isEnough = () => ofSeveral.own > atLeast(3) && answers.ALLOW > atLeast(10);
  await untilTried(isEnough, () =>
    fc.assert(
      fc.asyncProperty(policies, questions, async (rows, asked) => {
        for (const [any, n, told, { everywhere, roles }] of asked) {
          const held = [...new Set(roles.map((i) => rows.roles[i]?.name).filter((name) => name !== undefined))];
          for (const request of [any, aimed(rows, any, n)])
            if (request.action !== "_history" || request.resource.type !== "*")
              await check(rows, request, told, held, everywhere);
        }
      }),
      { numRuns: runs(300) },
    ),
  );
  assert.ok(answers.ALLOW > atLeast(10) && answers.DENY > atLeast(100), JSON.stringify(answers));
  assert.ok(ofSeveral.own > atLeast(3) && ofSeveral.sum > atLeast(30), JSON.stringify(ofSeveral));
});

test("a type that one policy alone tells from others has a cell with both, whichever comes first", async () => {
  const grants = [{ clientId: "c1", scope: "system/*.rs", validFrom: null, validUntil: null }];
  const denying = { ...RULE, id: "no", resourceType: "Condition", effect: "DENY" as const };
  const [open, closed] = [[RULE], [RULE, denying]].map(
    (rules): DecideFacts => ({
      ...{ snapshot: snapshotFrom({ ...ROWS, grants, rules }), engine, now: NOW },
    }),
  ) as [DecideFacts, DecideFacts];
  const of = {
    scopes: null,
    purposeOfUse: null,
    context: null,
    organization: null,
    subject: null,
    first: 500,
    after: null,
  };
  const breathe = async () => {};
  for (const [facts, before, expected] of [
    [closed, open, ["DENY", "ALLOW"]],
    [open, closed, ["ALLOW", "DENY"]],
  ] as const) {
    const { cells } = await clientAccess(facts, "c1", { of, breathe, before });
    const read = cells.filter(({ action }) => action === "read");
    assert.deepEqual(
      read.map((cell) => [cell.resourceType, cell.access, cell.before?.access ?? null]),
      [
        ["*", "ALLOW", null],
        ["Condition", ...expected],
      ],
    );
  }
});

test("so for holders and for a subject: each cell of either answer is there with a change, saying the same, and no other but a denied one", async () => {
  const seen = { holders: 0, subject: 0, changed: 0 };
  const breathe = async () => {};
  const SUBJECT = { id: "p1", type: "user", organization: null, roles: null, attributes: null };
  const keyOf = ({ alsoHeld, action, clientId, resourceType, role, scope }: AccessCell) =>
    JSON.stringify([clientId, role, alsoHeld, scope, action, resourceType]);
  await fc.assert(
    fc.asyncProperty(policies, policies, async (one, other) => {
      const [was, is] = [one, other].map((rows) => ({ snapshot: snapshotFrom(rows), engine, now: NOW }));
      assert.ok(was !== undefined && is !== undefined);
      const of = { scopes: null, purposeOfUse: null, context: null, organization: "o1" };
      for (const kind of ["holders", "subject"] as const) {
        const ask = (facts: DecideFacts, before: DecideFacts | null) =>
          everyCell((after) =>
            kind === "holders"
              ? holderAccess(facts, "c1", { of: { ...of, subject: null, first: 9, after }, breathe, before })
              : subjectAccess(facts, { of: { ...of, subject: SUBJECT, first: 9, after }, breathe, before }),
          );
        const cells = await ask(is, was);
        const byKey = new Map(cells.map((cell) => [keyOf(cell), cell]));
        assert.equal(byKey.size, cells.length, "each cell once");
        seen.changed += cells.filter(({ before }) => before !== null).length;
        const sides: readonly (readonly [DecideFacts, (cell: AccessCell) => CellAccess])[] = [
          [is, (cell) => cell],
          [was, (cell) => cell.before ?? cell],
        ];
        for (const [facts, sideOf] of sides) {
          const alone = await ask(facts, null);
          for (const cell of alone) {
            const same = byKey.get(keyOf(cell));
            assert.ok(same !== undefined, JSON.stringify(cell));
            assert.deepEqual(wordsOf(sideOf(same)), wordsOf(cell));
            seen[kind]++;
          }
          const told = new Set(alone.map(keyOf));
          for (const cell of cells) {
            // What has no cell of its own is in that of all types, or of somebody with no such role, or is what each role has alone; and
            // a scope that is granted by the other policy alone may be held in part.
            const others = [
              { ...cell, resourceType: "*" },
              { ...cell, role: "*" },
              { ...cell, role: "*", resourceType: "*" },
            ];
            const isPresented = scopesOf([facts], cell.clientId, null).includes(cell.scope);
            if (!isPresented || cell.alsoHeld.length > 0 || [cell, ...others].some((each) => told.has(keyOf(each))))
              continue;
            assert.equal(sideOf(cell).access, "DENY", JSON.stringify(cell));
          }
        }
      }
    }),
    { numRuns: runs(100) },
  );
  assert.ok(
    seen.holders > atLeast(50) && seen.subject > atLeast(20) && seen.changed > atLeast(50),
    JSON.stringify(seen),
  );
});

/** A policy in which every client may read and search by a scope with a patient in context, where no rule denies it. */
function openToPatients(rows: Rows): Rows {
  const none = { description: null, justification: null, obligations: [], when: null };
  const rule = { ...none, role: "*", scope: "patient/*.rs", action: "*", resourceType: "*", effect: "ALLOW" } as const;
  return {
    ...rows,
    clients: rows.clients.map((client) => ({ ...client, status: "ACTIVE" })),
    grants: [
      ...rows.grants.filter(({ scope }) => scope !== "patient/*.rs"),
      ...rows.clients.map(({ id }) => ({ clientId: id, scope: "patient/*.rs", validFrom: null, validUntil: null })),
    ],
    rules: [...rows.rules.slice(0, 3), { ...rule, id: "open" }],
  };
}

test("so is one of what belongs to no patient, as the organization has it or all do", () => {
  const reached = { ALLOW: 0, DENY: 0 };
  const of = fc.record({
    type: fc.constantFrom("Organization", "Practitioner", "Medication", "Observation"),
    action: fc.constantFrom("read", "search"),
    patient: fc.constantFrom(null, null, null, "p1", "p2"),
    organization: fc.constantFrom(null, "o1", "o2"),
  });
  fc.assert(
    fc.property(policies, fc.array(fc.tuple(requests, of, telling), { minLength: 6, maxLength: 6 }), (some, asked) => {
      const rows = openToPatients(some);
      for (const [any, { action, ...resource }, told] of asked) {
        const nothing = { attributes: null, ipAddress: null, region: null, tokenId: null, userAgent: null };
        const { outcome } = checkRequest(
          rows,
          {
            ...any,
            action,
            scopes: ["patient/*.rs"],
            context: { ...nothing, patient: "p1" },
            resource: { ...any.resource, ...resource, patients: null },
          },
          told,
        );
        if (resource.patient === null && resource.type !== "Observation" && action === "read") reached[outcome]++;
      }
    }),
    { numRuns: runs(150) },
  );
  assert.ok(reached.ALLOW > atLeast(3) && reached.DENY > atLeast(20), JSON.stringify(reached));
});

const VERSION: Omit<ScopeVersion, "atoms" | "declarations" | "version"> = {
  ...{ name: "s1", title: null, description: null, translations: [], justification: null, replacedBy: null },
  ...{ deprecatedAt: null, sunsetAt: null, retiredAt: null, state: "ACTIVE", requiresConsent: false },
};
const RULE: Rule = {
  ...{ id: "any", role: "*", scope: "*", action: "*", resourceType: "*", when: null, effect: "ALLOW" },
  ...{ obligations: [], description: null, justification: null },
};
const ROWS: Rows = {
  clients: [
    { id: "c1", name: "A client", status: "ACTIVE", description: null, protocolScopes: null, careCritical: false },
  ],
  ...{ scopes: [], roles: [], assignments: [], rules: [RULE] },
  grants: ["s1", "system/*.rs"].map((scope) => ({ clientId: "c1", scope, validFrom: null, validUntil: null })),
};
const NOTHING_TOLD: Told = { purpose: false, organization: false, context: false, consents: [], emergency: null };
const READ: AccessRequest = {
  ...{ clientId: "c1", subject: null, scopes: ["s1"], action: "read", purposeOfUse: null, context: null },
  resource: {
    type: "Observation",
    id: "x",
    patient: "p1",
    patients: null,
    organization: null,
    labels: null,
    attributes: {},
  },
  requestId: null,
};

test("where two versions of a scope are in use, the newest that covers a resource says whether consent is asked for", () => {
  const of = (constraint: string | null) => {
    const declarations = [{ context: "ANY", resourceType: "Observation", actions: ["read"], constraint }] as const;
    const atoms = atomsOf(declarations);
    assert.ok(atoms.ok);
    return { declarations, atoms: atoms.value };
  };
  const old = { state: "DEPRECATED", deprecatedAt: NOW - 1, sunsetAt: NOW + 1 } as const;
  const scopes = [
    { ...VERSION, ...of(null), ...old, version: 1 },
    { ...VERSION, ...of("category=a"), version: 2, requiresConsent: true },
  ];
  const outcomes = ["a", "b"].map((category) => {
    const request = { ...READ, resource: { ...READ.resource, attributes: { category } } };
    return checkRequest({ ...ROWS, scopes }, request, NOTHING_TOLD).outcome;
  });
  assert.deepEqual(outcomes, ["DENY", "ALLOW"]);
});

test("a search over all types is what a rule about one of them denies", () => {
  const search = {
    ...READ,
    ...{ action: "search-system", scopes: ["system/*.rs"] },
    resource: { ...READ.resource, type: "*", id: null, patient: null, attributes: null },
  };
  const denied = { ...RULE, id: "no-todo", action: "search", resourceType: "Condition", effect: "DENY" as const };
  const outcomes = [[], [denied]].map(
    (more) => checkRequest({ ...ROWS, rules: [RULE, ...more] }, search, NOTHING_TOLD).outcome,
  );
  assert.deepEqual(outcomes, ["ALLOW", "DENY"]);
});

test("where an organization asks for a purpose, and none is told, a cell is for requests that declare one", () => {
  const [unset] = lettingAlerts(undefined, [["o1", null]]);
  assert.ok(unset !== undefined);
  const rows = { ...ROWS, organizations: [{ ...unset, purposeRequired: true }] };
  const asked = { ...READ, scopes: ["system/*.rs"] };
  const outcomes = [
    { organization: "o1", purposeOfUse: null },
    { organization: "o1", purposeOfUse: "TREAT" as const },
    { organization: "o2", purposeOfUse: null },
  ].map(({ organization, purposeOfUse }) => {
    const request = { ...asked, purposeOfUse, resource: { ...READ.resource, organization } };
    const told = [NOTHING_TOLD, { ...NOTHING_TOLD, organization: true }];
    const found = told.map((each) => checkRequest(rows, request, each));
    return [found[0]?.outcome, ...found.map(({ found: [cell] }) => cell?.access)];
  });
  assert.deepEqual(outcomes, [
    ["DENY", "CONDITIONAL", "CONDITIONAL"],
    ["ALLOW", "CONDITIONAL", "CONDITIONAL"],
    ["ALLOW", "CONDITIONAL", "ALLOW"],
  ]);
});

test("a type that is denied beside a cell of all types is listed: it would seem to be allowed", async () => {
  const grants = [{ clientId: "c1", scope: "user/*.rs", validFrom: null, validUntil: null }];
  const rules = [RULE, { ...RULE, id: "no", resourceType: "Condition", effect: "DENY" as const }];
  const facts = { snapshot: snapshotFrom({ ...ROWS, grants, rules }), engine, now: NOW };
  const subject = { id: "p1", type: "user", organization: null, roles: null, attributes: null };
  const of = { scopes: null, purposeOfUse: null, context: null, organization: null, first: 500, after: null };
  const breathe = async () => {};
  for (const { cells } of [
    await subjectAccess(facts, { of: { ...of, subject }, breathe }),
    await holderAccess(facts, "c1", { of: { ...of, subject: null }, breathe }),
  ]) {
    const read = cells.filter(({ action }) => action === "read");
    assert.deepEqual(
      read.map(({ access, resourceType }) => [resourceType, access]),
      [
        ["*", "ALLOW"],
        ["Condition", "DENY"],
      ],
    );
  }
});

test("what a role closes of one type alone it takes from who holds another, also where other types are closed to both", async () => {
  const grants = [{ clientId: "c1", scope: "user/*.r", validFrom: null, validUntil: null }];
  const rules = [
    { ...RULE, role: "nurse", resourceType: "Condition" },
    { ...RULE, id: "no", role: "trainee", resourceType: "Condition", effect: "DENY" as const },
  ];
  const held = { subjectId: "p1", subjectType: "user", organization: "*", clientId: null };
  const assignments = ["nurse", "trainee"].map((role) => ({ ...held, role, validFrom: null, validUntil: null }));
  const roles = ["nurse", "trainee"].map((name) => ({ name, inherits: [], description: null }));
  const facts = {
    ...{ snapshot: snapshotFrom({ ...ROWS, assignments, grants, roles, rules }), engine, now: NOW },
  };
  const of = { scopes: null, purposeOfUse: null, context: null, organization: null, subject: null };
  const { cells } = await holderAccess(facts, "c1", {
    of: { ...of, first: 500, after: null },
    breathe: async () => {},
  });
  assert.deepEqual(
    cells.map(({ access, alsoHeld, resourceType, role }) => [role, alsoHeld, resourceType, access]),
    [
      ["nurse", [], "Condition", "ALLOW"],
      ["nurse", ["trainee"], "*", "DENY"],
    ],
  );
});

test("of several ways each keeps its own conditions, and what all have in common stands by itself", () => {
  const condition = (cel: string) => ({ cel, text: `if ${cel}` });
  const [a, b, c] = ["a", "b", "c"].map(condition) as [AccessCondition, AccessCondition, AccessCondition];
  assert.deepEqual(accessBy([]), { access: "DENY", conditions: [] });
  assert.deepEqual(accessBy([[a], []]), { access: "ALLOW", conditions: [] });
  assert.deepEqual(accessBy([[a, b], [a]]), { access: "CONDITIONAL", conditions: [a] });
  assert.deepEqual(
    accessBy([
      [a, b],
      [a, c],
    ]),
    { access: "CONDITIONAL", conditions: [a, { cel: "(b || c)", text: "if b; or if c" }] },
  );
  assert.deepEqual(accessBy([[a, b], [c]]).conditions, [{ cel: "((a && b) || c)", text: "if a, if b; or if c" }]);
});
