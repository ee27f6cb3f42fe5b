import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { untilCounted } from "../support/counted.ts";
import { ADMIN_KEY, applyPolicy, type Service, startService } from "./support.ts";

const SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const OTHERS = ["urn:x|BTG", "urn:x|btg", `${SYSTEM}|2018|BTG`];
const PROBLEM = "break-glass is BTG, of HL7's v3 PurposeOfUse alone";
const ANY = { role: "*", scope: "*", action: "*", resourceType: "*", justification: "for a test" };

const POLICY = [
  { putRole: { name: "responder" } },
  { putClient: { id: "ehr", name: "Records" } },
  { putScope: { name: "view_labs", atoms: [{ resourceType: "Observation", actions: ["read"] }] } },
  { activateScope: { name: "view_labs" } },
  { grantScope: { clientId: "ehr", scope: "view_labs" } },
  { assignRole: { subjectId: "rose", role: "responder", organization: "*" } },
  { putRule: { id: "all", effect: "ALLOW", ...ANY } },
  { putRule: { id: "not-themselves", effect: "DENY", when: 'purposeOfUse == "PATRQT"', ...ANY } },
  {
    putRule: {
      id: "told",
      effect: "ALLOW",
      when: 'purposeOfUse == "BTG"',
      obligations: [{ type: "tellTheWard" }],
      ...ANY,
    },
  },
  {
    putOrganization: {
      id: "ward",
      settings: {
        breakGlass: { roles: ["responder"], maxMinutes: 120, reviewWithinHours: 24 },
        consentOnSilence: [{ silence: "PERMIT_TREATMENT" }],
      },
    },
  },
];

describe("a purpose of use with the system that its code is of", () => {
  let service: Service;
  before(async () => {
    service = await startService();
    const { body, text } = await applyPolicy(service, POLICY);
    assert.equal(body.errors, undefined, text);
    const opened = await service.ask(
      'mutation { breakGlass(input: { subject: { id: "rose" }, patient: "ann", organization: "ward", reason: "Unconscious", minutes: 60 }) { id } }',
      { key: await portalKey() },
    );
    assert.equal(opened.body.errors, undefined, opened.text);
  });
  after(() => service.stop());

  async function portalKey(): Promise<string> {
    const { body } = await service.ask(
      'mutation { createApiKey(input: { name: "portal", roles: [SERVICE], subject: { type: "client", id: "portal" } }, reason: "test") { key } }',
    );
    return body.data.createApiKey.key;
  }
  const access = { clientId: "ehr", subject: { id: "rose" }, scopes: ["view_labs"] };
  const question = (purposeOfUse: string) => ({
    ...{ ...access, action: "read", purposeOfUse },
    resource: { type: "Observation", id: "o1", patient: "ann", organization: "ward", labels: ["N"] },
  });
  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  async function data(query: string, variables: unknown = {}): Promise<any> {
    const { body, text } = await service.ask(query, { variables });
    assert.equal(body.errors, undefined, text);
    return Object.values(body.data)[0];
  }
  const AUTHORIZE =
    "query($input: AuthorizeInput!) { authorize(input: $input) { id outcome purposeOfUse reasons { code } obligations { type } } }";
  const evaluate = (purpose: string, path = "evaluation") =>
    service.get(`/access/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${ADMIN_KEY}` },
      body: JSON.stringify({
        subject: { type: "user", id: "rose" },
        ...(path === "search/action" ? null : { action: { name: "read" } }),
        resource: {
          ...(path === "search/resource" ? null : { id: "o1" }),
          type: "Observation",
          properties: { patient: "ann", organization: "ward", labels: ["N"] },
        },
        context: { client_id: "ehr", scopes: "view_labs", purpose_of_use: purpose },
      }),
    });

  test("is that code: to rules, to what silence means, to emergencies, and on record", async () => {
    for (const code of ["TREAT", "PATRQT", "BTG", "HRESCH"]) {
      const { id: _, ...bare } = await data(AUTHORIZE, { input: question(code) });
      const { id, ...full } = await data(AUTHORIZE, { input: question(`${SYSTEM}|${code}`) });
      assert.deepEqual(full, bare, code);
      assert.equal(full.purposeOfUse, code);
      assert.equal(full.outcome, { TREAT: "ALLOW", BTG: "ALLOW" }[code] ?? "DENY", JSON.stringify(full));
      const codes = full.reasons.map((reason: { code: string }) => reason.code);
      assert.equal(codes.includes("DENIED_BY_RULE"), code === "PATRQT");
      const types = full.obligations.map(({ type }: { type: string }) => type);
      assert.deepEqual(types.filter((type: string) => type === "tellTheWard").length, code === "BTG" ? 1 : 0);
      for (const purpose of [code, `${SYSTEM}|${code}`]) {
        const found = await data(
          "query($filter: DecisionFilter) { decisions(filter: $filter, first: 100) { edges { node { id } } } }",
          { filter: { purposeOfUse: purpose } },
        );
        assert.ok(
          found.edges.some(({ node }: { node: { id: string } }) => node.id === id),
          purpose,
        );
      }
    }
    const day = {
      from: new Date(Date.now() - 86_400_000).toISOString(),
      to: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const stats = (purposeOfUse: string) =>
      data(
        "query($from: DateTime!, $filter: DecisionFilter) { stats(measure: DECISIONS, from: $from, filter: $filter) { total } }",
        {
          from: day.from,
          filter: { purposeOfUse },
        },
      );
    await untilCounted(service.app.storage);
    assert.deepEqual(await stats(`${SYSTEM}|BTG`), { total: 2 });
    assert.deepEqual(await stats("BTG"), { total: 2 });
  });

  test("so at AuthZEN's doors", async () => {
    for (const code of ["TREAT", "PATRQT", "BTG", "HRESCH"])
      for (const path of ["evaluation", "search/action", "search/subject"]) {
        const [bare, full] = [await evaluate(code, path), await evaluate(`${SYSTEM}|${code}`, path)];
        assert.equal(bare.status, 200, bare.text);
        const { context, ...answer } = bare.body;
        const { context: other, ...same } = full.body;
        assert.deepEqual(same, answer, path);
        assert.deepEqual(other?.obligations, context?.obligations);
      }
    assert.equal((await evaluate(`${SYSTEM}|TREAT`)).body.decision, true);
    assert.equal((await evaluate(`${SYSTEM}|PATRQT`)).body.decision, false);
  });

  test("so for tokens, and in every question about what could be", async () => {
    const GRANT = "query($input: DecideGrantInput!) { decideGrant(input: $input) { outcome purposeOfUse } }";
    const granted = (purposeOfUse: string) =>
      data(GRANT, { input: { ...access, context: { patient: "ann" }, purposeOfUse } });
    assert.deepEqual(await granted(`${SYSTEM}|PATRQT`), { outcome: "DENY", purposeOfUse: "PATRQT" });
    const { action, resource } = question("TREAT");
    const asked: [string, (purposeOfUse: string) => object][] = [
      [
        "query($input: ClientAccessInput!) { clientAccess(input: $input) { cells { access action } } }",
        (purposeOfUse) => ({ clientId: "ehr", subject: { id: "rose" }, organization: "ward", purposeOfUse }),
      ],
      [
        "query($input: SubjectAccessInput!) { subjectAccess(input: $input) { cells { access action } } }",
        (purposeOfUse) => ({ subject: { id: "rose" }, organization: "ward", purposeOfUse }),
      ],
      [
        "query($input: WhoCanInput!) { whoCan(input: $input) { matches { subjectId } } }",
        (purposeOfUse) => ({ action, resource, purposeOfUse }),
      ],
      [
        "query($input: SimulateInput!) { simulate(input: $input) { results { before { outcome } } } }",
        (purposeOfUse) => ({ operations: [], requests: [question(purposeOfUse)] }),
      ],
    ];
    for (const [query, input] of asked) {
      const answers: string[] = [];
      for (const purpose of ["PATRQT", `${SYSTEM}|PATRQT`, "TREAT"])
        answers.push(JSON.stringify(await data(query, { input: input(purpose) })));
      assert.equal(answers[1], answers[0], query);
      assert.notEqual(answers[2], answers[0], query);
      const { body, text } = await service.ask(query, { variables: { input: input("urn:x|BTG") } });
      assert.equal(body.errors?.[0]?.extensions?.code, "BAD_USER_INPUT", text);
      assert.match(text, /purposeOfUse/);
    }
  });

  test("a BTG of any other system is refused, and the member is named", async () => {
    const queries = [
      [AUTHORIZE, question("-")],
      ["query($input: DecideGrantInput!) { decideGrant(input: $input) { outcome } }", access],
    ] as const;
    for (const purposeOfUse of OTHERS) {
      for (const [query, input] of queries) {
        const { body } = await service.ask(query, { variables: { input: { ...input, purposeOfUse } } });
        const { code, problems } = body.errors[0].extensions;
        assert.deepEqual([code, problems], ["BAD_USER_INPUT", [{ path: "input.purposeOfUse", message: PROBLEM }]]);
      }
      for (const path of ["evaluation", "search/action"]) {
        const { status, text } = await evaluate(purposeOfUse, path);
        assert.equal(status, 400, text);
        assert.ok(text.includes(`context.purpose_of_use: ${PROBLEM}`), text);
      }
    }
    // It is one of its own otherwise.
    assert.equal((await data(AUTHORIZE, { input: question("urn:x|TREAT") })).purposeOfUse, "urn:x|TREAT");
  });
});
