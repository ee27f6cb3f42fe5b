import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { noBrowser } from "../support/chromium.ts";
import { type ConsoleWorld, check, idsInAddresses, startConsoleWorld } from "./support.ts";
import { goByNavigation } from "./walk.ts";

const BLOCKED = "{ restrictions(filter: { states: [IN_FORCE] }) { edges { node { subjectId subjectType } } } }";
const HELD = `{ assignments(filter: { role: "care_manager" }) { edges { node { subjectId } } } }`;
const LOOKS = "{ questionsAsked(first: 200) { edges { node { field patients } } } }";

describe("what is typed into a field of the console", { skip: noBrowser }, () => {
  let world: ConsoleWorld;
  before(async () => {
    world = await startConsoleWorld();
  });
  after(() => world.close());
  afterEach(async () => {
    assert.deepEqual(world.complaints.splice(0), []);
    assert.deepEqual(await idsInAddresses(world), []);
  });

  // biome-ignore lint/suspicious/noExplicitAny: what came back is what a test is about.
  const nodes = async (query: string): Promise<any[]> => {
    const { body, text } = await world.ask("auditor", query);
    assert.equal(body.errors, undefined, text);
    // biome-ignore lint/suspicious/noExplicitAny: as above
    return (Object.values(body.data)[0] as any).edges.map(({ node }: any) => node);
  };
  const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).first().click();
  const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
  /** Typed by hand and left, without looking at what is offered. */
  const typeInto = async (page: Page, name: string, text: string) => {
    await page.getByRole("combobox", { name, exact: true }).pressSequentially(text);
    await page.keyboard.press("Tab");
  };

  test("a name typed in full blocks the person who has it, and an id that nobody has only by a press of its own", {
    timeout: 300_000,
  }, async () => {
    const page = await world.signIn("reviewer");
    await goByNavigation(page, "Restrictions");
    await press(page, /^Block a person now/);
    await typeInto(page, "Person", "Mia Meyer");
    await page.getByLabel("Reason").fill("Her phone was stolen");
    await press(page, /^Block now/);
    await sees(page, /^mia is blocked until/);
    await press(page, /^Close$/);
    assert.deepEqual(await nodes(BLOCKED), [{ subjectId: "mia", subjectType: "user" }]);

    await press(page, /^Block a person now/);
    const person = page.getByRole("combobox", { name: "Person", exact: true });
    assert.equal(await person.inputValue(), "", "nobody of before");
    await typeInto(page, "Person", "nosuchperson");
    await page.getByLabel("Reason").fill("Seen at the door");
    await press(page, /^Block now/);
    await sees(page, "Nobody is known by this name or id.");
    await page.waitForFunction("document.activeElement?.getAttribute('aria-invalid') === 'true'");
    assert.deepEqual(await check(page), []);
    assert.equal((await nodes(BLOCKED)).length, 1);
    await press(page, "Mean the id nosuchperson all the same");
    await press(page, /^Block now/);
    await sees(page, /^nosuchperson is blocked until/);
    assert.deepEqual((await nodes(BLOCKED)).map(({ subjectId }) => subjectId).sort(), ["mia", "nosuchperson"]);
    await press(page, /^Close$/);

    // The same where somebody is looked for.
    await goByNavigation(page, "One person");
    await typeInto(page, "Person", "mia meyer");
    await page.getByRole("heading", { name: "Mia Meyer" }).waitFor();
    await page.getByRole("region", { name: "How they stand" }).getByText("Blocked", { exact: true }).waitFor();
  });

  test("a consent is about the person who is called so", { timeout: 300_000 }, async () => {
    const page = await world.signIn("consent", await world.newPage());
    await goByNavigation(page, "Consents");
    await page.getByLabel("Patient's whole id").fill("p-204");
    await press(page, "Show consents");
    await press(page, /^Record a consent/);
    const form = page.getByRole("form", { name: "Record consent" });
    await form.getByText("Refuses").click();
    await form.getByRole("button", { name: /Who is meant/ }).click();
    await page.getByRole("option", { name: "A person" }).click();
    const person = form.getByRole("combobox", { name: "Person" });
    await person.pressSequentially("nobodyatall");
    await page.keyboard.press("Tab");
    await sees(page, "Nobody is known by this name or id.");
    await form.getByRole("button", { name: "Mean the id nobodyatall all the same" }).waitFor();
    await person.fill("Mia Meyer");
    await page.keyboard.press("Tab");
    await form.getByText("The person mia may see none of it.").waitFor();
    await form.getByRole("button", { name: /Who is meant/ }).click();
    await page.getByRole("option", { name: "An app or system" }).click();
    await form.getByRole("combobox", { name: "App or system" }).fill("Laboratory portal");
    await page.keyboard.press("Tab");
    await form
      .getByText(/lab-portal/)
      .first()
      .waitFor();
    await page.context().close();
  });

  test("a role is given to who is known, and by an admin by the whole id", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    await goByNavigation(page, "Roles and rules", true);
    await page
      .getByRole("row")
      .getByRole("button", { name: /^care_manager/ })
      .click();
    await press(page, "Give it to somebody");
    // Why nobody is offered, and where somebody is found, is said where they would stand.
    await press(page, "Show Person");
    await sees(page, /^Nobody is offered, as an admin sees people by their id alone\./);
    await page.keyboard.press("Escape");
    await typeInto(page, "Person", "Mia Meyer");
    await sees(page, "Nobody is known by this id.");
    await page.getByRole("combobox", { name: "Person" }).fill("nina");
    await page.getByRole("combobox", { name: "Organization" }).fill("lakeside-clinic");
    await page.getByLabel("Reason").fill("She helps out.");
    await press(page, "Give the role");
    await sees(page, "Done: it is in force");
    assert.ok((await nodes(HELD)).some(({ subjectId }) => subjectId === "nina"));
  });

  test("a date counts when it is whole and left, and asks nothing on the way there", { timeout: 300_000 }, async () => {
    const page = await world.signIn("auditor");
    await goByNavigation(page, "Export");
    const from = page.getByLabel("From", { exact: true });
    const to = page.getByLabel("To, that day too");
    const before = page.url();
    await from.pressSequentially("11202026");
    assert.equal(page.url(), before);
    // By Tab a browser stops at the button of its calendar first.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.waitForURL(/from=2026-11-20/);
    await to.pressSequentially("11222026");
    await press(page, /^Take it away/);
    await page.getByRole("button", { name: /^Download the file/ }).waitFor();
    assert.match(page.url(), /to=2026-11-22/);
    assert.equal(await page.getByRole("dialog").count(), 0);
    await goByNavigation(page, "Who saw it");
    await page.getByLabel("Patient's whole id").fill("ada");
    await press(page, "Show");
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    await world.quiet(page);
    const looks = async () => (await nodes(LOOKS)).length;
    const looked = await looks();
    let asked = 0;
    page.on("request", (request) => {
      if (request.url().endsWith("/graphql")) asked += 1;
    });
    await from.pressSequentially("1120");
    await page.keyboard.type("2024");
    await world.quiet(page);
    assert.equal(asked, 0);
    await page.keyboard.press("Enter");
    await page.waitForURL(/from=2024-11-20/);
    await world.quiet(page);
    assert.ok(asked > 0);
    // A year has four digits: a fifth begins another.
    await from.pressSequentially("112020249");
    await page.keyboard.press("Enter");
    await sees(page, "Say a year of four digits.");
    assert.match(page.url(), /from=2024-11-20/);
    await from.pressSequentially("11202025");
    await page.keyboard.press("Enter");
    await page.waitForURL(/from=2025-11-20/);
    await from.fill("0002-11-20");
    await from.press("Tab");
    await sees(page, "Say a year of four digits.");
    assert.ok((await looks()) >= looked);
    assert.deepEqual(await check(page), []);
    // Nor does an address that somebody wrote take the page away.
    await page.evaluate(`location.hash = location.hash.replace(/from=[^&]*/, "from=11202-01-01")`);
    await world.quiet(page);
    assert.equal(await page.getByText("Invalid time value").count(), 0);
    await sees(page, "Say a year of four digits.");
  });

  test("a filter counts while it is typed, and the press that leaves a filter opens its row", {
    timeout: 300_000,
  }, async () => {
    /** Held down as people do, for longer than typing must rest and the list takes to be asked anew. */
    const pressAfter = async (page: Page, row: RegExp, type: () => Promise<void>) => {
      await page.getByRole("row").getByRole("button", { name: row }).first().hover();
      await type();
      await page.mouse.down();
      await world.quiet(page);
      await page.mouse.up();
    };
    const page = await world.signIn("admin", await world.newPage());
    await goByNavigation(page, "Scopes", true);
    const begins = page.getByRole("textbox", { name: "Name begins with" });
    const row = (name: RegExp) => page.getByRole("row").getByRole("button", { name });
    await row(/^view_vital_signs/).waitFor();
    await begins.pressSequentially("view_lab");
    await row(/^view_vital_signs/).waitFor({ state: "detached" });
    await row(/^view_lab_results/).waitFor();
    assert.equal(await page.evaluate("document.activeElement.value"), "view_lab");
    await pressAfter(page, /^view_lab_results/, () => begins.fill("view_v"));
    await page.getByRole("heading", { level: 2, name: "view_lab_results" }).waitFor();
    await row(/^view_vital_signs/).waitFor();
    // Both came of one press.
    await page.goBack();
    await page.waitForURL(/begins=view_lab$/);
    await page.goBack();
    await page.waitForURL(/scopes$/);
    assert.equal(await begins.inputValue(), "", "what is typed in one go is one step back");
    await page.context().close();

    // What must be whole is asked when it is left, and not before: each look is on record.
    const auditor = await world.signIn("auditor", await world.newPage());
    await goByNavigation(auditor, "Decisions", true);
    await auditor.getByRole("row").nth(1).waitFor();
    await world.quiet(auditor);
    const asked: string[] = [];
    auditor.on("request", (request) => {
      if (request.postData()?.includes("query Decisions(") === true) asked.push(request.postData() ?? "");
    });
    await auditor.getByRole("textbox", { name: "Person" }).pressSequentially("nobodyatall");
    await world.quiet(auditor);
    assert.deepEqual(asked, []);
    await pressAfter(auditor, /./, async () => undefined);
    await auditor.getByRole("region", { name: "Why" }).waitFor();
    await sees(auditor, "No such decision");
    assert.equal(asked.length, 1);
    await auditor.context().close();
  });

  test("what is created does not take the place of what has its id", { timeout: 300_000 }, async () => {
    const page = await world.signIn("admin");
    for (const [list, begin, field, name] of [
      ["Clients", /^Register a client/, "Id", "ehr"],
      ["Scopes", /^New scope/, "Name", "view_lab_results"],
      ["Roles and rules", /^New role/, "Name", "nurse"],
    ] as const) {
      await goByNavigation(page, list, true);
      await press(page, begin);
      const id = page.getByRole("textbox", { name: field, exact: true }).last();
      await id.fill(name);
      if (list === "Clients") await page.getByRole("textbox", { name: "Name", exact: true }).fill("Another");
      await sees(page, /^There is a (client|scope|role) of this name already\./);
      assert.equal(await page.getByText("What changes", { exact: false }).count(), 0);
      assert.deepEqual(await check(page), []);
      await id.fill(`${name}_2`);
      await page.getByText(/^There is a .* already/).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Leave", exact: true }).click();
    }
  });

  test("a question that is pressed is asked, and an accounting goes back six years", { timeout: 300_000 }, async () => {
    const page = await world.signIn("consent", await world.newPage());
    await goByNavigation(page, "Consents");
    await page.getByLabel("Patient's whole id").fill("ada");
    await press(page, "Show consents");
    await world.quiet(page);
    let asked = 0;
    page.on("request", (request) => {
      if (request.postData()?.includes("query Consents(") === true) asked += 1;
    });
    await press(page, "Show consents");
    await world.quiet(page);
    assert.equal(asked, 1);
    await press(page, /^Record a consent/);
    const form = page.getByRole("form", { name: "Record consent" });
    await form.getByText("Refuses").click();
    await form.getByRole("button", { name: /Which data/ }).click();
    await page.getByRole("option", { name: "Some types of data" }).click();
    // By the name that a desk has for it, or as it is typed.
    await form.getByRole("combobox", { name: "Choose a type" }).fill("vaccin");
    await page.getByRole("option", { name: /^Vaccinations/ }).click();
    assert.equal(await form.getByLabel("Types", { exact: true }).inputValue(), "Immunization");
    await form.getByLabel("Types", { exact: true }).fill("Observation, lab");
    await form.getByLabel("Why is it recorded?").fill("Said at the desk");
    await form.getByRole("button", { name: "Record consent" }).click();
    await form.getByText(/^"lab" is no FHIR R4 resource type/).waitFor();
    await form.getByLabel("Types", { exact: true }).fill("Observation, lab results");
    await form.getByText(/the types Observation (and|or) lab results/).waitFor();
    await page.context().close();

    const auditor = await world.signIn("auditor");
    await goByNavigation(auditor, "Who saw it");
    await auditor.getByText("Accounting for print").click();
    assert.equal(await auditor.getByLabel("From", { exact: true }).inputValue(), "2020-11-25");
    await sees(auditor, "A patient may ask for six years (45 CFR 164.528).");
  });
});
