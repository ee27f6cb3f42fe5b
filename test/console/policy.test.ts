import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

describe("the policy by clicks", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  afterEach(async () => {
    assert.deepEqual(world.complaints.splice(0), []);
    assert.deepEqual(await idsInAddresses(world), []);
  });

  const open = async (role: "admin" | "reviewer" | "auditor", link: string): Promise<Page> => {
    const page = await world.signIn(role);
    await goByNavigation(page, link, true);
    return page;
  };
  const row = (page: Page, name: RegExp) => page.getByRole("row").getByRole("button", { name });
  const asked = async (query: string) => (await world.ask("admin", query)).body.data;

  test("a scope's end: first who would break, then a date", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Scopes");
    await row(page, /^view_lab_results/).click();
    await page.getByRole("button", { name: "Retire" }).click();
    const breaks = page.locator(".policy-breaks");
    await breaks.locator("bdi", { hasText: "Laboratory portal" }).waitFor();
    assert.match(
      await breaks.innerText(),
      /Laboratory portal\s+lab-portal\s+\d+ uses, last .*\n\d+ refused, of few people\. It holds nothing/,
    );
    assert.deepEqual(await check(page), []);
    await page.getByLabel("It ends on").fill("2027-03-01");
    await page.getByLabel("Reason").fill("The reports replace it.");
    assert.equal((await asked('{ scope(name: "view_lab_results") { state } }')).scope.state, "ACTIVE");
    await page.getByRole("button", { name: "Announce its end" }).click();
    await page.getByText("Done: it is in force").waitFor();
    await page.getByLabel("Life of the scope").locator("[aria-current=step]", { hasText: "Deprecated" }).waitFor();
    await page.getByText("The reports replace it.").last().waitFor();
    assert.deepEqual((await asked('{ scope(name: "view_lab_results") { state sunsetAt } }')).scope, {
      state: "DEPRECATED",
      sunsetAt: "2027-03-01T00:00:00.000Z",
    });
  });

  test("who narrows a scope sees whom it would hit before it is applied, and Back keeps the form", {
    timeout: 300_000,
  }, async () => {
    const page = await open("admin", "Scopes");
    await row(page, /^view_diagnostic_reports/).click();
    await page.getByRole("button", { name: "New version" }).click();
    const form = page.getByRole("form");
    await form.getByText("read", { exact: true }).first().click();
    await form.getByLabel("Reason").fill("Reports are looked for, and not read.");
    // What is lost is said as the proposal's page says it, without a press.
    const less = form.getByRole("region", { name: "Who may do more or less" });
    await less.getByText(/^No longer: .*view_diagnostic_reports.* read .*DiagnosticReport/).waitFor();
    await form.getByRole("button", { name: "Whom would it hit?" }).click();
    const hit = form.getByRole("region", { name: "Whom it would hit" });
    await hit.getByText("Once it is in force: whom it would have hit").waitFor();
    const shown = (words: string) => hit.locator(".figures > div", { hasText: words }).locator("b").innerText();
    await hit.getByText("newly denied").first().waitFor();
    const { scope } = await asked(
      '{ scope(name: "view_diagnostic_reports") { version state declarations { constraint } } }',
    );
    const [{ constraint }] = scope.declarations;
    const atoms = [
      { resourceType: "DiagnosticReport", actions: ["search"], ...(constraint !== null && { constraint }) },
    ];
    const name = "view_diagnostic_reports";
    const input = {
      operations: [{ updateScope: { name, atoms } }, { activateScope: { name } }],
      filter: { from: "2026-10-26T00:00:00Z" },
    };
    const { body } = await world.ask(
      "admin",
      "query ($input: ReplayInput!) { replay(input: $input) { allowToDeny people groups { people } } }",
      { input },
    );
    const { allowToDeny, people } = body.data.replay;
    assert.ok(allowToDeny > 10, "the month has such accesses");
    assert.equal(await shown("newly denied"), allowToDeny.toLocaleString("en-US"));
    assert.equal(await shown("people concerned"), people === null ? "few" : String(people));
    // Counts alone: nobody is named.
    for (const id of ["ada", "p-1", "~", "tess"]) assert.ok(!(await hit.innerText()).includes(id), id);
    assert.deepEqual(await check(page), []);
    await page.goBack();
    await page.getByRole("button", { name: "Stay here" }).click();
    assert.equal(await form.getByLabel("Reason").inputValue(), "Reports are looked for, and not read.");
    assert.equal(await shown("newly denied"), allowToDeny.toLocaleString("en-US"));
    // What is typed on is asked about anew, by a press.
    await form.getByLabel("Title", { exact: true }).fill("Find diagnostic reports");
    await form.getByRole("button", { name: "Whom would it hit?" }).waitFor();
    assert.equal(await hit.count(), 0);
    await form.getByRole("button", { name: "Create the draft" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.equal((await asked('{ scope(name: "view_diagnostic_reports") { state } }')).scope.state, "ACTIVE");
    // The draft is put in force: whom that hits is told without a press.
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByRole("button", { name: "Version 2: draft" }).click();
    await page.getByRole("button", { name: "Put it in force" }).click();
    await hit.getByText("newly denied").first().waitFor();
    assert.equal(await shown("newly denied"), allowToDeny.toLocaleString("en-US"));
    await page.goBack();
    await page.getByRole("button", { name: "Put it in force" }).waitFor();
    assert.equal(await hit.count(), 0);
  });

  test("a scope is ended at once, and only after that is said", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Scopes");
    await row(page, /^export_research_data/).click();
    await page.getByRole("button", { name: "Retire" }).click();
    await page.getByText("nobody would notice").waitFor();
    await page.getByRole("button", { name: "End it now instead" }).click();
    await page.getByRole("button", { name: "Propose it instead" }).click();
    assert.equal(await page.getByLabel("Title of the proposal").inputValue(), "Retire export_research_data");
    await page.getByRole("button", { name: "Do it at once instead" }).click();
    await page.getByLabel("Reason").fill("The study is over.");
    await page.getByRole("button", { name: "End it now", exact: true }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.equal((await asked('{ scope(name: "export_research_data") { state } }')).scope.state, "RETIRED");
  });

  test("a new scope: what the lint finds stands at its field while one types", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Scopes");
    await page.getByRole("button", { name: "New scope" }).click();
    const form = page.getByRole("form");
    await form.getByLabel("Name", { exact: true }).fill("view_all_goals");
    await form.getByLabel("Type of data").fill("Goal");
    await form.getByText("read", { exact: true }).click();
    await form.getByText("Needs a justification.").first().waitFor();
    assert.deepEqual(await check(page), []);
    await form.getByLabel("Reason").fill("For the clinic's app.");
    await form.getByRole("button", { name: "Create the draft" }).click();
    // It is done with a reason of its own, or narrower.
    await form.locator("[data-invalid]").getByLabel("Why view_all_goals must stand").waitFor();
    assert.equal(await form.getByText("Fill this in.").count(), 1);
    await form.getByLabel("Name", { exact: true }).fill("view_goals");
    await form.getByText("Needs a justification.").waitFor({ state: "detached" });
    await form.getByRole("button", { name: "Create the draft" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.deepEqual((await asked('{ scope(name: "view_goals") { state atoms { text } } }')).scope, {
      state: "DRAFT",
      atoms: [{ text: "Goal.read" }],
    });
  });

  test("a client is blocked, and let ask again", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Clients");
    await row(page, /^Claims system/).click();
    const status = async () => (await asked('{ client(id: "claims-system") { status } }')).client.status;
    await page.getByRole("button", { name: "Block it now" }).click();
    await page.getByLabel("Reason").fill("It reads far more than it shows.");
    await page.getByRole("button", { name: "Block it now" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.equal(await status(), "SUSPENDED");
    await page.getByText("Blocked: all that it asks for is denied").waitFor();
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByRole("button", { name: "Let it ask again" }).click();
    await page.getByLabel("Reason").fill("It was mended.");
    await page.getByRole("button", { name: "Let it ask again" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.equal(await status(), "ACTIVE");
    assert.deepEqual(await check(page), []);
  });

  test("Refresh asks again all that is in sight: the list and what is open in it", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Clients");
    await row(page, /Laboratory portal/).click();
    const panel = page.getByRole("region", { name: /^Client / });
    await panel.getByText("Its denials").waitFor();
    await asked(
      'mutation { updateClient(input: { id: "lab-portal", name: "Portal of the laboratories" }, reason: "So called") { revision } }',
    );
    assert.equal(await page.getByText("Portal of the laboratories").count(), 0);
    await page.keyboard.press("r");
    await panel.getByRole("heading", { name: "Portal of the laboratories" }).waitFor();
    await page.getByRole("row", { name: /Portal of the laboratories/ }).waitFor();
  });

  test("a reviewer proposes a grant, and nothing changes by it", { timeout: 300_000 }, async () => {
    const page = await open("reviewer", "Clients");
    await row(page, /^Claims system/).click();
    await page.getByRole("button", { name: "Grant a scope" }).click();
    await page.getByRole("combobox", { name: "Scope" }).fill("view_consents");
    await page.getByRole("option", { name: /view_consents/ }).click();
    await page.getByText("May allow more").first().waitFor();
    await page.getByLabel("Reason").fill("Claims look at consents.");
    await page.getByRole("button", { name: "Propose: grant the scope" }).click();
    await page.getByText("Nothing has changed yet").waitFor();
    const { client, proposals } = await asked(
      '{ client(id: "claims-system") { grants { scope } } proposals(first: 1) { edges { node { title state } } } }',
    );
    assert.ok(!client.grants.some(({ scope }: { scope: string }) => scope === "view_consents"));
    assert.deepEqual(proposals.edges[0].node, { title: "Grant view_consents to Claims system", state: "OPEN" });
  });

  test("a rule's condition: an error of types is at its place, and Tab leaves the editor", {
    timeout: 300_000,
  }, async () => {
    const page = await open("admin", "Roles and rules");
    await page.locator("label.segment", { hasText: "Rules" }).click();
    await row(page, /^admin-view-audit-log/).click();
    await page.getByRole("button", { name: "Edit" }).click();
    const editor = page.getByRole("textbox", { name: "Condition" });
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type('purposeOfUse == "HSYSADMIN" && resource.orgnization == "x"');
    await page.getByText("resource has no member orgnization").first().waitFor();
    assert.equal(await page.locator(".cel-editor .cm-lintRange-error").textContent(), "orgnization");
    assert.deepEqual(await check(page), []);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.closest('.cel-editor')"), null);
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type('purposeOfUse == "HSYSADMIN"');
    await page.getByText("May allow more").first().waitFor();
    await page.getByLabel("Reason").fill("From everywhere.");
    await page.getByRole("button", { name: "Change the rule" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.deepEqual((await asked('{ rule(id: "admin-view-audit-log") { when description } }')).rule, {
      when: 'purposeOfUse == "HSYSADMIN"',
      description: "From the hospital's own network.",
    });
  });

  test("a role is given to a person, and taken away", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Roles and rules");
    await row(page, /^care_manager/).click();
    await page.getByRole("button", { name: "Give it to somebody" }).click();
    await page.getByRole("combobox", { name: "Person" }).fill("nina");
    await page.getByRole("combobox", { name: "Organization" }).fill("lakeside");
    await page.getByRole("option", { name: /lakeside-clinic/ }).click();
    await page.getByLabel("Reason").fill("She helps out.");
    await page.getByRole("button", { name: "Give the role" }).click();
    await page.getByText("Done: it is in force").waitFor();
    const held = async () =>
      (
        await asked('{ assignments(filter: { subjectId: "nina" }) { edges { node { role organization } } } }')
      ).assignments.edges.map(
        ({ node }: { node: { role: string; organization: string } }) => `${node.role} ${node.organization}`,
      );
    assert.ok((await held()).includes("care_manager lakeside-clinic"));
    await page.getByRole("button", { name: "Close", exact: true }).last().click();
    await page.getByRole("button", { name: "Take away from nina" }).click();
    await page.getByLabel("Reason").fill("Over.");
    await page.getByRole("button", { name: "Take the role away" }).click();
    await page.getByText("Done: it is in force").waitFor();
    assert.ok(!(await held()).includes("care_manager lakeside-clinic"));
  });

  test("a person is blocked for a while", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Roles and rules");
    await row(page, /^nurse/).click();
    await page.getByRole("button", { name: "Block tom" }).click();
    await page.getByLabel("Reason").fill("His phone was stolen.");
    // An hour stands there, and for good is chosen by nobody in a hurry.
    await page.getByText("It ends by itself at 13:").waitFor();
    await page.getByRole("button", { name: "Block now" }).click();
    await page.getByText("tom is blocked until").waitFor();
    const { restrictions } = (
      await world.ask("auditor", "{ restrictions(filter: { states: [IN_FORCE] }) { edges { node { reason } } } }")
    ).body.data;
    assert.ok(
      restrictions.edges.some(({ node }: { node: { reason: string } }) => node.reason === "His phone was stolen."),
    );
  });

  test("a setting of an organization is set, and unset again", { timeout: 300_000 }, async () => {
    const page = await open("admin", "Organizations");
    await row(page, /^City Laboratory/).click();
    const years = async () =>
      (await asked('{ organization(id: "city-lab") { settings { retentionYears specialProtection } } }')).organization
        .settings;
    for (const [value, retentionYears] of [
      ["10", 10],
      ["", null],
    ] as const) {
      await page.getByRole("button", { name: "Change its settings" }).click();
      await page.getByLabel("What identifies people is kept, in years").fill(value);
      await page.getByLabel("Reason").fill("As the law says.");
      assert.deepEqual(await check(page), []);
      await page.getByRole("button", { name: "Change the settings" }).click();
      await page.getByText("Done: it is in force").waitFor();
      assert.deepEqual(await years(), { retentionYears, specialProtection: "TRUSTED" });
      await page.getByRole("button", { name: "Close", exact: true }).last().click();
    }
  });

  test("an auditor reads all of it and is offered no change", { timeout: 300_000 }, async () => {
    const page = await open("auditor", "Scopes");
    await row(page, /^view_lab_results/).click();
    await page.getByText("Rules that name it").waitFor();
    assert.equal(await page.getByRole("button", { name: /Retire|Change its end|New scope|New version/ }).count(), 0);
    await page.getByRole("link", { name: "clinician-view-labs" }).click();
    await page.getByRole("heading", { name: "Its condition" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
    assert.deepEqual(await check(page), []);
  });
});
