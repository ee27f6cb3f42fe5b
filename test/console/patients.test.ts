import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

const GRANT = `query ($input: DecideGrantInput!) { decideGrant(input: $input) { scope consentRequest { scopes { scope } } } }`;
const CONSENTS = `query ($patient: ID!) {
  consents(filter: { patient: $patient }) { edges { node { state reason terms { effect clientId purposes scopes } exceptions { terms { labels } } source { kind } } } }
}`;

describe("patients, at the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  afterEach(() => assert.deepEqual(world.complaints.splice(0), []));

  test("who saw a patient's data, and why; the accounting for print", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("p-303");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: /^Who saw it ?Each access/ }).click();
    // What the record has in the same time.
    const { data } = (
      await world.ask(
        "auditor",
        `{ accessHistory(patient: "p-303", from: "2026-10-26") { allowed edges { node { who { subjectName } summary decisionId } } } }`,
      )
    ).body;
    const [newest] = data.accessHistory.edges;
    await page.getByText(`${data.accessHistory.allowed} accesses allowed`).waitFor();
    const table = page.getByRole("table", { name: "Accesses to this patient's data" });
    assert.equal(await table.getByRole("row").count(), data.accessHistory.edges.length + 1);
    await table.getByRole("button", { name: newest.node.who.subjectName }).first().click();
    const why = page.getByRole("region", { name: "Why" });
    await why.getByRole("heading", { level: 2 }).filter({ hasNotText: /^Why$/ }).waitFor();
    assert.match((await why.textContent()) ?? "", /p-303/);
    assert.deepEqual(await check(page), []);
    assert.match(String(await page.evaluate("location.hash")), /patient=%40\d/);

    // The accounting is read, struck where it was use inside the house, given, and printed without what is around it.
    await page.keyboard.press("Control+k");
    await page.getByRole("searchbox").fill("p-204");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: /^Who saw it ?Each access/ }).click();
    await page.getByText("Accounting for print").click();
    const paper = page.getByRole("article", { name: "Accounting of disclosures" });
    await paper.getByText("Draft. It is given once it is on record.").waitFor();
    const lines = await paper.locator("tbody tr").count();
    // Who is of another organization can't be struck.
    const strikable = paper.getByRole("button", { name: /^Strike out/ });
    const outside = await paper.getByText("No: another organization").count();
    assert.equal((await strikable.count()) + outside, lines);
    assert.ok((await strikable.count()) > 0, "a line that may be use inside the house");
    await strikable.first().click();
    await page.getByRole("button", { name: "Strike out", exact: true }).click();
    await paper.getByText("Fill this in.").waitFor();
    assert.equal(await paper.locator("tr.patients-struck").count(), 0, "nothing is struck without a reason");
    await page.getByLabel("Why it was use inside the house").fill("Her own ward");
    await page.getByRole("button", { name: "Strike out", exact: true }).click();
    await paper.getByText("Struck: Her own ward").waitFor();
    assert.deepEqual(await check(page), []);
    const form = page.getByRole("form", { name: "Give the accounting" });
    await form.getByLabel("Organization").fill("General Hospital, Springfield");
    const nameField = form.getByLabel("The patient's name");
    if ((await nameField.count()) > 0) await nameField.fill("Petra Example");
    await form.getByRole("button", { name: "Give this accounting" }).click();
    await page.getByText("It is on record as it stands here.").waitFor();
    const query = `{ accountingsGiven(patient: "p-204") { edges { node { id patientName organization by { name } lines { times } struck { reason lines { times } } } } } }`;
    const given = (await world.ask("auditor", query)).body.data.accountingsGiven.edges.map(
      ({ node }: { node: object }) => node,
    );
    assert.equal(given.length, 1);
    assert.deepEqual(
      [given[0].organization, given[0].lines.length, given[0].struck.map(({ reason }: { reason: string }) => reason)],
      ["General Hospital, Springfield", lines - 1, ["Her own ward"]],
    );
    const sheet = (await paper.innerText()).replaceAll(/\s+/g, " ");
    for (const said of [
      given[0].id,
      given[0].patientName,
      "p-204",
      "General Hospital, Springfield",
      "demo auditor",
      "Signature",
    ])
      assert.ok(sheet.includes(said), `${said} in ${sheet}`);
    assert.doesNotMatch(sheet, /Draft|Her own ward|Strike/);
    assert.equal(await paper.locator("tbody tr").count(), lines - 1);
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.getByRole("navigation", { name: "Pages" }).isVisible(), false);
    assert.equal(await page.getByRole("button", { name: /Print the accounting/ }).isVisible(), false);
    assert.equal(await page.getByText("Her own ward").first().isVisible(), false);
    assert.equal(await paper.isVisible(), true);
    await page.emulateMedia({ media: "screen" });
    assert.deepEqual(await check(page), []);
    await page.getByRole("button", { name: "Back", exact: true }).click();
    await page.getByRole("button", { name: "Accountings that were given before" }).click();
    await page.getByRole("table", { name: "Accountings that were given" }).getByRole("button").first().click();
    await paper.getByText(given[0].id).waitFor();
    const last = (await world.ask("auditor", `{ exportPage(format: NDJSON, kinds: [AUDIT], first: 200) { lines } }`))
      .body.data.exportPage.lines;
    const fields = last.map((line: string) => JSON.parse(line).record.field);
    for (const field of ["accessHistory", "accountingOfDisclosures"])
      assert.ok(fields.includes(field), `${field} is not on record`);
  });

  test("a consent is asked and answered, recorded and withdrawn", { timeout: 300_000 }, async () => {
    const grant = async () => {
      const input = {
        ...{ clientId: "member-app", subject: { id: "ada" }, scopes: ["view_own_activity", "view_own_vital_signs"] },
        ...{ purposeOfUse: "PATRQT", context: { patient: "ada" } },
      };
      return (await world.ask("service", GRANT, { input })).body.data.decideGrant;
    };
    const consents = async () =>
      (await world.ask("auditor", CONSENTS, { patient: "ada" })).body.data.consents.edges.map(
        ({ node }: { node: unknown }) => node,
      );
    assert.equal((await grant()).scope, null);
    const page = await world.newPage();
    await world.signIn("consent", page);
    await goByNavigation(page, "Consents");
    // The page To do has such a field, too.
    await page.getByRole("heading", { level: 1, name: "Consents", exact: true }).waitFor();
    await page.getByLabel("Patient's whole id").fill("ada");
    await page.getByRole("button", { name: "Show consents" }).click();

    // Asked: a yes and a no.
    await page.getByRole("button", { name: "Bring the answer" }).click();
    assert.deepEqual(await check(page), []);
    const keep = page.getByRole("button", { name: "Keep the answer" });
    // Nothing is chosen beforehand, and the first press says what to choose.
    await keep.click();
    await page.getByText("Choose one.").nth(2).waitFor();
    await page.getByRole("radiogroup", { name: /steps/ }).getByText("Agrees").click();
    await page
      .getByRole("radiogroup", { name: /heart rate/ })
      .getByText("Refuses")
      .click();
    await page.getByText("The patient", { exact: true }).click();
    await keep.click();
    await page
      .getByRole("button", {
        name: /^The person ada with the client member-app may see what view_own_activity reaches/,
      })
      .waitFor();
    await page.getByRole("button", { name: "Bring the answer" }).waitFor({ state: "detached" });
    assert.deepEqual(await grant(), { scope: "view_own_activity", consentRequest: null });

    // Recorded.
    const form = page.getByRole("form", { name: "Record consent" });
    const begin = page.getByRole("button", { name: /^Record a consent/ });
    await begin.click();
    await form.waitFor();
    // It stands beside the list, and Back closes it.
    await page.goBack();
    await form.waitFor({ state: "detached" });
    await begin.click();
    await form.getByText("Refuses").click();
    await form.getByRole("button", { name: /For what/ }).click();
    await page.getByRole("option", { name: "Research" }).click();
    await form.getByText("Narrower purposes are refused too, such as clinical trials (CLINTRCH).").waitFor();
    await form.getByText("Agrees").click();
    await form.getByText("Just this purpose: narrower ones are not permitted with it.").waitFor();
    await form.getByRole("button", { name: /Who is meant/ }).click();
    await page.getByRole("option", { name: "An app or system" }).click();
    const app = form.getByRole("combobox", { name: "App or system" });
    await app.fill("research-expor");
    await page.keyboard.press("Tab");
    await form.getByRole("button", { name: /For what/ }).click();
    await page.getByRole("option", { name: "Research" }).click();
    await form.getByText("Psychotherapy notes").click();
    await form.getByLabel("Why is it recorded?").fill("Signed at the desk");
    await form.getByText("research-expor may see all data, for research.").waitFor();
    assert.deepEqual(await check(page), []);
    await form.getByRole("button", { name: "Record consent" }).click();
    // The service's word stands at the field, and what was typed stays.
    await form.locator("[data-invalid]").getByRole("combobox", { name: "App or system" }).waitFor();
    await app.fill("Research e");
    await page.getByRole("option", { name: /^Research export ?research-export$/ }).click();
    await form.getByRole("button", { name: "Record consent" }).click();
    // First what it would end of what she said before, and what would stay.
    const beside = form.getByRole("region", { name: "What was said before" });
    await beside.waitFor();
    assert.deepEqual(await check(page), []);
    await form.getByRole("button", { name: "Record it so" }).click();
    const row = page.getByRole("button", {
      name: /research-export may see all data, for research\. But not: psychotherapy notes\./,
    });
    await row.waitFor();
    const [recorded] = await consents();
    assert.deepEqual(
      [recorded.state, recorded.reason, recorded.terms.clientId, recorded.terms.effect, recorded.source.kind],
      ["ACTIVE", "Signed at the desk", "research-export", "PERMIT", "PAPER"],
    );
    assert.match(recorded.terms.purposes.join(), /\|HRESCH$/);
    assert.match(recorded.exceptions[0].terms.labels.join(), /\|PSYTHPN$/);

    // Withdrawn: the reason first.
    await row.click();
    const panel = page.getByRole("region", { name: "Consent", exact: true });
    await panel.getByRole("button", { name: /^Withdraw consent/ }).click();
    await panel.getByLabel("Why does the patient withdraw it?").fill("She changed her mind");
    await panel.getByRole("button", { name: "Withdraw consent" }).click();
    await page.getByText("Withdrawn, replaced or over (1)").waitFor();
    const [withdrawn] = await consents();
    assert.deepEqual([withdrawn.state, withdrawn.reason], ["WITHDRAWN", "She changed her mind"]);
    assert.deepEqual(await check(page), []);
    assert.deepEqual(await idsInAddresses(world, ["ada-research"]), []);
  });

  test("a desk picks staff and scopes by name, and asks what a consent says before and after", {
    timeout: 300_000,
  }, async () => {
    const page = await world.newPage();
    await world.signIn("consent", page);
    await goByNavigation(page, "Consents");
    await page.getByRole("heading", { level: 1, name: "Consents", exact: true }).waitFor();
    await page.getByLabel("Patient's whole id").fill("p-204");
    await page.getByRole("button", { name: "Show consents" }).click();
    await page.getByRole("button", { name: /^Record a consent/ }).click();
    const form = page.getByRole("form", { name: "Record consent" });
    await form.getByText("Refuses").click();
    await form.getByRole("button", { name: /Who is meant/ }).click();
    await page.getByRole("option", { name: "A person" }).click();
    const person = form.getByRole("combobox", { name: "Person" });
    await person.fill("Pa");
    await world.quiet(page);
    assert.equal(await page.getByRole("option").count(), 0, "two letters show nobody");
    await person.fill("Pau");
    await page.getByRole("option", { name: /^Paul Weiss ?paul, ward-3$/ }).click();
    await form.getByRole("button", { name: /Which data/ }).click();
    await page.getByRole("option", { name: "What a scope reaches" }).click();
    await form.getByRole("combobox", { name: "Scope" }).fill("view_lab");
    await page.getByRole("option", { name: /view_lab_results/ }).click();
    await form.getByRole("combobox", { name: "Another scope" }).fill("view_vital");
    await page.getByRole("option", { name: /view_vital_signs/ }).click();
    await form.getByText("The person paul may not see what view_lab_results or view_vital_signs reaches.").waitFor();
    await form.getByRole("button", { name: "Without view_vital_signs" }).click();
    await form.getByText("The person paul may not see what view_lab_results reaches.").waitFor();

    // Before it is recorded: nothing of it is, and a reason is not asked for yet.
    const asking = page.getByRole("region", { name: "What it says" });
    await asking.getByRole("combobox", { name: "Who?" }).fill("Pau");
    await page.getByRole("option", { name: /Paul Weiss/ }).click();
    const ask = asking.getByRole("button", { name: "Ask what it says" });
    await ask.click();
    const answers = asking.getByRole("status");
    await answers.getByText("It depends").waitFor();
    assert.match((await answers.textContent()) ?? "", /with the scope view_lab_results\.$/);
    assert.deepEqual(await check(page), []);
    await form.getByRole("button", { name: "Which data?" }).click();
    await page.getByRole("option", { name: "All data" }).click();
    await answers.waitFor({ state: "detached" });
    await asking.getByRole("button", { name: "Another question" }).click();
    await asking.getByRole("combobox", { name: "Who?" }).nth(1).fill("nina");
    await ask.click();
    await answers.nth(0).getByText("The patient refuses it.").waitFor();
    await answers.nth(1).getByText("Yes").waitFor();
    assert.deepEqual(await check(page), []);

    // After: the recorded one answers alike.
    await form.getByLabel("Why is it recorded?").fill("Said at the desk");
    await form.getByRole("button", { name: "Record consent" }).click();
    const again = form.getByRole("button", { name: "Record it so" });
    const row = page.getByRole("button", { name: /^The person paul may see none of it\./ });
    await again.or(row).first().waitFor();
    if ((await again.count()) > 0) await again.click();
    await row.click();
    const panel = page.getByRole("region", { name: "Consent", exact: true });
    await panel.getByRole("combobox", { name: "Who?" }).fill("Pau");
    await page.getByRole("option", { name: /Paul Weiss/ }).click();
    await panel.getByRole("button", { name: "Ask what it says" }).click();
    await panel.getByText("The patient refuses it.").waitFor();
    assert.deepEqual(await check(page), []);
    const query = "{ questionsAsked(first: 50) { edges { node { field asked patients questions } } } }";
    const asked = (await world.ask("auditor", query)).body.data.questionsAsked.edges.map(
      ({ node }: { node: object }) => node,
    );
    const ofDesk = asked.filter(({ field }: { field: string }) => ["find", "recordConsent"].includes(field));
    const counts = ofDesk.map(({ field, questions }: { field: string; questions: number }) => `${field} ${questions}`);
    assert.deepEqual(counts.sort(), [
      ...["find 0", "find 0", "find 0", "find 0"],
      ...["recordConsent 1", "recordConsent 1", "recordConsent 2"],
    ]);
    assert.deepEqual(ofDesk.at(-1).asked, { kind: "STAFF", text: "Pau", shown: ["user/paul"] });
    assert.deepEqual(await idsInAddresses(world, ["paul", "p-204"]), []);

    // Who reads the policy, too, picks roles and organizations by name; a desk alone types them.
    await page.getByRole("button", { name: /^Record a consent/ }).click();
    const pickRole = async (tab: Page) => {
      await tab.getByRole("button", { name: /Who is meant/ }).click();
      await tab.getByRole("option", { name: "A role" }).click();
      await tab.getByRole("combobox", { name: "Role" }).fill("lab_t");
    };
    await pickRole(page);
    await world.quiet(page);
    assert.equal(await page.getByRole("option").count(), 0);
    const both = await world.ask(
      "admin",
      'mutation { createApiKey(input: { name: "both", roles: [CONSENT, REVIEWER], subject: { id: "desk-lead" } }, reason: "test") { key } }',
    );
    const tab = await world.newPage();
    await tab.goto(`${world.url}/console/#/consents`);
    await tab.getByLabel("Key", { exact: true }).fill(both.body.data.createApiKey.key);
    await tab.getByRole("button", { name: "Sign in", exact: true }).click();
    await tab.getByLabel("Patient's whole id").fill("p-204");
    await tab.getByRole("button", { name: "Show consents" }).click();
    await tab.getByRole("button", { name: /^Record a consent/ }).click();
    await pickRole(tab);
    await tab.getByRole("option", { name: /^lab_technician/ }).click();
    await tab.getByRole("button", { name: /Who is meant/ }).click();
    await tab.getByRole("option", { name: "An organization" }).click();
    await tab.getByRole("combobox", { name: "Organization's id" }).fill("city");
    await tab.getByRole("option", { name: /city-lab/ }).waitFor();
  });
});
