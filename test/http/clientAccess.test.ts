import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { encodeCursor } from "../../src/doors/cursors.ts";
import { applyPolicy, type Service, seedHospital, startService } from "./support.ts";

let service: Service;
let [reviewer, auditor, other, admin] = ["", "", "", ""];
const NOW = Date.parse("2026-11-24T12:00:00Z");
let hospital = 0;

before(async () => {
  service = await startService({}, { clock: () => NOW });
  await seedHospital(service);
  hospital = service.app.domain.policy.current().revision;
  reviewer = (await service.createKey("REVIEWER")).key;
  auditor = (await service.createKey("AUDITOR")).key;
  other = (await service.createKey("SERVICE")).key;
  admin = (await service.createKey("ADMIN")).key;
});
after(() => service.stop());

const MEMBERS =
  "policyRevision complete pageInfo { hasNextPage endCursor } cells { clientId scope resourceType action access conditions { cel text } reasons { code message ruleId } }";
const CLIENT = `query($input: ClientAccessInput!, $first: Int, $after: String) { clientAccess(input: $input, first: $first, after: $after) { ${MEMBERS} } }`;
const SUBJECT = `query($input: SubjectAccessInput!, $first: Int, $after: String) { subjectAccess(input: $input, first: $first, after: $after) { ${MEMBERS} } }`;

interface Cell {
  readonly clientId: string;
  readonly scope: string;
  readonly resourceType: string;
  readonly action: string;
  readonly access: string;
  readonly conditions: readonly { readonly cel: string; readonly text: string }[];
  readonly reasons: readonly { readonly code: string; readonly message: string; readonly ruleId: string | null }[];
}
interface Page {
  readonly policyRevision: number;
  readonly complete: boolean;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly cells: readonly Cell[];
}

/** What is asked, and which part of the answer. */
type Asked = Readonly<Record<string, unknown>>;
const variablesOf = ({ first, after, ...input }: Asked) => ({ input, first, after });
async function pageOf(query: string, asked: Asked, key = reviewer): Promise<Page> {
  const { body, text } = await service.ask(query, { key, variables: variablesOf(asked) });
  assert.equal(body.errors, undefined, text);
  return body.data.clientAccess ?? body.data.subjectAccess;
}
const access = (input: Asked): Promise<Page> => pageOf(CLIENT, input);
const cellOf = ({ cells }: Page, scope: string, action: string, resourceType?: string): Cell => {
  const found = cells.find(
    (cell) =>
      cell.scope === scope && cell.action === action && cell.resourceType === (resourceType ?? cell.resourceType),
  );
  assert.ok(found, `${scope} ${action}`);
  return found;
};
const texts = ({ conditions }: Cell): readonly string[] => conditions.map(({ text }) => text);
const NINA = { subject: { id: "nina", organization: "general-hospital" }, purposeOfUse: "TREAT" };

describe("what a client can see", () => {
  test("for a nurse: what rules allow, under what is left of their conditions, and the nearest miss", async () => {
    const page = await access({ clientId: "ehr", ...NINA });
    assert.deepEqual([page.policyRevision, page.complete, page.pageInfo.endCursor], [hospital, true, null]);
    const labs = cellOf(page, "view_lab_results", "read");
    assert.equal(labs.access, "CONDITIONAL");
    assert.deepEqual(texts(labs), [
      "only Observation resources of category laboratory",
      "not if the resource is labelled V and nina is not among the resource's careTeam, or if that is not given",
    ]);
    assert.deepEqual(
      labs.reasons.map(({ code, ruleId }) => [code, ruleId]),
      [["ALLOWED_BY_RULE", "clinician-view-labs"]],
    );
    assert.ok(
      texts(cellOf(page, "view_clinical_notes", "read")).includes(
        "not if it can't be told whether the resource is labelled PSYTHPN",
      ),
    );
    const { access: prescribes, conditions, reasons } = cellOf(page, "create_prescription", "create");
    assert.deepEqual([prescribes, conditions, reasons[0]?.code], ["DENY", [], "NO_MATCHING_RULE"]);
    assert.match(reasons[0]?.message ?? "", /needs the role provider/);
  });

  test("for the patient, by SMART scopes: whose the resource must be, and of what category", async () => {
    const page = await access({ clientId: "us-core-app", subject: { id: "ada" }, purposeOfUse: "PATRQT" });
    const category = "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item";
    const cell = cellOf(page, `patient/Condition.rs?category=${category}`, "read");
    assert.deepEqual(texts(cell), [
      "only for the patient in context",
      "only Condition resources of category problem-list-item",
      "only if the patient in context is ada",
    ]);
    assert.ok(cell.conditions.some(({ cel }) => cel === `meets("category=${category}")`));
    const known = await access({
      ...{ clientId: "us-core-app", subject: { id: "ada" }, purposeOfUse: "PATRQT" },
      context: { patient: "Patient/ben" },
    });
    assert.equal(cellOf(known, `patient/Condition.rs?category=${category}`, "read").access, "DENY");
  });

  test("for itself, in an organization that is not said: in which ones", async () => {
    const page = await access({ clientId: "nightly-pipeline" });
    const cell = cellOf(page, "system/Observation.rs", "search");
    assert.deepEqual(texts(cell).slice(0, 2), ["only in general-hospital", "only if the purpose of use is HOPERAT"]);
    const there = await access({
      clientId: "nightly-pipeline",
      organization: "general-hospital",
      purposeOfUse: "HOPERAT",
    });
    assert.ok(!texts(cellOf(there, "system/Observation.rs", "search")).some((text) => text.startsWith("only in")));
    const elsewhere = await access({ clientId: "nightly-pipeline", organization: "city-lab" });
    assert.equal(cellOf(elsewhere, "system/Observation.rs", "search").access, "DENY");
  });

  test("a suspended client, scopes that have ended, and texts that are no scope are denied with their reasons", async () => {
    const codeOf = async (input: Asked): Promise<readonly string[]> => {
      const { cells } = await access(input);
      assert.ok(cells.every((cell) => cell.access === "DENY"));
      return [...new Set(cells.map(({ reasons }) => reasons[0]?.code ?? ""))];
    };
    assert.deepEqual(await codeOf({ clientId: "old-kiosk", subject: { id: "paul" } }), ["CLIENT_SUSPENDED"]);
    assert.deepEqual(await codeOf({ clientId: "ehr", ...NINA, scopes: ["view_genetic_reports"] }), [
      "SCOPE_NOT_ACTIVE",
    ]);
    assert.deepEqual(await codeOf({ clientId: "ehr", ...NINA, scopes: ["nothing"] }), ["UNKNOWN_SCOPE"]);
    assert.deepEqual(await codeOf({ clientId: "ehr", ...NINA, scopes: ["openid"] }), ["NO_SCOPES"]);
    assert.deepEqual(await codeOf({ clientId: "trial-app", ...NINA, scopes: ["view_lab_results"] }), [
      "SCOPE_NOT_GRANTED",
    ]);
    assert.deepEqual((await access({ clientId: "trial-app", ...NINA })).cells, []);
  });

  test("agrees with authorize for concrete requests", async () => {
    const page = await access({ clientId: "ehr", ...NINA });
    const ask = async (action: string, scope: string, type: string): Promise<string> => {
      const input = {
        clientId: "ehr",
        subject: { id: "nina" },
        scopes: [scope],
        purposeOfUse: "TREAT",
        ...{ action, resource: { type, id: "x", organization: "general-hospital", labels: ["N"] } },
      };
      const { body } = await service.ask("query($input: AuthorizeInput!) { authorize(input: $input) { outcome } }", {
        key: other,
        variables: { input },
      });
      return body.data.authorize.outcome;
    };
    for (const [scope, type] of [
      ["view_procedures", "Procedure"],
      ["view_medication_records", "MedicationRequest"],
      ["create_prescription", "MedicationRequest"],
      ["update_care_plans", "CarePlan"],
    ] as const)
      for (const { access: cell, action } of page.cells.filter((each) => each.scope === scope))
        assert.equal(await ask(action, scope, type), cell === "DENY" ? "DENY" : "ALLOW", `${scope} ${action}`);
  });

  test("at a date, and by an older revision", async () => {
    const ivy = { clientId: "ehr", subject: { id: "ivy", organization: "general-hospital" }, purposeOfUse: "TREAT" };
    assert.equal(cellOf(await access(ivy), "view_lab_results", "read").access, "DENY");
    const later = await access({ ...ivy, asOf: "2031-06-01T00:00:00Z" });
    assert.deepEqual(
      [cellOf(later, "view_lab_results", "read").access, later.policyRevision],
      ["CONDITIONAL", hospital],
    );
    const before = await service.ask(CLIENT, {
      key: reviewer,
      variables: { input: { ...ivy, asOf: "2020-01-01T00:00:00Z" } },
    });
    assert.match(before.text, /there is no client ehr at revision 0/);
    const { policyRevision } = await access({ ...ivy, asOfRevision: hospital - 1 });
    assert.equal(policyRevision, hospital - 1);
  });

  test("page by page, each cell once", async () => {
    const all = await access({ clientId: "ehr", ...NINA });
    const found: Cell[] = [];
    for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
      const page: Page = await access({ clientId: "ehr", ...NINA, first: 7, after });
      assert.ok(page.cells.length <= 7 && pages < 20);
      assert.equal(page.complete, page.pageInfo.endCursor === null);
      found.push(...page.cells);
      after = page.pageInfo.endCursor;
    }
    assert.deepEqual(found, all.cells);
  });

  test("bad input is named and answered with nothing; services and admins may not ask", async () => {
    const problems = async (query: string, asked: Asked): Promise<readonly string[]> => {
      const { body, text } = await service.ask(query, { key: reviewer, variables: variablesOf(asked) });
      assert.equal(body.errors[0].extensions.code, "BAD_USER_INPUT", text);
      return (body.errors[0].extensions.problems ?? []).map(({ path }: { path: string }) => path);
    };
    assert.deepEqual(await problems(CLIENT, { clientId: "nobody" }), ["input.clientId"]);
    assert.deepEqual(await problems(CLIENT, { clientId: "ehr", first: 0 }), ["first"]);
    assert.deepEqual(await problems(CLIENT, { clientId: "ehr", after: "!" }), ["after"]);
    assert.deepEqual(await problems(CLIENT, { clientId: "ehr", asOfRevision: 9999 }), ["input.asOfRevision"]);
    assert.deepEqual(await problems(CLIENT, { clientId: "ehr", subject: { id: "" } }), ["input.subject.id"]);
    assert.deepEqual(await problems(CLIENT, { clientId: "ehr", subject: { id: "x", roles: ["no-role"] } }), [
      "input.subject.roles",
    ]);
    assert.deepEqual(await problems(SUBJECT, { subject: { id: "nina" }, first: 501 }), ["first"]);
    const forged = encodeCursor("subjectAccess", "[1]");
    assert.deepEqual(await problems(SUBJECT, { subject: { id: "nina" }, after: forged }), ["after"]);
    for (const key of [other, admin]) {
      const { body } = await service.ask(CLIENT, { key, variables: { input: { clientId: "ehr" } } });
      assert.equal(body.errors[0].extensions.code, "FORBIDDEN");
    }
    const asAuditor = await pageOf(CLIENT, { clientId: "ehr", ...NINA, first: 1 }, auditor);
    assert.equal(asAuditor.cells.length, 1);
  });
});

describe("what can be seen through a client that acts for people", () => {
  const HELD =
    "complete pageInfo { hasNextPage endCursor } cells { by role alsoHeld scope action resourceType access conditions { text } }";
  interface Held extends Cell {
    readonly by: string | null;
    readonly role: string | null;
    readonly alsoHeld: readonly string[];
  }
  interface HeldPage extends Page {
    readonly cells: readonly Held[];
    readonly holders: { complete: boolean; pageInfo: Page["pageInfo"]; cells: readonly Held[] } | null;
  }
  const BOTH = `query($input: ClientAccessInput!, $first: Int, $after: String) { clientAccess(input: $input, first: $first, after: $after) { ${HELD} holders { ${HELD} } } }`;
  const ask = (input: Asked) => pageOf(BOTH, input) as Promise<HeldPage>;
  const EHR = { clientId: "ehr", purposeOfUse: "TREAT", organization: "general-hospital" };
  const of = (cells: readonly Held[], ...roles: readonly string[]) =>
    cells.filter(({ alsoHeld, role }) => [role, ...alsoHeld].join() === roles.join());

  test("without a subject the cells are the client's own, as ever, and beside them is what holders of each role could reach", async () => {
    const { cells, holders } = await ask(EHR);
    assert.ok(cells.every(({ alsoHeld, by, role }) => by === "SELF" && role === null && alsoHeld.length === 0));
    assert.deepEqual(
      cells.map(({ access: own }) => own).filter((own) => own !== "DENY"),
      ["CONDITIONAL", "CONDITIONAL"],
      "what everyone may",
    );
    assert.ok(holders?.complete && holders.cells.every(({ access: held, by }) => by === "HOLDERS" && held !== "DENY"));
    const [nurse, labs] = [of(holders.cells, "nurse"), "view_lab_results"];
    assert.deepEqual(
      nurse.filter(({ scope }) => scope === labs).map(({ access: held, action }) => [action, held]),
      [
        ["read", "CONDITIONAL"],
        ["search", "CONDITIONAL"],
      ],
    );
    assert.deepEqual(
      of(holders.cells, "*").map(({ scope }) => scope),
      ["view_organizations", "view_organizations"],
    );
    const known = await ask({ ...EHR, organization: null, ...NINA });
    assert.ok(known.holders === null && known.cells.every(({ by }) => by === null));
    assert.deepEqual(
      nurse.map(({ action, resourceType, scope }) => [scope, action, resourceType]),
      known.cells
        .filter(({ access: own }) => own !== "DENY")
        .map(({ action, resourceType, scope }) => [scope, action, resourceType]),
      "Nina holds that role and no other",
    );
  });

  test("roles that somebody holds together are there where one takes away what the other gives", async () => {
    const { holders } = await ask(EHR);
    const together = holders?.cells.filter(({ alsoHeld }) => alsoHeld.length > 0) ?? [];
    assert.deepEqual(
      [...new Set(together.map(({ alsoHeld, role }) => [role, ...alsoHeld].join()))],
      ["admin,provider"],
    );
    assert.ok(together.every((cell) => texts(cell).includes("not if the resource's patients are given")));
  });

  test("by says which of both, page by page", async () => {
    const both = await ask(EHR);
    const self = await ask({ ...EHR, by: "SELF" });
    assert.deepEqual([self.cells, self.holders], [both.cells, null]);
    const found: Held[] = [];
    for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
      const page: HeldPage = await ask({ ...EHR, by: "HOLDERS", first: 100, after });
      assert.equal(page.holders, null);
      found.push(...page.cells);
      after = page.pageInfo.endCursor;
      assert.ok(pages < 9);
    }
    assert.deepEqual(found, both.holders?.cells);
    const first = await ask({ ...EHR, first: 3 });
    const cursor = first.holders?.pageInfo.endCursor;
    assert.deepEqual((await ask({ ...EHR, by: "HOLDERS", after: cursor })).cells, found.slice(3));
    for (const [input, path] of [
      [{ ...EHR, by: "HOLDERS", subject: { id: "nina" } }, "input.by"],
      [{ ...EHR, after: cursor }, "after"],
      [{ ...EHR, by: "HOLDERS", after: first.pageInfo.endCursor }, "after"],
    ] as const) {
      const { body } = await service.ask(BOTH, { key: reviewer, variables: variablesOf(input) });
      assert.deepEqual(
        [body.errors[0].extensions.code, body.errors[0].extensions.problems[0].path],
        ["BAD_USER_INPUT", path],
      );
    }
  });

  test("nobody reaches anything through a client that is suspended", async () => {
    const { holders } = await ask({ clientId: "old-kiosk" });
    assert.deepEqual(holders, {
      ...{ complete: true, cells: [] },
      pageInfo: { hasNextPage: false, endCursor: null },
    });
  });
});

describe("what can be seen for a subject", () => {
  test("over all clients what is not denied, page by page", async () => {
    const all = await pageOf(SUBJECT, NINA);
    assert.equal(all.complete, true);
    assert.ok(all.cells.every((cell) => cell.access !== "DENY"));
    const clients = [...new Set(all.cells.map(({ clientId }) => clientId))];
    assert.ok(clients.includes("ehr") && clients.length > 1, clients.join());
    assert.deepEqual(clients, [...clients].sort());
    const own = (await access({ clientId: "ehr", ...NINA })).cells.filter((cell) => cell.access !== "DENY");
    assert.deepEqual(
      all.cells.filter(({ clientId }) => clientId === "ehr"),
      own,
    );
    const found: Cell[] = [];
    for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
      const page: Page = await pageOf(SUBJECT, { ...NINA, first: 5, after });
      found.push(...page.cells);
      after = page.pageInfo.endCursor;
      assert.ok(pages < 50);
    }
    assert.deepEqual(found, all.cells);
  });
});

describe("two revisions compared", () => {
  const COMPARE = `query($from: Int!, $to: Int!) { comparePolicy(from: $from, to: $to) { fromRevision toRevision rowCount complete
    rows(first: 10) { noun key summary } access { complete equal cells { clientId role scope action resourceType change before after example } } } }`;
  const compare = async (from: number, to: number) => {
    const { body, text } = await service.ask(COMPARE, { key: reviewer, variables: { from, to } });
    assert.equal(body.errors, undefined, text);
    return body.data.comparePolicy;
  };

  test("as rows and as access, in both directions; a revision and itself differ in nothing", async () => {
    const answer = await applyPolicy(service, [
      {
        putRule: {
          id: "nurse-prescribe",
          role: "nurse",
          scope: "create_prescription",
          action: "create",
          resourceType: "MedicationRequest",
          effect: "ALLOW",
          when: 'purposeOfUse == "TREAT"',
        },
      },
      { deleteRule: { id: "nobody-approves-own-prescription" } },
      { revokeScope: { clientId: "ehr", scope: "view_procedures" } },
    ]);
    const revision = answer.body.data.applyPolicy.revision;
    const forward = await compare(revision - 1, revision);
    assert.deepEqual(
      [forward.fromRevision, forward.toRevision, forward.rowCount, forward.complete],
      [revision - 1, revision, 3, true],
    );
    assert.deepEqual(
      forward.rows.map(({ noun, key }: { noun: string; key: string }) => [noun, key]),
      [
        ["GRANT", '["ehr","view_procedures"]'],
        ["RULE", "nobody-approves-own-prescription"],
        ["RULE", "nurse-prescribe"],
      ],
    );
    type Compared = { change: string; scope: string; action: string; role: string | null; clientId: string | null };
    const told = (cells: readonly Compared[]) =>
      cells.map(({ action, change, clientId, role, scope }) => [change, clientId ?? role, scope, action]);
    assert.equal(forward.access.complete, true);
    assert.deepEqual(told(forward.access.cells), [
      ["WIDER", "*", "approve_prescription", "approve"],
      ["WIDER", "nurse", "create_prescription", "create"],
      ["NARROWER", "ehr", "view_procedures", "read"],
      ["NARROWER", "ehr", "view_procedures", "search"],
    ]);
    assert.match(forward.access.cells[1].example, /^New: nurse may create MedicationRequest with create_prescription/);
    const backward = await compare(revision, revision - 1);
    assert.deepEqual(
      told(backward.access.cells)
        .map(([change]) => change)
        .sort(),
      ["NARROWER", "NARROWER", "WIDER", "WIDER"],
    );
    const nothing = await compare(revision, revision);
    assert.deepEqual([nothing.rows, nothing.access], [[], { complete: true, equal: 0, cells: [] }]);
  });

  test("from the empty policy everything is wider, and a revision that there is not is named", async () => {
    const { access: all } = await compare(0, hospital);
    assert.ok(all.cells.length > 100);
    assert.ok(!all.cells.some(({ change }: { change: string }) => change === "NARROWER"));
    const { body } = await service.ask(COMPARE, { key: reviewer, variables: { from: 0, to: 9999 } });
    assert.deepEqual(
      body.errors[0].extensions.problems.map(({ path }: { path: string }) => path),
      ["to"],
    );
  });
});

describe("what could be seen with a change that is not made", () => {
  const CHANGED = `${MEMBERS.replace("cells {", "cells { by role before { access conditions { cel text } }")}`;
  const ASK = `query($input: ClientAccessInput!, $first: Int, $after: String) { clientAccess(input: $input, first: $first, after: $after) { ${CHANGED} holders { ${CHANGED.replace("policyRevision", "")} } } }`;
  const OF_SUBJECT = `query($input: SubjectAccessInput!, $first: Int, $after: String) { subjectAccess(input: $input, first: $first, after: $after) { ${CHANGED} } }`;
  const PATIENT = `query($operations: [PolicyOperation!], $after: String) { patientAccess(patient: "ada", first: 200, after: $after, operations: $operations) {
    policyRevision complete pageInfo { endCursor } edges { node { clientId asItself role organization purposeOfUse holders access
      reaches { scope ruleId access actions } before { access holders reaches { scope ruleId access actions } } } } } }`;
  interface Changed extends Cell {
    readonly role: string | null;
    readonly before: Pick<Cell, "access" | "conditions"> | null;
  }
  interface ChangedPage extends Page {
    readonly cells: readonly Changed[];
    readonly holders?: { readonly cells: readonly Changed[] } | null;
  }
  const OPERATIONS = [
    { putRole: { name: "scribe" } },
    {
      putRule: {
        ...{ id: "scribes-read-notes", role: "scribe", scope: "view_clinical_notes", action: "read" },
        ...{ resourceType: "*", effect: "ALLOW" },
      },
    },
    { revokeScope: { clientId: "ehr", scope: "view_lab_results" } },
    { putClient: { id: "new-app", name: "A new app" } },
    { grantScope: { clientId: "new-app", scope: "view_clinical_notes" } },
  ];
  const ask = async (query: string, input: Asked) => (await pageOf(query, input)) as ChangedPage;
  const keyOf = ({ action, clientId, resourceType, role, scope }: Changed): string =>
    [clientId, role, scope, action, resourceType].join();
  const answers = (cells: readonly Changed[], side: "access" | "before") =>
    new Map(
      cells.flatMap((cell) => {
        const { access, conditions } = side === "before" ? (cell.before ?? cell) : cell;
        return access === "DENY" ? [] : [[keyOf(cell), { access, conditions }] as const];
      }),
    );
  async function patientRows(operations: object[] | null) {
    const rows: Record<string, unknown>[] = [];
    for (let after: string | null = null; ; ) {
      const { body, text } = await service.ask(PATIENT, { key: reviewer, variables: { operations, after } });
      assert.equal(body.errors, undefined, text);
      const { complete, edges, pageInfo } = body.data.patientAccess;
      rows.push(...edges.map(({ node }: { node: Record<string, unknown> }) => node));
      if (complete) return rows;
      after = pageInfo.endCursor;
    }
  }
  const rowsOf = (rows: readonly Record<string, unknown>[], side: "access" | "before") =>
    rows.flatMap(({ before, access, holders, reaches, ...key }) => {
      const said = side === "before" ? (before ?? { access, holders, reaches }) : { access, holders, reaches };
      return (said as { access: string }).access === "DENY" ? [] : [JSON.stringify([key, said])];
    });

  test("before is what is answered without it, access what is answered once it is made; for patients' data, too", async () => {
    const EHR = { clientId: "ehr", purposeOfUse: "TREAT", organization: "general-hospital" };
    const asked = [
      [ASK, EHR],
      [ASK, { clientId: "ehr", ...NINA }],
      [OF_SUBJECT, NINA],
    ] as const;
    const cellsOf = ({ cells, holders }: ChangedPage) => [...cells, ...(holders?.cells ?? [])];
    const was: ChangedPage[] = [];
    const supposed: ChangedPage[] = [];
    for (const [query, input] of asked) {
      was.push(await ask(query, input));
      supposed.push(await ask(query, { ...input, operations: OPERATIONS }));
    }
    const [rowsWere, rowsSupposed] = [await patientRows(null), await patientRows(OPERATIONS)];
    const { revision } = service.app.domain.policy.current();
    assert.ok(supposed.every(({ policyRevision }) => policyRevision === revision));

    const { body } = await applyPolicy(service, OPERATIONS);
    assert.equal(body.errors, undefined);
    for (const [i, [query, input]] of asked.entries()) {
      const [page, before] = [supposed[i], was[i]];
      assert.ok(page !== undefined && before !== undefined);
      const known = cellsOf(page).filter(({ role }) => role !== "scribe");
      assert.deepEqual(answers(known, "before"), answers(cellsOf(before), "access"));
      // Nobody held a role that there was not: whoever is to hold it had what anybody has.
      const anybody = cellsOf(page).filter(({ role }) => role === "*");
      const scribes = cellsOf(page).flatMap((cell) => (cell.role === "scribe" ? { ...cell, role: "*" } : []));
      if (page.holders) assert.deepEqual(answers(scribes, "before"), answers(anybody, "before"));
      assert.deepEqual(answers(cellsOf(page), "access"), answers(cellsOf(await ask(query, input)), "access"));
      assert.ok(cellsOf(page).some((cell) => cell.before !== null));
    }
    assert.deepEqual(rowsOf(rowsSupposed, "before").sort(), rowsOf(rowsWere, "access").sort());
    assert.deepEqual(rowsOf(rowsSupposed, "access").sort(), rowsOf(await patientRows(null), "access").sort());
    assert.ok(rowsSupposed.some(({ before }) => before !== null));
    assert.ok(rowsWere.every(({ before }) => before === null));

    const labs = supposed[0]?.cells.find(({ action, scope }) => scope === "view_lab_results" && action === "read");
    assert.deepEqual([labs?.access, labs?.reasons[0]?.code], ["DENY", "SCOPE_NOT_GRANTED"]);
  });

  test("a client and a role may be ones that only the change brings; of a client that is there no more it says what was", async () => {
    const made = [
      { putClient: { id: "later-app", name: "A later app" } },
      { putRole: { name: "later" } },
      { grantScope: { clientId: "later-app", scope: "view_clinical_notes" } },
      {
        putRule: {
          id: "later",
          role: "later",
          scope: "*",
          action: "*",
          resourceType: "*",
          effect: "ALLOW",
          justification: "A test.",
        },
      },
    ];
    const input = { clientId: "later-app", subject: { id: "x", roles: ["later"] }, operations: made };
    const { cells } = await ask(ASK, input);
    assert.ok(cells.length > 0);
    assert.ok(cells.every(({ access: now, before }) => now !== "DENY" && before?.access === "DENY"));
    const gone = [
      { deleteRule: { id: "scribes-read-notes" } },
      { revokeScope: { clientId: "new-app", scope: "view_clinical_notes" } },
      { deleteClient: { id: "new-app" } },
    ];
    const { holders } = await ask(ASK, { clientId: "new-app", operations: gone });
    const left = holders?.cells ?? [];
    assert.ok(left.some(({ role }) => role === "scribe"));
    assert.ok(left.every(({ access: now, before }) => now === "DENY" && before !== null && before.access !== "DENY"));
  });

  test("page by page, at a time, by an older revision; none is no change; what can't be applied is named", async () => {
    const input = { clientId: "ehr", ...NINA, operations: [{ deleteRule: { id: "clinician-view-labs" } }] };
    const all = await ask(ASK, input);
    const found: Changed[] = [];
    for (let after: string | null = null, pages = 0; pages === 0 || after !== null; pages++) {
      const page: ChangedPage = await ask(ASK, { ...input, first: 7, after });
      assert.equal(page.complete, page.pageInfo.endCursor === null);
      found.push(...page.cells);
      after = page.pageInfo.endCursor;
      assert.ok(pages < 20);
    }
    assert.deepEqual(found, all.cells);
    assert.equal(all.complete, true);
    assert.deepEqual(await ask(ASK, { ...input, operations: [] }), await ask(ASK, { ...input, operations: null }));
    const older = await ask(ASK, { ...input, asOfRevision: hospital });
    assert.equal(older.policyRevision, hospital);
    const labs = older.cells.find(({ action, scope }) => scope === "view_lab_results" && action === "read");
    assert.deepEqual([labs?.access, labs?.before?.access], ["DENY", "CONDITIONAL"]);
    const ivy = { subject: { id: "ivy", organization: "general-hospital" }, purposeOfUse: "TREAT" };
    const later = await ask(ASK, { ...input, ...ivy, asOf: "2031-06-01T00:00:00Z", asOfRevision: hospital });
    assert.equal(cellOf(later, "view_lab_results", "read").access, "DENY");
    const problemsOf = async (query: string, variables: object) => {
      const { body } = await service.ask(query, { key: reviewer, variables });
      return body.errors[0].extensions.problems.map(({ path }: { path: string }) => path);
    };
    const unknown = [{ deleteRule: { id: "no-such-rule" } }];
    assert.deepEqual(await problemsOf(ASK, { input: { ...input, operations: unknown } }), [
      "input.operations[0].deleteRule.id",
    ]);
    assert.deepEqual(await problemsOf(PATIENT, { operations: unknown }), ["operations[0].deleteRule.id"]);
    const beyond = { ...input, asOfRevision: 0 };
    assert.deepEqual(await problemsOf(ASK, { input: beyond }), ["input.operations[0].deleteRule.id"]);
  });
});
