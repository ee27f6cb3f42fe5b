import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apply, at, ROOT } from "../graphql/world.ts";
import { admin, auditor, openWard, reviewer } from "./world.ts";

const world = await openWard();
const SIMULATE = `query ($input: SimulateInput!) { simulate(input: $input) { results {
  before { outcome reasons { code message } obligations { type parameters } } after { outcome } } } }`;
const EXPLAIN =
  "query ($id: ID!) { explanation(decisionId: $id) { decision { patient reasons { message } obligations { type parameters } } } }";
const WHO = `query ($input: WhoCanInput!) { whoCan(input: $input) { matches { subjectId conditions { cel } } } }`;
const question = (patient: string, purposeOfUse: string, organization = "north") => ({
  clientId: "ehr",
  scopes: ["view_labs"],
  action: "read",
  purposeOfUse,
  subject: { id: "omar" },
  resource: { type: "Observation", id: "o", patient, organization },
});
const simulated = async (caller: typeof admin, ...asked: Parameters<typeof question>) => {
  const input = { operations: [], requests: [question(...asked)] };
  return at(await world.data(SIMULATE, { input }, caller), "simulate", "results", 0);
};
const idOf = async (mutation: string, field: string): Promise<string> =>
  String(
    at(
      await world.data(`mutation { ${mutation} }`, {}, { ...ROOT, subject: { id: "x", type: "user", issuer: null } }),
      field,
      "id",
    ),
  );

let [emergency, consent] = ["", ""];
before(async () => {
  const breakGlass = { roles: ["nurse"], maxMinutes: 60, reviewWithinHours: 24 };
  const consentOnSilence = [{ silence: "BREAK_GLASS_ONLY" as const }];
  await apply(world, [{ putOrganization: { id: "north", settings: { breakGlass, consentOnSilence } } }]);
  const whose = 'subject: { id: "omar" }, patient: "p-303", organization: "north"';
  emergency = await idOf(`breakGlass(input: { ${whose}, reason: "r", minutes: 30 }) { id }`, "breakGlass");
  const permit = 'patient: "p-101", subjectId: "omar", effect: PERMIT, reason: "r", source: { kind: PORTAL }';
  consent = await idOf(`recordConsent(input: { ${permit} }) { id }`, "recordConsent");
});

describe("an attacker asks about a patient by name, to learn whose a pseudonym is", () => {
  test("which emergency is open for the patient, as it is listed with the pseudonym", async () => {
    assert.ok(JSON.stringify(await simulated(auditor, "p-303", "BTG")).includes(emergency));
    for (const caller of [reviewer, admin])
      for (const organization of ["north", "south"])
        assert.deepEqual(
          await simulated(caller, "p-303", "BTG", organization),
          await simulated(caller, "p-404", "BTG", organization),
        );
    const who = async (patient: string) => {
      const { clientId: _, scopes: __, subject: ___, ...input } = question(patient, "BTG");
      return world.data(WHO, { input }, reviewer);
    };
    assert.deepEqual(await who("p-303"), await who("p-404"));
  });

  test("which consent permits it, as the notice of a decision names it beside the pseudonym", async () => {
    assert.ok(JSON.stringify(await simulated(auditor, "p-101", "TREAT")).includes(consent));
    const input = question("p-101", "TREAT");
    const decided = await world.data("query ($input: AuthorizeInput!) { authorize(input: $input) { id } }", { input });
    const asked = { id: at(decided, "authorize", "id") };
    assert.ok(JSON.stringify(await world.data(EXPLAIN, asked, auditor)).includes(consent));
    for (const caller of [reviewer, admin]) {
      const answer = await simulated(caller, "p-101", "TREAT");
      assert.ok(!JSON.stringify(answer).includes(consent));
      assert.deepEqual(answer, await simulated(caller, "p-404", "TREAT"));
    }
    const seen = at(await world.data(EXPLAIN, asked, reviewer), "explanation", "decision");
    assert.match(String(at(seen, "patient")), /^~/);
    assert.match(JSON.stringify(seen), /noRedisclosure/);
    assert.ok(!JSON.stringify(seen).includes(consent));
    const access = "query ($id: ID!) { explanation(decisionId: $id) { patients { patient reference } } }";
    assert.ok(JSON.stringify(await world.data(access, asked, auditor)).includes(consent));
    assert.ok(!JSON.stringify(await world.data(access, asked, reviewer)).includes(consent));
  });

  test("which roles, organizations and periods somebody holds, as they stand beside the pseudonym", async () => {
    await apply(world, [{ assignRole: { subjectId: "p-505", role: "visitor", organization: "north" } }]);
    const input = { ...question("p-505", "TREAT"), subject: { id: "p-505" } };
    const decided = await world.data("query ($input: AuthorizeInput!) { authorize(input: $input) { id } }", { input });
    const query =
      "query ($id: ID!) { explanation(decisionId: $id) { decision { subjectId } assignments { role organization } } }";
    const seen = async (caller: typeof admin) =>
      at(await world.data(query, { id: at(decided, "authorize", "id") }, caller), "explanation");
    assert.deepEqual(at(await seen(auditor), "assignments"), [{ role: "visitor", organization: "north" }]);
    assert.match(String(at(await seen(reviewer), "decision", "subjectId")), /^~/);
    assert.deepEqual(at(await seen(reviewer), "assignments"), []);
  });
});
