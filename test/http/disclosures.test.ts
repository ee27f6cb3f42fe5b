import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { parse } from "csv-parse/sync";
import { cli } from "../cli/support.ts";
import { sqliteRaw } from "../storage/backends.ts";
import { applyPolicy, type Service, startService } from "./support.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-02T08:00:00Z");
const iso = (at: number): string => new Date(at).toISOString();
const PERIOD = { from: iso(START), to: iso(START + 1000 * HOUR) };

const AUTHORIZE = "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome reasons { message } } }";
const ACCOUNTING = `query($patient: ID!, $from: DateTime!, $to: DateTime!, $kinds: [DisclosureKind!], $first: Int, $after: String) {
  accountingOfDisclosures(patient: $patient, from: $from, to: $to, kinds: $kinds, first: $first, after: $after) {
    edges { node { decisionId at kind recipient { name organizationName address } description purpose purposeOfUse consents summary } }
    pageInfo { hasNextPage endCursor } counts { kind count } listed namingNobody } }`;
const HISTORY = `query($patient: ID!, $from: DateTime!, $to: DateTime!, $outcome: Outcome, $first: Int, $after: String) {
  accessHistory(patient: $patient, from: $from, to: $to, outcome: $outcome, first: $first, after: $after) {
    edges { node { decisionId outcome who { name } scope role explained explainedBy consents summary } }
    pageInfo { hasNextPage endCursor } allowed denied } }`;
const PUT = 'mutation($entities: [PutEntity!]!) { putEntities(entities: $entities, reason: "a test") { revision } }';
const CONSENT = "mutation($input: RecordConsentInput!) { recordConsent(input: $input) { id } }";
const DECISIONS = "query($filter: DecisionFilter) { decisions(filter: $filter, first: 5) { edges { node { id } } } }";

const rule = (id: string, role: string, scope: string) => ({
  putRule: { id, role, scope, action: "*", resourceType: "Observation", effect: "ALLOW" },
});
const POLICY = [
  { putRole: { name: "nurse" } },
  { putRole: { name: "patient" } },
  { putClient: { id: "ehr", name: "Ward Records" } },
  { putClient: { id: "app", name: "Patient App" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read", "search"] }] } },
  { activateScope: { name: "view_labs" } },
  {
    putScope: { name: "ask_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }], requiresConsent: true },
  },
  { activateScope: { name: "ask_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "ask_labs" } },
  { grantScope: { clientId: "app", scope: "patient/Observation.rs" } },
  rule("nurses", "nurse", "view_labs"),
  rule("asked", "nurse", "ask_labs"),
  rule("patients", "patient", "patient/Observation.rs"),
  { assignRole: { subjectId: "nina", role: "nurse", organization: "*" } },
  { assignRole: { subjectId: "ada", role: "patient", organization: "*" } },
  { putOrganization: { id: "ward", name: "The Ward", settings: { consentOnSilence: [{ silence: "PERMIT" }] } } },
  {
    putOrganization: {
      id: "clinic",
      name: "The Clinic",
      settings: {
        consentOnSilence: [{ silence: "PERMIT" }],
        breakGlass: { roles: ["nurse"], maxMinutes: 600, reviewWithinHours: 24 },
      },
    },
  },
];

interface Asked {
  readonly purposeOfUse?: string | null;
  readonly subject?: string | null;
  readonly clientId?: string;
  readonly scopes?: readonly string[];
  readonly action?: string;
  readonly resource?: object;
  readonly context?: object;
}

const COMMAND = [
  "record",
  "disclosures",
  "--patient",
  "ada",
  "--from",
  "2026-11-02T00:00:00Z",
  "--to",
  "2026-11-20T00:00:00Z",
];

describe("accountingOfDisclosures and accessHistory", () => {
  let folder: string;
  let service: Service;
  const time = { now: START };
  const keys: Record<string, string> = {};
  const ids: Record<string, string> = {};

  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const data = async (by: string, query: string, variables: unknown): Promise<any> => {
    const { body } = await service.ask(query, { key: keys[by] as string, variables });
    assert.equal(body.errors, undefined, JSON.stringify(body));
    return Object.values(body.data)[0];
  };
  const refused = async (code: string, by: string, query: string, variables: unknown): Promise<string> => {
    const { body } = await service.ask(query, { key: keys[by] as string, variables });
    assert.equal(body.errors?.[0]?.extensions?.code, code, JSON.stringify(body));
    return JSON.stringify(body.errors[0]);
  };
  const access = async (name: string, outcome: string, asked: Asked = {}): Promise<void> => {
    time.now += HOUR;
    const {
      action = "read",
      clientId = "ehr",
      context,
      purposeOfUse = "TREAT",
      scopes = ["view_labs"],
      subject = "nina",
    } = asked;
    const resource = {
      type: "Observation",
      organization: "ward",
      ...(asked.resource ?? { id: "o1", patient: "ada", labels: ["R"] }),
    };
    const input = { clientId, subject: { id: subject }, scopes, action, purposeOfUse, resource, context };
    const made = await data("SERVICE", AUTHORIZE, { input });
    assert.equal(made.outcome, outcome, `${name} ${JSON.stringify(made.reasons)}`);
    ids[name] = made.id;
  };
  const audits = async () => {
    const sql = "SELECT record, personal FROM journal WHERE kind = 'AUDIT' ORDER BY seq";
    const rows = await sqliteRaw(`sqlite:${join(folder, "test.db")}`, sql);
    return rows.map(({ personal, record }) => ({ open: String(record), personal: JSON.parse(String(personal)) }));
  };
  const names = (connection: { readonly edges: readonly { readonly node: { readonly decisionId: string } }[] }) =>
    connection.edges.map(({ node }) => Object.keys(ids).find((name) => ids[name] === node.decisionId));

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scopewarden-disclosures-"));
    service = await startService({ DATABASE_URL: `sqlite:${join(folder, "test.db")}` }, { clock: () => time.now });
    const { body, text } = await applyPolicy(service, POLICY);
    assert.equal(body.errors, undefined, text);
    for (const role of ["SERVICE", "ADMIN", "REVIEWER", "AUDITOR", "CONSENT"]) {
      const { body, text } = await service.ask(
        'mutation($name: String!, $roles: [CallerRole!]!, $subject: ApiKeySubjectInput) { createApiKey(input: { name: $name, roles: $roles, subject: $subject }, reason: "test") { key } }',
        { variables: { name: role, roles: [role], subject: { id: role.toLowerCase() } } },
      );
      assert.equal(body.errors, undefined, text);
      keys[role] = body.data.createApiKey.key;
    }
    await data("ADMIN", PUT, {
      entities: [
        { type: "user", id: "nina", properties: { name: "=Nina <b>Nowak</b>", organization: "ward" } },
        { type: "Organization", id: "ward", properties: { address: "1 Main Street, Springfield" } },
        { type: "Patient", id: "ada", properties: { careTeam: ["nina"] } },
      ],
    });
    await access("treated", "ALLOW");
    await access("paid", "ALLOW", { purposeOfUse: "CLMATTCH" });
    await access("operated", "ALLOW", { purposeOfUse: "HQUALIMP" });
    await access("researched", "ALLOW", { purposeOfUse: "HRESCH", resource: { id: "o2", patients: ["ada", "ben"] } });
    await access("unsaid", "ALLOW", { purposeOfUse: null });
    await access("denied", "DENY", { scopes: ["unknown_scope"], purposeOfUse: "HRESCH" });
    await access("others", "ALLOW", { purposeOfUse: "HRESCH", resource: { id: "o3", patient: "ben" } });
    const app = { clientId: "app", subject: "ada", scopes: ["patient/Observation.rs"], context: { patient: "ada" } };
    await access("own", "ALLOW", { ...app, purposeOfUse: "PATRQT" });
    await access("confined", "ALLOW", { ...app, action: "search", purposeOfUse: "PUBHLTH", resource: {} });
    await access("everyone", "ALLOW", { action: "search", resource: {}, purposeOfUse: "HRESCH" });
    const consent = { patient: "ada", subjectId: "nina", effect: "PERMIT", purposes: ["HMARKT"] };
    const input = { ...consent, source: { kind: "PAPER" }, reason: "a test" };
    ids.consent = (await data("CONSENT", CONSENT, { input })).id;
    await access("agreed", "ALLOW", { scopes: ["ask_labs"], purposeOfUse: "HMARKT" });
    time.now += HOUR;
  });
  after(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("an accounting lists what is none of treatment, payment, operations, to the patient or by consent, and counts these", async () => {
    const { counts, edges, listed, namingNobody, ...rest } = await data("AUDITOR", ACCOUNTING, {
      patient: "Patient/ada",
      ...PERIOD,
    });
    assert.deepEqual(names({ edges }), ["confined", "unsaid", "researched"]);
    assert.deepEqual(listed, ["EMERGENCY", "OTHER"]);
    assert.deepEqual(
      Object.fromEntries(counts.map(({ count, kind }: { count: number; kind: string }) => [kind, count])),
      { EMERGENCY: 0, OTHER: 3, TREATMENT: 1, PAYMENT: 1, OPERATIONS: 1, TO_INDIVIDUAL: 1, AUTHORIZATION: 1 },
    );
    assert.equal(namingNobody, 1, "the search that names nobody is told of");
    assert.equal(rest.pageInfo.hasNextPage, false);
    const { recipient, ...researched } = edges[2].node;
    assert.deepEqual(recipient, {
      name: "=Nina <b>Nowak</b> (user nina), with Ward Records (ehr)",
      organizationName: "The Ward",
      address: "1 Main Street, Springfield",
    });
    assert.deepEqual(researched, {
      decisionId: ids.researched,
      at: iso(START + 4 * HOUR),
      kind: "OTHER",
      description: "Read the record Observation o2; except what had to be withheld; together with 1 other patient",
      purpose: "For research",
      purposeOfUse: "HRESCH",
      consents: [],
      summary:
        "On 2026-11-02 at 12:00 UTC =Nina <b>Nowak</b> (user nina), with Ward Records (ehr) was allowed to read the record Observation o2 for research.",
    });
    assert.equal(edges[1].node.purpose, "For no purpose that was told");
    assert.match(edges[0].node.description, /^Search records of type Observation; as far as a filter lets through$/);
  });

  test("other kinds are listed where they are asked for, the consent named; page by page it is the same", async () => {
    const asked = { patient: "ada", ...PERIOD, kinds: ["AUTHORIZATION", "TREATMENT", "TO_INDIVIDUAL"] };
    const all = await data("AUDITOR", ACCOUNTING, asked);
    assert.deepEqual(names(all), ["agreed", "own", "treated"]);
    assert.deepEqual(all.edges[0].node.consents, [ids.consent]);
    assert.match(all.edges[0].node.purpose, new RegExp(`^For marketing, by the consent ${ids.consent}$`));
    const paged = [];
    for (let after = null; ; ) {
      const page = await data("AUDITOR", ACCOUNTING, { ...asked, first: 1, after });
      paged.push(...names(page));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    assert.deepEqual(paged, names(all));
  });

  test("a history tells of each access by what it was allowed and whether it is explained; denials apart", async () => {
    const all = await data("AUDITOR", HISTORY, { patient: "ada", ...PERIOD });
    assert.deepEqual(names(all), ["agreed", "confined", "own", "unsaid", "researched", "operated", "paid", "treated"]);
    assert.deepEqual([all.allowed, all.denied], [8, 1]);
    const { summary, ...treated } = all.edges.at(-1).node;
    assert.deepEqual(treated, {
      decisionId: ids.treated,
      outcome: "ALLOW",
      who: { name: "=Nina <b>Nowak</b> (user nina), with Ward Records (ehr)" },
      scope: "view_labs",
      role: "nurse",
      explained: true,
      explainedBy: "CARE_TEAM",
      consents: [],
    });
    assert.match(
      summary,
      /of The Ward for treatment, by the scope view_labs and the role nurse\. Reason: the person is on the care team\.$/,
    );
    const denials = await data("AUDITOR", HISTORY, { patient: "ada", ...PERIOD, outcome: "DENY" });
    assert.deepEqual(names(denials), ["denied"]);
    assert.deepEqual([denials.edges[0].node.explained, denials.edges[0].node.scope], [null, null]);
    assert.match(denials.edges[0].node.summary, /was not allowed to read.*unknown_scope/);
    const first = await data("AUDITOR", HISTORY, { patient: "ada", ...PERIOD, first: 3 });
    const rest = await data("AUDITOR", HISTORY, { patient: "ada", ...PERIOD, after: first.pageInfo.endCursor });
    assert.deepEqual([...names(first), ...names(rest)], names(all));
  });

  test("each read by an auditor is on record before the answer, whom it was about apart; a service's own is not", async () => {
    const before = (await audits()).length;
    await data("AUDITOR", ACCOUNTING, { patient: "ada", ...PERIOD });
    await data("AUDITOR", HISTORY, { patient: "nobody", ...PERIOD });
    await data("AUDITOR", DECISIONS, {
      filter: { subjectId: "nina", resourceId: "o1", clientId: "ehr", ipAddress: "10.0.0.1" },
    });
    await data("AUDITOR", "query($id: ID!) { decision(id: $id) { id } }", { id: ids.treated });
    await data("SERVICE", DECISIONS, { filter: { clientId: "ehr" } });
    const acts = (await audits()).slice(before);
    assert.deepEqual(
      acts.map(({ open }) => JSON.parse(open)).map(({ field, shown }) => [field, shown]),
      [
        ["accountingOfDisclosures", 3],
        ["accessHistory", 0],
        ["decisions", 0],
        ["decision", 1],
      ],
    );
    assert.deepEqual(
      acts.map(({ personal }) => personal),
      [
        { "filter.patient": "ada" },
        { "filter.patient": "nobody" },
        { "filter.ipAddress": "10.0.0.1", "filter.resourceId": "o1", "filter.subjectId": "nina" },
        {},
      ],
    );
    for (const { open } of acts) assert.doesNotMatch(open, /"ada"|nobody|"nina"|"o1"|10\.0/);
    assert.deepEqual(JSON.parse(acts[2]?.open ?? "").filter, { clientId: "ehr" });
  });

  test("are refused for no patient and no period of six years, and to everybody but auditors", async () => {
    for (const query of [ACCOUNTING, HISTORY]) {
      const of = (variables: object) => ({ patient: "ada", ...PERIOD, ...variables });
      assert.match(await refused("BAD_USER_INPUT", "AUDITOR", query, of({ patient: "" })), /"patient"/);
      assert.match(
        await refused("BAD_USER_INPUT", "AUDITOR", query, of({ patient: "Patient/Patient/x" })),
        /"patient"/,
      );
      assert.match(await refused("BAD_USER_INPUT", "AUDITOR", query, of({ from: PERIOD.to })), /"to".*later than/);
      assert.match(await refused("BAD_USER_INPUT", "AUDITOR", query, of({ from: iso(time.now + HOUR) })), /future/);
      assert.match(
        await refused("BAD_USER_INPUT", "AUDITOR", query, of({ from: "2019-01-01T00:00:00Z" })),
        /six years/,
      );
      assert.match(await refused("BAD_USER_INPUT", "AUDITOR", query, of({ after: "nonsense" })), /"after"/);
      for (const by of ["SERVICE", "ADMIN", "REVIEWER", "CONSENT"]) await refused("FORBIDDEN", by, query, of({}));
    }
  });

  test("the command writes a page that stands alone and runs nothing, whoever chose the names", async () => {
    const file = join(folder, "ada.html");
    const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.AUDITOR as string };
    const args = [...COMMAND, "--time-zone", "UTC"];
    const made = await cli([...args, "--html", "--by", 'The "Ward" & Co', "--output", file], { env });
    assert.deepEqual([made.code, made.stdout, made.stderr], [0, "", ""]);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const page = await readFile(file, "utf8");
    assert.match(page, /=Nina &#60;b&#62;Nowak&#60;\/b&#62; of The Ward, using Ward Records/);
    assert.match(page, /The &#34;Ward&#34; &#38; Co/);
    assert.match(page, /November 2, 2026 through November 19, 2026/);
    assert.match(page, /does not ask for it: 1 for treatment, 1 for payment/);
    assert.match(page, /What the columns mean/);
    assert.doesNotMatch(page, /<script|<b>|(src|href)=|url\(/i);
    const again = await cli([...args, "--html", "--output", file], { env });
    assert.equal(again.code, 2);
    assert.match(again.stderr, /is there already/);
    assert.equal(await readFile(file, "utf8"), page);
  });

  test("as CSV no cell is a formula, and it is read as it was; in words it is a sentence each", async () => {
    const env = { SCOPEWARDEN_URL: service.url, SCOPEWARDEN_KEY: keys.AUDITOR as string };
    const args = COMMAND;
    const [table, words, wrong] = await Promise.all([
      cli([...args, "--history", "--csv"], { env }),
      cli([...args, "--kind", "TREATMENT"], { env }),
      cli([...args.slice(0, -1), "2026-02-30"], { env }),
    ]);
    assert.equal(table.stderr, "");
    const rows = parse(table.stdout, { columns: true }) as Record<string, string>[];
    assert.equal(rows.length, 8);
    assert.equal(rows.at(-1)?.who, "'=Nina <b>Nowak</b> (user nina), with Ward Records (ehr)");
    assert.equal(rows.at(-1)?.explained, "CARE_TEAM");
    assert.ok(table.stdout.endsWith("\r\n"));
    assert.match(words.stdout, /^Accounting of disclosures\n/);
    assert.match(words.stdout, /What: test results and measurements, marked as restricted\n {2}What for: treatment\n/);
    assert.match(words.stdout, /Not listed: .*3 for other purposes/);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--to must be a date/);
  });

  test("a record of several patients is told to each without what another agreed to, refuses, or is in an emergency of", async () => {
    const from = iso(time.now);
    const of = (patient: string) => ({ patient, from, to: iso(time.now + HOUR) });
    const both = (id: string, ...patients: readonly string[]) => ({ id, patients, organization: "clinic" });
    const consented = async (patient: string, effect: string, purpose: string): Promise<string> => {
      const input = { patient, effect, purposes: [purpose], source: { kind: "PAPER" }, reason: "a test" };
      return (await data("CONSENT", CONSENT, { input })).id;
    };
    const cas = await consented("cas", "PERMIT", "HMARKT");
    await access("of both", "ALLOW", { purposeOfUse: "HMARKT", resource: both("o5", "cas", "dan") });
    for (const [patient, consents] of [
      ["cas", [cas]],
      ["dan", []],
    ] as const) {
      const { counts, edges } = await data("AUDITOR", ACCOUNTING, of(patient));
      assert.deepEqual(names({ edges }), ["of both"], `${patient} is told of it`);
      assert.deepEqual([edges[0].node.kind, edges[0].node.consents], ["OTHER", consents]);
      assert.equal(edges[0].node.purpose, `For marketing${consents.map((id) => `, by the consent ${id}`).join("")}`);
      assert.equal(counts.find(({ kind }: { kind: string }) => kind === "AUTHORIZATION").count, 0);
      const history = await data("AUDITOR", HISTORY, of(patient));
      assert.deepEqual(history.edges[0].node.consents, consents);
      assert.equal(history.edges[0].node.summary.includes(cas), patient === "cas");
    }
    const dan = await consented("dan", "PERMIT", "HMARKT");
    await access("agreed by both", "ALLOW", { purposeOfUse: "HMARKT", resource: both("o5", "cas", "dan") });
    const { edges } = await data("AUDITOR", ACCOUNTING, of("dan"));
    assert.deepEqual(edges[0].node.consents, [dan]);
    assert.doesNotMatch(edges[0].node.summary, new RegExp(cas));

    await consented("cas", "DENY", "HRESCH");
    await access("refused", "DENY", { purposeOfUse: "HRESCH", resource: both("o6", "dan", "cas") });
    const why = async (patient: string): Promise<string> =>
      (await data("AUDITOR", HISTORY, { ...of(patient), outcome: "DENY" })).edges[0].node.summary;
    assert.match(await why("cas"), /The patient refuses it\.$/);
    assert.match(
      await why("dan"),
      /It concerned several patients; the reason is withheld, as it may concern another of them\.$/,
    );
    await data("ADMIN", PUT, { entities: [{ type: "Observation", id: "o7", properties: { patient: "cas" } }] });
    await access("mistaken", "DENY", { resource: both("o7", "cas", "dan") });
    assert.doesNotMatch(await why("dan"), /cas/);

    const open = "mutation($input: BreakGlassInput!) { breakGlass(input: $input) { id } }";
    const opened: Record<string, string> = {};
    for (const patient of ["cas", "dan"]) {
      const input = { subject: { id: "nina" }, patient, organization: "clinic", reason: "a test", minutes: 600 };
      opened[patient] = (await data("SERVICE", open, { input })).id;
    }
    await access("in emergency", "ALLOW", { purposeOfUse: "BTG", resource: both("o8", "cas", "dan") });
    for (const [patient, other] of [
      ["cas", "dan"],
      ["dan", "cas"],
    ] as const) {
      const query = ACCOUNTING.replace("consents summary", "emergency consents summary");
      const { node } = (await data("AUDITOR", query, of(patient))).edges[0];
      assert.deepEqual([node.kind, node.emergency], ["EMERGENCY", opened[patient]]);
      assert.match(node.summary, new RegExp(opened[patient] as string));
      assert.doesNotMatch(node.summary, new RegExp(opened[other] as string));
    }
  });

  test("what was disclosed stays so, whatever the directory says of the recipient afterwards", async () => {
    const asked = { patient: "cas", from: iso(time.now + 1), to: iso(time.now + 2 * HOUR) };
    const app = { clientId: "app", subject: "ada", scopes: ["patient/Observation.rs"], context: { patient: "cas" } };
    await access("relative", "ALLOW", { ...app, purposeOfUse: "PATRQT", resource: { id: "o9", patient: "cas" } });
    const before = await data("AUDITOR", ACCOUNTING, asked);
    assert.deepEqual([names(before), before.edges[0].node.kind], [["relative"], "OTHER"]);
    await data("ADMIN", PUT, { entities: [{ type: "user", id: "ada", properties: { patientRecord: "cas" } }] });
    assert.deepEqual(await data("AUDITOR", ACCOUNTING, asked), before);
  });

  test("what is listed names some kinds, each once", async () => {
    const of = (kinds: readonly string[]) => ({ patient: "ada", ...PERIOD, kinds });
    assert.match(await refused("BAD_USER_INPUT", "AUDITOR", ACCOUNTING, of([])), /"kinds".*must name a kind/);
    assert.match(
      await refused("BAD_USER_INPUT", "AUDITOR", ACCOUNTING, of(["OTHER", "EMERGENCY", "OTHER"])),
      /"kinds".*each once/,
    );
  });

  test("an accounting is given: what may be use inside the house can be struck, each with a reason, and all of it is kept", async () => {
    const of = { id: "o77", patient: "cleo", labels: ["R"] };
    await access("inside", "ALLOW", { purposeOfUse: null, resource: of });
    await access("insideToo", "ALLOW", { purposeOfUse: null, resource: of });
    await access("inside3", "ALLOW", { purposeOfUse: "HRESCH", resource: of });
    await access("elsewhere", "ALLOW", { purposeOfUse: "HRESCH", resource: { ...of, organization: "clinic" } });
    await access("unknown", "ALLOW", { purposeOfUse: "HRESCH", resource: { ...of, organization: null } });
    time.now += HOUR;
    const period = { patient: "cleo", from: iso(START), to: iso(time.now) };
    const query = `query($patient: ID!, $from: DateTime!, $to: DateTime!) { accountingOfDisclosures(patient: $patient, from: $from, to: $to) {
      patientName edges { node { decisionId mayBeUse } } } }`;
    const read = await data("AUDITOR", query, period);
    assert.equal(read.patientName, null);
    const byName = (name: string) =>
      read.edges.find(({ node }: { node: { decisionId: string } }) => node.decisionId === ids[name]).node.mayBeUse;
    assert.deepEqual(
      ["inside", "insideToo", "inside3", "elsewhere", "unknown"].map((name) => [name, byName(name)]),
      [
        ["inside", true],
        ["insideToo", true],
        ["inside3", true],
        ["elsewhere", false],
        ["unknown", true],
      ],
    );

    const LINE = "recipient data purpose first last times";
    const GIVEN = `id at by { name } patient patientName organization from to kinds lines { ${LINE} } struck { decisionIds reason lines { ${LINE} } } counts { kind count } namingNobody policyRevision`;
    const GIVE = `mutation($input: GiveAccountingInput!) { giveAccounting(input: $input) { ${GIVEN} } }`;
    const LIST = `query($patient: ID!) { accountingsGiven(patient: $patient) { edges { node { ${GIVEN} } } } }`;
    const acts = () =>
      sqliteRaw(
        `sqlite:${join(folder, "test.db")}`,
        "SELECT record, personal FROM journal WHERE kind = 'ACCOUNTING_GIVEN'",
      );
    const input = {
      ...{ ...period, patientName: "Cleo Clark", organization: "General Hospital", read: 5 },
      struck: [{ decisionIds: [ids.inside, ids.insideToo], reason: "Her own ward" }],
    };
    const problems = async (more: object) =>
      JSON.parse(
        await refused("BAD_USER_INPUT", "AUDITOR", GIVE, { input: { ...input, ...more } }),
      ).extensions.problems.map(({ path }: { readonly path: string }) => path);
    const struck = (reason: string, ...names: readonly string[]) => [
      { decisionIds: names.map((name) => ids[name] ?? name), reason },
    ];
    assert.deepEqual(await problems({ patientName: null }), ["input.patientName"]);
    assert.deepEqual(await problems({ organization: " ", struck: struck("", "inside") }), [
      "input.organization",
      "input.struck[0].reason",
    ]);
    assert.deepEqual(await problems({ struck: struck("r", "elsewhere", "none", "inside", "inside") }), [
      "input.struck[0].decisionIds[0]",
      "input.struck[0].decisionIds[1]",
      "input.struck[0].decisionIds[3]",
    ]);
    assert.deepEqual(await problems({ struck: struck("r") }), ["input.struck[0].decisionIds"]);
    await refused("CONFLICT", "AUDITOR", GIVE, { input: { ...input, read: 4 } });
    for (const by of ["REVIEWER", "ADMIN", "SERVICE", "CONSENT"]) await refused("FORBIDDEN", by, GIVE, { input });
    assert.deepEqual(await acts(), []);

    const given = await data("AUDITOR", GIVE, { input });
    assert.deepEqual(
      [given.patient, given.patientName, given.organization, given.by.name, given.kinds, given.from, given.to],
      ["cleo", "Cleo Clark", "General Hospital", "AUDITOR", ["EMERGENCY", "OTHER"], period.from, period.to],
    );
    // What the same recipient got for the same purpose is one line, but for where it was use perhaps and where it was not.
    assert.deepEqual(
      given.lines.map(({ purpose, times }: { purpose: string; times: number }) => [purpose, times]),
      [
        ["research", 2],
        ["research", 1],
      ],
    );
    assert.deepEqual(
      given.struck.map(
        ({ decisionIds, lines, reason }: { decisionIds: string[]; lines: { times: number }[]; reason: string }) => [
          ...[decisionIds, lines.map(({ times }) => times), reason],
        ],
      ),
      [[[ids.inside, ids.insideToo], [2], "Her own ward"]],
    );
    const [act, ...others] = await acts();
    assert.deepEqual(others, []);
    assert.doesNotMatch(String(act?.record), /cleo|Cleo|Nina|Hospital|ward/);
    assert.match(String(act?.personal), /Cleo Clark/);
    const { edges } = await data("AUDITOR", LIST, { patient: "Patient/cleo" });
    assert.deepEqual(edges, [{ node: given }]);
    assert.deepEqual((await data("AUDITOR", LIST, { patient: "ada" })).edges, []);
    await refused("FORBIDDEN", "REVIEWER", LIST, { patient: "cleo" });
    assert.match((await audits()).at(-1)?.open ?? "", /accountingsGiven/);

    // A name that the directory has is the one on the sheet.
    await data("ADMIN", PUT, { entities: [{ type: "Patient", id: "cleo", properties: { name: "Cleo C. Clark" } }] });
    assert.deepEqual(await problems({}), ["input.patientName"]);
    const { patientName: _, ...known } = input;
    assert.equal((await data("AUDITOR", GIVE, { input: { ...known, struck: [] } })).patientName, "Cleo C. Clark");
    assert.equal((await data("AUDITOR", LIST, { patient: "cleo" })).edges.length, 2);
  });
});
